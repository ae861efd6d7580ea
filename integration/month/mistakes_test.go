package month_test

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// mistake is a planted one: a wrapper around what the hosts are given.
type mistake struct {
	rules  []string // beginnings of the rules that it must break, one of them
	source func(*world, adcimport.Source) adcimport.Source
	sink   func(*world, adcimport.Sink) adcimport.Sink
	store  func(*world, adcimport.StateStore) adcimport.StateStore
	office bool   // it needs people at SecurityTrax
	every  uint64 // it needs each nth month; 0: any
	apart  bool   // the two links of an account know nothing of each other
	blind  bool   // nobody is recognised by what people type: a second copy is to be made
}

// mistakes are what the months must find, by name.
var mistakes = map[string]mistake{ //nolint:gochecknoglobals // a table
	"a service blamed for a record": {
		rules:  []string{"a night for all", "a failure is told"},
		source: func(_ *world, s adcimport.Source) adcimport.Source { return pausesForOne{s, s.(detailer)} }, //nolint:forcetypeassert // the real one
	},
	"a record blamed for a service": {
		rules:  []string{"nobody is blamed for another's fault"},
		source: func(_ *world, s adcimport.Source) adcimport.Source { return blamesTheOne{s, s.(detailer)} }, //nolint:forcetypeassert // the real one
	},
	"a witness before the outage": {
		rules:  []string{"nobody is blamed for another's fault"},
		source: func(w *world, s adcimport.Source) adcimport.Source { return w.remembering(s) },
	},
	"a forgotten count of attempts": {
		rules: []string{"rests"},
		store: func(_ *world, s adcimport.StateStore) adcimport.StateStore { return forgetsAttempts{s} },
	},
	"a deferred record forgotten": {
		rules: []string{"everybody has a reason"},
		store: func(_ *world, s adcimport.StateStore) adcimport.StateStore { return forgetsDeferred{s} },
	},
	"a rest without an end": {
		rules: []string{"in within a week"},
		store: func(_ *world, s adcimport.StateStore) adcimport.StateStore { return restsForever{s} },
	},
	"an unseen look-up believed": {
		rules: []string{"twice", "one mail"}, blind: true,
		sink: func(w *world, s adcimport.Sink) adcimport.Sink { return late{s, w} },
	},
	"a lost reply taken for a success": {
		rules: []string{"everybody has a reason"},
		sink:  func(_ *world, s adcimport.Sink) adcimport.Sink { return hopes{s} },
	},
	"a failure without a word": {
		rules: []string{"a failure is told"},
		store: func(_ *world, s adcimport.StateStore) adcimport.StateStore { return saysNothing{s} },
	},
	"a claim that is never had": {
		rules: []string{"every end is told"},
		store: func(_ *world, s adcimport.StateStore) adcimport.StateStore { return claimsNothing{s} },
	},
	"a run that no watcher sees": {
		rules: []string{"a night for all"},
		store: func(_ *world, s adcimport.StateStore) adcimport.StateStore { return hidesUnfinished{s} },
	},
}

// mistakeBound is in how many months a planted mistake must be found.
const mistakeBound = 120

// TestMonthFindsPlantedMistakes proves that the month can fail: a month with a
// mistake breaks a rule that the same month without it does not break. What is owed
// does not matter here.
func TestMonthFindsPlantedMistakes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the short run, with the race detector in CI, leaves it to the whole one")
	}
	all := officeMistakes()
	maps.Copy(all, mistakes)
	for name, m := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := max(1, m.every); seed <= mistakeBound; seed += max(1, m.every) {
				w := live(t, seed, m)
				if rule, _ := m.brokenBy(w, nil); rule == "" {
					continue
				}
				if rule, text := m.brokenBy(w, live(t, seed, mistake{rules: m.rules, blind: m.blind, office: m.office})); rule != "" {
					t.Logf("found by seed %d: %s: %s", seed, rule, text)
					return
				}
			}
			t.Errorf("not found in %d months", mistakeBound)
		})
	}
}

// brokenBy is a rule of the mistake's that a month breaks, and another one does not.
func (m mistake) brokenBy(w, without *world) (rule, text string) {
	for rule, text := range w.breaks {
		if without != nil && without.breaks[rule] != "" {
			continue
		}
		if slices.ContainsFunc(m.rules, func(r string) bool { return strings.HasPrefix(rule, r) }) {
			return rule, text
		}
	}
	return "", ""
}

type detailer = adcimport.CustomerDetailer

// pausesForOne takes a detail that fails for an outage.
type pausesForOne struct {
	adcimport.Source
	details detailer
}

func (s pausesForOne) Unwrap() any { return s.Source }

func (s pausesForOne) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	c, err := s.details.CustomerDetail(ctx, id)
	if failed, ok := errors.AsType[*adcimport.CallError](err); ok {
		return c, &adcimport.PausedError{Until: time.Now().Add(5 * time.Minute), Err: failed}
	}
	return c, err
}

// blamesTheOne takes an outage for a failure of the record that was asked for.
type blamesTheOne struct {
	adcimport.Source
	details detailer
}

func (s blamesTheOne) Unwrap() any { return s.Source }

func (s blamesTheOne) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	c, err := s.details.CustomerDetail(ctx, id)
	if err != nil && ctx.Err() == nil {
		return c, &adcimport.RecordError{ID: id, Reason: adcimport.ReasonSourceFailed, Err: err}
	}
	return c, err
}

// remembers returns what it saw before, when the service does not.
type remembers struct {
	adcimport.Source
	details detailer

	mu   sync.Mutex
	seen map[string]adcimport.Customer
}

func (w *world) remembering(s adcimport.Source) adcimport.Source {
	if w.memory == nil {
		w.memory = make(map[string]adcimport.Customer)
	}
	return &remembers{Source: s, details: s.(detailer), seen: w.memory} //nolint:forcetypeassert // the real one
}

func (s *remembers) Unwrap() any { return s.Source }

func (s *remembers) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	c, err := s.details.CustomerDetail(ctx, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.seen[id]; ok && err != nil {
		return old, nil
	}
	if err == nil {
		s.seen[id] = c
	}
	return c, err
}

// forgetsAttempts counts nothing.
type forgetsAttempts struct{ adcimport.StateStore }

func (s forgetsAttempts) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	c.Records = slices.Clone(c.Records)
	for i := range c.Records {
		c.Records[i].Attempts = min(c.Records[i].Attempts, 1)
		if c.Records[i].State == ledger.StateResting {
			c.Records[i].State = ledger.StateFailed
		}
	}
	return s.StateStore.Commit(ctx, l, c)
}

// forgetsDeferred does not tell runs of what was deferred, as where the commit that
// moves the cursor past a record lost it.
type forgetsDeferred struct{ adcimport.StateStore }

func (s forgetsDeferred) List(ctx context.Context, sc ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	if slices.Contains(q.States, ledger.StateDeferred) {
		return func(func(ledger.Record, error) bool) {}
	}
	return s.StateStore.List(ctx, sc, q)
}

// restsForever lets each rest begin just now.
type restsForever struct{ adcimport.StateStore }

func (s restsForever) Records(ctx context.Context, sc ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
	found, err := s.StateStore.Records(ctx, sc, runID, ids)
	for id, r := range found {
		if r.State == ledger.StateResting {
			r.Since = time.Now()
			found[id] = r
		}
	}
	return found, err
}

// late does not find what was made without a clear word, for two minutes.
type late struct {
	adcimport.Sink
	w *world
}

func (s late) Unwrap() any { return s.Sink }

func (s late) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	found, err := s.Sink.FindCustomers(ctx, keys)
	return s.hide(adcimport.KindCustomer, found), err
}

func (s late) FindUsers(ctx context.Context, keys []adcimport.UserKey) (map[string][]string, error) {
	found, err := s.Sink.FindUsers(ctx, keys)
	return s.hide(adcimport.KindUser, found), err
}

func (s late) hide(k adcimport.Kind, found map[string][]string) map[string][]string {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	for _, p := range s.w.people {
		if p.kind == k && time.Since(p.doubtful) < 2*time.Minute {
			delete(found, p.id)
		}
	}
	return found
}

// hopes takes a create whose reply was lost for one that worked.
type hopes struct{ adcimport.Sink }

func (s hopes) Unwrap() any { return s.Sink }

func (s hopes) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	results, err := s.Sink.CreateCustomers(ctx, recs)
	for i := range results {
		if results[i].Status == adcimport.WriteUnknown {
			results[i] = adcimport.WriteResult{Status: adcimport.WriteCreated, ID: "hope"}
		}
	}
	return results, err
}

// saysNothing does not keep why a run ended.
type saysNothing struct{ adcimport.StateStore }

func (s saysNothing) Release(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error) {
	end.Failure = nil
	return s.StateStore.Release(ctx, l, end)
}

// claimsNothing says of each notice that another host gives it.
type claimsNothing struct{ adcimport.StateStore }

func (s claimsNothing) Mark(ctx context.Context, runID string, mark ledger.Mark) (bool, error) {
	mine, err := s.StateStore.Mark(ctx, runID, mark)
	return mine && mark.Claim == "", err
}

// hidesUnfinished lists what has ended.
type hidesUnfinished struct{ adcimport.StateStore }

func (s hidesUnfinished) Runs(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	return func(yield func(ledger.RunState, error) bool) {
		for st, err := range s.StateStore.Runs(ctx, q) {
			if (err != nil || st.Status.Ended()) && !yield(st, err) {
				return
			}
		}
	}
}
