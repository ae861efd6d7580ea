package pacing

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/internal/hurry"
)

// ErrTimeout says that an attempt took longer than [Transport.Timeout]. It is
// not a context's error, so that it is not taken for the caller's deadline.
var ErrTimeout = errors.New("no complete reply in time")

// How long the rest of a reply may take that says no more.
const (
	pageTime  = 5 * time.Second // the body of a failure, after its head
	drainTime = time.Second     // what is left of a body when it is closed
)

// maxDrain is how much is read of what is left of a body when it is closed, to
// keep its connection, in bytes.
const maxDrain = 64 << 10

// Transport sends single attempts: each takes its turn, and then has a time of
// its own, up to the end of the reply's body, and is noted.
//
// It has no CloseIdleConnections, and must not have: go-retryablehttp calls it
// after every failure, and the connections of Base may be shared.
type Transport struct {
	Base    http.RoundTripper
	Pacer   *Pacer
	Timeout time.Duration // of one attempt, without its wait
}

// RoundTrip keeps the rules of [http.RoundTripper]. A reply's body is at its end
// when it was closed: go-retryablehttp goes on reading there.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	resume := hurry.Hold(req.Context())
	turn, err := t.Pacer.Acquire(req.Context())
	resume()
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // nothing was read of it
		}
		return nil, err
	}
	b := newBody(req.Context(), turn, t.Timeout)
	returned := false
	defer func() {
		if !returned { // it panicked: others still get a turn
			b.finish()
		}
	}()
	resp, err := t.Base.RoundTrip(req.WithContext(b.ctx)) //nolint:contextcheck // made of the request's
	returned = true
	if err != nil {
		err = b.failed(err)
		b.finish()
		return nil, err
	}
	turn.Reply(resp.StatusCode, resp.Header)
	if resp.StatusCode >= http.StatusBadRequest {
		b.within(pageTime)
	}
	b.ReadCloser = resp.Body
	resp.Body = b
	return resp, nil
}

// PushedBack notes a reply of a [Transport] that means overload without saying
// so by its status, before its body is closed.
func PushedBack(resp *http.Response) {
	if b, ok := resp.Body.(*body); ok {
		b.turn.PushedBack()
	}
}

// body is a reply's body; the turn ends with it.
type body struct {
	io.ReadCloser

	ctx    context.Context //nolint:containedctx // the attempt's own, ended by Close
	caller context.Context //nolint:containedctx // whose end is no failure of the service
	turn   *Turn
	end    context.CancelCauseFunc
	free   context.CancelFunc
	limit  *time.Timer // of the rest; nil: none but the attempt's
	over   bool        // the last Read was the end, or failed
	closed atomic.Bool
}

func newBody(caller context.Context, turn *Turn, timeout time.Duration) *body {
	limited, free := context.WithTimeoutCause(caller, timeout, ErrTimeout)
	ctx, end := context.WithCancelCause(limited)
	return &body{ctx: ctx, caller: caller, turn: turn, end: end, free: free}
}

// within gives what is left of the attempt so much time, at most.
func (b *body) within(d time.Duration) {
	b.stopLimit()
	b.limit = time.AfterFunc(d, func() { b.end(ErrTimeout) })
}

func (b *body) stopLimit() {
	if b.limit != nil {
		b.limit.Stop()
	}
}

func (b *body) Read(p []byte) (int, error) {
	if b.closed.Load() {
		return 0, io.EOF
	}
	n, err := b.ReadCloser.Read(p)
	b.over = err != nil
	if err != nil && err != io.EOF { //nolint:errorlint // io.Reader answers io.EOF itself
		err = b.failed(err)
	}
	return n, err
}

// failed notes an error, unless it is the caller's, and replaces one that the
// attempt's time limit made.
func (b *body) failed(err error) error {
	slow := context.Cause(b.ctx) == ErrTimeout //nolint:errorlint // the cause is compared by identity
	if slow {
		err = ErrTimeout
	}
	if b.caller.Err() == nil {
		b.turn.Failed(slow)
	}
	return err
}

func (b *body) finish() {
	b.stopLimit()
	b.turn.Done()
	b.end(nil)
	b.free()
}

// Close ends the attempt, once. What is left of the body is read if that is
// little and quick; how it ends says nothing about the service.
func (b *body) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	defer b.finish()
	if !b.over {
		b.within(drainTime)
		_, _ = io.CopyN(io.Discard, b.ReadCloser, maxDrain)
	}
	return b.ReadCloser.Close()
}
