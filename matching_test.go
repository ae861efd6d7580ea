package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/match"
)

// ann is a customer at Alarm.com; as she was typed in by hand is typedAnn.
func ann(id string) adcimport.Customer {
	return adcimport.Customer{
		ID: id, FirstName: "Ann", LastName: "Nguyen", PrimaryPhoneNumber: "801-234-5678", PrimaryEmail: "ann@example.com",
		InstallAddress: adcimport.Address{Street1: "12 Main Street", City: "Provo", State: "UT", Zip: "84601"},
	}
}

func typedAnn() adcimport.CustomerRecord {
	return adcimport.CustomerRecord{
		FirstName: "Annie", LastName: "Nguyen", Phone1: "(801) 234-5678", Email: "Ann@Example.com",
		Address1: "12 Main St", City: "Provo", State: "UT", Zip: "84601", SaleDate: "2019-03-01",
	}
}

// typed is a rig over a dealer with customers 1 to 5, and ann as 6, who was typed in.
func typed(t *testing.T) (r *rig, sinkID string) {
	t.Helper()
	r = newRig(5)
	r.src.Dealer.Customers = append(r.src.Dealer.Customers, ann("6"))
	return r, r.sink.TypeInCustomer(typedAnn())
}

func matching(m adcimport.MatchMode) adcimport.RunOptions { return adcimport.RunOptions{Match: m} }

// alarmIDs are the Alarm.com ids in the sink, sorted; "" for who has none.
func (r *rig) alarmIDs() []string {
	var ids []string
	for _, c := range r.sink.Customers() {
		ids = append(ids, c.Record.AlarmComID)
	}
	slices.Sort(ids)
	return ids
}

func (r *rig) review(t *testing.T) []adcimport.Review {
	t.Helper()
	var list []adcimport.Review
	for v, err := range r.importer(t).ToReview(t.Context(), adcimport.KindCustomer) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

// fault 26: a customer who was typed in by hand is proposed, and created a second time
// by nobody: not in this night, and not in any other.
func TestFault26_proposed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, sinkID := typed(t)
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 6, Created: 5, Skipped: 1})
		if s.ToReview() != 1 {
			t.Errorf("%d to review: %v", s.ToReview(), s.ByReason)
		}
		r.agrees(t, s)
		for range 3 {
			sleepBubble(24 * time.Hour)
			r.sink.ResetCalls()
			details := r.src.Calls().CustomerDetails
			s, err := r.customers(t)
			completed(t, s, err, adcimport.Counts{Read: 6, Skipped: 6})
			if n := r.sink.CallCounts(); n["MatchCustomers"]+n["FindCustomers"] > 0 || r.src.Calls().CustomerDetails != details || s.ToReview() != 1 {
				t.Errorf("what waits costs %v, %d details; %v", n, r.src.Calls().CustomerDetails-details, s)
			}
		}
		list := r.review(t)
		if len(list) != 1 || list[0].SourceID != "6" || len(list[0].Candidates) != 1 || list[0].Candidates[0].ID != sinkID {
			t.Fatalf("%+v", list)
		}
		want := []match.Evidence{match.EvidencePhone, match.EvidenceEmail, match.EvidenceAddress, match.EvidenceName}
		if diff := cmp.Diff(want, list[0].Candidates[0].Evidence); diff != "" {
			t.Errorf("evidence (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"", "1", "2", "3", "4", "5"}, r.alarmIDs()); diff != "" {
			t.Errorf("in the sink (-want +got):\n%s", diff)
		}
	})
}

// fault 26: with MatchLink what is certain is linked, at the run's end, and nothing that
// people wrote changes.
func TestFault26_linked(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]adcimport.Mode{
		"create only": adcimport.CreateOnly, "upsert": adcimport.Upsert, "link existing": adcimport.LinkExisting,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, sinkID := typed(t)
				o := adcimport.RunOptions{Match: adcimport.MatchLink, Mode: mode}
				want := adcimport.Counts{Read: 6, Created: 5, Linked: 1}
				if mode == adcimport.LinkExisting {
					want = adcimport.Counts{Read: 6, Linked: 1, Skipped: 5}
				}
				s, err := r.customers(t, o)
				completed(t, s, err, want)
				r.agrees(t, s)
				if got := r.outcomes(t, s.RunID)["6"]; got != "linked/matched" {
					t.Errorf("6 is %s", got)
				}
				_, err = r.customers(t, o)
				if err != nil {
					t.Error(err)
				}
				for _, c := range r.sink.Customers() {
					if c.ID != sinkID {
						continue
					}
					want := typedAnn()
					want.AlarmComID = "6"
					if diff := cmp.Diff(want, c.Record); diff != "" {
						t.Errorf("what was typed in (-want +got):\n%s", diff)
					}
				}
				if n := len(r.review(t)); n > 0 {
					t.Errorf("%d to review", n)
				}
			})
		})
	}
}

// fault 26: MatchOff makes a second record, as its comment says.
func TestFault26_off(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _ := typed(t)
		s, err := r.customers(t, matching(adcimport.MatchOff))
		completed(t, s, err, adcimport.Counts{Read: 6, Created: 6})
	})
}

// Father and son of one name, address and phone claim one candidate, in whatever batch
// they come: both are proposed, and none is linked.
func TestMatching_claimedTwice(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 2, 100} {
		t.Run(fmt.Sprint("batches of ", size), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, _ := typed(t)
				r.cfg.BatchSize = size
				r.src.Dealer.Customers = append(slices.Insert(r.src.Dealer.Customers, 0, ann("0")), ann("7"))
				s, err := r.customers(t, matching(adcimport.MatchLink))
				completed(t, s, err, adcimport.Counts{Read: 8, Created: 5, Skipped: 3})
				if len(r.review(t)) != 3 {
					t.Errorf("%+v", r.review(t))
				}
			})
		})
	}
}

// A decision is stored by whom it concerns, is done by the next run, and by no other.
func TestDecide(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		decide func(sinkID string) adcimport.Decision
		want   adcimport.Counts
		as     string
		ids    []string
	}{
		"it is the one": {
			func(id string) adcimport.Decision { return adcimport.Decision{SourceID: "6", LinkTo: id} },
			adcimport.Counts{Read: 6, Linked: 1, Skipped: 5},
			"linked/matched",
			[]string{"1", "2", "3", "4", "5", "6"},
		},
		"it is not": {
			func(string) adcimport.Decision { return adcimport.Decision{SourceID: "6", Create: true} },
			adcimport.Counts{Read: 6, Created: 1, Skipped: 5},
			"created",
			[]string{"", "1", "2", "3", "4", "5", "6"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, sinkID := typed(t)
				if _, err := r.customers(t); err != nil {
					t.Fatal(err)
				}
				if err := r.importer(t).Decide(t.Context(), adcimport.KindCustomer, tt.decide(sinkID)); err != nil {
					t.Fatal(err)
				}
				s, err := r.customers(t)
				completed(t, s, err, tt.want)
				if got := r.outcomes(t, s.RunID)["6"]; got != tt.as {
					t.Errorf("6 is %s", got)
				}
				if diff := cmp.Diff(tt.ids, r.alarmIDs()); diff != "" {
					t.Errorf("in the sink (-want +got):\n%s", diff)
				}
				s, err = r.customers(t)
				completed(t, s, err, adcimport.Counts{Read: 6, Skipped: 6})
				if s.ToReview() != 0 {
					t.Errorf("it waits again: %v", s)
				}
			})
		})
	}
}

// What cannot be decided is refused as a whole, with a word for each.
func TestDecide_refuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, sinkID := typed(t)
		r.src.Dealer.Customers = append(r.src.Dealer.Customers, ann("7"))
		if _, err := r.customers(t); err != nil {
			t.Fatal(err)
		}
		imp := r.importer(t)
		for name, list := range map[string][]adcimport.Decision{
			"unknown":         {{SourceID: "99", Create: true}},
			"not waiting":     {{SourceID: "1", Create: true}},
			"both":            {{SourceID: "6", Create: true, LinkTo: sinkID}},
			"no candidate":    {{SourceID: "6", LinkTo: "1234"}},
			"twice":           {{SourceID: "6", Create: true}, {SourceID: "6", LinkTo: sinkID}},
			"two of one":      {{SourceID: "6", LinkTo: sinkID}, {SourceID: "7", LinkTo: sinkID}},
			"one of them bad": {{SourceID: "6", Create: true}, {SourceID: "1", Create: true}},
		} {
			err := imp.Decide(t.Context(), adcimport.KindCustomer, list...)
			if _, ok := errors.AsType[*adcimport.DecisionError](err); !ok {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, v := range r.review(t) {
			if v.LinkTo != "" || v.Create {
				t.Errorf("stored: %+v", v)
			}
		}
		if err := imp.Decide(t.Context(), adcimport.KindCustomer, adcimport.Decision{SourceID: "6", LinkTo: sinkID}); err != nil {
			t.Fatal(err)
		}
		if err := imp.Decide(t.Context(), adcimport.KindCustomer, adcimport.Decision{SourceID: "7", LinkTo: sinkID}); err == nil {
			t.Error("a candidate that was chosen for another record is chosen again")
		}
		if err := imp.Decide(t.Context(), adcimport.KindCustomer, adcimport.Decision{SourceID: "6"}, adcimport.Decision{SourceID: "7", LinkTo: sinkID}); err != nil {
			t.Errorf("taken back: %v", err)
		}
	})
}

// lossyLinks loses the answer to each first link; made says whether it was written.
type lossyLinks struct {
	*tapSink
	made bool
	lost map[string]bool
}

func (s lossyLinks) LinkCustomers(ctx context.Context, links []adcimport.CustomerLink) ([]adcimport.WriteResult, error) {
	results := make([]adcimport.WriteResult, len(links))
	for i := range links {
		first := !s.lost[links[i].AlarmComID]
		s.lost[links[i].AlarmComID] = true
		if first && !s.made {
			continue
		}
		one, err := s.Sink.LinkCustomers(ctx, links[i:i+1])
		if err != nil {
			return nil, err
		}
		if !first {
			results[i] = one[0]
		}
	}
	return results, nil
}

// A link is a write with an intent: one whose answer is lost is looked up, and nobody is
// created for it.
func TestMatching_lostLinks(t *testing.T) {
	t.Parallel()
	for _, made := range []bool{true, false} {
		t.Run(fmt.Sprint("made ", made), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, _ := typed(t)
				r.cfg.Sink = adcimport.CustomersOnlySink(lossyLinks{r.sink, made, make(map[string]bool)})
				var s *adcimport.Summary
				for range 3 { // what was not made waits for the next run
					var err error
					if s, err = r.customers(t, matching(adcimport.MatchLink)); err != nil {
						t.Fatal(s, err)
					}
				}
				if diff := cmp.Diff([]string{"1", "2", "3", "4", "5", "6"}, r.alarmIDs()); diff != "" {
					t.Errorf("in the sink (-want +got):\n%s", diff)
				}
				if s.ToReview() != 0 || len(r.openIntents(t)) > 0 {
					t.Errorf("%v, open %v", s, r.openIntents(t))
				}
			})
		})
	}
}

// A preview says what the run does, and stores nothing.
func TestMatching_preview(t *testing.T) {
	t.Parallel()
	for _, m := range []adcimport.MatchMode{adcimport.MatchPropose, adcimport.MatchLink, adcimport.MatchOff} {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, _ := typed(t)
				r.src.Dealer.Customers[1].PrimaryPhoneNumber = "801-234-5678" // of one who is created in this run
				r.src.Dealer.Customers[2].PrimaryPhoneNumber = "801-234-5678"
				o := adcimport.CustomerOptions{RunOptions: matching(m)}
				plan, err := r.importer(t).PlanCustomers(adcimport.CustomerFilter{}, o)
				if err != nil {
					t.Fatal(err)
				}
				for _, err := range plan.Outcomes(t.Context()) {
					if err != nil {
						t.Fatal(err)
					}
				}
				foreseen := plan.Summary()
				if len(r.review(t)) > 0 || len(r.sink.Customers()) != 1 {
					t.Error("the preview has left something")
				}
				s, err := r.importer(t).ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(s.Counts, foreseen.Counts); diff != "" {
					t.Errorf("counts (-run +preview):\n%s", diff)
				}
				if diff := cmp.Diff(s.ByReason, foreseen.ByReason); diff != "" {
					t.Errorf("reasons (-run +preview):\n%s", diff)
				}
			})
		})
	}
}

// A user whose login and e-mail are there is the one; whose login alone is there is
// username_taken, and the outcome names who has it.
func TestMatching_users(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(0)
		r.sink.UniqueUsernames = true
		r.src.Dealer.Users = []adcimport.User{
			{ID: "1", FirstName: "Bea", LastName: "Ortiz", LoginName: "bea", Email: "bea@example.com"},
			{ID: "2", FirstName: "Cy", LastName: "Moss", LoginName: "cy", Email: "cy@example.com"},
			{ID: "3", FirstName: "Di", LastName: "Park", LoginName: "di", Email: "di@example.com"},
			{ID: "4", FirstName: "Ed", LastName: "Roe", LoginName: "ed", Email: "ed@example.com"},
		}
		same := r.sink.TypeInUser(adcimport.UserRecord{Username: "bea", Email: "BEA@example.com", Active: true})
		other := r.sink.TypeInUser(adcimport.UserRecord{FirstName: "Carl", LastName: "Young", Username: "cy", Email: "carl@example.com", Active: true})
		mail := r.sink.TypeInUser(adcimport.UserRecord{FirstName: "Di", LastName: "Park", Username: "dpark", Email: "di@example.com", Active: true})
		o := adcimport.UserOptions{RunOptions: matching(adcimport.MatchLink), Active: true, CanLogin: true}
		s, err := r.importer(t).ImportUsers(t.Context(), adcimport.UserFilter{}, o)
		completed(t, s, err, adcimport.Counts{Read: 4, Created: 1, Linked: 1, Skipped: 1, Failed: 1})
		got := make(map[string]string)
		for out, err := range r.importer(t).Outcomes(t.Context(), s.RunID) {
			if err != nil {
				t.Fatal(err)
			}
			got[out.SourceID] = string(out.Action) + "/" + string(out.Reason) + " " + out.SinkID
			for _, c := range out.Candidates {
				got[out.SourceID] += " " + c.ID
			}
		}
		delete(got, "4")
		want := map[string]string{
			"1": "linked/matched " + same, "2": "failed/username_taken  " + other, "3": "skipped/possible_match  " + mail,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		if mails := r.sink.Emails(); len(mails) != 1 || mails[0].AlarmComID != "4" {
			t.Errorf("mailed %+v", mails)
		}
	})
}

// A killed run links at its end what it read before: nobody is created for it.
func TestMatching_resumed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _ := typed(t)
		r.cfg.BatchSize = 2
		r.store.before = func(method string, n int) error {
			if method == "List" && n > 3 { // when the listing is over
				return errBoom
			}
			return nil
		}
		s, err := r.customers(t, matching(adcimport.MatchLink))
		if err == nil {
			t.Fatal(s)
		}
		r.store.heal()
		s, err = r.resume(t, s.RunID)
		completed(t, s, err, adcimport.Counts{Read: 6, Created: 5, Linked: 1})
		r.once(t, idsUpTo(6)...)
		r.agrees(t, s)
	})
}

// Bad rules are refused before anything is read.
func TestMatching_badRules(t *testing.T) {
	t.Parallel()
	r := newRig(1)
	r.cfg.MatchRules = match.Rules{LinkCustomers: []match.Demand{{All: []match.Evidence{match.EvidencePhone}}}}
	_, err := adcimport.New(r.cfg)
	if _, ok := errors.AsType[*match.RuleError](err); !ok {
		t.Error(err)
	}
}

// Who decides sees both sides as they are now; nothing of it is stored.
func TestCandidates(t *testing.T) {
	t.Parallel()
	r, sinkID := typed(t)
	c, err := r.importer(t).CustomerCandidates(t.Context(), "6")
	if err != nil || len(c.Candidates) != 1 || c.Candidates[0].ID != sinkID || c.Candidates[0].Customer.FirstName != "Annie" || c.Customer.FirstName != "Ann" {
		t.Errorf("%+v %v", c, err)
	}
	if c.Result.Verdict != match.Link {
		t.Errorf("%+v", c.Result)
	}
	if _, err := r.importer(t).CustomerCandidates(t.Context(), "99"); !errors.Is(err, adcimport.ErrNotFound) {
		t.Error(err)
	}
	if c, err := r.importer(t).CustomerCandidates(t.Context(), "1"); err != nil || len(c.Candidates) > 0 {
		t.Errorf("%+v %v", c, err)
	}
}

// blindSink has no abilities but those of a Sink.
type blindSink struct{ adcimport.CustomerSink }

// A sink that cannot be asked is told of once, at the first import of a link.
func TestMatching_blindSink(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(3)
		r.cfg.Sink = adcimport.CustomersOnlySink(blindSink{r.sink.Sink})
		told := func(s *adcimport.Summary) bool {
			return slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.Contains(w, "typed in by hand") })
		}
		first, err := r.customers(t)
		if err != nil || !told(first) {
			t.Errorf("%v %v", first.Warnings, err)
		}
		r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = plainCustomers(5) })
		second, err := r.customers(t)
		if err != nil || second.Counts.Created != 2 || told(second) {
			t.Errorf("%v %v %v", second, second.Warnings, err)
		}
		if _, err := r.importer(t).CustomerCandidates(t.Context(), "1"); !errors.Is(err, errors.ErrUnsupported) {
			t.Error(err)
		}
	})
}

// What a person chose in a preview is done by the run that it starts, and stored with
// it alone; what MatchLink would link is linked, though that run reads a part of the
// account.
func TestPlan_startWithDecisions(t *testing.T) {
	t.Parallel()
	preview := func(t *testing.T, r *rig, m adcimport.MatchMode) *adcimport.Plan {
		t.Helper()
		plan, err := r.importer(t).PlanCustomers(adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: matching(m)})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range plan.Outcomes(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
		}
		return plan
	}
	for name, tt := range map[string]struct {
		mode   adcimport.MatchMode
		decide func(sinkID string) []adcimport.Decision
		want   adcimport.Counts
		as     string
	}{
		"nothing": {adcimport.MatchPropose, func(string) []adcimport.Decision { return nil }, adcimport.Counts{Read: 5, Created: 5}, ""},
		"it is the one": {adcimport.MatchPropose, func(id string) []adcimport.Decision {
			return []adcimport.Decision{{SourceID: "6", LinkTo: id}}
		}, adcimport.Counts{Read: 6, Created: 5, Linked: 1}, "linked/matched"},
		"it is not": {adcimport.MatchPropose, func(string) []adcimport.Decision {
			return []adcimport.Decision{{SourceID: "6", Create: true}}
		}, adcimport.Counts{Read: 6, Created: 6}, "created"},
		"certain": {adcimport.MatchLink, func(string) []adcimport.Decision { return nil }, adcimport.Counts{Read: 6, Created: 5, Linked: 1}, "linked/matched"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, sinkID := typed(t)
				plan := preview(t, r, tt.mode)
				for _, bad := range []adcimport.Decision{
					{SourceID: "1", Create: true}, {SourceID: "6"}, {SourceID: "6", LinkTo: "1234"}, {SourceID: "99", LinkTo: sinkID},
				} {
					if _, err := plan.Start(t.Context(), bad); err == nil {
						t.Errorf("%+v is taken", bad)
					}
				}
				run, err := plan.Start(t.Context(), tt.decide(sinkID)...)
				if err != nil {
					t.Fatal(err)
				}
				s, err := ended(t, run)
				completed(t, s, err, tt.want)
				if got := r.outcomes(t, s.RunID)["6"]; got != tt.as {
					t.Errorf("6 is %s, want %s", got, tt.as)
				}
				r.agrees(t, s)
			})
		})
	}
}
