package adcimport

import (
	"context"
	"iter"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// guardedStore calls a host's store, and marks what it fails with.
type guardedStore struct {
	store StateStore
	host  *hostCode
}

func (s guardedStore) Unwrap() any { return s.store }

func (s guardedStore) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	return ofStoreCall(s, "Store.Acquire", func() (ledger.Lease, error) { return s.store.Acquire(ctx, req) })
}

func (s guardedStore) Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
	return ofStoreCall(s, "Store.Renew", func() (ledger.Lease, error) { return s.store.Renew(ctx, l) })
}

func (s guardedStore) Release(ctx context.Context, l ledger.Lease, end ledger.RunState) error {
	return s.do("Store.Release", func() error { return s.store.Release(ctx, l, end) })
}

func (s guardedStore) Known(ctx context.Context, link string, k Kind, ids []string) (map[string]ledger.Known, error) {
	return ofStoreCall(s, "Store.Known", func() (map[string]ledger.Known, error) { return s.store.Known(ctx, link, k, ids) })
}

func (s guardedStore) Intend(ctx context.Context, l ledger.Lease, in []ledger.Intent) ([]ledger.IntentState, error) {
	return ofStoreCall(s, "Store.Intend", func() ([]ledger.IntentState, error) { return s.store.Intend(ctx, l, in) })
}

func (s guardedStore) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) error {
	return s.do("Store.Commit", func() error { return s.store.Commit(ctx, l, c) })
}

func (s guardedStore) InDoubt(ctx context.Context, link string, k Kind) iter.Seq2[ledger.Intent, error] {
	return guardedSeq(s.host, "Store.InDoubt", func() iter.Seq2[ledger.Intent, error] { return markedSeq(s.store.InDoubt(ctx, link, k)) })
}

func (s guardedStore) Run(ctx context.Context, id string) (ledger.RunState, error) {
	return ofStoreCall(s, "Store.Run", func() (ledger.RunState, error) { return s.store.Run(ctx, id) })
}

func (s guardedStore) Runs(ctx context.Context, link string) iter.Seq2[ledger.RunState, error] {
	return guardedSeq(s.host, "Store.Runs", func() iter.Seq2[ledger.RunState, error] { return markedSeq(s.store.Runs(ctx, link)) })
}

func (s guardedStore) Outcomes(ctx context.Context, runID string) iter.Seq2[Outcome, error] {
	return guardedSeq(s.host, "Store.Outcomes", func() iter.Seq2[Outcome, error] { return markedSeq(s.store.Outcomes(ctx, runID)) })
}

func (s guardedStore) MarkNotified(ctx context.Context, runID, notifier string) error {
	return s.do("Store.MarkNotified", func() error { return s.store.MarkNotified(ctx, runID, notifier) })
}

func (s guardedStore) Prune(ctx context.Context, link string, olderThan time.Time) (int, error) {
	return ofStoreCall(s, "Store.Prune", func() (int, error) { return s.store.Prune(ctx, link, olderThan) })
}

func (s guardedStore) do(call string, f func() error) error {
	return s.host.do(call, func() error { return ofStore(f()) })
}

// ofStoreCall is do for what has a result.
func ofStoreCall[T any](s guardedStore, call string, f func() (T, error)) (T, error) {
	return guarded(s.host, call, func() (T, error) {
		v, err := f()
		return v, ofStore(err)
	})
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
