package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// putOff leaves the customers in bad deferred: a run that was to bring everybody there
// is cut off by its caller after so many outcomes.
func (r *rig) putOff(t *testing.T, bad map[string]bool, o adcimport.RunOptions, after int) {
	t.Helper()
	r.badDetails(bad)
	n := 0
	for _, err := range r.importer(t).ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: o}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == after {
			break
		}
	}
	found, err := r.store.Records(t.Context(), ledger.Scope{Account: "isp-1", Kind: adcimport.KindCustomer}, "", idsUpTo(50))
	for id := range bad {
		if err != nil || found[id].State != ledger.StateDeferred {
			t.Fatalf("customer %s is %q (%v)", id, found[id].State, err)
		}
	}
	clear(bad)
}

// fault 2: a record that was put off, and that the listing brings once more, is not
// forgotten for that.
func TestDeferred_comesTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(40)
		r.putOff(t, setOf("3"), adcimport.RunOptions{}, 25)
		r.src.page = func(n int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
			if n == 2 { // the listing has shifted meanwhile
				p.Items = append([]adcimport.Customer{plainCustomer("3")}, p.Items...)
			}
			return p, nil
		}
		s, err := r.customers(t)
		if err != nil || s.Status != adcimport.StatusCompleted || s.Counts.Read != 41 || s.ByReason[adcimport.ReasonDuplicateInSource] != 1 {
			t.Errorf("%v, %v, %v", s, s.ByReason, err)
		}
		r.agrees(t, s)
		r.once(t, idsUpTo(40)...)
	})
}

// fault 22: a run counts what it is for, whatever another one has put off.
func TestDeferred_ofAnotherRun(t *testing.T) {
	t.Parallel()
	sub := adcimport.CustomerFilter{SubDealerIDs: []string{"sub5"}} // 5, 15, 25, 35, 45
	for name, tt := range map[string]struct {
		mode adcimport.Mode // of the run that puts off customer 41, and for that knows it or not
		then func(ctx context.Context, imp *adcimport.Importer) (*adcimport.Summary, error)
		want adcimport.Counts
	}{
		"a retry": {adcimport.CreateOnly, func(ctx context.Context, imp *adcimport.Importer) (*adcimport.Summary, error) {
			return imp.RetryFailed(ctx, "run-1")
		}, adcimport.Counts{Read: 1, Created: 1}},
		"a retry of a record": {adcimport.CreateOnly, func(ctx context.Context, imp *adcimport.Importer) (*adcimport.Summary, error) {
			return imp.RetryRecords(ctx, adcimport.KindCustomer, "5")
		}, adcimport.Counts{Read: 1, Created: 1}},
		"another filter": {adcimport.CreateOnly, func(ctx context.Context, imp *adcimport.Importer) (*adcimport.Summary, error) {
			return imp.ImportCustomers(ctx, sub, adcimport.CustomerOptions{})
		}, adcimport.Counts{Read: 5, Created: 1, Skipped: 4}},
		"another filter, and it is known": {adcimport.Upsert, func(ctx context.Context, imp *adcimport.Importer) (*adcimport.Summary, error) {
			return imp.ImportCustomers(ctx, sub, adcimport.CustomerOptions{})
		}, adcimport.Counts{Read: 5, Created: 2, Skipped: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(40)
				refused := setOf("5")
				r.refuses(refused)
				s, err := r.customers(t)
				completed(t, s, err, adcimport.Counts{Read: 40, Created: 39, Failed: 1})
				r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = plainCustomers(50) })
				sick, after := "41", 44
				if tt.mode == adcimport.Upsert {
					sick, after = "3", 30
				}
				r.putOff(t, setOf(sick), adcimport.RunOptions{Mode: tt.mode}, after)
				clear(refused)
				s, err = tt.then(t.Context(), r.importer(t))
				completed(t, s, err, tt.want)
				r.agrees(t, s)
				if s, err := r.customers(t); err != nil || s.Counts.Read != 50 {
					t.Errorf("the next one: %v, %v", s, err)
				}
				r.once(t, idsUpTo(50)...)
			})
		})
	}
}

// fault 22: what comes last, and leaves no row, is counted once, wherever the run is
// cut off.
func TestDeferred_countedOnce(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"List", "Commit", "Release", "Records"} {
		for cut := 1; cut <= 12; cut++ {
			t.Run(fmt.Sprint(method, cut), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r := newRig(12)
					s, err := r.customers(t)
					completed(t, s, err, adcimport.Counts{Read: 12, Created: 12})
					failed := false
					r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
						if id == "3" && !failed {
							failed = true
							return adcimport.Customer{}, seen("source", "GetCustomerInfo_V2")
						}
						return r.src.Source.CustomerDetail(ctx, id)
					}
					r.store.calls, r.store.before = nil, failOn(method, cut)
					o := adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Mode: adcimport.Upsert}}
					s, err = r.importer(t).ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o)
					r.store.before = nil
					if err != nil {
						sleepBubble(time.Hour)
						s, err = r.importer(t).Resume(t.Context(), s.RunID)
						if errors.Is(err, errors.ErrUnsupported) { // its end is stored
							return
						}
					}
					completed(t, s, err, adcimport.Counts{Read: 12, Unchanged: 12})
					r.agrees(t, s)
				})
			})
		}
	}
}
