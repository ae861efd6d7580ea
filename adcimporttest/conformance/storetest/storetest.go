// Package storetest holds a state store to its contract, one rule after the
// other, each on a store of its own.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
	"github.com/securitytrax/adcimport/adcimporttest/internal/panics"
	"github.com/securitytrax/adcimport/ledger"
)

// Reopener is for stores that outlast their process: Reopen returns a store
// over the same state that shares nothing in memory with the one before.
// Without it the rules on survival are left out.
type Reopener interface {
	Reopen() (ledger.StateStore, error)
}

// Clock is for stores whose clock can be moved: Advance makes it d later. In a
// testing/synctest bubble that is time.Sleep(d) for a store that goes by
// [time.Now]. Without it the rules on expiry are left out.
type Clock interface {
	Advance(d time.Duration)
}

// Test checks a state store by every rule of its contract, outside of a test or
// in a testing/synctest bubble. newStore is called for each rule and returns an
// empty store, which may also be a [Reopener], a [Clock] and an [io.Closer], all
// found along a chain of Unwrap() any. The error names each rule that is broken,
// with the rule itself and what was seen:
//
//	synctest.Test(t, func(t *testing.T) {
//		err := storetest.Test(newStore)
//		...
//	})
func Test(newStore func() (ledger.StateStore, error)) error {
	var errs []error
	for _, r := range allRules() {
		var s ledger.StateStore
		var err error
		if thrown := panics.Guard(func() error { s, err = newStore(); return nil }); thrown != nil {
			errs = append(errs, fmt.Errorf("%s: new store: %w", r.name, thrown))
			continue
		}
		if err != nil {
			return fmt.Errorf("new store for rule %s: %w", r.name, err)
		}
		err = r.try(context.Background(), s)
		if err != nil && !errors.Is(err, errLeftOut) {
			errs = append(errs, err)
		}
		if c, ok := ability.Find[io.Closer](s); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// Run is [Test] with a subtest for each rule; they run in parallel, after one that logs
// which abilities the store has. A panic of the store fails that rule. A rule that
// the store cannot be checked by is skipped by name. newStore cleans up with
// t.Cleanup; Run closes nothing.
func Run(t *testing.T, newStore func(t *testing.T) ledger.StateStore) {
	t.Helper()
	t.Run("abilities", func(t *testing.T) {
		if err := panics.Guard(func() error { t.Log(abilities(newStore(t))); return nil }); err != nil {
			t.Error(err)
		}
	})
	for _, r := range allRules() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			err := panics.Guard(func() error { return r.try(t.Context(), newStore(t)) })
			if errors.Is(err, errLeftOut) {
				t.Skip(err)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// rule is one rule of the contract. check leaves what it finds in the trial.
type rule struct {
	name    string
	explain string
	check   func(*trial)
}

// errLeftOut says that the store lacks an ability that a rule needs.
var errLeftOut = errors.New("left out")

func (r rule) try(ctx context.Context, s ledger.StateStore) error {
	t := &trial{ctx: ctx, store: s, seqs: make(map[lease]int64)}
	if err := panics.Guard(func() error { r.check(t); return nil }); err != nil {
		t.err = err // more than what it found before
	}
	if t.err != nil {
		return fmt.Errorf("%s: %s: %w", r.name, r.explain, t.err)
	}
	return nil
}

func allRules() []rule {
	var all []rule
	for _, part := range [][]rule{
		leaseRules(), stayRules(), resumeRules(), fenceRules(), batchRules(), commitRules(), recordRules(), hereRules(), listRules(),
		amendRules(), markRules(), runRules(), pruneRules(), adoptionRules(), iteratorRules(), valueRules(), raceRules(), survivalRules(),
	} {
		all = append(all, part...)
	}
	return all
}

// abilities is a table of what the suite found on the store, and what that means.
func abilities(s ledger.StateStore) string {
	_, reopens := ability.Find[Reopener](s)
	_, moves := ability.Find[Clock](s)
	_, closes := ability.Find[io.Closer](s)
	var text strings.Builder
	fmt.Fprintf(&text, "abilities of %T\n", s)
	for _, l := range []struct {
		name, with, without string
		found               bool
	}{
		{"Reopener", "the state is opened anew", "rules on survival are left out", reopens},
		{"Clock", "its clock is moved", "rules on expiry are left out", moves},
		{"io.Closer", "an importer does not close it: the host does", "there is nothing to close", closes},
	} {
		found, means := "found", l.with
		if !l.found {
			found, means = "not found", l.without
		}
		fmt.Fprintf(&text, "  %-9s  %-9s  %s\n", l.name, found, means)
	}
	return text.String()
}
