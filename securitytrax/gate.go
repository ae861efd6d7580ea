package securitytrax

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// gate is the body of a request that writes. It asks for permission at the last
// moment before its first byte goes out, so that a process that slept past its
// lease sends nothing, and it knows whether a byte was ever handed out: without
// one, the request certainly did nothing.
//
// It must stay a type of its own: a body that net/http can rewind
// (Request.GetBody) would be sent again by its transport, silently, since the
// Idempotency-Key header makes a POST repeatable in its eyes.
type gate struct {
	mu     sync.Mutex
	check  func() error
	body   *bytes.Reader
	sent   bool
	refuse error // what every further Read returns
}

// refusedError is what permission was refused with.
type refusedError struct{ err error }

func (e *refusedError) Error() string { return fmt.Sprintf("not sent: %v", e.err) }
func (e *refusedError) Unwrap() error { return e.err }

func newGate(body []byte, check func() error) *gate {
	return &gate{check: check, body: bytes.NewReader(body)}
}

// Read implements io.Reader.
func (g *gate) Read(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refuse != nil {
		return 0, g.refuse
	}
	if !g.sent {
		if err := g.check(); err != nil {
			g.refuse = &refusedError{err}
			return 0, g.refuse
		}
		g.sent = true
	}
	return g.body.Read(p)
}

// Close implements io.Closer.
func (*gate) Close() error { return nil }

// seal refuses what the transport may still try to read after it returned, and
// reports whether anything went out before.
func (g *gate) seal() (sent bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refuse == nil {
		g.refuse = io.ErrClosedPipe
	}
	return g.sent
}
