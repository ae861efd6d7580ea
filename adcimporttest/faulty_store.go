package adcimporttest

import (
	"context"
	"iter"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// Store makes a store fail. Iterators fail at any item and at their end.
func (f *Faults) Store(s ledger.StateStore) ledger.StateStore { return faultyStore{s, f} }

type faultyStore struct {
	store ledger.StateStore
	f     *Faults
}

// Unwrap returns the store, for its abilities.
func (s faultyStore) Unwrap() any { return s.store }

func (s faultyStore) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	return faulty(ctx, s.f, "Acquire", func() (ledger.Lease, error) { return s.store.Acquire(ctx, req) })
}

func (s faultyStore) Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
	return faulty(ctx, s.f, "Renew", func() (ledger.Lease, error) { return s.store.Renew(ctx, l) })
}

func (s faultyStore) Release(ctx context.Context, l ledger.Lease, end ledger.RunState) error {
	_, err := s.f.around(ctx, "Release", func() error { return s.store.Release(ctx, l, end) })
	return err
}

func (s faultyStore) Known(ctx context.Context, link string, k ledger.Kind, ids []string) (map[string]ledger.Known, error) {
	return faulty(ctx, s.f, "Known", func() (map[string]ledger.Known, error) { return s.store.Known(ctx, link, k, ids) })
}

func (s faultyStore) Intend(ctx context.Context, l ledger.Lease, in []ledger.Intent) ([]ledger.IntentState, error) {
	return faulty(ctx, s.f, "Intend", func() ([]ledger.IntentState, error) { return s.store.Intend(ctx, l, in) })
}

func (s faultyStore) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) error {
	_, err := s.f.around(ctx, "Commit", func() error { return s.store.Commit(ctx, l, c) })
	return err
}

func (s faultyStore) InDoubt(ctx context.Context, link string, k ledger.Kind) iter.Seq2[ledger.Intent, error] {
	return faultySeq(ctx, s.f, "InDoubt", s.store.InDoubt(ctx, link, k))
}

func (s faultyStore) Run(ctx context.Context, id string) (ledger.RunState, error) {
	return faulty(ctx, s.f, "Run", func() (ledger.RunState, error) { return s.store.Run(ctx, id) })
}

func (s faultyStore) Runs(ctx context.Context, link string) iter.Seq2[ledger.RunState, error] {
	return faultySeq(ctx, s.f, "Runs", s.store.Runs(ctx, link))
}

func (s faultyStore) Outcomes(ctx context.Context, runID string) iter.Seq2[ledger.Outcome, error] {
	return faultySeq(ctx, s.f, "Outcomes", s.store.Outcomes(ctx, runID))
}

func (s faultyStore) MarkNotified(ctx context.Context, runID, notifier string) error {
	_, err := s.f.around(ctx, "MarkNotified", func() error { return s.store.MarkNotified(ctx, runID, notifier) })
	return err
}

func (s faultyStore) Prune(ctx context.Context, link string, olderThan time.Time) (int, error) {
	return faulty(ctx, s.f, "Prune", func() (int, error) { return s.store.Prune(ctx, link, olderThan) })
}
