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

	"github.com/securitytrax/adcimport/adcimporttest"
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

// A store that does nothing but fail breaks every rule.
func TestStoreSuiteOnDeadStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		err := storetest.Test(func() (ledger.StateStore, error) {
			always := func(adcimporttest.FaultCall) adcimporttest.Fault {
				return adcimporttest.Fault{Before: errors.New("disk is full")}
			}
			return adcimporttest.FaultyStore(bubbleStore{new(ledger.MemoryStore)}, always), nil
		})
		if diff := cmp.Diff(storetest.RuleNames(), brokenRules(err)); diff != "" {
			t.Errorf("rules that are broken (-want +got):\n%s", diff)
		}
	})
}

// A store of which nothing is written yet breaks every rule, and the suite does
// not panic: this is where an own store begins.
func TestStoreSuiteOnStub(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		err := storetest.Test(func() (ledger.StateStore, error) { return stub{}, nil })
		if diff := cmp.Diff(storetest.RuleNames(), brokenRules(err)); diff != "" {
			t.Errorf("rules that are broken (-want +got):\n%s", diff)
		}
	})
}

// More states than intents, as of a batch of another size.
func TestStoreSuiteOnTooManyStates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		err := storetest.Test(func() (ledger.StateStore, error) {
			b := &brokenStore{MemoryStore: new(ledger.MemoryStore)}
			b.intend = func(ctx context.Context, l ledger.Lease, in []ledger.Intent) ([]ledger.IntentState, error) {
				states, err := b.MemoryStore.Intend(ctx, l, in)
				return append(states, ledger.IntentFresh), err
			}
			return b, nil
		})
		if broken := brokenRules(err); !slices.Contains(broken, "intend_order") {
			t.Errorf("rules that are broken: %v", broken)
		}
	})
}

// stub is a store of which nothing is written yet.
type stub struct{}

func (stub) Advance(d time.Duration) { time.Sleep(d) }

func (s stub) Reopen() (ledger.StateStore, error) { return s, nil }

func (stub) Acquire(context.Context, ledger.LeaseRequest) (l ledger.Lease, err error) { return l, err }

func (stub) Renew(context.Context, ledger.Lease) (l ledger.Lease, err error) { return l, err }

func (stub) Release(context.Context, ledger.Lease, ledger.RunState) error { return nil }

func (stub) Known(context.Context, string, ledger.Kind, []string) (map[string]ledger.Known, error) {
	return nil, nil
}

func (stub) Intend(context.Context, ledger.Lease, []ledger.Intent) ([]ledger.IntentState, error) {
	return nil, nil
}

func (stub) Commit(context.Context, ledger.Lease, ledger.Commit) error { return nil }

func (stub) InDoubt(context.Context, string, ledger.Kind) iter.Seq2[ledger.Intent, error] {
	return func(func(ledger.Intent, error) bool) {}
}

func (stub) Run(context.Context, string) (st ledger.RunState, err error) { return st, err }

func (stub) Runs(context.Context, string) iter.Seq2[ledger.RunState, error] {
	return func(func(ledger.RunState, error) bool) {}
}

func (stub) Outcomes(context.Context, string) iter.Seq2[ledger.Outcome, error] {
	return func(func(ledger.Outcome, error) bool) {}
}

func (stub) MarkNotified(context.Context, string, string) error { return nil }

func (stub) Prune(context.Context, string, time.Time) (int, error) { return 0, nil }
