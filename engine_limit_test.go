package adcimport_test

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// fault 76: a run over named ids is interrupted, and goes on with what is left of
// its limit, whatever its source delivers beside them.
func TestFault76_limitOverNamedIDsAfterAResumption(t *testing.T) {
	t.Parallel()
	ids := func(from, to int) (list []string) {
		for i := from; i <= to; i++ {
			list = append(list, strconv.Itoa(i))
		}
		return list
	}
	for name, tt := range map[string]struct {
		filter  adcimport.CustomerFilter
		dealer  func(*adcimporttest.Dealer)
		limit   int
		created int
		failed  int
	}{
		"ids in the middle":    {filter: adcimport.CustomerFilter{CustomerIDs: ids(11, 30)}, limit: 6, created: 6},
		"ids at the end":       {filter: adcimport.CustomerFilter{CustomerIDs: ids(30, 40)}, limit: 9, created: 9},
		"everybody":            {limit: 12, created: 12},
		"fewer than the limit": {filter: adcimport.CustomerFilter{CustomerIDs: ids(21, 25)}, limit: 12, created: 5},
		"of a sub-dealer": {
			filter: adcimport.CustomerFilter{CustomerIDs: ids(5, 30), SubDealerIDs: []string{"7"}},
			dealer: func(d *adcimporttest.Dealer) {
				for i := range d.Customers {
					if i%2 == 0 {
						d.Customers[i].SubDealerID = "7" // the details of the others are read, and counted
					}
				}
			}, limit: 12, created: 6,
		},
		"records without an id": {
			dealer: func(d *adcimporttest.Dealer) { d.Customers[2].ID, d.Customers[5].ID, d.Customers[17].ID = "", "", "" },
			limit:  12, created: 10, failed: 2,
		},
	} {
		for cut := 1; cut <= 6; cut++ {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(40)
				r.cfg.BatchSize = 3
				if tt.dealer != nil {
					r.src.Update(tt.dealer)
				}
				r.cfg.Source = &unfiltered{r.src}
				r.store.before = failOn("Intend", cut)
				o := adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Limit: tt.limit}}
				s, err := r.importer(t).ImportCustomers(t.Context(), tt.filter, o)
				if err != nil {
					if !errors.Is(err, errBoom) {
						t.Fatalf("%s, cut at %d: %v", name, cut, err)
					}
					s, err = r.importer(t).Resume(t.Context(), s.RunID)
				}
				if err != nil || s.Counts.Created+s.Counts.Linked != tt.created || s.Counts.Failed != tt.failed {
					t.Errorf("%s, cut at %d: %v, %v", name, cut, s, err)
				}
				if tt.failed == 0 { // see TestFault77 for those without an id
					r.agrees(t, s)
				}
			})
		}
	}
}

// unfiltered delivers the whole account, whatever the filter.
type unfiltered struct{ *tapSource }

func (s *unfiltered) Customers(ctx context.Context, _ adcimport.CustomerFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return s.tapSource.Customers(ctx, adcimport.CustomerFilter{}, from)
}
