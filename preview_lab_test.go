package adcimport_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// lab is a link in memory, with a past that may hold anything a store can.
type lab struct {
	dealer *adcimporttest.Dealer
	source *adcimporttest.Source
	sink   *adcimporttest.Sink
	store  *adcimport.MemoryStore
	cfg    adcimport.Config
}

func newLab(dealer *adcimporttest.Dealer) *lab {
	l := &lab{dealer: dealer, source: &adcimporttest.Source{Dealer: dealer, PageSize: 40}, sink: new(adcimporttest.Sink), store: new(adcimport.MemoryStore)}
	runs := 0
	l.cfg = adcimport.Config{
		Link: "acme", Source: l.source, Sink: l.sink, Store: l.store, SettleTime: time.Millisecond,
		NewID: func() string { runs++; return fmt.Sprintf("run-%d", runs) },
	}
	return l
}

func (l *lab) importer(t *testing.T) *adcimport.Importer {
	t.Helper()
	imp, err := adcimport.New(l.cfg)
	if err != nil {
		t.Fatal(err)
	}
	return imp
}

// labCustomer is a customer that a Strict sink takes.
func labCustomer(id string, change ...func(*adcimport.Customer)) adcimport.Customer {
	c := adcimport.Customer{
		ID: id, FirstName: "Ada", LastName: "Example", PrimaryPhoneNumber: "801-555-0101",
		InstallAddress: adcimport.Address{City: "Provo", State: "UT"}, JoinDate: time.Date(2019, 5, 7, 0, 0, 0, 0, time.UTC),
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

// past opens a run, lets f write to it, and ends it.
func (l *lab) past(t *testing.T, k adcimport.Kind, runID string, f func(ledger.Lease)) {
	t.Helper()
	lease, err := l.store.Acquire(t.Context(), ledger.LeaseRequest{
		Scope: ledger.Scope{Account: "acme", Kind: k}, Link: "acme", RunID: runID, Owner: "past", TTL: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	f(lease)
	if _, err := l.store.Release(t.Context(), lease, ledger.End{Status: adcimport.StatusFailed}); err != nil {
		t.Fatal(err)
	}
}

// leaveOpen leaves intents behind, as a killed run does; the sink has those in
// arrived.
func (l *lab) leaveOpen(t *testing.T, k adcimport.Kind, ids, arrived []string) {
	t.Helper()
	l.past(t, k, "killed", func(lease ledger.Lease) {
		intents := make([]ledger.Intent, len(ids))
		for i, id := range ids {
			intents[i].ID = id
		}
		if _, err := l.store.Commit(t.Context(), lease, ledger.Commit{Seq: 1, Intents: intents}); err != nil {
			t.Fatal(err)
		}
	})
	l.put(t, k, arrived)
}

// park leaves records behind that a run gave up as in doubt.
func (l *lab) park(t *testing.T, k adcimport.Kind, ids []string) {
	t.Helper()
	l.past(t, k, "parking", func(lease ledger.Lease) {
		n := len(ids)
		c := ledger.Commit{Seq: 1}
		c.Tally.Add(ledger.Verdict{Action: adcimport.ActionFailed, Reason: adcimport.ReasonInDoubt}, n)
		for _, id := range ids {
			c.Records = append(c.Records, ledger.Record{ID: id, State: ledger.StateParked})
			c.Outcomes = append(c.Outcomes, adcimport.Outcome{SourceID: id, Action: adcimport.ActionFailed, Reason: adcimport.ReasonInDoubt})
		}
		if _, err := l.store.Commit(t.Context(), lease, c); err != nil {
			t.Fatal(err)
		}
	})
}

// put makes records in the sink that the store does not know.
func (l *lab) put(t *testing.T, k adcimport.Kind, ids []string) {
	t.Helper()
	strict := l.sink.Strict
	l.sink.Strict = false
	for _, id := range ids {
		var err error
		if k == adcimport.KindCustomer {
			_, err = l.sink.CreateCustomers(t.Context(), []adcimport.CustomerRecord{{AlarmComID: id}})
		} else {
			_, err = l.sink.CreateUsers(t.Context(), []adcimport.UserRecord{{AlarmComID: id, Username: "u" + id}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	l.sink.Strict = strict
}

func (l *lab) ids(k adcimport.Kind) []string {
	if k == adcimport.KindUser {
		return idList(l.dealer.Users, func(u adcimport.User) string { return u.ID })
	}
	return idList(l.dealer.Customers, func(c adcimport.Customer) string { return c.ID })
}

func idList[T any](all []T, id func(T) string) []string {
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = id(all[i])
	}
	return ids
}

// openOnes are the records that may have been sent.
var openOnes = ledger.Query{States: []ledger.RecordState{ledger.StateOpen}}

// some picks n of the ids.
func some(r *rand.Rand, ids []string, n int) []string {
	picked := make([]string, 0, n)
	for _, i := range r.Perm(len(ids))[:min(n, len(ids))] {
		picked = append(picked, ids[i])
	}
	slices.Sort(picked)
	return picked
}

// content is all that sink and store hold, and the sink's calls that write.
func (l *lab) content(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, c := range l.sink.Customers() {
		fmt.Fprintf(&b, "%+v\n", c)
	}
	for _, u := range l.sink.Users() {
		fmt.Fprintf(&b, "%+v\n", u)
	}
	tags, err := l.sink.UserTags(t.Context())
	fmt.Fprintf(&b, "tags %v %v\n", tags, err)
	for method, n := range l.sink.CallCounts() {
		if strings.HasPrefix(method, "Create") || strings.HasPrefix(method, "Update") {
			fmt.Fprintf(&b, "calls %s %d\n", method, n)
		}
	}
	for st, err := range l.store.Runs(t.Context(), ledger.RunQuery{Link: "acme"}) {
		fmt.Fprintf(&b, "run %+v %v\n", st, err)
		for o, err := range l.store.Outcomes(t.Context(), st.RunID, 0) {
			fmt.Fprintf(&b, "  %+v %v\n", o, err)
		}
	}
	for _, k := range []adcimport.Kind{adcimport.KindCustomer, adcimport.KindUser} {
		scope := ledger.Scope{Account: "acme", Kind: k}
		for r, err := range l.store.List(t.Context(), scope, openOnes) {
			fmt.Fprintf(&b, "open %+v %v\n", r, err)
		}
		known, err := l.store.Records(t.Context(), scope, "", l.ids(k))
		fmt.Fprintf(&b, "known %v %v\n", known, err) // fmt sorts maps
	}
	lines := strings.Split(b.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// faultySource fails details of some customers, and delivers pages twice.
type faultySource struct {
	*adcimporttest.Source
	denied  map[string]bool
	again   int // every so manieth page comes again after the next one; 0: none
	missing map[string]bool
}

func (s *faultySource) Unwrap() any { return s.Source }

func (s *faultySource) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	switch {
	case s.denied[id]:
		return adcimport.Customer{}, fmt.Errorf("detail of %s: %w", id, adcimport.ErrDenied)
	case s.missing[id]:
		return adcimport.Customer{}, fmt.Errorf("detail of %s: %w", id, adcimport.ErrNotFound)
	}
	return s.Source.CustomerDetail(ctx, id)
}

func (s *faultySource) Customers(ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return twice(s.again, s.Source.Customers(ctx, f, from))
}

func (s *faultySource) Users(ctx context.Context, f adcimport.UserFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.User], error] {
	return twice(s.again, s.Source.Users(ctx, f, from))
}

// twice puts the items of earlier pages into later ones once more.
func twice[T any](every int, pages iter.Seq2[adcimport.Page[T], error]) iter.Seq2[adcimport.Page[T], error] {
	if every == 0 {
		return pages
	}
	return func(yield func(adcimport.Page[T], error) bool) {
		n := 0
		var earlier []T
		for p, err := range pages {
			items := p.Items
			if n++; n%every == 0 {
				p.Items = slices.Concat(p.Items, earlier)
			}
			earlier = items
			if !yield(p, err) {
				return
			}
		}
	}
}
