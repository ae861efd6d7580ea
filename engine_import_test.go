package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

func TestEngine_costOfRuns(t *testing.T) { //nolint:tparallel // its runs follow each other
	t.Parallel()
	r := newRig(37)
	s, err := r.customers(t)
	completed(t, s, err, adcimport.Counts{Read: 37, Created: 37})
	r.agrees(t, s)
	if n := r.src.Calls().CustomerDetails; n != 37 {
		t.Errorf("first run: %d details", n)
	}
	if n := r.sink.CallCounts(); n["CreateCustomers"] != 4 || n["FindCustomers"] != 4 {
		t.Errorf("first run: one find and one create per batch, got %v", n)
	}

	t.Run("A7 B6 nothing new", func(t *testing.T) { //nolint:paralleltest // the runs follow each other
		r.src.ResetCalls()
		r.sink.ResetCalls()
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 37, Skipped: 37})
		r.agrees(t, s)
		if n := r.src.Calls(); n.CustomerDetails != 0 || n.CustomersListed != 1 {
			t.Errorf("%d details, %d listings", n.CustomerDetails, n.CustomersListed)
		}
		if n := r.sink.CallCounts(); n["CreateCustomers"]+n["FindCustomers"] != 0 {
			t.Errorf("the sink was asked: %v", n)
		}
	})
	t.Run("A7 B6 five new", func(t *testing.T) { //nolint:paralleltest // the runs follow each other
		r.src.ResetCalls()
		r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = plainCustomers(42) })
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 42, Created: 5, Skipped: 37})
		got := slices.Sorted(slices.Values(r.src.Calls().CustomerDetailIDs))
		if diff := cmp.Diff([]string{"38", "39", "40", "41", "42"}, got); diff != "" {
			t.Errorf("details (-want +got):\n%s", diff)
		}
		r.once(t, idsUpTo(42)...)
	})
	t.Run("A6 state lost", func(t *testing.T) { //nolint:paralleltest // the runs follow each other
		r.store.StateStore = new(adcimport.MemoryStore)
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 42, Linked: 42})
		r.once(t, idsUpTo(42)...)
	})
}

func TestEngine_pagesAndBatches(t *testing.T) {
	t.Parallel()
	for _, page := range []int{1, 3, 10, 11, 25, 100} {
		for _, batch := range []int{1, 4, 10, 25, 100} {
			t.Run(strconv.Itoa(page)+" a page "+strconv.Itoa(batch)+" a batch", func(t *testing.T) {
				t.Parallel()
				r := newRig(25)
				r.src.PageSize, r.cfg.BatchSize = page, batch
				s, err := r.customers(t)
				completed(t, s, err, adcimport.Counts{Read: 25, Created: 25})
				r.agrees(t, s)
				r.once(t, idsUpTo(25)...)
			})
		}
	}
}

func TestEngine_listings(t *testing.T) {
	t.Parallel()
	none := []string{}
	tests := map[string]struct {
		src   *listSource
		want  adcimport.Counts
		dups  int
		exist []string
	}{
		"empty listing":          {src: &listSource{}},
		"empty pages":            {pagesOf(none, []string{"1"}, none, none, []string{"2"}, none), adcimport.Counts{Read: 2, Created: 2}, 0, []string{"1", "2"}},
		"twice in a batch":       {pagesOf([]string{"1", "1"}), adcimport.Counts{Read: 2, Created: 1, Skipped: 1}, 1, []string{"1"}},
		"twice in a page":        {pagesOf([]string{"1", "2", "3", "1"}), adcimport.Counts{Read: 4, Created: 3, Skipped: 1}, 1, []string{"1", "2", "3"}},
		"twice in two pages":     {pagesOf([]string{"1", "2"}, []string{"3", "1"}), adcimport.Counts{Read: 4, Created: 3, Skipped: 1}, 1, []string{"1", "2", "3"}},
		"a page delivered twice": {pagesOf([]string{"1", "2", "3"}, []string{"1", "2", "3"}), adcimport.Counts{Read: 6, Created: 3, Skipped: 3}, 3, []string{"1", "2", "3"}},
		"ids no store can keep":  {pagesOf([]string{"1", "a\x00"}, []string{"2"}), adcimport.Counts{Read: 3, Created: 2, Failed: 1}, 0, []string{"1", "2"}},
		"without id":             {pagesOf([]string{"1", ""}), adcimport.Counts{Read: 2, Created: 1, Failed: 1}, 0, []string{"1"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, dry := range []bool{true, false} {
				r := newRig(0)
				r.cfg.Source, r.cfg.BatchSize = adcimport.CustomersOnly(tt.src), 2
				s, err := r.customersOrPreview(t, dry)
				completed(t, s, err, tt.want)
				if n := s.ByReason[adcimport.ReasonDuplicateInSource]; n != tt.dups {
					t.Errorf("dry run %v: %d duplicates", dry, n)
				}
				if !dry {
					r.agrees(t, s)
					r.once(t, tt.exist...)
				}
			}
		})
	}
}

// A record that failed, was left out, or was updated is counted once too when it
// comes again later.
func TestEngine_duplicatesOfWhatWasNotCreated(t *testing.T) {
	t.Parallel()
	refuse := func(_ context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
		res := make([]adcimport.WriteResult, len(recs))
		for i := range res {
			res[i].Status = adcimport.WriteRejected
		}
		return res, nil
	}
	tests := map[string]struct {
		change func(*rig)
		f      adcimport.CustomerFilter
		o      adcimport.RunOptions
		want   adcimport.Counts
	}{
		"rejected": {change: func(r *rig) { r.sink.create = refuse }, want: adcimport.Counts{Read: 4, Skipped: 2, Failed: 2}},
		"filtered": {f: adcimport.CustomerFilter{SubDealerIDs: []string{"none"}}, want: adcimport.Counts{Read: 4, Skipped: 4}},
		"invalid": {change: func(r *rig) {
			r.cfg.CustomerMapping = adcimport.Mapping{Rules: []adcimport.Rule{{From: []string{"PrimaryEmail"}, To: "Email", Required: true}}}
		}, want: adcimport.Counts{Read: 4, Skipped: 2, Failed: 2}},
		"links only": {o: adcimport.RunOptions{Mode: adcimport.LinkExisting}, want: adcimport.Counts{Read: 4, Skipped: 4}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(0)
			r.cfg.Source, r.cfg.BatchSize = adcimport.CustomersOnly(pagesOf([]string{"1"}, []string{"2", "1"}, []string{"2"})), 2
			if tt.change != nil {
				tt.change(r)
			}
			s, err := r.importer(t).ImportCustomers(t.Context(), tt.f, adcimport.CustomerOptions{RunOptions: tt.o})
			completed(t, s, err, tt.want)
			r.agrees(t, s)
			if n := s.ByReason[adcimport.ReasonDuplicateInSource]; n != 2 {
				t.Errorf("%d duplicates, want 2: %v", n, s.ByReason)
			}
		})
	}
}

func TestEngine_upsertOfDuplicates(t *testing.T) {
	t.Parallel()
	r := newRig(0)
	list := pagesOf([]string{"1"}, []string{"1"}, []string{"1"})
	r.cfg.Source = adcimport.CustomersOnly(list)
	if _, err := r.customers(t); err != nil {
		t.Fatal(err)
	}
	for _, p := range list.pages {
		p.Items[0].LastName = "Changed"
	}
	s, err := r.customers(t, adcimport.RunOptions{Mode: adcimport.Upsert})
	completed(t, s, err, adcimport.Counts{Read: 3, Updated: 1, Skipped: 2})
	r.agrees(t, s)
	if n := r.sink.Customers()[0].Updates; n != 1 {
		t.Errorf("updated %d times", n)
	}
}

func TestEngine_partialPagesNeedDetails(t *testing.T) {
	t.Parallel()
	r := newRig(0)
	list := pagesOf([]string{"1"})
	list.partial = true
	r.cfg.Source = adcimport.CustomersOnly(list)
	s, err := r.customers(t)
	if !errors.Is(err, errors.ErrUnsupported) || s.Status != adcimport.StatusFailed {
		t.Errorf("got %v, %v", s.Status, err)
	}
}

func TestEngine_errorsOfDetails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want string
	}{
		"not found":               {adcimport.ErrNotFound, "failed/source_not_found"},
		"denied":                  {adcimport.ErrDenied, "failed/source_denied"},
		"left out":                {adcimport.ErrFilteredOut, "skipped/filtered_out"},
		"record":                  {&adcimport.RecordError{ID: "2", Reason: adcimport.ReasonInvalidRecord}, "failed/invalid_record"},
		"record without reason":   {&adcimport.RecordError{ID: "2"}, "failed/source_failed"},
		"record around not found": {&adcimport.RecordError{ID: "2", Err: adcimport.ErrNotFound}, "failed/source_not_found"},
		"a reason of success":     {&adcimport.RecordError{ID: "2", Reason: adcimport.ReasonAlreadyImported}, "failed/source_failed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(3)
			r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
				if id == "2" {
					return adcimport.Customer{}, tt.err
				}
				return r.src.Source.CustomerDetail(ctx, id)
			}
			s, err := r.customers(t)
			if err != nil {
				t.Fatal(err)
			}
			r.agrees(t, s)
			want := map[string]string{"1": "created", "2": tt.want, "3": "created"}
			if tt.err == adcimport.ErrFilteredOut { //nolint:errorlint // it passes, and has no row
				delete(want, "2")
			}
			if diff := cmp.Diff(want, r.outcomes(t, s.RunID)); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEngine_namedIDs(t *testing.T) {
	t.Parallel()
	named := adcimport.CustomerFilter{CustomerIDs: []string{"2", "77"}}
	tests := map[string]struct {
		full bool
		f    adcimport.CustomerFilter
		want map[string]string
	}{
		"F1 delivered by id":        {false, named, map[string]string{"2": "created", "77": "failed/source_not_found"}},
		"F1 not delivered":          {true, named, map[string]string{"2": "created", "77": "failed/source_not_found"}},
		"F1 F2 both must match":     {true, adcimport.CustomerFilter{CustomerIDs: []string{"1", "2", "77"}, SubDealerIDs: []string{"sub2"}}, map[string]string{"1": "skipped/filtered_out", "2": "created", "77": "skipped/filtered_out"}},
		"F2 any of the sub-dealers": {true, adcimport.CustomerFilter{SubDealerIDs: []string{"sub1", "sub3"}}, map[string]string{"1": "created", "3": "created"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(3)
			r.src.Full = tt.full
			s, err := r.importer(t).ImportCustomers(t.Context(), tt.f, adcimport.CustomerOptions{})
			if err != nil {
				t.Fatal(err)
			}
			r.agrees(t, s)
			if diff := cmp.Diff(tt.want, r.outcomes(t, s.RunID)); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("what the source delivers beyond the filter is left out", func(t *testing.T) {
		t.Parallel()
		r := newRig(0)
		r.cfg.Source = adcimport.CustomersOnly(deaf{pagesOf([]string{"1", "2", "3"})})
		f := adcimport.CustomerFilter{CustomerIDs: []string{"2"}}
		s, err := r.importer(t).ImportCustomers(t.Context(), f, adcimport.CustomerOptions{})
		completed(t, s, err, adcimport.Counts{Read: 3, Created: 1, Skipped: 2})
		r.once(t, "2")
	})
}

// A resumed run that named its ids knows from the ledger which of them came before: those
// are not missing at the source, and not decided again.
func TestEngine_namedIDs_resumed(t *testing.T) {
	t.Parallel()
	for _, o := range []adcimport.RunOptions{{}, {Mode: adcimport.Upsert}} {
		t.Run(fmt.Sprint(o.Mode), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(20)
				r.deny(func(n int) bool { return n == 3 })
				r.lost("5", 1, 0)
				r.store.before = failOn("Intend", 2)
				f := adcimport.CustomerFilter{CustomerIDs: append(idsUpTo(20), "77")}
				s, err := r.importer(t).ImportCustomers(t.Context(), f, adcimport.CustomerOptions{RunOptions: o})
				if !errors.Is(err, errBoom) {
					t.Fatal(s, err)
				}
				s, err = r.resume(t, s.RunID)
				if err != nil || s.Counts.Read != 21 || s.Counts.Failed != 2 || s.ByReason[adcimport.ReasonSourceNotFound] != 1 {
					t.Errorf("got %v, %v, %v", s, s.ByReason, err)
				}
				r.agrees(t, s)
			})
		})
	}
}

// Who is tried again is what the source delivers under that id, and first: others that it
// delivers beside them, or once more, are nobody's.
func TestEngine_readsAgainWhoIsAskedFor(t *testing.T) {
	t.Parallel()
	again := plainCustomer("2")
	again.LastName = "Other"
	source := pagesOf([]string{"2", "1", "2", "3"})
	source.pages[0].Items[2] = again
	r := newRig(0)
	r.cfg.Source = adcimport.CustomersOnly(deaf{source})
	refuses := true
	r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
		if refuses {
			return slices.Repeat([]adcimport.WriteResult{{Status: adcimport.WriteRejected}}, len(recs)), nil
		}
		return r.sink.Sink.CreateCustomers(ctx, recs)
	}
	s, err := r.customers(t)
	if err != nil || s.Counts.Failed != 3 {
		t.Fatal(s, err)
	}
	refuses = false
	s, err = r.importer(t).RetryRecords(t.Context(), adcimport.KindCustomer, "2")
	completed(t, s, err, adcimport.Counts{Read: 1, Created: 1})
	r.once(t, "2")
	if got := r.sink.Customers()[0].Record.LastName; got != "L2" {
		t.Errorf("it is %q", got)
	}
}

// A store that cannot say which of the named ids are done ends the run: none of them is
// called missing at the source then.
func TestEngine_namedIDs_ofAStoreThatFails(t *testing.T) {
	t.Parallel()
	r := newRig(3)
	r.src.Full = true // it says nothing of those that it does not have
	f := adcimport.CustomerFilter{CustomerIDs: []string{"2", "77"}}
	s, err := r.importer(t).ImportCustomers(t.Context(), f, adcimport.CustomerOptions{})
	completed(t, s, err, adcimport.Counts{Read: 2, Created: 1, Failed: 1})
	asked := r.store.count()["Records"]
	if asked < 2 {
		t.Fatalf("it was asked %d times", asked)
	}
	for nth := range asked {
		r.store.before = failOn("Records", r.store.count()["Records"]+nth+1)
		s, err := r.importer(t).ImportCustomers(t.Context(), f, adcimport.CustomerOptions{})
		if !errors.Is(err, errBoom) {
			t.Errorf("the %d. look: got %v, %v", nth+1, s, err)
		}
		r.store.heal()
	}
}

// deaf pushes no filter down.
type deaf struct{ *listSource }

func (d deaf) Customers(ctx context.Context, _ adcimport.CustomerFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return d.listSource.Customers(ctx, adcimport.CustomerFilter{}, from)
}

func TestEngine_invalidRecordsNameEveryField(t *testing.T) {
	t.Parallel()
	r := newRig(1)
	r.sink.Strict = true
	r.src.Update(func(d *adcimporttest.Dealer) { d.Customers[0].FirstName = "" })
	r.sink.Choices.Offices = []adcimport.Choice{{ID: "7"}}
	var got []string
	for o, err := range r.importer(t).ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{OfficeID: "7"}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range o.Fields {
			got = append(got, f.Field)
		}
	}
	if diff := cmp.Diff([]string{"FirstName", "Phone1", "City", "SaleDate", "State"}, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestEngine_idempotencyKeyIsTheSameOnEveryAttempt(t *testing.T) {
	t.Parallel()
	key := func(link string) string {
		r := newRig(1)
		r.cfg.Link = link
		if _, err := r.customers(t); err != nil {
			t.Fatal(err)
		}
		return r.sink.Customers()[0].Record.IdempotencyKey
	}
	const want = "11c62af10eb06e6a403e45e9705b40a7"
	if got := key("isp-1"); got != want {
		t.Errorf("the key of a customer changed between versions: %s", got)
	}
	if key("isp-2") == want {
		t.Error("A11: two links share keys")
	}
}
