package adcimport_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/securitytrax/adcimport"
)

// A run that stopped with a record in doubt behind its cursor is overtaken by
// one with another filter, which clears the intent without creating the record.
// The first run still brings it, and counts nothing twice.
func TestEngine_B1_overtakenByAnotherRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(30)
		r.lost("5", 100, -1)
		r.src.page = func(n int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
			if n == 3 {
				return adcimport.Page[adcimport.Customer]{}, errLogin
			}
			return p, nil
		}
		first, err := r.customers(t)
		if !errors.Is(err, errBoom) || len(r.openIntents(t)) != 1 {
			t.Fatalf("%v, open %v", err, r.openIntents(t))
		}
		r.src.page = nil
		r.lost("5", 0, -1)
		only := adcimport.CustomerFilter{CustomerIDs: []string{"30"}}
		s, err := r.importer(t).ImportCustomers(t.Context(), only, adcimport.CustomerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if open := r.openIntents(t); len(open) != 0 {
			t.Fatalf("after %v: still open %v", s, open)
		}
		r.src.ResetCalls()
		s, err = r.resume(t, first.RunID)
		// 30 came with the other run, and is a known record to this one.
		completed(t, s, err, adcimport.Counts{Read: 30, Created: 29, Skipped: 1})
		r.agrees(t, s)
		r.once(t, idsUpTo(30)...)
		if got := r.src.Calls().CustomerDetails; got != 10 {
			t.Errorf("%d details, want 10: of 5 and of 21 to 29", got)
		}
	})
}
