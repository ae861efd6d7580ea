package engine_test

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// cost is what a run asked of its store.
type cost struct {
	Lookups, IDs      int // calls of Records, and what they named
	Commits, Rows     int // calls of Commit, and the outcomes, records and intents in them
	Lists, Listed     int // calls of List, and what they brought
	Ledgers, Outcomes int // calls of Outcomes, and what they brought
}

// costly is a store that counts. It has no clock: a guard counts, and times
// nothing.
type costly struct {
	adcimport.StateStore
	mu    sync.Mutex
	spent cost
}

func (s *costly) add(f func(*cost)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.spent)
}

// take returns what was spent since the last time.
func (s *costly) take() cost {
	s.mu.Lock()
	defer s.mu.Unlock()
	spent := s.spent
	s.spent = cost{}
	return spent
}

func (s *costly) Records(ctx context.Context, sc ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
	s.add(func(c *cost) { c.Lookups, c.IDs = c.Lookups+1, c.IDs+len(ids) })
	return s.StateStore.Records(ctx, sc, runID, ids)
}

func (s *costly) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	s.add(func(spent *cost) {
		spent.Commits, spent.Rows = spent.Commits+1, spent.Rows+len(c.Outcomes)+len(c.Records)+len(c.Intents)
	})
	return s.StateStore.Commit(ctx, l, c)
}

func (s *costly) List(ctx context.Context, sc ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	s.add(func(c *cost) { c.Lists++ })
	return counted(s.StateStore.List(ctx, sc, q), func() { s.add(func(c *cost) { c.Listed++ }) })
}

func (s *costly) Outcomes(ctx context.Context, runID string, from int) iter.Seq2[ledger.Outcome, error] {
	s.add(func(c *cost) { c.Ledgers++ })
	return counted(s.StateStore.Outcomes(ctx, runID, from), func() { s.add(func(c *cost) { c.Outcomes++ }) })
}

func counted[T any](seq iter.Seq2[T, error], one func()) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range seq {
			if one(); !yield(v, err) {
				return
			}
		}
	}
}

// The cost of a run does not depend on what was imported before, nor on whether it
// was interrupted, nor on whether another run came in between (fault 21: the whole
// ledger was read once a page; fault 56: one commit a page).
func TestCost_isOfTheRecordsAlone(t *testing.T) {
	t.Parallel()
	for _, known := range []int{1_000, 50_000} {
		t.Run(strconv.Itoa(known), func(t *testing.T) {
			t.Parallel()
			const fresh, perPage = 2_000, 100
			store := &costly{StateStore: new(adcimport.MemoryStore)}
			importer := func(n int) *adcimport.Importer { return costImporter(t, store, n, perPage) }
			must(t)(importer(known).ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}))
			first := store.take()
			pages, all := known/perPage, known
			if first.Lookups != pages || first.IDs != all || first.Commits > 2*pages+2 || first.Rows != 3*all || first.Ledgers > 0 || first.Listed > 0 {
				t.Errorf("the first import of %d: %+v", all, first)
			}

			must(t)(importer(known).ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}))
			again := store.take()
			// The cursor goes by time; only a very slow machine needs more than some commits.
			if again.Lookups != pages || again.IDs != all || again.Commits > 20 || again.Rows != 0 || again.Ledgers > 0 || again.Listed > 0 {
				t.Errorf("over known records only: %+v", again)
			}

			// New ones, interrupted in the middle, then resumed.
			for name, between := range map[string]bool{"resumed": false, "resumed after another run": true} {
				all += fresh
				pages += fresh / perPage
				imp := importer(all)
				run := interruptAfter(t, imp, fresh/2)
				if between {
					must(t)(imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{CustomerIDs: []string{"1"}}, adcimport.CustomerOptions{}))
				}
				store.take()
				must(t)(imp.Resume(t.Context(), run))
				got := store.take()
				limit := cost{Lookups: 25, IDs: 2_500, Commits: 45, Rows: 3 * fresh, Lists: 4}
				if between { // it reads the listing once more, and nothing else
					limit.Lookups, limit.IDs, limit.Commits = pages+1, all+perPage, limit.Commits+20
				}
				if over := over(got, limit); over != "" {
					t.Errorf("%s: more than %+v:\n%s", name, limit, over)
				}
			}
		})
	}
}

// over is where got is more than the limit.
func over(got, limit cost) string {
	capped := cost{
		min(got.Lookups, limit.Lookups), min(got.IDs, limit.IDs), min(got.Commits, limit.Commits), min(got.Rows, limit.Rows),
		min(got.Lists, limit.Lists), min(got.Listed, limit.Listed), min(got.Ledgers, limit.Ledgers), min(got.Outcomes, limit.Outcomes),
	}
	return cmp.Diff(capped, got)
}

func must(t *testing.T) func(*adcimport.Summary, error) {
	t.Helper()
	return func(s *adcimport.Summary, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(s, err)
		}
	}
}

// interruptAfter starts an import that ends after n new records, and returns its
// id.
func interruptAfter(t *testing.T, imp *adcimport.Importer, n int) string {
	t.Helper()
	created := 0
	var id string
	for o, err := range imp.ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if o.Action == adcimport.ActionCreated {
			created++
		}
		if id = o.RunID; created == n {
			return id
		}
	}
	t.Fatal("it came to its end")
	return ""
}

// costImporter imports n customers, the new ones last.
func costImporter(t *testing.T, store adcimport.StateStore, n, perPage int) *adcimport.Importer {
	t.Helper()
	source := adcimport.CustomersOnly(costSource{n: n, perPage: perPage})
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: source, Sink: adcimport.CustomersOnlySink(benchSink{}), Store: store, BatchSize: perPage,
	})
	if err != nil {
		t.Fatal(err)
	}
	return imp
}

// costSource has customers with the ids 1 to n.
type costSource struct{ n, perPage int }

func (s costSource) Customers(ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return adcimport.Pages(ctx, from, func(_ context.Context, at adcimport.Cursor) (adcimport.Page[adcimport.Customer], error) {
		if ids := f.CustomerIDs; len(ids) > 0 {
			page := adcimport.Page[adcimport.Customer]{}
			for _, id := range ids {
				page.Items = append(page.Items, benchCustomer(id))
			}
			return page, nil
		}
		first := 0
		if at != "" {
			var err error
			if first, err = strconv.Atoi(string(at)); err != nil {
				return adcimport.Page[adcimport.Customer]{}, errors.New("not my cursor")
			}
		}
		page := adcimport.Page[adcimport.Customer]{Total: s.n}
		for i := first; i < min(first+s.perPage, s.n); i++ {
			page.Items = append(page.Items, benchCustomer(strconv.Itoa(i+1)))
		}
		if first+s.perPage < s.n {
			page.Next = adcimport.Cursor(strconv.Itoa(first + s.perPage))
		}
		return page, nil
	})
}
