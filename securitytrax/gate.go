package securitytrax

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/lease"
)

// gate is the body of a request that writes. It asks for permission at the last
// moment before its first byte goes out, so that a process that slept past its
// lease sends nothing, and it knows whether a byte was ever handed out: without
// one, the request certainly did nothing.
//
// It hands out its last byte alone, and asks once more before that: without it
// no server has a whole request. Whatever holds the rest up on its way (a full
// socket, HTTP/2's flow control, encryption, a stopped process) then holds up
// nothing that has an effect. That works with the transport of any host, since
// net/http writes what it read before it reads on. Close would be too late: it
// is called when all is written.
//
// It must stay a type of its own: a body that net/http can rewind
// (Request.GetBody) would be sent again by its transport, silently, since the
// Idempotency-Key header makes a POST repeatable in its eyes.
type gate struct {
	mu     sync.Mutex
	begin  func() error // asked before the first byte
	finish func() error // asked before the last one
	body   *bytes.Reader
	sent   bool
	refuse error // what every further Read returns
}

// refusedError is what permission was refused with.
type refusedError struct{ err error }

func (e *refusedError) Error() string { return fmt.Sprintf("not sent: %v", e.err) }
func (e *refusedError) Unwrap() error { return e.err }

// newGate makes the body of a request under ctx. A run that is told to stop
// begins no request, but ends those it began: otherwise they were in doubt.
func newGate(ctx context.Context, body []byte) *gate {
	return &gate{
		begin:  func() error { return adcimport.CheckWrite(ctx) },
		finish: func() error { return lease.CheckHeld(ctx) },
		body:   bytes.NewReader(body),
	}
}

// Read implements io.Reader.
func (g *gate) Read(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	left := g.body.Len()
	if g.refuse == nil && left > 0 {
		g.refuse = g.ask()
	}
	if g.refuse != nil {
		return 0, g.refuse
	}
	if left > 1 {
		p = p[:min(len(p), left-1)]
	}
	g.sent = true
	return g.body.Read(p)
}

func (g *gate) ask() error {
	ask := g.finish
	if !g.sent {
		ask = g.begin
	}
	if err := ask(); err != nil {
		return &refusedError{err}
	}
	return nil
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
