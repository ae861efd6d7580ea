package securitytrax_test

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/errorpage"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// paged answers the requests of one method and route with a page, and counts
// them.
type paged struct {
	inner         http.Handler
	method, route string
	page          http.HandlerFunc
	tries         atomic.Int64
}

func (p *paged) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != p.method || !strings.HasSuffix(r.URL.Path, p.route) {
		p.inner.ServeHTTP(w, r)
		return
	}
	p.tries.Add(1)
	_, _ = io.Copy(io.Discard, r.Body)
	p.page(w, r)
}

func offices(srv *securitytraxtest.Server, page http.HandlerFunc) *paged {
	return &paged{inner: srv.Handler(), method: http.MethodGet, route: "/locations", page: page}
}

// at is the configuration for a server at some address, with the defaults but
// for the pace.
func at(srv *securitytraxtest.Server, root string, transport http.RoundTripper) securitytrax.Config {
	cfg := srv.Config()
	cfg.BaseURL = root + strings.TrimPrefix(cfg.BaseURL, "http://127.0.0.1:1")
	cfg.Transport = transport
	return cfg
}

// sinkOf makes a sink that hardly waits before a repetition.
func sinkOf(t *testing.T, cfg securitytrax.Config) *securitytrax.Sink {
	t.Helper()
	cfg.MinBackoff, cfg.MaxBackoff = time.Millisecond, time.Millisecond
	sink, err := securitytrax.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

// check asks for something that is an error page, and then for something else.
func (p *paged) check(t *testing.T, sink *securitytrax.Sink, least, most int64) {
	t.Helper()
	_, err := sink.Offices(t.Context())
	api, ok := errors.AsType[*securitytrax.APIError](err)
	if _, paused := errors.AsType[*adcimport.PausedError](err); paused || !ok || api.Status != http.StatusInternalServerError {
		t.Errorf("error %#v", err)
	}
	if n := p.tries.Load(); n < least || n > most {
		t.Errorf("%d tries, want %d to %d", n, least, most)
	}
	if _, err := sink.PermissionGroups(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A read whose reply is an error page, whatever becomes of the page, costs
// MaxRetries and seconds, with the defaults and over a real transport (fault 12).
func TestErrorPageWithDefaults(t *testing.T) {
	t.Parallel()
	// A page that hangs takes up to five seconds, and what fails is repeated for fifteen:
	// random waits decide whether there is time for the last one.
	for least, pages := range map[int64]map[string]http.HandlerFunc{maxRetries + 1: errorpage.Pages(), maxRetries: errorpage.Stuck()} {
		most := map[bool]time.Duration{true: 8 * time.Second, false: 27 * time.Second}[least > maxRetries]
		for name, page := range pages {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := securitytraxtest.New()
					h := offices(srv, page)
					transport, stop := errorpage.Pipe(h)
					defer stop()
					sink, err := securitytrax.New(at(srv, "http://127.0.0.1", transport))
					if err != nil {
						t.Fatal(err)
					}
					start := time.Now()
					h.check(t, sink, least, maxRetries+1)
					if took := time.Since(start); took > most {
						t.Errorf("took %v, want at most %v", took, most)
					}
				})
			})
		}
	}
}

// The same over TLS, in all protocols (fault 12). A create is sent once,
// whatever page it gets.
func TestErrorPageOverTLS(t *testing.T) {
	t.Parallel()
	for protocol, tt := range map[string]struct {
		http2  bool
		change func(*http.Transport)
	}{
		"HTTP/1.1":           {},
		"HTTP/2":             {http2: true},
		"without keep-alive": {change: func(t *http.Transport) { t.DisableKeepAlives = true }},
	} {
		for name, page := range errorpage.Pages() {
			t.Run(protocol+" "+name, func(t *testing.T) {
				t.Parallel()
				srv := securitytraxtest.New()
				read, create := offices(srv, page), &paged{method: http.MethodPost, route: "/customers", page: page}
				create.inner = read
				tls := errorpage.NewServer(create, tt.http2)
				t.Cleanup(tls.Close)
				transport := tls.Transport(tt.change)
				t.Cleanup(transport.CloseIdleConnections)
				cfg := at(srv, tls.URL, transport)
				cfg.MaxRetries = 2
				sink := sinkOf(t, cfg)
				read.check(t, sink, 3, 3)
				results, _ := sink.CreateCustomers(t.Context(), customers(t, srv, 1))
				if len(results) != 1 || results[0].Status != adcimport.WriteUnknown || create.tries.Load() != 1 {
					t.Errorf("results %v after %d creates, want one in doubt", statuses(results), create.tries.Load())
				}
			})
		}
	}
}

// Failed reads leave the connections alone: 1,000 of which 5 % fail need about
// as many as there are requests in flight, a few times over where the machine is
// busy; closing them at each failure takes about 500 (fault 53).
func TestFailuresKeepConnections(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	h := offices(srv, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") })
	tls := errorpage.NewServer(h, false)
	t.Cleanup(tls.Close)
	cfg := at(srv, tls.URL, tls.Transport(nil))
	cfg.MaxRetries = -1
	sink := sinkOf(t, cfg)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := next.Add(1); i <= 1000; i = next.Add(1) {
				var err error
				if i%20 == 0 {
					_, err = sink.Offices(t.Context())
				} else {
					_, err = sink.FindCustomers(t.Context(), customerKeys(strconv.FormatInt(i, 10)))
				}
				if (err != nil) != (i%20 == 0) {
					t.Errorf("%d: %v", i, err)
				}
			}
		})
	}
	wg.Wait()
	if n, most := tls.Opened(), 8*maxInFlight; n > most || h.tries.Load() != 50 {
		t.Errorf("%d connections, want at most %d; %d failures", n, most, h.tries.Load())
	}
}

// The head of a reply is bounded by default: what has a longer one is not taken
// (fault 54).
func TestHeadIsBounded(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	h := offices(srv, func(w http.ResponseWriter, r *http.Request) {
		errorpage.BigHead(8<<20)(w, r)
		_, _ = io.WriteString(w, `{"data":[]}`)
	})
	plain, stop := errorpage.NewPlainServer(h)
	t.Cleanup(stop)
	cfg := at(srv, plain, nil)
	cfg.MaxRetries = -1
	_, err := sinkOf(t, cfg).Offices(t.Context())
	api, ok := errors.AsType[*securitytrax.APIError](err)
	if !ok || api.Status != 0 {
		t.Errorf("error %#v, want one without a reply", err)
	}
}
