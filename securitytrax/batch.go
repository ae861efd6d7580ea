package securitytrax

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/guard"
)

// maxBroken is how many requests in a row may end in doubt before a call ends:
// the service is out of order then, and every further request would be in doubt
// as well.
const maxBroken = 3

// batch sends the writes of one call, several at a time, each once.
type batch struct {
	results []adcimport.WriteResult
	limit   time.Duration // for one request
	one     func(ctx context.Context, i int, limit time.Duration) written

	mu     sync.Mutex
	next   int
	broken int   // in a row
	stop   error // why nothing further is begun
	end    error // what the call ends with
	before error // what the last attempt ended with, of a write that there was no time for
}

// run returns one result per write, in order. Those that were not begun are
// WriteNotSent. The error is nil when only the time ran out.
func (b *batch) run(ctx context.Context, workers int) ([]adcimport.WriteResult, error) {
	for i := range b.results {
		b.results[i].Status = adcimport.WriteNotSent
	}
	var wg sync.WaitGroup
	for range min(workers, len(b.results)) {
		wg.Go(func() { b.work(ctx) })
	}
	wg.Wait()
	for i := b.next; i < len(b.results); i++ {
		b.results[i].Err = b.stop
	}
	return b.results, b.end
}

// outOfTime reports whether nothing was sent before the time was up.
func (b *batch) outOfTime() bool {
	return errors.Is(b.stop, context.DeadlineExceeded) &&
		!slices.ContainsFunc(b.results, func(r adcimport.WriteResult) bool { return r.Status != adcimport.WriteNotSent })
}

func (b *batch) work(ctx context.Context) {
	for i := b.take(); i >= 0; i = b.take() {
		var w written // WriteUnknown: the host's transport may panic when the request is out
		if err := guard.Call("a write of securitytrax", func() { w = b.one(ctx, i, b.limit) }); err != nil {
			w.err, w.end = err, err
		}
		b.done(i, w)
	}
}

func (b *batch) take() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stop != nil || b.next == len(b.results) {
		return -1
	}
	b.next++
	return b.next - 1
}

func (b *batch) done(i int, w written) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.results[i] = adcimport.WriteResult{Status: w.status, ID: w.id, Err: w.err}
	if w.status == adcimport.WriteCreated {
		b.results[i].Cleared = w.cleared
	}
	if w.before != nil {
		b.before = w.before
	}
	if w.broken {
		b.broken++
	} else {
		b.broken = 0
	}
	if b.end == nil && b.broken >= maxBroken {
		b.end = w.err
	}
	if b.end == nil {
		b.end = w.end
	}
	if b.stop == nil {
		b.stop = b.end
	}
	if b.stop == nil && w.status == adcimport.WriteNotSent {
		b.stop = w.err
	}
}

// requestLimit is the time that each request of a call may take: the
// configured timeout, but no more than half of what the context leaves, so that
// a short lease still gets something done before its end.
func requestLimit(ctx context.Context, timeout time.Duration) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return timeout
	}
	return min(timeout, max(time.Until(deadline)/2, 0))
}
