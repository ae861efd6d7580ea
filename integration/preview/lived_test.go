package preview_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// newLived is a link part of whose customers were typed into the sink by hand, and that
// has nights behind it: runs, after each of which people edit, delete, decide and forget.
func newLived(t *rapid.T) *scene {
	d := adcimporttest.NewDealer(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(1, 30).Draw(t, "customers"), 3)
	s := &scene{
		dealer: d, sink: new(adcimporttest.Sink), store: new(adcimport.MemoryStore),
		source: &denying{&adcimporttest.Source{
			Dealer: d, PageSize: rapid.IntRange(1, 30).Draw(t, "page"), Full: rapid.Bool().Draw(t, "full"),
		}, map[string]bool{}},
	}
	for i := range d.Customers {
		s.typeIn(t, i)
	}
	cfg := adcimport.Config{
		Link: "acme", Source: s.source, Sink: s.sink, Store: s.store, SettleTime: time.Millisecond,
		BatchSize: rapid.IntRange(1, 30).Draw(t, "batch"),
	}
	if rapid.Bool().Draw(t, "fields of people") {
		email := adcimport.Rule{From: []string{"PrimaryEmail"}, To: "Email", Overwrite: adcimport.OverwriteIfEmpty}
		phone := adcimport.Rule{From: []string{"PrimaryPhoneNumber"}, To: "Phone1", Overwrite: adcimport.OverwriteNever}
		cfg.CustomerMapping = adcimport.DefaultCustomerMapping().With(email, phone)
	}
	imp, err := adcimport.New(cfg)
	must(t, err)
	s.imp = imp
	for range rapid.IntRange(0, 3).Draw(t, "nights") {
		f, o := drawRun(t)
		_, err := imp.ImportCustomers(t.Context(), f, o)
		must(t, err)
		s.day(t)
	}
	return s
}

// typeIn lets somebody type in a customer of the dealer's, or one who is much like it.
func (s *scene) typeIn(t *rapid.T, i int) {
	c := s.dealer.Customers[i]
	rec := adcimport.CustomerRecord{
		FirstName: c.FirstName, LastName: c.LastName, BusinessName: c.CompanyName, Email: c.PrimaryEmail, Phone1: c.PrimaryPhoneNumber,
		Address1: c.InstallAddress.Street1, City: c.InstallAddress.City, State: c.InstallAddress.State, Zip: c.InstallAddress.Zip,
	}
	switch rapid.SampledFrom([]string{"", "", "", "same", "same", "relative", "stranger", "twice", "another's", "son"}).Draw(t, "typed in "+c.ID) {
	case "":
		return
	case "relative":
		rec.FirstName, rec.Email = "Zoe", ""
	case "stranger":
		rec = adcimport.CustomerRecord{FirstName: "Xi", LastName: "Yu", Zip: rec.Zip}
	case "twice":
		s.sink.TypeInCustomer(rec)
	case "another's":
		rec.AlarmComID = "9" + c.ID
	case "son": // at Alarm.com as well
		if i+1 < len(s.dealer.Customers) {
			id := s.dealer.Customers[i+1].ID
			s.dealer.Customers[i+1] = c
			s.dealer.Customers[i+1].ID = id
		}
	}
	s.sink.TypeInCustomer(rec)
}

func drawRun(t *rapid.T) (adcimport.CustomerFilter, adcimport.CustomerOptions) {
	f, o := adcimport.CustomerFilter{}, adcimport.CustomerOptions{}
	if rapid.IntRange(0, 3).Draw(t, "filter") == 0 {
		f.SubDealerIDs = []string{"3101", "3107"}
	}
	f.Include.Terminated = rapid.Bool().Draw(t, "include")
	o.Mode = rapid.SampledFrom([]adcimport.Mode{adcimport.CreateOnly, adcimport.Upsert, adcimport.Upsert, adcimport.LinkExisting}).Draw(t, "mode")
	o.Match = rapid.SampledFrom([]adcimport.MatchMode{adcimport.MatchPropose, adcimport.MatchLink, adcimport.MatchLink, adcimport.MatchOff}).Draw(t, "match")
	o.Limit = rapid.SampledFrom([]int{0, 0, 0, 3}).Draw(t, "limit")
	return f, o
}

// day is what people do between two runs, at both ends.
func (s *scene) day(t *rapid.T) {
	s.source.Update(func(d *adcimporttest.Dealer) {
		for i := range d.Customers {
			c := &d.Customers[i]
			switch rapid.SampledFrom([]string{"", "", "", "renamed", "e-mail", "emptied", "left"}).Draw(t, "at the source "+c.ID) {
			case "renamed":
				c.FirstName += "a"
			case "e-mail":
				c.PrimaryEmail = "a" + c.PrimaryEmail
			case "emptied":
				c.PrimaryEmail = ""
			case "left":
				c.Terminated = !c.Terminated
			}
		}
	})
	for _, c := range s.sink.Customers() {
		switch rapid.SampledFrom([]string{"", "", "", "", "edited", "emptied", "deleted", "forgotten"}).Draw(t, "in the sink "+c.ID) {
		case "edited":
			s.sink.EditCustomer(c.ID, func(r *adcimport.CustomerRecord) { r.Email, r.Phone1 = "typed"+c.ID+"@example.com", "801-555-0199" })
		case "emptied":
			s.sink.EditCustomer(c.ID, func(r *adcimport.CustomerRecord) { r.Email, r.Phone1 = "", "" })
		case "deleted":
			s.sink.DeleteCustomers(c.ID)
		case "forgotten":
			if id := c.Record.AlarmComID; id != "" {
				_ = s.imp.Forget(t.Context(), adcimport.KindCustomer, id) // where nothing is known of it
			}
		}
	}
	var decisions []adcimport.Decision
	for r, err := range s.imp.ToReview(t.Context(), adcimport.KindCustomer) {
		must(t, err)
		decisions = append(decisions, draw(t, decisions, adcimport.Outcome{SourceID: r.SourceID, Candidates: r.Candidates})...)
	}
	for _, d := range decisions {
		_ = s.imp.Decide(t.Context(), adcimport.KindCustomer, d) // where what an earlier one chose is not another's
	}
}

// draw is what a person decides about a record that waits, if anything.
func draw(t *rapid.T, before []adcimport.Decision, o adcimport.Outcome) []adcimport.Decision {
	switch rapid.SampledFrom([]string{"", "", "link", "create"}).Draw(t, "decision on "+o.SourceID) {
	case "create":
		return []adcimport.Decision{{SourceID: o.SourceID, Create: true}}
	case "link":
		if len(o.Candidates) == 0 { // the one that was chosen is gone: it is weighed anew
			return nil
		}
		to := o.Candidates[rapid.IntRange(0, len(o.Candidates)-1).Draw(t, "candidate")].ID
		if !slices.ContainsFunc(before, func(d adcimport.Decision) bool { return d.LinkTo == to }) {
			return []adcimport.Decision{{SourceID: o.SourceID, LinkTo: to}}
		}
	}
	return nil
}

// A preview tells of whom the sink may have without an Alarm.com id, and of what people
// changed, decided and deleted there, what the run does.
func TestPreview_lived(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := newLived(t)
		f, o := drawRun(t)
		plan, err := s.imp.PlanCustomers(f, o)
		must(t, err)
		records, runs := s.sink.Customers(), s.runs(t)
		foreseen := outcomes(t, plan.Outcomes(t.Context()))
		if diff := cmp.Diff(records, s.sink.Customers()) + cmp.Diff(runs, s.runs(t)); diff != "" {
			t.Fatalf("the preview changed something (-before +after):\n%s", diff)
		}
		done := outcomes(t, s.imp.ImportCustomersSeq(t.Context(), f, o))
		sum := s.runs(t)[0].Summary
		s.shownByWrites(done, foreseen, &sum)
		if diff := cmp.Diff(done, foreseen); diff != "" {
			t.Fatalf("outcomes (-run +preview):\n%s", diff)
		}
		if diff := cmp.Diff(told(sum), told(plan.Summary())); diff != "" {
			t.Fatalf("counts (-run +preview):\n%s", diff)
		}
	})
}

// What a person starts out of a preview is what it told, and what that person chose.
func TestPreview_started(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := newLived(t)
		f, o := drawRun(t)
		plan, err := s.imp.PlanCustomers(f, o)
		must(t, err)
		want, taken := make(map[string]string), make(map[string]bool)
		var waiting []adcimport.Outcome
		for out, err := range plan.Outcomes(t.Context()) {
			must(t, err)
			if out.Reason == adcimport.ReasonPossibleMatch {
				waiting = append(waiting, out)
			} else if out.Action.Done() && out.Action != adcimport.ActionUnchanged {
				want[out.SourceID] = fmt.Sprint(out.Action, " ", out.Reason)
				taken[out.SinkID] = true
			}
		}
		var decisions []adcimport.Decision
		for _, out := range waiting {
			for _, d := range draw(t, decisions, out) {
				switch {
				case want[d.SourceID] != "" || taken[d.LinkTo] && d.LinkTo != "": // linked at the end, or to be another's
					continue
				case d.LinkTo != "":
					want[d.SourceID] = "linked matched"
				case o.Mode == adcimport.LinkExisting:
					want[d.SourceID] = "skipped not_in_sink"
				default:
					want[d.SourceID] = "created "
				}
				decisions = append(decisions, d)
			}
		}
		if len(want) == 0 {
			return
		}
		run, err := plan.Start(t.Context(), decisions...)
		must(t, err)
		_, err = run.Wait(t.Context())
		must(t, err)
		if diff := cmp.Diff(want, s.became(t, run.ID(), want)); diff != "" {
			t.Fatalf("(-preview +run):\n%s", diff)
		}
	})
}

// became is what a run made of each record, but for what a preview cannot foresee.
func (s *scene) became(t *rapid.T, runID string, foreseen map[string]string) map[string]string {
	got := make(map[string]string)
	for out, err := range s.imp.Outcomes(t.Context(), runID) {
		must(t, err)
		id, what := out.SourceID, fmt.Sprint(out.Action, " ", out.Reason)
		gone := what == "failed gone_in_sink" && foreseen[id] == "updated "
		refused := what == "failed rejected_by_sink" && foreseen[id] == "linked matched"
		if (gone || refused) && !s.has(id) {
			what = foreseen[id]
		}
		got[id] = what
	}
	return got
}

func told(s adcimport.Summary) string {
	return fmt.Sprint(s.Counts, s.ByReason, s.ToReview(), s.Excluded, s.Warnings)
}

// shownByWrites makes of what a run did what a preview can foresee. That a record is gone,
// and that one which a person chose is gone or has another id by now, writes alone show.
func (s *scene) shownByWrites(done, foreseen []string, sum *adcimport.Summary) {
	c, by := &sum.Counts, sum.ByReason
	for i, what := range done {
		if i >= len(foreseen) {
			return
		}
		id, _, _ := strings.Cut(what, " ")
		switch {
		case what == id+" failed gone_in_sink []" && foreseen[i] == id+" updated  []" && !s.has(id):
			c.Updated++
			by[adcimport.ReasonGoneInSink]--
		case strings.HasPrefix(what, id+" failed rejected_by_sink [") && foreseen[i] == id+" linked matched []" && !s.has(id):
			c.Linked++
			by[adcimport.ReasonRejectedBySink]--
			by[adcimport.ReasonMatched]++
		default:
			continue
		}
		c.Failed--
		done[i] = foreseen[i]
	}
	maps.DeleteFunc(by, func(_ adcimport.Reason, n int) bool { return n == 0 })
}

// has reports whether the sink has a record.
func (s *scene) has(id string) bool {
	return slices.ContainsFunc(s.sink.Customers(), func(c adcimporttest.SinkCustomer) bool { return c.Record.AlarmComID == id })
}
