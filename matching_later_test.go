package adcimport_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// What was certain in one night is linked in a later one where it still is: people may
// have made somebody else of the candidate, or deleted it, and who is at Alarm.com may
// have moved.
func TestMatching_certainNoMore(t *testing.T) {
	t.Parallel()
	edit := func(change func(*adcimport.CustomerRecord)) func(*rig, string) {
		return func(r *rig, sinkID string) { r.sink.EditCustomer(sinkID, change) }
	}
	for name, tt := range map[string]struct {
		change      func(r *rig, sinkID string)
		then, after string
		ids         []string
	}{
		"as it was": {func(*rig, string) {}, "linked/matched", "", []string{"1", "2", "3", "4", "5", "6"}},
		"another name": {
			edit(func(c *adcimport.CustomerRecord) { c.FirstName, c.LastName = "Zoe", "Young" }),
			"skipped/possible_match", "skipped/possible_match",
			[]string{"", "1", "2", "3", "4", "5"},
		},
		"another family": {
			edit(func(c *adcimport.CustomerRecord) {
				*c = adcimport.CustomerRecord{FirstName: "Zoe", LastName: "Young", Phone1: "303-777-8888", Zip: "84601"}
			}),
			"created", "",
			[]string{"", "1", "2", "3", "4", "5", "6"},
		},
		"deleted": {
			func(r *rig, sinkID string) { r.sink.DeleteCustomers(sinkID) },
			"created", "",
			[]string{"1", "2", "3", "4", "5", "6"},
		},
		"moved": {
			func(r *rig, _ string) {
				r.src.Update(func(d *adcimporttest.Dealer) { d.Customers[5].InstallAddress.Street1 = "99 Elm Street" })
			},
			"skipped/possible_match", "skipped/possible_match",
			[]string{"", "1", "2", "3", "4", "5"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, sinkID := typed(t)
			if _, err := r.customers(t); err != nil {
				t.Fatal(err)
			}
			tt.change(r, sinkID)
			for _, want := range []string{tt.then, tt.after} {
				s, err := r.customers(t, matching(adcimport.MatchLink))
				if err != nil {
					t.Fatal(err)
				}
				r.agrees(t, s)
				if got := r.outcomes(t, s.RunID)["6"]; got != want {
					t.Errorf("6 is %q, want %q", got, want)
				}
			}
			if diff := cmp.Diff(tt.ids, r.alarmIDs()); diff != "" {
				t.Errorf("in the sink (-want +got):\n%s", diff)
			}
		})
	}
}

// bakeries are two shops with one phone at Alarm.com, 6 and 7, of which the first was
// typed in.
func bakeries(t *testing.T) (r *rig, sinkID string) {
	t.Helper()
	r, _ = typed(t)
	r.src.Dealer.Customers = append(r.src.Dealer.Customers[:5], ann("6"), ann("7"))
	for i, street := range []string{"12 Main Street", "99 Elm Street"} {
		c := &r.src.Dealer.Customers[5+i]
		c.Commercial, c.CompanyName, c.InstallAddress.Street1 = true, "Good Bread", street
	}
	r.sink.DeleteCustomers(r.sink.Customers()[0].ID)
	rec := typedAnn()
	rec.BusinessName = "Good Bread"
	return r, r.sink.TypeInCustomer(rec)
}

// Of two shops that may both be the one that was typed in, the second is created once the
// first is linked, and nobody is asked again; the preview says so.
func TestMatching_rivals(t *testing.T) {
	t.Parallel()
	r, sinkID := bakeries(t)
	imp := r.importer(t)
	if s, err := r.customers(t); err != nil || s.ToReview() != 2 {
		t.Fatalf("%v, %v", s, err)
	}
	if err := imp.Decide(t.Context(), adcimport.KindCustomer, adcimport.Decision{SourceID: "6", LinkTo: sinkID}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []adcimport.Counts{{Read: 7, Linked: 1, Created: 1, Skipped: 5}, {Read: 7, Skipped: 7}} {
		plan := planned(t, imp, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		preview(t, plan)
		if diff := cmp.Diff(want, plan.Summary().Counts); diff != "" {
			t.Errorf("preview (-want +got):\n%s", diff)
		}
		s, err := r.customers(t)
		completed(t, s, err, want)
		r.agrees(t, s)
	}
	if n := len(r.review(t)); n > 0 {
		t.Errorf("%d to review", n)
	}
}

// Whom a person chose is another's already while the run is under way that links it,
// wherever in the listing the two come, and in its preview too.
func TestMatching_chosenForAnother(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"one batch": 100, "batches of 1": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, sinkID := bakeries(t)
			r.cfg.BatchSize = size
			both := r.src.Dealer.Customers
			r.src.Dealer.Customers = both[6:]
			imp := r.importer(t)
			if s, err := r.customers(t); err != nil || s.ToReview() != 1 {
				t.Fatalf("%v, %v", s, err)
			}
			if err := imp.Decide(t.Context(), adcimport.KindCustomer, adcimport.Decision{SourceID: "7", LinkTo: sinkID}); err != nil {
				t.Fatal(err)
			}
			r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = both[5:] })
			plan := planned(t, imp, adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: matching(adcimport.MatchLink)})
			preview(t, plan)
			want := adcimport.Counts{Read: 2, Linked: 1, Skipped: 1}
			if diff := cmp.Diff(want, plan.Summary().Counts); diff != "" {
				t.Errorf("preview (-want +got):\n%s", diff)
			}
			s, err := r.customers(t, matching(adcimport.MatchLink))
			completed(t, s, err, want)
		})
	}
}

// A preview links what waits already, where the run does.
func TestMatching_previewOfWaiting(t *testing.T) {
	t.Parallel()
	r, _ := typed(t)
	if _, err := r.customers(t); err != nil {
		t.Fatal(err)
	}
	plan := planned(t, r.importer(t), adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: matching(adcimport.MatchLink)})
	preview(t, plan)
	want := adcimport.Counts{Read: 6, Linked: 1, Skipped: 5}
	if diff := cmp.Diff(want, plan.Summary().Counts); diff != "" {
		t.Errorf("preview (-want +got):\n%s", diff)
	}
	s, err := r.customers(t, matching(adcimport.MatchLink))
	completed(t, s, err, want)
}
