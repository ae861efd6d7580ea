package storetest_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// brokenStore is a MemoryStore with one method or another replaced.
type brokenStore struct {
	*ledger.MemoryStore

	acquire  func(context.Context, ledger.LeaseRequest) (ledger.Lease, error)
	renew    func(context.Context, ledger.Lease) (ledger.Lease, error)
	release  func(context.Context, ledger.Lease, ledger.End) (ledger.RunState, error)
	records  func(context.Context, ledger.Scope, string, []string) (map[string]ledger.Record, error)
	list     func(context.Context, ledger.Scope, ledger.Query) iter.Seq2[ledger.Record, error]
	commit   func(context.Context, ledger.Lease, ledger.Commit) ([]ledger.IntentState, error)
	amend    func(context.Context, ledger.Scope, []ledger.Amendment) error
	run      func(context.Context, string) (ledger.RunState, error)
	runs     func(context.Context, ledger.RunQuery) iter.Seq2[ledger.RunState, error]
	outcomes func(context.Context, string, int) iter.Seq2[ledger.Outcome, error]
	mark     func(context.Context, string, ledger.Mark) (bool, error)
	prune    func(context.Context, string, time.Time) (int, error)
	reopen   func() (ledger.StateStore, error)
}

// or returns the replacement, where there is one.
func or[F any](replaced bool, replacement, original F) F {
	if replaced {
		return replacement
	}
	return original
}

func (b *brokenStore) Advance(d time.Duration) { time.Sleep(d) }

func (b *brokenStore) Reopen() (ledger.StateStore, error) {
	return or(b.reopen != nil, b.reopen, func() (ledger.StateStore, error) { return b, nil })()
}

func (b *brokenStore) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	return or(b.acquire != nil, b.acquire, b.MemoryStore.Acquire)(ctx, req)
}

func (b *brokenStore) Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
	return or(b.renew != nil, b.renew, b.MemoryStore.Renew)(ctx, l)
}

func (b *brokenStore) Release(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error) {
	return or(b.release != nil, b.release, b.MemoryStore.Release)(ctx, l, end)
}

func (b *brokenStore) Records(ctx context.Context, s ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
	return or(b.records != nil, b.records, b.MemoryStore.Records)(ctx, s, runID, ids)
}

func (b *brokenStore) List(ctx context.Context, s ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	return or(b.list != nil, b.list, b.MemoryStore.List)(ctx, s, q)
}

func (b *brokenStore) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	return or(b.commit != nil, b.commit, b.MemoryStore.Commit)(ctx, l, c)
}

func (b *brokenStore) Amend(ctx context.Context, s ledger.Scope, list []ledger.Amendment) error {
	return or(b.amend != nil, b.amend, b.MemoryStore.Amend)(ctx, s, list)
}

func (b *brokenStore) Run(ctx context.Context, id string) (ledger.RunState, error) {
	return or(b.run != nil, b.run, b.MemoryStore.Run)(ctx, id)
}

func (b *brokenStore) Runs(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	return or(b.runs != nil, b.runs, b.MemoryStore.Runs)(ctx, q)
}

func (b *brokenStore) Outcomes(ctx context.Context, runID string, from int) iter.Seq2[ledger.Outcome, error] {
	return or(b.outcomes != nil, b.outcomes, b.MemoryStore.Outcomes)(ctx, runID, from)
}

func (b *brokenStore) Mark(ctx context.Context, runID string, m ledger.Mark) (bool, error) {
	return or(b.mark != nil, b.mark, b.MemoryStore.Mark)(ctx, runID, m)
}

func (b *brokenStore) Prune(ctx context.Context, link string, olderThan time.Time) (int, error) {
	return or(b.prune != nil, b.prune, b.MemoryStore.Prune)(ctx, link, olderThan)
}

// request changes requests on their way.
func (b *brokenStore) request(change func(*ledger.LeaseRequest)) {
	b.acquire = func(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
		change(&req)
		return b.MemoryStore.Acquire(ctx, req)
	}
}

// lease changes leases on their way back; before is the run as it was.
func (b *brokenStore) lease(change func(before ledger.RunState, l *ledger.Lease)) {
	b.acquire = func(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
		before, _ := b.MemoryStore.Run(ctx, req.RunID)
		l, err := b.MemoryStore.Acquire(ctx, req)
		if err == nil {
			change(before, &l)
		}
		return l, err
	}
}

// commits changes commits on their way.
func (b *brokenStore) commits(change func(ledger.Lease, *ledger.Commit)) {
	b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
		c.Outcomes, c.Records, c.Intents = slices.Clone(c.Outcomes), slices.Clone(c.Records), slices.Clone(c.Intents)
		change(l, &c)
		return b.MemoryStore.Commit(ctx, l, c)
	}
}

// states changes the states of intents; before is the record as it was.
func (b *brokenStore) states(change func(before ledger.Record, in ledger.Intent, st ledger.IntentState) ledger.IntentState) {
	b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
		before, _ := b.MemoryStore.Records(ctx, l.Scope, l.RunID, c.IDs())
		states, err := b.MemoryStore.Commit(ctx, l, c)
		for i := range states[:min(len(states), len(c.Intents))] {
			states[i] = change(before[c.Intents[i].ID], c.Intents[i], states[i])
		}
		return states, err
	}
}

// recordsOut changes records on their way back, looked up and listed.
func (b *brokenStore) recordsOut(change func(s ledger.Scope, runID string, r *ledger.Record)) {
	b.records = func(ctx context.Context, s ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
		found, err := b.MemoryStore.Records(ctx, s, runID, ids)
		for id, r := range found {
			change(s, runID, &r)
			found[id] = r
		}
		return found, err
	}
	b.list = func(ctx context.Context, s ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
		return changed(b.MemoryStore.List(ctx, s, q), func(list []ledger.Record) []ledger.Record {
			for i := range list {
				change(s, q.RunID, &list[i])
			}
			return list
		})
	}
}

// listOut changes lists of records.
func (b *brokenStore) listOut(change func(q ledger.Query, list []ledger.Record) []ledger.Record) {
	b.list = func(ctx context.Context, s ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
		return changed(b.MemoryStore.List(ctx, s, q), func(list []ledger.Record) []ledger.Record { return change(q, list) })
	}
}

// runOut changes runs on their way back, one by one and listed.
func (b *brokenStore) runOut(change func(*ledger.RunState)) {
	b.run = func(ctx context.Context, id string) (ledger.RunState, error) {
		st, err := b.MemoryStore.Run(ctx, id)
		change(&st)
		return st, err
	}
	b.runs = func(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
		return changed(b.MemoryStore.Runs(ctx, q), func(list []ledger.RunState) []ledger.RunState {
			for i := range list {
				change(&list[i])
			}
			return list
		})
	}
}

// outcomesOut changes a whole list of outcomes on its way back.
func (b *brokenStore) outcomesOut(change func([]ledger.Outcome) []ledger.Outcome) {
	b.outcomes = func(ctx context.Context, runID string, from int) iter.Seq2[ledger.Outcome, error] {
		return changed(b.MemoryStore.Outcomes(ctx, runID, from), change)
	}
}

// changed is an iterator whose items are changed all at once.
func changed[T any](seq iter.Seq2[T, error], change func([]T) []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var list []T
		for v, err := range seq {
			if err != nil {
				yield(v, err)
				return
			}
			list = append(list, v)
		}
		for _, v := range change(list) {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// lenient makes an error that matches target nil.
func lenient(err, target error) error {
	if errors.Is(err, target) {
		return nil
	}
	return err
}

// invalid reports whether a request was refused as one.
func invalid(err error) bool {
	_, ok := errors.AsType[*ledger.InvalidRequestError](err)
	return ok
}

// silent ends an iterator without its error.
func silent[T any](seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range seq {
			if err != nil || !yield(v, nil) {
				return
			}
		}
	}
}

// once is an iterator that is used up when it has begun.
func once[T any](seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	var used atomic.Bool
	return func(yield func(T, error) bool) {
		if used.Swap(true) {
			return
		}
		seq(yield)
	}
}

// first is the beginning of a list, as if it were all.
func first[T any](n int, list []T) []T { return list[:min(n, len(list))] }
