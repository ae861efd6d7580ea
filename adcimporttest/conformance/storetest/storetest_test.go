package storetest_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/adcimporttest/conformance/storetest"
	"github.com/securitytrax/adcimport/ledger"
)

// bubbleStore is a MemoryStore in a synctest bubble, where waiting is free.
type bubbleStore struct{ *ledger.MemoryStore }

func (bubbleStore) Advance(d time.Duration) { time.Sleep(d) }

func (s bubbleStore) Reopen() (ledger.StateStore, error) { return s, nil }

func TestMemoryStoreSuite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		err := storetest.Test(func() (ledger.StateStore, error) {
			return bubbleStore{new(ledger.MemoryStore)}, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// A store whose clock cannot be moved and that cannot be reopened is checked by
// the other rules.
func TestMemoryStoreSuiteAsSubtests(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) ledger.StateStore { return new(ledger.MemoryStore) })
}

// TestStoreSuiteCatches shows that each rule can fail: a store that is right but
// for one mistake is caught by it.
func TestStoreSuiteCatches(t *testing.T) {
	t.Parallel()
	all := allMistakes()
	for _, rule := range storetest.RuleNames() {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			mistake, ok := all[rule]
			if !ok {
				t.Fatal("no store breaks this rule")
			}
			synctest.Test(t, func(t *testing.T) {
				b := &brokenStore{MemoryStore: new(ledger.MemoryStore)}
				mistake(b)
				err := storetest.TryRule(t.Context(), rule, b)
				if err == nil {
					t.Fatal("the mistake was not caught")
				}
				if !strings.HasPrefix(err.Error(), rule+": ") || strings.Contains(err.Error(), "left out") {
					t.Errorf("caught as: %v", err)
				}
			})
		})
	}
	if got, want := len(all), len(storetest.RuleNames()); got != want {
		t.Errorf("there are %d mistakes for %d rules", got, want)
	}
}

func TestStoreSuiteNamesEveryBrokenRule(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		err := storetest.Test(func() (ledger.StateStore, error) {
			b := &brokenStore{MemoryStore: new(ledger.MemoryStore)}
			allMistakes()["records_many"](b)
			allMistakes()["outcome_order"](b)
			return b, nil
		})
		want := []string{"outcome_order", "records_many"}
		if diff := cmp.Diff(want, brokenRules(err)); diff != "" {
			t.Errorf("rules that are broken (-want +got):\n%s", diff)
		}
	})
}
