package storetest_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/adcimporttest/conformance/storetest"
	"github.com/securitytrax/adcimport/ledger"
)

// brokenRules are the rules that a suite's error names, in order.
func brokenRules(err error) []string {
	all, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	var names []string
	for _, e := range all.Unwrap() {
		name, _, _ := strings.Cut(e.Error(), ":")
		names = append(names, name)
	}
	return names
}

// A store that does nothing but fail breaks every rule, and so does one of which
// nothing is written yet, where an own store begins; the suite does not panic.
func TestStoreSuiteOnStubs(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]error{"a dead store": errors.New("disk is full"), "a store with nothing in it": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				err := storetest.Test(func() (ledger.StateStore, error) { return stub{failure}, nil })
				if diff := cmp.Diff(storetest.RuleNames(), brokenRules(err)); diff != "" {
					t.Errorf("rules that are broken (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// More states than intents, as of a batch of another size.
func TestStoreSuiteOnTooManyStates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		err := storetest.Test(func() (ledger.StateStore, error) {
			b := &brokenStore{MemoryStore: new(ledger.MemoryStore)}
			b.commit = func(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
				states, err := b.MemoryStore.Commit(ctx, l, c)
				return append(states, ledger.IntentFresh), err
			}
			return b, nil
		})
		if broken := brokenRules(err); !slices.Contains(broken, "intents") {
			t.Errorf("rules that are broken: %v", broken)
		}
	})
}

// stub is a store of which nothing is written yet; all it does is fail, or not.
type stub struct{ err error }

func (stub) Advance(d time.Duration) { time.Sleep(d) }

func (s stub) Reopen() (ledger.StateStore, error) { return s, s.err }

func (s stub) Acquire(context.Context, ledger.LeaseRequest) (l ledger.Lease, err error) {
	return l, s.err
}

func (s stub) Renew(context.Context, ledger.Lease) (l ledger.Lease, err error) { return l, s.err }

func (s stub) Release(context.Context, ledger.Lease, ledger.End) (st ledger.RunState, err error) {
	return st, s.err
}

func (s stub) Records(context.Context, ledger.Scope, string, []string) (map[string]ledger.Record, error) {
	return nil, s.err
}

func (s stub) List(context.Context, ledger.Scope, ledger.Query) iter.Seq2[ledger.Record, error] {
	return ended[ledger.Record](s.err)
}

func (s stub) Commit(context.Context, ledger.Lease, ledger.Commit) ([]ledger.IntentState, error) {
	return nil, s.err
}

func (s stub) Amend(context.Context, ledger.Scope, []ledger.Amendment) error { return s.err }

func (s stub) Run(context.Context, string) (st ledger.RunState, err error) { return st, s.err }

func (s stub) Runs(context.Context, ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	return ended[ledger.RunState](s.err)
}

func (s stub) Outcomes(context.Context, string, int) iter.Seq2[ledger.Outcome, error] {
	return ended[ledger.Outcome](s.err)
}

func (s stub) Mark(context.Context, string, ledger.Mark) (bool, error) { return false, s.err }

func (s stub) Prune(context.Context, string, time.Time) (int, error) { return 0, s.err }

// ended is a list of nothing, or of an error.
func ended[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err != nil {
			var zero T
			yield(zero, err)
		}
	}
}
