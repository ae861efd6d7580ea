package pacing_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport/internal/pacing"
)

// stubBody is a body as net/http's: it refuses to be read after it was closed.
type stubBody struct {
	io.Reader

	closed int
}

func (b *stubBody) Read(p []byte) (int, error) {
	if b.closed > 0 {
		return 0, errors.New("http: read on closed response body")
	}
	return b.Reader.Read(p)
}

func (b *stubBody) Close() error {
	b.closed++
	return nil
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// stuck is read until the attempt ends.
type stuck struct{ attempt *http.Request }

func (s stuck) Read([]byte) (int, error) {
	<-s.attempt.Context().Done()
	return 0, s.attempt.Context().Err()
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// send makes a request that is answered with a status and a body.
func send(t *testing.T, p *pacing.Pacer, status int, body func(*http.Request) io.Reader) (*http.Response, *stubBody) {
	t.Helper()
	stub := &stubBody{}
	transport := &pacing.Transport{Pacer: p, Timeout: time.Minute, Base: roundTripper(func(r *http.Request) (*http.Response, error) {
		stub.Reader = body(r)
		return &http.Response{StatusCode: status, Body: stub, Request: r}, nil
	})}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp, stub
}

func text(s string) func(*http.Request) io.Reader {
	return func(*http.Request) io.Reader { return strings.NewReader(s) }
}

func broken(*http.Request) io.Reader { return failing{} }

// What is done to a body after it was closed does no harm: it is at its end, and
// the turn is given back once (fault 12).
func TestTransport_closedBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pacing.New(pacing.Config{InFlight: 1, MaxPause: time.Minute})
		for _, rest := range []func(*http.Request) io.Reader{text("x"), text(strings.Repeat("x", 1<<20)), broken} {
			resp, stub := send(t, p, http.StatusOK, rest)
			for range 3 {
				if err := resp.Body.Close(); err != nil {
					t.Error(err)
				}
				if n, err := resp.Body.Read(make([]byte, 10)); n != 0 || err != io.EOF {
					t.Errorf("read after the end: %d bytes, %v", n, err)
				}
			}
			if stub.closed != 1 || p.Failing() != 0 {
				t.Errorf("closed %d times; failing for %v", stub.closed, p.Failing())
			}
		}
	})
}

// Little and quick is what is read of a body that nobody needs.
func TestTransport_drains(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		body func(*http.Request) io.Reader
		took time.Duration
	}{
		"little": {text(strings.Repeat("x", 1000)), 0},
		"much":   {text(strings.Repeat("x", 1<<20)), 0},
		"stuck":  {func(r *http.Request) io.Reader { return stuck{r} }, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := pacing.New(pacing.Config{MaxPause: time.Minute})
				start := time.Now()
				resp, stub := send(t, p, http.StatusOK, tt.body)
				_ = resp.Body.Close()
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				if left, ok := stub.Reader.(*strings.Reader); ok && left.Size()-int64(left.Len()) != min(left.Size(), 64<<10) {
					t.Errorf("%d of %d bytes left", left.Len(), left.Size())
				}
			})
		})
	}
}

// Which replies show that the service is there after a failure, when their
// bodies break off, and when they do not (fault 12).
func TestTransport_answers(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]struct{ whole, breaks bool }{
		200: {true, false}, 204: {true, false}, 302: {true, false},
		400: {true, true}, 404: {true, true}, 500: {true, true},
		429: {false, false}, 502: {false, false}, 503: {false, false}, 504: {false, false},
		501: {false, false}, 520: {false, false},
	} {
		for _, breaks := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				p := pacing.New(pacing.Config{MaxPause: time.Minute})
				start := time.Now()
				reply(t, p, http.StatusServiceUnavailable, 0, "")
				time.Sleep(time.Second)
				body, answered := text("x"), want.whole
				if breaks {
					body, answered = broken, want.breaks
				}
				resp, _ := send(t, p, status, body)
				if _, err := io.ReadAll(resp.Body); (err != nil) != breaks {
					t.Errorf("error %v", err)
				}
				_ = resp.Body.Close()
				if p.ServedSince(start) != answered {
					t.Errorf("%d, breaks %t: served: %t", status, breaks, !answered)
				}
			})
		}
	}
}

// A page that does not end is given up after a few seconds, as one that came too
// late, and without a word about the service (fault 12).
func TestTransport_stuckPage(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]time.Duration{200: time.Minute, 404: 5 * time.Second, 500: 5 * time.Second, 503: 5 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			p := pacing.New(pacing.Config{Rate: 10, MaxPause: time.Hour})
			start := time.Now()
			resp, _ := send(t, p, status, func(r *http.Request) io.Reader { return stuck{r} })
			_, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if took := time.Since(start); took != want || !errors.Is(err, pacing.ErrTimeout) {
				t.Errorf("%d: took %v, want %v: %v", status, took, want, err)
			}
			if slower := p.Pace() < 10; slower != (status == 200 || status == 503) {
				t.Errorf("%d: pace %v", status, p.Pace())
			}
		})
	}
}

// A reply that means overload is one that pushes back, whatever its status.
func TestPushedBack(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 400, 500} {
		synctest.Test(t, func(t *testing.T) {
			p := pacing.New(pacing.Config{Rate: 10, MaxPause: time.Minute})
			start := time.Now().Add(-time.Second)
			resp, _ := send(t, p, status, text("busy"))
			pacing.PushedBack(resp)
			_ = resp.Body.Close()
			if p.ServedSince(start) || p.Pace() != 5 {
				t.Errorf("%d: served: %t, pace %v", status, p.ServedSince(start), p.Pace())
			}
		})
	}
}

// go-retryablehttp must not find a way to close all connections (fault 53).
func TestTransport_keepsConnections(t *testing.T) {
	t.Parallel()
	var transport http.RoundTripper = &pacing.Transport{}
	if _, ok := transport.(interface{ CloseIdleConnections() }); ok {
		t.Error("a failed call would close the connections of Base")
	}
}
