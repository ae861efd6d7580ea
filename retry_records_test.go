package adcimport_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/securitytrax/adcimport"
)

// A person has single records tried again, whatever became of them.
func TestImporter_RetryRecords(t *testing.T) {
	t.Parallel()
	r := newRig(12)
	bad := map[string]bool{"3": true, "5": true, "7": true}
	r.refuses(bad)
	s, err := r.customers(t)
	completed(t, s, err, adcimport.Counts{Read: 12, Created: 9, Failed: 3})
	clear(bad)
	imp := r.importer(t)
	got, err := imp.RetryRecords(t.Context(), adcimport.KindCustomer, "5", "3", "4")
	completed(t, got, err, adcimport.Counts{Read: 3, Created: 2, Unchanged: 1})
	r.agrees(t, got)
	if info, err := imp.LookupRun(t.Context(), got.RunID); err != nil || info.RetryOf != s.RunID {
		t.Errorf("it retries %q, want %q: %v", info.RetryOf, s.RunID, err)
	}
	run, err := imp.StartRetryRecords(t.Context(), adcimport.KindCustomer, "7")
	if err != nil {
		t.Fatal(err)
	}
	got, err = run.Wait(t.Context())
	completed(t, got, err, adcimport.Counts{Read: 1, Created: 1})
	r.once(t, idsUpTo(12)...)

	for name, ids := range map[string][]string{"unknown": {"3", "999"}, "of the other kind": {"u1"}} {
		if _, err := imp.RetryRecords(t.Context(), adcimport.KindCustomer, ids...); !errors.Is(err, adcimport.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = imp.RetryRecords(t.Context(), adcimport.KindCustomer)
	if _, ok := errors.AsType[*adcimport.InvalidFilterError](err); !ok {
		t.Errorf("none: %v", err)
	}
}

// Where another link of the account decided last, a person's retry has the filter
// and options of the link's newest run.
func TestImporter_RetryRecords_decidedElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(3)
	bad := map[string]bool{"2": true}
	r.refuses(bad)
	r.cfg.SinkAccount = "account"
	s, err := r.customers(t)
	completed(t, s, err, adcimport.Counts{Read: 3, Created: 2, Failed: 1})

	own := r.cfg.Link
	r.cfg.Link = "west"
	if _, err := r.importer(t).RetryRecords(t.Context(), adcimport.KindCustomer, "2"); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("a link without a run: %v", err)
	}
	s, err = r.customers(t)
	completed(t, s, err, adcimport.Counts{Read: 3, Skipped: 2, Failed: 1})

	r.cfg.Link = own
	clear(bad)
	s, err = r.importer(t).RetryRecords(t.Context(), adcimport.KindCustomer, "2")
	completed(t, s, err, adcimport.Counts{Read: 1, Created: 1})
	r.once(t, idsUpTo(3)...)
}

// refuses makes the sink reject the customers in bad.
func (r *rig) refuses(bad map[string]bool) {
	r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
		results := make([]adcimport.WriteResult, len(recs))
		for i, rec := range recs {
			if bad[rec.AlarmComID] {
				results[i].Status = adcimport.WriteRejected
				continue
			}
			one, err := r.sink.Sink.CreateCustomers(ctx, recs[i:i+1])
			if err != nil {
				return results, err
			}
			results[i] = one[0]
		}
		return results, nil
	}
}

// A retry that is cut off goes on where it was: each failed record is taken once.
func TestImporter_RetryFailed_resumed(t *testing.T) {
	t.Parallel()
	for cut := 1; cut <= 4; cut++ {
		r := newRig(60)
		bad := make(map[string]bool)
		for i := 2; i <= 60; i += 2 {
			bad[strconv.Itoa(i)] = true
		}
		r.refuses(bad)
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 60, Created: 30, Failed: 30})
		clear(bad)
		r.store.calls, r.store.before = nil, failOn("Intend", cut)
		s, err = r.importer(t).RetryFailed(t.Context(), s.RunID)
		if cut <= 3 {
			if !errors.Is(err, errBoom) {
				t.Fatalf("cut at %d: %v, %v", cut, s, err)
			}
			s, err = r.importer(t).Resume(t.Context(), s.RunID)
		}
		completed(t, s, err, adcimport.Counts{Read: 30, Created: 30})
		r.agrees(t, s)
		r.once(t, idsUpTo(60)...)
	}
}
