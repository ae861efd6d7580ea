package pacing

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// ErrTimeout says that an attempt took longer than [Transport.Timeout]. It is
// not a context's error, so that it is not taken for the caller's deadline.
var ErrTimeout = errors.New("no complete reply in time")

// Transport sends single attempts: each takes its turn, and then has a time of
// its own, up to the end of the reply's body, and is noted.
type Transport struct {
	Base    http.RoundTripper
	Pacer   *Pacer
	Timeout time.Duration // of one attempt, without its wait
}

// RoundTrip keeps the rules of [http.RoundTripper].
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	turn, err := t.Pacer.Acquire(req.Context())
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // nothing was read of it
		}
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(req.Context(), t.Timeout, ErrTimeout)
	b := &body{ctx: ctx, caller: req.Context(), turn: turn, end: cancel}
	resp, err := t.Base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		err = b.failed(err)
		b.finish()
		return nil, err
	}
	turn.Reply(resp.StatusCode, resp.Header)
	b.ReadCloser = resp.Body
	resp.Body = b
	return resp, nil
}

// CloseIdleConnections closes those of Base, if it keeps any.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.Base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// body is a reply's body; the turn ends with it.
type body struct {
	io.ReadCloser

	ctx    context.Context //nolint:containedctx // the attempt's own, ended by Close
	caller context.Context //nolint:containedctx // whose end is no failure of the service
	turn   *Turn
	end    context.CancelFunc
	once   sync.Once
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
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
	b.once.Do(func() {
		b.turn.Done()
		b.end()
	})
}

// Close ends the attempt.
func (b *body) Close() error {
	defer b.finish()
	return b.ReadCloser.Close()
}
