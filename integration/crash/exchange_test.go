//go:build unix

package crash_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/securitytrax/adcimport/internal/crashtest"
)

// Places within the exchange of a write, in their order. The sink asks for its
// right to write before it gives the first byte of the body away, and again
// before the last one.
const (
	pointHead   = "sink.POST:head"   // the head was sent
	pointBody   = "sink.POST:body"   // the sink gave the body away but for its last byte, and nothing of it was written
	pointHeld   = "sink.POST:held"   // that was written
	pointSocket = "sink.POST:socket" // the sink gave the last byte away: the residual window
)

// trappedTransport has places within the exchange of a write: those of the
// request, when all of it was sent, when the reply's head is there, and when its
// body was read.
type trappedTransport struct {
	base http.RoundTripper
	trap *crashtest.Trap
}

// newTrappedTransport makes the transport of a child. stopAt is the place where
// it is to stop, if it is to stop at all.
func newTrappedTransport(trap *crashtest.Trap, stopAt string) http.RoundTripper {
	dialer := &net.Dialer{}
	return trappedTransport{trap: trap, base: &http.Transport{
		MaxIdleConnsPerHost: 16,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, addr)
			body := trappedBodyWrite{conn: conn, trap: trap, stopAt: stopAt}
			return &writeConn{Conn: conn, head: func() { trap.Pass(pointHead) }, body: body.write}, err
		},
	}}
}

// RoundTrip implements http.RoundTripper.
func (t trappedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !isWrite(r) {
		return t.base.RoundTrip(r)
	}
	t.trap.Pass("sink.POST:before")
	resp, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	t.trap.Pass("sink.POST:reply")
	resp.Body = &trappedBody{ReadCloser: resp.Body, trap: t.trap}
	return resp, nil
}

// isWrite reports whether a request creates a record.
func isWrite(r *http.Request) bool {
	return r.Method == http.MethodPost &&
		(strings.HasSuffix(r.URL.Path, "/customers") || strings.HasSuffix(r.URL.Path, "/users"))
}

type trappedBody struct {
	io.ReadCloser
	trap *crashtest.Trap
	once sync.Once
}

func (b *trappedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.once.Do(func() { b.trap.Pass("sink.POST:read") })
	}
	return n, err
}

// trappedBodyWrite sends the body of a write, with places.
type trappedBodyWrite struct {
	conn   net.Conn
	trap   *crashtest.Trap
	stopAt string
}

func (b trappedBodyWrite) write(p []byte, first, last bool) (int, error) {
	write := b.conn.Write
	if first && b.tells(pointBody) {
		past, done := b.pastRecall(pointBody)
		defer done()
		b.trap.Pass(pointBody)
		write = past
	}
	if last && b.tells(pointSocket) {
		past, done := b.pastRecall(pointSocket)
		defer done()
		b.trap.Pass(pointSocket)
		write = past
	}
	n, err := write(p)
	if err != nil {
		return n, err
	}
	if last {
		b.trap.Pass("sink.POST:sent")
	} else {
		b.trap.Pass(pointHeld)
	}
	return n, nil
}

// tells reports whether a place between a check of the sink and its write is
// passed. To tell of it takes many times as long as all that the sink does there:
// a child that is to stop elsewhere would often be stopped in the window.
func (b trappedBodyWrite) tells(name string) bool { return b.stopAt == "" || b.stopAt == name }

// pastRecall makes the write of a child that stops at name as if it were stopped
// within write(2), where closing the connection cannot hold the bytes back any
// more: by a descriptor of its own.
func (b trappedBodyWrite) pastRecall(name string) (write func([]byte) (int, error), done func()) {
	tcp, ok := b.conn.(*net.TCPConn)
	if !ok || b.stopAt != name {
		return b.conn.Write, func() {}
	}
	f, err := tcp.File()
	if err != nil {
		return func([]byte) (int, error) { return 0, err }, func() {}
	}
	return f.Write, func() { _ = f.Close() }
}

// writeConn tells the head of a request that creates a record from its body, and
// the body's writes from each other. net/http sends the head at once, since it
// does not know how long it takes to read the body.
type writeConn struct {
	net.Conn
	head func()                                        // the head was sent
	body func(p []byte, first, last bool) (int, error) // sends a part of the body
	size int64                                         // of the body
	left int64                                         // of the body; of one goroutine at a time, as net/http writes
}

// Write implements net.Conn.
func (c *writeConn) Write(p []byte) (int, error) {
	if c.left > 0 {
		first := c.left == c.size
		c.left -= int64(len(p))
		return c.body(p, first, c.left == 0)
	}
	n, err := c.Conn.Write(p)
	if c.size = bodyOf(p); c.size > 0 {
		c.left = c.size
		c.head()
	}
	return n, err
}

// bodyOf is how long the body will be that follows the head of a request which
// creates a record, and zero for any other bytes.
func bodyOf(p []byte) int64 {
	if !bytes.HasPrefix(p, []byte("POST ")) || !bytes.HasSuffix(p, []byte("\r\n\r\n")) {
		return 0
	}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(p)))
	if err != nil || !isWrite(r) {
		return 0
	}
	return r.ContentLength
}
