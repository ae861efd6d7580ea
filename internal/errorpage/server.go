package errorpage

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
)

// Server is a TLS server on 127.0.0.1 that counts its connections. Make it with
// [NewServer].
type Server struct {
	*httptest.Server

	opened atomic.Int64
}

// NewServer starts one. The caller closes it.
func NewServer(h http.Handler, http2 bool) *Server {
	s := &Server{Server: httptest.NewUnstartedServer(h)}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // connections are broken on purpose
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.opened.Add(1)
		}
	}
	s.EnableHTTP2 = http2
	s.StartTLS()
	return s
}

// NewPlainServer starts a server without TLS on 127.0.0.1, for transports that
// trust nobody here. The caller stops it.
func NewPlainServer(h http.Handler) (url string, stop func()) {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	return s.URL, s.Close
}

// Opened is the number of connections so far.
func (s *Server) Opened() int { return int(s.opened.Load()) }

// Transport is a new transport that trusts the server.
func (s *Server) Transport(change func(*http.Transport)) *http.Transport {
	t := &http.Transport{ForceAttemptHTTP2: s.EnableHTTP2, MaxIdleConnsPerHost: 16}
	if own, ok := s.Client().Transport.(*http.Transport); ok {
		t.TLSClientConfig = own.TLSClientConfig.Clone()
	}
	if change != nil {
		change(t)
	}
	return t
}

// Pipe serves h in this process to a real transport, for tests in a
// testing/synctest bubble. Any host of a URL will do. The caller calls stop.
func Pipe(h http.Handler) (t *http.Transport, stop func()) {
	l := &listener{conns: make(chan net.Conn), closed: make(chan struct{})}
	srv := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)} //nolint:gosec // no network
	var serving sync.WaitGroup
	serving.Go(func() { _ = srv.Serve(l) })
	t = &http.Transport{DialContext: l.dial, MaxIdleConnsPerHost: 16}
	return t, func() {
		t.CloseIdleConnections()
		_ = srv.Close()
		serving.Wait()
	}
}

// listener listens to its own dial.
type listener struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *listener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.conns <- there:
		return here, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (*listener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }
