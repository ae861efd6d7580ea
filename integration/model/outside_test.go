package model_test

import (
	"context"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/dbclock"
	"github.com/securitytrax/adcimport/ledger"
)

// outsideStore is a store that does real I/O, for use in a bubble. Its work is
// done by a goroutine outside: whoever waits for it is blocked, but not durably,
// so that virtual time stands still and the scheduler waits too. The store's
// clock is moved to virtual time before each call.
type outsideStore struct {
	raw   adcimport.StateStore
	clock *dbclock.Offset
	work  chan func() // made outside of the bubble, as done is
	done  chan struct{}

	mu      sync.Mutex // one call at a time
	virtual time.Time  // at the last call
	real    time.Time
}

// callTime is what each call takes by the store's clock, so that of two calls at
// one virtual instant the later one is later, however long the database took to
// read its clock. A lease that ends at that instant is over in every repetition.
const callTime = 2 * time.Millisecond

// newOutside starts the goroutine that works for a store; it ends with the test.
func newOutside(t *testing.T, raw adcimport.StateStore, clock *dbclock.Offset) *outsideStore {
	t.Helper()
	s := &outsideStore{raw: raw, clock: clock, work: make(chan func()), done: make(chan struct{})}
	var worker sync.WaitGroup
	worker.Go(func() {
		for job := range s.work {
			job()
			s.done <- struct{}{}
		}
	})
	t.Cleanup(func() {
		close(s.work)
		worker.Wait()
	})
	return s
}

// entered makes the store ready for a new bubble, whose clock starts anew.
func (s *outsideStore) entered() adcimport.StateStore {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.virtual = time.Now()
	return s
}

// do runs a job outside. A context of the bubble cannot leave it; virtual time
// does not pass meanwhile, so it is enough to ask it before.
func (s *outsideStore) do(ctx context.Context, job func(context.Context) error) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	passed := time.Since(s.virtual)
	s.virtual = s.virtual.Add(passed)
	passed += callTime
	var err error
	s.work <- func() { //nolint:contextcheck // a bubble's context cannot leave it
		now := time.Now()
		if !s.real.IsZero() {
			passed -= now.Sub(s.real)
		}
		s.real = now
		s.clock.Advance(passed)
		err = job(context.Background())
	}
	<-s.done
	return err
}

func outside[T any](ctx context.Context, s *outsideStore, job func(context.Context) (T, error)) (T, error) {
	var res T
	err := s.do(ctx, func(ctx context.Context) (err error) {
		res, err = job(ctx)
		return err
	})
	return res, err
}

func outsideSeq[T any](ctx context.Context, s *outsideStore, seq func(context.Context) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		all, err := outside(ctx, s, func(ctx context.Context) ([]T, error) { return collect(seq(ctx)) })
		for _, v := range all {
			if !yield(v, nil) {
				return
			}
		}
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}

func (s *outsideStore) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	return outside(ctx, s, func(ctx context.Context) (ledger.Lease, error) { return s.raw.Acquire(ctx, req) })
}

func (s *outsideStore) Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
	return outside(ctx, s, func(ctx context.Context) (ledger.Lease, error) { return s.raw.Renew(ctx, l) })
}

func (s *outsideStore) Release(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error) {
	return outside(ctx, s, func(ctx context.Context) (ledger.RunState, error) { return s.raw.Release(ctx, l, end) })
}

func (s *outsideStore) Records(ctx context.Context, sc ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
	return outside(ctx, s, func(ctx context.Context) (map[string]ledger.Record, error) { return s.raw.Records(ctx, sc, runID, ids) })
}

func (s *outsideStore) List(ctx context.Context, sc ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	return outsideSeq(ctx, s, func(ctx context.Context) iter.Seq2[ledger.Record, error] { return s.raw.List(ctx, sc, q) })
}

func (s *outsideStore) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	return outside(ctx, s, func(ctx context.Context) ([]ledger.IntentState, error) { return s.raw.Commit(ctx, l, c) })
}

func (s *outsideStore) Amend(ctx context.Context, sc ledger.Scope, a []ledger.Amendment) error {
	return s.do(ctx, func(ctx context.Context) error { return s.raw.Amend(ctx, sc, a) })
}

func (s *outsideStore) Run(ctx context.Context, id string) (ledger.RunState, error) {
	return outside(ctx, s, func(ctx context.Context) (ledger.RunState, error) { return s.raw.Run(ctx, id) })
}

func (s *outsideStore) Runs(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	return outsideSeq(ctx, s, func(ctx context.Context) iter.Seq2[ledger.RunState, error] { return s.raw.Runs(ctx, q) })
}

func (s *outsideStore) Outcomes(ctx context.Context, runID string, from int) iter.Seq2[adcimport.Outcome, error] {
	return outsideSeq(ctx, s, func(ctx context.Context) iter.Seq2[adcimport.Outcome, error] { return s.raw.Outcomes(ctx, runID, from) })
}

func (s *outsideStore) Mark(ctx context.Context, runID string, m ledger.Mark) (bool, error) {
	return outside(ctx, s, func(ctx context.Context) (bool, error) { return s.raw.Mark(ctx, runID, m) })
}

func (s *outsideStore) Prune(ctx context.Context, link string, olderThan time.Time) (int, error) {
	return outside(ctx, s, func(ctx context.Context) (int, error) { return s.raw.Prune(ctx, link, olderThan) })
}
