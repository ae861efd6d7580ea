package adcimport_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// taken is the lease of a run that somebody goes on with in the foreground, elsewhere.
func (r *rig) taken(t *testing.T, id string) ledger.Lease {
	t.Helper()
	l, err := r.store.StateStore.Acquire(t.Context(), ledger.LeaseRequest{
		Scope: ledger.Scope{Account: "isp-1", Kind: adcimport.KindCustomer}, Link: "isp-1", RunID: id, Owner: "a person", TTL: ttl,
		Resume: ledger.ResumeAsked, Driver: ledger.DriverHost,
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// fault 48: whoever waits for a run in the background that a person went on with in the
// foreground, and left, does not wait for ever.
func TestRun_takenByACaller(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		leaves func(t *testing.T, r *rig, l ledger.Lease)
		want   adcimport.RunStatus
	}{
		"who dies": {func(*testing.T, *rig, ledger.Lease) { sleepBubble(ttl) }, ledger.StatusHeld},
		"whose run pauses": {func(t *testing.T, r *rig, l ledger.Lease) {
			t.Helper()
			if _, err := r.store.StateStore.Release(t.Context(), l, ledger.End{Status: adcimport.StatusPaused, Wait: time.Minute}); err != nil {
				t.Fatal(err)
			}
		}, adcimport.StatusPaused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(20)
				id := r.interrupted(t)
				l := r.takeLease(t, id, adcimport.KindCustomer)
				imp := r.importer(t)
				run := resumed(t, imp, id)[0]
				if _, err := r.store.StateStore.Release(t.Context(), l, ledger.End{Status: adcimport.StatusInterrupted}); err != nil {
					t.Fatal(err)
				}
				tt.leaves(t, r, r.taken(t, id))
				s, err := ended(t, run)
				if s.Status != tt.want || err == nil || errors.Is(err, adcimport.ErrRunInProgress) {
					t.Errorf("it is %s: %v", s.Status, err)
				}
				if err := imp.Close(t.Context()); err != nil { // its watcher would take the run at the pause's end
					t.Fatal(err)
				}
				s, err = r.importer(t).Resume(t.Context(), id)
				completed(t, s, err, adcimport.Counts{Read: 20, Created: 20})
			})
		})
	}
}

// fault 48: a start that meets its waiting run makes the importer one that looks for
// runs, as any start in the background does.
func TestWatch_startMeetsItsRun(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]adcimport.RunOptions{"the same": {}, "by its id": {RunID: "run-1"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(20)
				id := r.interrupted(t)
				imp := r.importer(t)
				run, err := imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: o})
				if err != nil || run.ID() != id {
					t.Fatal(run, err)
				}
				s, err := ended(t, run)
				completed(t, s, err, adcimport.Counts{Read: 20, Created: 20})
				r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = plainCustomers(40) })
				id = r.interrupted(t) // on another host
				sleepBubble(3 * time.Minute)
				if got := r.statusOf(t, id); got != adcimport.StatusCompleted {
					t.Errorf("it is %s", got)
				}
				r.once(t, idsUpTo(40)...)
			})
		})
	}
}
