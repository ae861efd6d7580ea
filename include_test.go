package adcimport_test

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// leaver is a dealer of n customers: of every 20, the last three are a terminated,
// a demo and a commitment account.
func leaver(n int) *adcimporttest.Dealer {
	d := new(adcimporttest.Dealer)
	for i := 1; i <= n; i++ {
		d.Customers = append(d.Customers, person(strconv.Itoa(i), func(c *adcimport.Customer) {
			c.Terminated, c.Demo, c.Commitment = i%20 == 17, i%20 == 18, i%20 == 19
		}))
	}
	return d
}

// includeRig is an importer over fakes.
func includeRig(t *testing.T, source adcimport.Source) (*adcimport.Importer, *adcimporttest.Sink) {
	t.Helper()
	sink := new(adcimporttest.Sink)
	imp, err := adcimport.New(adcimport.Config{Link: "l", Source: source, Sink: sink, Store: new(adcimport.MemoryStore)})
	if err != nil {
		t.Fatal(err)
	}
	return imp, sink
}

// Fault 84: what a filter leaves out is counted, each kind apart, and never taken for
// what does not match; whether the listing tells or the details, in a preview too.
func TestFault84_leftOutIsCounted(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in      adcimport.Include
		want    ledger.Excluded
		created int
	}{
		"none":       {adcimport.Include{}, ledger.Excluded{Terminated: 10, Demo: 10, Commitment: 10}, 170},
		"terminated": {adcimport.Include{Terminated: true}, ledger.Excluded{Demo: 10, Commitment: 10}, 180},
		"demo":       {adcimport.Include{Demo: true}, ledger.Excluded{Terminated: 10, Commitment: 10}, 180},
		"commitment": {adcimport.Include{Commitment: true}, ledger.Excluded{Terminated: 10, Demo: 10}, 180},
		"all":        {adcimport.Include{Terminated: true, Demo: true, Commitment: true}, ledger.Excluded{}, 200},
	} {
		for how, source := range map[string]adcimport.Source{
			"listed whole": &adcimporttest.Source{Dealer: leaver(200), PageSize: 30, Full: true},
			"listed":       &adcimporttest.Source{Dealer: leaver(200), PageSize: 30},
			"by details":   bareSource{&adcimporttest.Source{Dealer: leaver(200), PageSize: 30}},
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				imp, _ := includeRig(t, source)
				f := adcimport.CustomerFilter{Include: tt.in}
				plan, err := imp.PlanCustomers(f, adcimport.CustomerOptions{})
				if err != nil {
					t.Fatal(err)
				}
				for _, err := range plan.Outcomes(t.Context()) {
					if err != nil {
						t.Fatal(err)
					}
				}
				s, err := imp.ImportCustomers(t.Context(), f, adcimport.CustomerOptions{})
				if err != nil {
					t.Fatal(err)
				}
				left := 200 - tt.created
				for what, s := range map[string]adcimport.Summary{"preview": plan.Summary(), "run": *s, "list of runs": runInfo(t, imp, s.RunID)} {
					want := adcimport.Counts{Read: 200, Created: tt.created, Skipped: left}
					if diff := cmp.Diff([]any{want, tt.want, left}, []any{s.Counts, s.Excluded, s.ByReason[adcimport.ReasonExcluded]}); diff != "" {
						t.Errorf("%s: counts, excluded, by reason (-want +got):\n%s", what, diff)
					}
					if slices.Contains(s.Warnings, "no record matched the filter") {
						t.Errorf("%s warned %q", what, s.Warnings)
					}
				}
			})
		}
	}
}

// Fault 84: one that is named by its id keeps its row, with what keeps it out; and is
// imported where the filter includes it, also by a stored filter.
func TestFault84_namedKeepsItsRow(t *testing.T) {
	t.Parallel()
	for _, full := range []bool{false, true} {
		imp, sink := includeRig(t, &adcimporttest.Source{Dealer: leaver(20), Full: full})
		f := adcimport.CustomerFilter{CustomerIDs: []string{"17", "18"}}
		s, err := imp.ImportCustomers(t.Context(), f, adcimport.CustomerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var fields []string
		for o, err := range imp.Outcomes(t.Context(), s.RunID) {
			if err != nil || o.Action != adcimport.ActionSkipped || o.Reason != adcimport.ReasonExcluded || len(o.Fields) != 1 {
				t.Errorf("%+v, %v", o, err)
				continue
			}
			fields = append(fields, o.SourceID+" "+o.Fields[0].Field)
		}
		slices.Sort(fields)
		if diff := cmp.Diff([]string{"17 Terminated", "18 Demo"}, fields); diff != "" || len(s.Warnings) > 0 {
			t.Errorf("rows (-want +got), warnings %q:\n%s", s.Warnings, diff)
		}
		text, err := json.Marshal(adcimport.CustomerFilter{CustomerIDs: []string{"17"}, Include: adcimport.Include{Terminated: true}})
		if want := `{"CustomerIDs":["17"],"SubDealerIDs":null,"Include":{"Terminated":true}}`; err != nil || string(text) != want {
			t.Errorf("the filter as JSON: %s, %v, want %s", text, err, want)
		}
		f = adcimport.CustomerFilter{}
		if err := json.Unmarshal(text, &f); err != nil {
			t.Fatal(err)
		}
		s, err = imp.ImportCustomers(t.Context(), f, adcimport.CustomerOptions{})
		if err != nil || s.Counts.Created != 1 || len(sink.Customers()) != 1 {
			t.Errorf("included: %+v, %v", s, err)
		}
		for info, err := range imp.Runs(t.Context()) {
			if err != nil || info.CustomerFilter == nil || info.CustomerFilter.Include != f.Include {
				t.Errorf("the newest run has %+v, %v", info.CustomerFilter, err)
			}
			break
		}
	}
}

// Fault 84: a limit is of new records; what is left out counts for none, also where
// the run is interrupted and resumed.
func TestFault84_limitAndResume(t *testing.T) {
	t.Parallel()
	for how, source := range map[string]adcimport.Source{
		"listed":     &adcimporttest.Source{Dealer: leaver(100), PageSize: 7},
		"by details": bareSource{&adcimporttest.Source{Dealer: leaver(100), PageSize: 7}},
	} {
		imp, _ := includeRig(t, source)
		var o adcimport.CustomerOptions
		o.Limit = 60
		n := 0
		for _, err := range imp.ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, o) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == 40 {
				break
			}
		}
		st := newestRun(t, imp)
		if st.Status == adcimport.StatusCompleted {
			t.Fatalf("%s: it was not interrupted", how)
		}
		s, err := imp.Resume(t.Context(), st.RunID)
		if err != nil || s.Counts.Created != 60 {
			t.Errorf("%s: %+v, %v, want 60 created", how, s, err)
			continue
		}
		if e := s.Excluded; e.Terminated+e.Demo+e.Commitment != s.ByReason[adcimport.ReasonExcluded] || e.Terminated != 3 {
			t.Errorf("%s: excluded %+v of %d", how, e, s.ByReason[adcimport.ReasonExcluded])
		}
	}
}

// Fault 84: CountCustomers tells what is left out.
func TestFault84_count(t *testing.T) {
	t.Parallel()
	imp, _ := includeRig(t, &adcimporttest.Source{Dealer: leaver(100)})
	found, err := imp.CountCustomers(t.Context(), adcimport.CustomerFilter{Include: adcimport.Include{Demo: true}})
	want := adcimport.Found{Listed: 90, New: 90, Excluded: ledger.Excluded{Terminated: 5, Commitment: 5}}
	if diff := cmp.Diff(want, found); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// bareSource lists ids, and nothing of what keeps an account out.
type bareSource struct{ *adcimporttest.Source }

func (s bareSource) Customers(
	ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
		for page, err := range s.Source.Customers(ctx, f, from) {
			for i := range page.Items {
				page.Items[i] = adcimport.Customer{ID: page.Items[i].ID}
			}
			if !yield(page, err) {
				return
			}
		}
	}
}
