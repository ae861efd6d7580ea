package storetest_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// brokenStore is a MemoryStore with one method or another replaced.
type brokenStore struct {
	*ledger.MemoryStore

	acquire  func(context.Context, ledger.LeaseRequest) (ledger.Lease, error)
	renew    func(context.Context, ledger.Lease) (ledger.Lease, error)
	release  func(context.Context, ledger.Lease, ledger.RunState) error
	known    func(context.Context, string, ledger.Kind, []string) (map[string]ledger.Known, error)
	intend   func(context.Context, ledger.Lease, []ledger.Intent) ([]ledger.IntentState, error)
	commit   func(context.Context, ledger.Lease, ledger.Commit) error
	inDoubt  func(context.Context, string, ledger.Kind) iter.Seq2[ledger.Intent, error]
	run      func(context.Context, string) (ledger.RunState, error)
	runs     func(context.Context, string) iter.Seq2[ledger.RunState, error]
	outcomes func(context.Context, string) iter.Seq2[ledger.Outcome, error]
	mark     func(context.Context, string, string) error
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

func (b *brokenStore) Release(ctx context.Context, l ledger.Lease, end ledger.RunState) error {
	return or(b.release != nil, b.release, b.MemoryStore.Release)(ctx, l, end)
}

func (b *brokenStore) Known(ctx context.Context, link string, k ledger.Kind, ids []string) (map[string]ledger.Known, error) {
	return or(b.known != nil, b.known, b.MemoryStore.Known)(ctx, link, k, ids)
}

func (b *brokenStore) Intend(ctx context.Context, l ledger.Lease, in []ledger.Intent) ([]ledger.IntentState, error) {
	return or(b.intend != nil, b.intend, b.MemoryStore.Intend)(ctx, l, in)
}

func (b *brokenStore) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) error {
	return or(b.commit != nil, b.commit, b.MemoryStore.Commit)(ctx, l, c)
}

func (b *brokenStore) InDoubt(ctx context.Context, link string, k ledger.Kind) iter.Seq2[ledger.Intent, error] {
	return or(b.inDoubt != nil, b.inDoubt, b.MemoryStore.InDoubt)(ctx, link, k)
}

func (b *brokenStore) Run(ctx context.Context, id string) (ledger.RunState, error) {
	return or(b.run != nil, b.run, b.MemoryStore.Run)(ctx, id)
}

func (b *brokenStore) Runs(ctx context.Context, link string) iter.Seq2[ledger.RunState, error] {
	return or(b.runs != nil, b.runs, b.MemoryStore.Runs)(ctx, link)
}

func (b *brokenStore) Outcomes(ctx context.Context, runID string) iter.Seq2[ledger.Outcome, error] {
	return or(b.outcomes != nil, b.outcomes, b.MemoryStore.Outcomes)(ctx, runID)
}

func (b *brokenStore) MarkNotified(ctx context.Context, runID, notifier string) error {
	return or(b.mark != nil, b.mark, b.MemoryStore.MarkNotified)(ctx, runID, notifier)
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

// lease changes leases on their way back.
func (b *brokenStore) lease(change func(*ledger.Lease)) {
	b.acquire = func(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
		l, err := b.MemoryStore.Acquire(ctx, req)
		change(&l)
		return l, err
	}
}

// commits changes commits on their way, and drops them where change says so.
func (b *brokenStore) commits(change func(*ledger.Commit) (drop bool)) {
	b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) error {
		c.Outcomes = slices.Clone(c.Outcomes)
		if change(&c) {
			return nil
		}
		return b.MemoryStore.Commit(ctx, l, c)
	}
}

// outcomesOut changes the ledger on its way back.
func (b *brokenStore) outcomesOut(change func([]ledger.Outcome)) {
	b.outcomes = func(ctx context.Context, runID string) iter.Seq2[ledger.Outcome, error] {
		return func(yield func(ledger.Outcome, error) bool) {
			var list []ledger.Outcome
			for o, err := range b.MemoryStore.Outcomes(ctx, runID) {
				if err != nil {
					yield(o, err)
					return
				}
				list = append(list, o)
			}
			change(list)
			for _, o := range list {
				if !yield(o, nil) {
					return
				}
			}
		}
	}
}

// state changes the states that Intend returns, one by one; before tells what
// is stored of the record before the call.
func (b *brokenStore) state(change func(l ledger.Lease, it ledger.Intent, before record, st ledger.IntentState) ledger.IntentState) {
	b.intend = func(ctx context.Context, l ledger.Lease, in []ledger.Intent) ([]ledger.IntentState, error) {
		before := make([]record, len(in))
		for i, it := range in {
			before[i] = b.record(ctx, l, it.ID)
		}
		states, err := b.MemoryStore.Intend(ctx, l, in)
		for i := range states {
			states[i] = change(l, in[i], before[i], states[i])
		}
		return states, err
	}
}

type record struct{ open, known, done bool }

func (b *brokenStore) record(ctx context.Context, l ledger.Lease, id string) record {
	var r record
	for it, err := range b.MemoryStore.InDoubt(ctx, l.Link, l.Kind) {
		r.open = r.open || err == nil && it.ID == id
	}
	for o, err := range b.MemoryStore.Outcomes(ctx, l.RunID) {
		r.done = r.done || err == nil && o.SourceID == id
	}
	known, _ := b.MemoryStore.Known(ctx, l.Link, l.Kind, []string{id})
	_, r.known = known[id]
	return r
}

// lenient makes an error that is ErrLeaseLost nil.
func lenient(err error) error {
	if errors.Is(err, ledger.ErrLeaseLost) {
		return nil
	}
	return err
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

// first is the beginning of an iterator, as if it were all.
func first[T any](n int, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		i := 0
		for v, err := range seq {
			if i++; i > n || !yield(v, err) {
				return
			}
		}
	}
}

// trimmed is a list of ids without the spaces around them.
func trimmed(ids []string) []string {
	var list []string
	for _, id := range ids {
		list = append(list, strings.TrimSpace(id))
	}
	return list
}
