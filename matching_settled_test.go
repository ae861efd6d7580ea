package adcimport_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/match"
)

// site is one of a business with one office phone.
func site(id, street string) adcimport.Customer {
	return adcimport.Customer{
		ID: id, CompanyName: "Oak Bakery LLC", PrimaryPhoneNumber: "801-234-5678",
		InstallAddress: adcimport.Address{Street1: street, City: "Provo", State: "UT", Zip: "84601"},
	}
}

// headOffice is the first site of a business, as it was typed in.
func headOffice() adcimport.CustomerRecord {
	return adcimport.CustomerRecord{
		BusinessName: "Oak Bakery", Phone1: "(801) 234-5678", Address1: "10 Main St", City: "Provo", State: "UT", Zip: "84601",
	}
}

// bakery is a rig over a business with sites of the ids 1 and so on, of which the head
// office was typed in.
func bakery(sites, batch int) (r *rig, head string) {
	r = newRig(0)
	r.cfg.BatchSize = batch
	for i := range sites {
		r.src.Dealer.Customers = append(r.src.Dealer.Customers, site(strconv.Itoa(i+1), fmt.Sprintf("%d0 Main St", i+1)))
	}
	return r, r.sink.TypeInCustomer(headOffice())
}

// proposed are the ids that wait, with what is against their first candidate.
func (r *rig) proposed(t *testing.T) map[string][]match.Veto {
	t.Helper()
	list := make(map[string][]match.Veto)
	for _, v := range r.review(t) {
		list[v.SourceID] = v.Candidates[0].Vetoes
	}
	return list
}

// A phone number that becomes shared in the middle of a listing is no evidence for those
// that were weighed before: who has nothing else in common with the head office is
// created by the same run, in whatever batches they come.
func TestSettled_sharedPhone(t *testing.T) {
	t.Parallel()
	for _, batch := range []int{1, 2, 3, 100} {
		for _, m := range []adcimport.MatchMode{adcimport.MatchPropose, adcimport.MatchLink} {
			t.Run(fmt.Sprint(m, " in batches of ", batch), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r, _ := bakery(4, batch)
					plan, err := r.importer(t).PlanCustomers(adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: matching(m)})
					if err != nil {
						t.Fatal(err)
					}
					for _, err := range plan.Outcomes(t.Context()) {
						if err != nil {
							t.Fatal(err)
						}
					}
					want := adcimport.Counts{Read: 4, Created: 3, Skipped: 1}
					if diff := cmp.Diff(want, plan.Summary().Counts); diff != "" {
						t.Errorf("foreseen (-want +got):\n%s", diff)
					}
					s, err := r.customers(t, matching(m))
					completed(t, s, err, want)
					r.agrees(t, s)
					if diff := cmp.Diff(map[string][]match.Veto{"1": nil}, r.proposed(t)); diff != "" {
						t.Errorf("proposed (-want +got):\n%s", diff)
					}
					if diff := cmp.Diff([]string{"", "2", "3", "4"}, r.alarmIDs()); diff != "" {
						t.Errorf("in the sink (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

// What would be linked by a phone number is not, once that is shared.
func TestSettled_linkTakenBack(t *testing.T) {
	t.Parallel()
	for _, batch := range []int{1, 100} {
		t.Run(fmt.Sprint("batches of ", batch), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, _ := typed(t)
				r.cfg.BatchSize = batch
				r.src.Update(func(d *adcimporttest.Dealer) {
					d.Customers = append(d.Customers, plainCustomers(9)[6:]...)
					d.Customers[5].PrimaryEmail, d.Customers[5].InstallAddress.Street1 = "", "" // name and phone
					d.Customers[5].CentralStation.AccountNumber = "A-1234"
					for i := range d.Customers[6:] {
						d.Customers[6+i].PrimaryPhoneNumber = "801-234-5678"
					}
				})
				r.sink.EditCustomer("5001", func(c *adcimport.CustomerRecord) { c.AccountNumber = "A 1234" })
				s, err := r.customers(t, matching(adcimport.MatchLink))
				completed(t, s, err, adcimport.Counts{Read: 9, Created: 8, Skipped: 1})
				if list := r.review(t); len(list) != 1 || slices.Contains(list[0].Candidates[0].Evidence, match.EvidencePhone) && batch > 1 {
					t.Errorf("%+v", list)
				}
			})
		})
	}
}

// Whom a person chose has an Alarm.com id from then on: others who might have been the
// same are created by the run that does it, and nobody is asked again.
func TestSettled_chosenForAnother(t *testing.T) {
	t.Parallel()
	for _, batch := range []int{1, 2, 100} {
		for _, first := range []string{"1", "2"} {
			t.Run(fmt.Sprint(first, " in batches of ", batch), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r, head := bakery(2, batch)
					s, err := r.customers(t)
					completed(t, s, err, adcimport.Counts{Read: 2, Skipped: 2})
					claimed := map[string][]match.Veto{"1": {match.VetoClaimed}, "2": {match.VetoAddress, match.VetoClaimed}}
					if diff := cmp.Diff(claimed, r.proposed(t)); diff != "" {
						t.Errorf("proposed (-want +got):\n%s", diff)
					}
					if err := r.importer(t).Decide(t.Context(), adcimport.KindCustomer, adcimport.Decision{SourceID: first, LinkTo: head}); err != nil {
						t.Fatal(err)
					}
					s, err = r.customers(t)
					r.agrees(t, s)
					if first == "1" {
						completed(t, s, err, adcimport.Counts{Read: 2, Linked: 1, Created: 1})
						if diff := cmp.Diff([]string{"1", "2"}, r.alarmIDs()); diff != "" {
							t.Errorf("in the sink (-want +got):\n%s", diff)
						}
						return
					}
					// the head office itself has the address of what was linked: a person looks
					completed(t, s, err, adcimport.Counts{Read: 2, Linked: 1, Skipped: 1})
					if diff := cmp.Diff(map[string][]match.Veto{"1": {match.VetoAlarmComID}}, r.proposed(t)); diff != "" {
						t.Errorf("proposed (-want +got):\n%s", diff)
					}
					r.sink.ResetCalls()
					for range 2 {
						s, err = r.customers(t)
						completed(t, s, err, adcimport.Counts{Read: 2, Skipped: 2})
					}
					if n := r.sink.CallCounts()["MatchCustomers"]; n > 1 {
						t.Errorf("asked %d times again", n)
					}
				})
			})
		}
	}
}

// The same by a run of a few: it links, and the next one over the whole account creates
// the other.
func TestSettled_chosenInAPart(t *testing.T) {
	t.Parallel()
	for _, m := range []adcimport.MatchMode{adcimport.MatchPropose, adcimport.MatchLink} {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, head := bakery(2, 10)
				if _, err := r.customers(t); err != nil {
					t.Fatal(err)
				}
				imp := r.importer(t)
				if err := imp.Decide(t.Context(), adcimport.KindCustomer, adcimport.Decision{SourceID: "1", LinkTo: head}); err != nil {
					t.Fatal(err)
				}
				f := adcimport.CustomerFilter{CustomerIDs: []string{"1"}}
				s, err := imp.ImportCustomers(t.Context(), f, adcimport.CustomerOptions{RunOptions: matching(m)})
				completed(t, s, err, adcimport.Counts{Read: 1, Linked: 1})
				s, err = r.customers(t, matching(m))
				completed(t, s, err, adcimport.Counts{Read: 2, Created: 1, Skipped: 1})
				r.agrees(t, s)
			})
		})
	}
}

// halfListing is a source of which a part cannot be listed.
type halfListing struct{ *tapSource }

func (s halfListing) Customers(
	ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
		for p, err := range s.tapSource.Customers(ctx, f, from) {
			p.Next += " and more"
			if !yield(p, err) || err != nil {
				return
			}
		}
		yield(adcimport.Page[adcimport.Customer]{}, &adcimport.CallError{End: "source", Operation: "list", Code: "refused"})
	}
}

// A run that did not see the whole account links nobody by rule: the father may be in the
// part that is missing.
func TestSettled_incompleteListing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _ := typed(t)
		r.cfg.Source = halfListing{r.src}
		s, err := r.customers(t, matching(adcimport.MatchLink))
		if err == nil || s.Counts.Linked > 0 {
			t.Errorf("%v %v", s, err)
		}
		if s.Counts.Created != 5 || s.ToReview() != 1 {
			t.Errorf("%v", s)
		}
	})
}

// fault 26: a candidate whom a person chose, and who was deleted or given to another one
// since, is none any more: the record fails once, with the reason, and is weighed again.
func TestSettled_chosenInVain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(r *rig, sinkID string)
		want   adcimport.Counts // of the night after
	}{
		"deleted": {func(r *rig, id string) { r.sink.DeleteCustomers(id) }, adcimport.Counts{Read: 6, Created: 1, Skipped: 5}},
		"another has it, elsewhere": {func(r *rig, id string) {
			r.sink.EditCustomer(id, func(c *adcimport.CustomerRecord) { c.AlarmComID, c.Address1 = "999", "99 Elm St" })
		}, adcimport.Counts{Read: 6, Created: 1, Skipped: 5}},
		"another has it, in the same house": {func(r *rig, id string) {
			r.sink.EditCustomer(id, func(c *adcimport.CustomerRecord) { c.AlarmComID = "999" })
		}, adcimport.Counts{Read: 6, Skipped: 6}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, id := typed(t)
				if _, err := r.customers(t); err != nil {
					t.Fatal(err)
				}
				if err := r.importer(t).Decide(t.Context(), adcimport.KindCustomer, adcimport.Decision{SourceID: "6", LinkTo: id}); err != nil {
					t.Fatal(err)
				}
				tt.change(r, id)
				s, err := r.customers(t)
				completed(t, s, err, adcimport.Counts{Read: 6, Failed: 1, Skipped: 5})
				if got := r.outcomes(t, s.RunID)["6"]; got != "failed/rejected_by_sink" {
					t.Errorf("6 is %s", got)
				}
				if list := r.review(t); len(list) != 1 || list[0].LinkTo != "" {
					t.Errorf("it waits as %+v", list)
				}
				s, err = r.customers(t)
				completed(t, s, err, tt.want)
				r.agrees(t, s)
			})
		})
	}
}

// A decision outlives a night in which the record cannot be read.
func TestSettled_decisionStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, id := typed(t)
		if _, err := r.customers(t); err != nil {
			t.Fatal(err)
		}
		if err := r.importer(t).Decide(t.Context(), adcimport.KindCustomer, adcimport.Decision{SourceID: "6", LinkTo: id}); err != nil {
			t.Fatal(err)
		}
		r.cfg.Source = &faultySource{Source: r.src.Source, denied: map[string]bool{"6": true}}
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 6, Failed: 1, Skipped: 5})
		r.cfg.Source = r.src
		s, err = r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 6, Linked: 1, Skipped: 5})
	})
}

// Who is terminated while he waits needs no decision: he is on nobody's list, and comes
// again with those that a filter includes.
func TestSettled_terminated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _ := typed(t)
		if _, err := r.customers(t); err != nil {
			t.Fatal(err)
		}
		r.src.Update(func(d *adcimporttest.Dealer) { d.Customers[5].Terminated = true })
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 6, Skipped: 6})
		if list := r.review(t); len(list) > 0 {
			t.Errorf("still waits: %+v", list)
		}
		f := adcimport.CustomerFilter{Include: adcimport.Include{Terminated: true}}
		s, err = r.importer(t).ImportCustomers(t.Context(), f, adcimport.CustomerOptions{})
		completed(t, s, err, adcimport.Counts{Read: 6, Skipped: 6})
		if len(r.review(t)) != 1 {
			t.Errorf("%+v", r.review(t))
		}
	})
}

// A run of one link settles nothing of another link of the same account: it cannot read
// what that one has.
func TestSettled_otherLink(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _ := typed(t)
		r.cfg.SinkAccount = "acme"
		if _, err := r.customers(t); err != nil {
			t.Fatal(err)
		}
		r.cfg.Link = "isp-2"
		r.cfg.Source = &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Customers: plainCustomers(9)[7:]}}
		s, err := r.customers(t, matching(adcimport.MatchLink))
		completed(t, s, err, adcimport.Counts{Read: 2, Created: 2})
		if len(r.review(t)) != 1 {
			t.Errorf("%+v", r.review(t))
		}
	})
}

// fault 36: the default rep is for new customers: a link gives a customer without a rep
// that of Alarm.com, where SecurityTrax has it, and no other.
func TestFault36_defaultRepOfALink(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ login, people, want string }{
		"no rep at Alarm.com":            {"", "", ""},
		"one whom SecurityTrax has not":  {"nobody", "", ""},
		"one whom SecurityTrax has":      {"jo", "", "71"},
		"who is the default rep as well": {"kim", "", "99"},
		"people chose another":           {"jo", "55", "55"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, id := typed(t)
				r.sink.RepIDs = map[string]string{"jo": "71", "kim": "99"}
				r.sink.Choices.Reps = []adcimport.Choice{{ID: "99", Name: "Kim"}}
				r.sink.EditCustomer(id, func(c *adcimport.CustomerRecord) { c.RepID = tt.people })
				r.src.Update(func(d *adcimporttest.Dealer) { d.Customers[5].SalesRepLogin = tt.login })
				o := adcimport.CustomerOptions{DefaultRepID: "99", RunOptions: matching(adcimport.MatchLink)}
				s, err := r.importer(t).ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o)
				completed(t, s, err, adcimport.Counts{Read: 6, Created: 5, Linked: 1})
				for _, c := range r.sink.Customers() {
					if c.ID == id && c.Record.RepID != tt.want {
						t.Errorf("rep %q, want %q", c.Record.RepID, tt.want)
					}
					if c.Record.AlarmComID == "1" && c.Record.RepID != "99" {
						t.Errorf("a new customer has rep %q", c.Record.RepID)
					}
				}
			})
		})
	}
}
