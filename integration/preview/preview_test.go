// Package preview_test holds the property of previews over generated pasts.
package preview_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// scene is a link whose past rapid makes up, and shrinks.
type scene struct {
	dealer *adcimporttest.Dealer
	source *denying
	sink   *adcimporttest.Sink
	store  *adcimport.MemoryStore
	imp    *adcimport.Importer
}

// denying is a source that denies some details.
type denying struct {
	*adcimporttest.Source
	ids map[string]bool
}

func (d *denying) Unwrap() any { return d.Source }

func (d *denying) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	if d.ids[id] {
		return adcimport.Customer{}, fmt.Errorf("customer %s: %w", id, adcimport.ErrDenied)
	}
	return d.Source.CustomerDetail(ctx, id)
}

func newScene(t *rapid.T) *scene {
	d := adcimporttest.NewDealer(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 60).Draw(t, "customers"), 5)
	s := &scene{
		dealer: d,
		source: &denying{&adcimporttest.Source{Dealer: d, PageSize: rapid.IntRange(1, 30).Draw(t, "page")}, map[string]bool{}},
		sink:   &adcimporttest.Sink{KeepsNoID: rapid.Bool().Draw(t, "keeps no id"), Strict: rapid.Bool().Draw(t, "strict")},
		store:  new(adcimport.MemoryStore),
	}
	s.sink.Choices.Offices = []adcimport.Choice{{ID: "12"}}
	imp, err := adcimport.New(adcimport.Config{
		Link: "acme", Source: s.source, Sink: s.sink, Store: s.store, SettleTime: time.Millisecond,
		BatchSize: rapid.IntRange(1, 30).Draw(t, "batch"),
	})
	must(t, err)
	s.imp = imp
	return s
}

// past gives each record one of the states that a record can have.
func (s *scene) past(t *rapid.T) {
	first, second := ledger.Commit{Seq: 1}, ledger.Commit{Seq: 2} // the open batch becomes open records with the second
	decide := func(o adcimport.Outcome, r ledger.Record) {
		o.SourceID, o.SinkID = r.ID, r.SinkID
		first.Outcomes, first.Records = append(first.Outcomes, o), append(first.Records, r)
		first.Tally.Add(o.Verdict(), 1)
	}
	for i := range s.dealer.Customers {
		id := s.dealer.Customers[i].ID
		switch rapid.SampledFrom([]string{"new", "new", "in sink", "known", "open", "arrived", "parked", "denied"}).Draw(t, id) {
		case "in sink":
			s.put(t, id)
		case "known":
			decide(adcimport.Outcome{Action: adcimport.ActionCreated}, ledger.Record{ID: id, Known: true, SinkID: s.put(t, id)})
		case "open":
			first.Intents = append(first.Intents, ledger.Intent{ID: id})
		case "arrived":
			s.put(t, id)
			first.Intents = append(first.Intents, ledger.Intent{ID: id})
		case "parked":
			decide(adcimport.Outcome{Action: adcimport.ActionFailed, Reason: adcimport.ReasonInDoubt},
				ledger.Record{ID: id, State: ledger.StateParked, Sent: 1, Unproved: 1})
		case "denied":
			s.source.ids[id] = true
		}
	}
	second.Tally = first.Tally
	lease, err := s.store.Acquire(t.Context(), ledger.LeaseRequest{
		Scope: ledger.Scope{Account: "acme", Kind: adcimport.KindCustomer}, Link: "acme", RunID: "past", Owner: "past", TTL: time.Minute,
	})
	must(t, err)
	for _, c := range []ledger.Commit{first, second} {
		_, err = s.store.Commit(t.Context(), lease, c)
		must(t, err)
	}
	_, err = s.store.Release(t.Context(), lease, ledger.End{Status: adcimport.StatusFailed})
	must(t, err)
}

// put makes a record in the sink.
func (s *scene) put(t *rapid.T, id string) string {
	strict := s.sink.Strict
	s.sink.Strict = false
	res, err := s.sink.CreateCustomers(t.Context(), []adcimport.CustomerRecord{{AlarmComID: id}})
	must(t, err)
	s.sink.Strict = strict
	return res[0].ID
}

func must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A preview is what the run does, and changes nothing.
func TestPreview(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := newScene(t)
		s.past(t)
		f, o := adcimport.CustomerFilter{}, adcimport.CustomerOptions{OfficeID: "12"}
		if rapid.Bool().Draw(t, "filtered") {
			f.SubDealerIDs = []string{"3101", "3107"}
		}
		o.Mode = rapid.SampledFrom([]adcimport.Mode{adcimport.CreateOnly, adcimport.Upsert, adcimport.LinkExisting}).Draw(t, "mode")
		o.Limit = rapid.SampledFrom([]int{0, 0, 1, 7, 20}).Draw(t, "limit")
		o.MaxFailures = rapid.SampledFrom([]int{0, 0, -1, 3}).Draw(t, "budget")

		plan, err := s.imp.PlanCustomers(f, o)
		must(t, err)
		records, runs := s.sink.Customers(), s.runs(t)
		foreseen := outcomes(t, plan.Outcomes(t.Context()))
		if diff := cmp.Diff(records, s.sink.Customers()); diff != "" {
			t.Fatalf("the preview changed the sink (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(runs, s.runs(t)); diff != "" {
			t.Fatalf("the preview changed the store (-before +after):\n%s", diff)
		}
		done := outcomes(t, s.imp.ImportCustomersSeq(t.Context(), f, o))
		if diff := cmp.Diff(done, foreseen); diff != "" {
			t.Fatalf("outcomes (-run +preview):\n%s", diff)
		}
		if diff := cmp.Diff(s.runs(t)[0].Counts, plan.Summary().Counts); diff != "" {
			t.Fatalf("counts (-run +preview):\n%s", diff)
		}
	})
}

// outcomes are one word each, by id; last, how it ended. What was open comes first, or last
// where it is too fresh to be looked up: that is for the clock to say. So is whether who
// waits was weighed with what a person chose for another, or again at the end: what is told
// last of one who waits stands.
func outcomes(t *rapid.T, seq iter.Seq2[adcimport.Outcome, error]) (list []string) {
	waits := make(map[string]string)
	for o, err := range seq {
		if told := waits[o.SourceID]; told != "" && o.Reason != adcimport.ReasonDuplicateInSource {
			list = slices.DeleteFunc(list, func(s string) bool { return s == told })
			delete(waits, o.SourceID)
		}
		switch {
		case errors.Is(err, adcimport.ErrTooManyFailures):
			list = append(list, "too many failures")
		case err != nil:
			t.Fatal(err)
		default:
			list = append(list, fmt.Sprint(o.SourceID, " ", o.Action, " ", o.Reason, " ", o.Fields))
			if o.Reason == adcimport.ReasonPossibleMatch {
				waits[o.SourceID] = list[len(list)-1]
			}
		}
	}
	slices.Sort(list)
	return list
}

func (s *scene) runs(t *rapid.T) (list []ledger.RunState) {
	for st, err := range s.store.Runs(t.Context(), ledger.RunQuery{Link: "acme"}) {
		must(t, err)
		list = append(list, st)
	}
	return list
}
