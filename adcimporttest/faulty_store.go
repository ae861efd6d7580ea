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

func (s faultyStore) Release(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error) {
	return faulty(ctx, s.f, "Release", func() (ledger.RunState, error) { return s.store.Release(ctx, l, end) })
}

func (s faultyStore) Records(ctx context.Context, sc ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
	return faulty(ctx, s.f, "Records", func() (map[string]ledger.Record, error) { return s.store.Records(ctx, sc, runID, ids) })
}

func (s faultyStore) List(ctx context.Context, sc ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	return faultySeq(ctx, s.f, "List", s.store.List(ctx, sc, q))
}

func (s faultyStore) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	return faulty(ctx, s.f, "Commit", func() ([]ledger.IntentState, error) { return s.store.Commit(ctx, l, c) })
}

func (s faultyStore) Amend(ctx context.Context, sc ledger.Scope, a []ledger.Amendment) error {
	_, err := s.f.around(ctx, "Amend", func() error { return s.store.Amend(ctx, sc, a) })
	return err
}

func (s faultyStore) Run(ctx context.Context, id string) (ledger.RunState, error) {
	return faulty(ctx, s.f, "Run", func() (ledger.RunState, error) { return s.store.Run(ctx, id) })
}

func (s faultyStore) Runs(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	return faultySeq(ctx, s.f, "Runs", s.store.Runs(ctx, q))
}

func (s faultyStore) Outcomes(ctx context.Context, runID string, from int) iter.Seq2[ledger.Outcome, error] {
	return faultySeq(ctx, s.f, "Outcomes", s.store.Outcomes(ctx, runID, from))
}

func (s faultyStore) Mark(ctx context.Context, runID string, m ledger.Mark) (bool, error) {
	return faulty(ctx, s.f, "Mark", func() (bool, error) { return s.store.Mark(ctx, runID, m) })
}

func (s faultyStore) Prune(ctx context.Context, link string, olderThan time.Time) (int, error) {
	return faulty(ctx, s.f, "Prune", func() (int, error) { return s.store.Prune(ctx, link, olderThan) })
}
