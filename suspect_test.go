package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// fault 11: an operation that refuses everybody ends the run, every night, with its
// name and code and a warning; also when it refused some of them the night before.
// When it works again, everybody comes in.
func TestFault11_everybodyIsRefused(t *testing.T) {
	t.Parallel()
	notFound := &adcimport.CallError{End: "source", Operation: "GetCustomerInfo_V2", Code: "not_found", Err: adcimport.ErrNotFound}
	office := &adcimport.RecordError{Reason: adcimport.ReasonRejectedBySink, Fields: []adcimport.FieldError{{Field: "OfficeID", Rule: "is closed"}}}
	for name, tt := range map[string]struct {
		op   string
		err  error
		want adcimport.Failure
	}{
		"detail not found":   {"detail", notFound, adcimport.Failure{End: "source", Operation: "GetCustomerInfo_V2", Code: "source_not_found"}},
		"detail denied":      {"detail", adcimport.ErrDenied, adcimport.Failure{End: "source", Operation: "Source.CustomerDetail", Code: "source_denied"}},
		"create rejected":    {"create", office, adcimport.Failure{End: "sink", Operation: "Sink.CreateCustomers", Code: "rejected_by_sink"}},
		"update rejected":    {"update", errBoom, adcimport.Failure{End: "sink", Operation: "Sink.UpdateCustomers", Code: "rejected_by_sink"}},
		"rejected by nobody": {"create", nil, adcimport.Failure{End: "sink", Operation: "Sink.CreateCustomers", Code: "rejected_by_sink"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBreaker(500)
				told := &teller{}
				cfg := b.config()
				cfg.Notifiers = []adcimport.Notifier{told}
				imp := importerOf(t, cfg)
				if tt.op == "update" {
					if s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, upsert); err != nil {
						t.Fatal(s, err)
					}
					b.touch(1)
				}
				b.rows[tt.op] = tt.err
				if tt.err == nil {
					b.rows[tt.op] = &adcimport.RecordError{}
				}
				for night := range 40 {
					s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, upsert)
					if err == nil || s.Status != adcimport.StatusFailed || s.Failure == nil || s.Counts.Failed > 40 {
						t.Fatalf("night %d: %v, %v", night, s, err)
					}
					got := *s.Failure
					if got.At = tt.want.At; got != tt.want {
						t.Errorf("night %d: it says %+v, want %+v", night, got, tt.want)
					}
					if len(s.Warnings) == 0 || !strings.Contains(s.Warnings[0], "refuses everybody") {
						t.Errorf("night %d: warnings %q", night, s.Warnings)
					}
					sleepBubble(24 * time.Hour)
				}
				b.rows = map[string]error{}
				s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, upsert)
				if err != nil || s.Counts.Created+s.Counts.Updated != 500 {
					t.Fatalf("got %v, %v", s, err)
				}
				if all := told.all(); len(all) < 40 {
					t.Errorf("told %d times", len(all))
				}
			})
		})
	}
}

// What refuses nobody new, or only those whom a person named, trips nothing; nor does
// one success, or a record's own data.
func TestFault11_whatIsNotSuspect(t *testing.T) {
	t.Parallel()
	refuses := func(r *rig, n int, why error) {
		bad := setOf(idsUpTo(n)...)
		r.badDetails(bad)
		was := r.src.detail
		r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
			c, err := was(ctx, id)
			if err != nil {
				err = why
			}
			return c, err
		}
	}
	t.Run("25 old ones, and nobody new", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRig(40)
			good := setOf(idsUpTo(15)...) // listed first
			r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
				if !good[id] {
					return adcimport.Customer{}, adcimport.ErrNotFound
				}
				return r.src.Source.CustomerDetail(ctx, id)
			}
			for night := range 5 {
				s, err := r.customers(t)
				if err != nil || s.ByReason[adcimport.ReasonSourceNotFound] != 25 {
					t.Fatalf("night %d: %v, %v", night, s, err)
				}
				sleepBubble(24 * time.Hour)
			}
		})
	})
	t.Run("25 new ones, and a known one can be read", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRig(3)
			if s, err := r.customers(t); err != nil {
				t.Fatal(s, err)
			}
			r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = plainCustomers(28) })
			r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
				if len(id) > 1 || id > "3" {
					return adcimport.Customer{}, adcimport.ErrNotFound
				}
				return r.src.Source.CustomerDetail(ctx, id)
			}
			s, err := r.customers(t)
			completed(t, s, err, adcimport.Counts{Read: 28, Skipped: 3, Failed: 25})
		})
	})
	t.Run("named ones", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRig(40)
			refuses(r, 25, adcimport.ErrNotFound)
			s, err := r.importer(t).ImportCustomers(t.Context(), adcimport.CustomerFilter{CustomerIDs: idsUpTo(25)}, adcimport.CustomerOptions{})
			completed(t, s, err, adcimport.Counts{Read: 25, Failed: 25})
			if len(s.Warnings) == 0 {
				t.Error("no warning")
			}
			s, err = r.importer(t).RetryFailed(t.Context(), s.RunID)
			completed(t, s, err, adcimport.Counts{Read: 25, Failed: 25})
		})
	})
	t.Run("nineteen", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRig(19)
			refuses(r, 19, adcimport.ErrNotFound)
			for range 3 {
				s, err := r.customers(t)
				completed(t, s, err, adcimport.Counts{Read: 19, Failed: 19})
			}
		})
	})
	t.Run("their data", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRig(30)
			n := 0
			r.sink.create = func(_ context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
				res := make([]adcimport.WriteResult, len(recs))
				for i := range res { // each for a field of its own
					n++
					fields := []adcimport.FieldError{{Field: fmt.Sprint("Field", n), Rule: "is wrong"}}
					res[i] = adcimport.WriteResult{Status: adcimport.WriteRejected, Err: errors.Join(errBoom, &adcimport.RecordError{Fields: fields})}
				}
				return res, nil
			}
			s, err := r.customers(t)
			completed(t, s, err, adcimport.Counts{Read: 30, Failed: 30})
		})
	})
}
