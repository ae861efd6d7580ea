package adcimporttest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
)

// StoreReopener is for stores under test that outlast their process: Reopen
// answers a store over the same state that shares nothing in memory with the
// one before. Without it the rules on survival are left out.
type StoreReopener interface {
	Reopen() (adcimport.StateStore, error)
}

// StoreClock is for stores under test whose clock can be moved: Advance makes
// it d later. In a testing/synctest bubble that is time.Sleep(d) for a store
// that goes by [time.Now]. Without it the rules on expiry are left out.
type StoreClock interface {
	Advance(d time.Duration)
}

// TestStateStore checks a [adcimport.StateStore] by every rule of its contract.
// newStore is called for each rule, and answers a store that is empty; what it
// answers may also be a [StoreReopener], a [StoreClock] and an [io.Closer], all
// found along a chain of Unwrap() any. The error names each rule that is broken,
// with the rule itself and what was seen. It works in a testing/synctest
// bubble:
//
//	synctest.Test(t, func(t *testing.T) {
//		err := adcimporttest.TestStateStore(newStore)
//		...
//	})
func TestStateStore(newStore func() (adcimport.StateStore, error)) error {
	var errs []error
	for _, r := range storeRules() {
		s, err := newStore()
		if err != nil {
			return fmt.Errorf("new store for rule %s: %w", r.name, err)
		}
		err = r.try(context.Background(), s)
		if err != nil && !errors.Is(err, errRuleLeftOut) {
			errs = append(errs, err)
		}
		if c, ok := storeAbility[io.Closer](s); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// RunStateStore is [TestStateStore] with a subtest for each rule, which run in
// parallel. A rule that the store cannot be checked by is skipped by name.
// newStore cleans up with t.Cleanup.
func RunStateStore(t *testing.T, newStore func(t *testing.T) adcimport.StateStore) {
	t.Helper()
	for _, r := range storeRules() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			err := r.try(t.Context(), newStore(t))
			if errors.Is(err, errRuleLeftOut) {
				t.Skip(err)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// storeRule is one rule of the contract. check leaves what it finds in the
// trial.
type storeRule struct {
	name    string
	explain string
	check   func(*storeTrial)
}

// errRuleLeftOut says that the store under test lacks an ability that a rule
// needs.
var errRuleLeftOut = errors.New("left out")

func (r storeRule) try(ctx context.Context, s adcimport.StateStore) error {
	t := &storeTrial{ctx: ctx, store: s}
	r.check(t)
	if t.err != nil {
		return fmt.Errorf("%s: %s: %w", r.name, r.explain, t.err)
	}
	return nil
}

func storeRules() []storeRule {
	var all []storeRule
	for _, part := range [][]storeRule{
		storeLeaseRules(), storeFenceRules(), storeIntentRules(), storeCommitRules(), storeKnownRules(),
		storeRunRules(), storeIteratorRules(), storeValueRules(), storeRaceRules(), storeSurvivalRules(),
	} {
		all = append(all, part...)
	}
	return all
}

// storeAbility finds an optional interface on v or on what v wraps.
func storeAbility[T any](v any) (T, bool) {
	for v != nil {
		if t, ok := v.(T); ok {
			return t, true
		}
		u, ok := v.(interface{ Unwrap() any })
		if !ok {
			break
		}
		v = u.Unwrap()
	}
	var none T
	return none, false
}
