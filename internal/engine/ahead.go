package engine

import (
	"context"
	"sync"

	"github.com/securitytrax/adcimport/ledger"
)

// A listing is read in three steps side by side: one lists and screens, one begins
// to ask for details, and one brings batch after batch to its end, in order, looks it
// up in the sink and hands it to the writer. So details of the next batch do not wait
// for the slowest of this one, and no detail waits for the list or for the sink.
//
// That is so as long as all is well. A detail that fails ahead of its turn waits for
// it, with what it failed with, and no more are asked for ahead until its batch came
// through: whose failure it is, and what is waited for, is judged batch by batch.

// batchesAhead is how many batches may wait for the one before them, with their
// details begun: one, and more where batches are small, so that a slow detail does
// not leave the others without work.
func (j *job[S, R]) batchesAhead() int { return 1 + 8*j.cfg.Concurrency/j.cfg.BatchSize }

// head is what was asked for ahead of a batch's turn.
type head struct {
	n      int64           // the number of the batch, from 1
	ctx    context.Context //nolint:containedctx // of these details; canceled with what ends the reading
	cancel context.CancelCauseFunc
	under  sync.WaitGroup
}

// wait waits for what is under way. An error ends the reading.
func (h *head) wait() error {
	h.under.Wait()
	err := context.Cause(h.ctx)
	h.cancel(nil)
	return err
}

// read reads a listing from a cursor, and sends its batches until the listing, the
// limit, a failure or the receiver ends it. A failure is sent as the last batch.
func (r *reader[S, R]) read(ctx context.Context, from ledger.Cursor, send func(*batch[S, R]) bool) {
	ahead, stop := context.WithCancel(ctx)
	screened, begun := make(chan *batch[S, R]), make(chan *batch[S, R], r.batchesAhead())
	var sides sync.WaitGroup
	defer sides.Wait()
	defer stop()
	sides.Go(func() {
		defer close(screened)
		r.list(ahead, from, sendTo(ahead, screened))
	})
	sides.Go(func() {
		defer close(begun)
		r.begin(ahead, screened, sendTo(ahead, begun))
	})
	for b := range begun {
		err := b.head.wait()
		if b.err == nil {
			r.complete(ctx, b, err)
			r.lookUp(ctx, b)
		}
		if !send(b) || b.err != nil {
			return
		}
	}
}

// sendTo sends to a channel until ctx ends.
func sendTo[T any](ctx context.Context, to chan<- T) func(T) bool {
	return func(v T) bool {
		select {
		case to <- v:
			return true
		case <-ctx.Done():
			return false
		}
	}
}

// begin hands batches on, and asks for their details, in order.
func (r *reader[S, R]) begin(ctx context.Context, screened <-chan *batch[S, R], send func(*batch[S, R]) bool) {
	var under sync.WaitGroup
	defer under.Wait()
	n := int64(0)
	for b := range screened {
		n++
		b.head.n = n
		b.head.ctx, b.head.cancel = context.WithCancelCause(ctx) //nolint:fatcontext // each batch has its own, of one parent
		b.head.under.Add(1)                                      // for what is not begun yet
		if !send(b) {
			b.head.cancel(nil)
			return
		}
		for i := range b.items {
			it := &b.items[i]
			if it.stage >= read || r.flow.Detail == nil {
				continue
			}
			r.slots <- struct{}{}
			if r.wary.Load() > 0 || b.head.ctx.Err() != nil {
				<-r.slots
				break
			}
			b.head.under.Add(1)
			under.Go(func() {
				defer b.head.under.Done()
				defer func() { <-r.slots }()
				r.fetchAhead(&b.head, it)
			})
		}
		b.head.under.Done()
	}
}

// fetchAhead asks for one detail ahead of its batch's turn.
func (r *reader[S, R]) fetchAhead(h *head, it *item[S, R]) {
	err := r.fetchOne(h.ctx, it)
	if err != nil {
		h.cancel(err)
	}
	if it.tried = it.trouble != nil; it.tried || err != nil {
		r.wary.Store(max(h.n, r.wary.Load()))
	}
}
