//go:build unix

package crash_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestResidualWindow_isShortOverTLS measures the window below TLS: what is
// encrypted, and waits for HTTP/2's flow control, does so before the last check,
// but for one byte.
func TestResidualWindow_isShortOverTLS(t *testing.T) {
	t.Parallel()
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 402, newSQLite(t), "window over TLS")
			server := httptest.NewUnstartedServer(w.sink.Handler())
			server.EnableHTTP2 = http2
			server.StartTLS()
			t.Cleanup(server.Close)
			cfg := w.config()
			cfg.SecurityTraxURL = server.URL + "/{profile}/user/v1"
			var watch windowWatch
			base := server.Client().Transport.(*http.Transport).Clone() //nolint:forcetypeassert // httptest says so
			base.ForceAttemptHTTP2 = http2
			base.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
				return watchedConn{conn, &watch}, err
			}
			watch.create(t, cfg, watchedTransport{base, &watch})
			if len(watch.spans) != windowWrites {
				t.Fatalf("%d writes, want %d", len(watch.spans), windowWrites)
			}
			watch.check(t)
		})
	}
}

// watchedConn sees the first bytes that go out after a check.
type watchedConn struct {
	net.Conn
	watch *windowWatch
}

// Write implements net.Conn.
func (c watchedConn) Write(p []byte) (int, error) {
	c.watch.written(false)
	return c.Conn.Write(p)
}

// watchedTransport counts the window of a create, once it is over.
type watchedTransport struct {
	base  http.RoundTripper
	watch *windowWatch
}

// RoundTrip implements http.RoundTripper.
func (t watchedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(r)
	if isWrite(r) {
		t.watch.over()
	}
	return resp, err
}
