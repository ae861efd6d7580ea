package service_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/securitytrax/adcimport/internal/errorpage"
	"github.com/securitytrax/adcimport/internal/service"
)

// The head of a reply is bounded, in every protocol (fault 54).
func TestNewTransport_head(t *testing.T) {
	t.Parallel()
	hints := func(w http.ResponseWriter, _ *http.Request) {
		errorpage.BigHead(1<<20)(informational{w}, nil)
		w.WriteHeader(http.StatusOK)
	}
	for name, tt := range map[string]struct {
		serve http.HandlerFunc
		ok    bool
	}{
		"little":           {errorpage.BigHead(32 << 10), true},
		"too much":         {errorpage.BigHead(128 << 10), false},
		"8 MiB":            {errorpage.BigHead(8 << 20), false},
		"hints of 1 MiB":   {hints, false},
		"trailer of 1 MiB": {trailer, false},
	} {
		for protocol, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
			t.Run(name+" "+protocol, func(t *testing.T) {
				t.Parallel()
				srv := errorpage.NewServer(tt.serve, http2)
				t.Cleanup(srv.Close)
				transport := service.NewTransport(time.Second, 1)
				t.Cleanup(transport.CloseIdleConnections)
				transport.TLSClientConfig.RootCAs = srv.Transport(nil).TLSClientConfig.RootCAs
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := transport.RoundTrip(req)
				if err == nil {
					_, err = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
					if (resp.ProtoMajor == 2) != http2 {
						t.Errorf("it is %s", resp.Proto)
					}
				}
				if (err == nil) != tt.ok {
					t.Errorf("error %v", err)
				}
			})
		}
	}
}

// informational sends its head as a hint.
type informational struct{ http.ResponseWriter }

func (w informational) WriteHeader(int) { w.ResponseWriter.WriteHeader(http.StatusEarlyHints) }

// trailer sends what BigHead does after the body.
func trailer(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "body")
	_ = http.NewResponseController(w).Flush()
	late := late{http.Header{}}
	errorpage.BigHead(1<<20)(late, nil)
	for name, values := range late.header {
		w.Header()[http.TrailerPrefix+name] = values
	}
}

type late struct{ header http.Header }

func (w late) Header() http.Header       { return w.header }
func (late) Write(p []byte) (int, error) { return len(p), nil }
func (late) WriteHeader(int)             {}
