package adcimport

import (
	"context"
	"errors"
	"iter"
	"time"
)

// storeError marks what a [StateStore] failed with: a run in the background
// waits for a store that is away, and does not wait for a source or a sink.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// storeAway reports whether err is of a store that may work again later. The
// library cannot know a database's errors: all pass but those that say what is.
func storeAway(err error) bool {
	failed, ok := errors.AsType[*storeError](err)
	if !ok {
		return false
	}
	for _, lasting := range []error{ErrLeaseLost, ErrRunInProgress, ErrNotFound, ErrUnsupported} {
		if errors.Is(failed.err, lasting) {
			return false
		}
	}
	_, unreadable := errors.AsType[*StateError](failed.err)
	_, invalid := errors.AsType[*InvalidOptionsError](failed.err)
	return !unreadable && !invalid
}

func ofStore(err error) error {
	if err == nil {
		return nil
	}
	return &storeError{err}
}

// markedStore is the host's store with its errors marked.
type markedStore struct{ store StateStore }

func (s markedStore) Acquire(ctx context.Context, req LeaseRequest) (Lease, error) {
	l, err := s.store.Acquire(ctx, req)
	return l, ofStore(err)
}

func (s markedStore) Renew(ctx context.Context, l Lease) (Lease, error) {
	l, err := s.store.Renew(ctx, l)
	return l, ofStore(err)
}

func (s markedStore) Release(ctx context.Context, l Lease, end RunState) error {
	return ofStore(s.store.Release(ctx, l, end))
}

func (s markedStore) Known(ctx context.Context, link string, k Kind, ids []string) (map[string]Known, error) {
	known, err := s.store.Known(ctx, link, k, ids)
	return known, ofStore(err)
}

func (s markedStore) Intend(ctx context.Context, l Lease, in []Intent) ([]IntentState, error) {
	states, err := s.store.Intend(ctx, l, in)
	return states, ofStore(err)
}

func (s markedStore) Commit(ctx context.Context, l Lease, c Commit) error {
	return ofStore(s.store.Commit(ctx, l, c))
}

func (s markedStore) InDoubt(ctx context.Context, link string, k Kind) iter.Seq2[Intent, error] {
	return markedSeq(s.store.InDoubt(ctx, link, k))
}

func (s markedStore) Run(ctx context.Context, id string) (RunState, error) {
	st, err := s.store.Run(ctx, id)
	return st, ofStore(err)
}

func (s markedStore) Runs(ctx context.Context, link string) iter.Seq2[RunState, error] {
	return markedSeq(s.store.Runs(ctx, link))
}

func (s markedStore) Outcomes(ctx context.Context, runID string) iter.Seq2[Outcome, error] {
	return markedSeq(s.store.Outcomes(ctx, runID))
}

func (s markedStore) MarkNotified(ctx context.Context, runID, notifier string) error {
	return ofStore(s.store.MarkNotified(ctx, runID, notifier))
}

func (s markedStore) Prune(ctx context.Context, link string, olderThan time.Time) (int, error) {
	n, err := s.store.Prune(ctx, link, olderThan)
	return n, ofStore(err)
}

func markedSeq[T any](seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range seq {
			if !yield(v, ofStore(err)) {
				return
			}
		}
	}
}
