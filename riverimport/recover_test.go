package riverimport_test

import (
	"context"
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/riverimport"
)

// A job whose worker died is taken up within two leases, by the ledger's lease: before its
// run began, in the middle, and after its end.
func TestImports_workerDied(t *testing.T) {
	t.Parallel()
	for name, died := range map[string]func(t *testing.T, w *world, e riverimport.Enqueued){
		"before its run began": func(*testing.T, *world, riverimport.Enqueued) {},
		"with the lease":       func(t *testing.T, w *world, e riverimport.Enqueued) { t.Helper(); w.acquire(t, e) },
		"after its end": func(t *testing.T, w *world, e riverimport.Enqueued) {
			t.Helper()
			l := w.acquire(t, e)
			if _, err := w.store.Release(t.Context(), l, ledger.End{Status: adcimport.StatusFailed}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "acme")
			im, stop := w.worker()
			stop()
			e := w.enqueue(im, customersOf("acme"))
			w.exec("UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{dead}' WHERE id = $1", e.JobID)
			died(t, w, e)
			dead := time.Now()
			im, _ = w.worker()
			w.until(im, e.JobID, "taken up", func(row *rivertype.JobRow) bool { return len(row.AttemptedBy) > 1 })
			if took := time.Since(dead); took > 2*leaseTTL {
				t.Errorf("taken up after %v", took)
			}
			want := rivertype.JobStateCompleted
			if name == "after its end" {
				want = rivertype.JobStateCancelled
			}
			if row := w.state(im, e.JobID, want); row.Attempt != 1 {
				t.Errorf("attempt %d: it counts as a failure", row.Attempt)
			}
			if len(w.told) != 1 {
				t.Errorf("told %d times", len(w.told))
			}
			if want == rivertype.JobStateCompleted {
				w.once()
			}
		})
	}
}

// acquire takes the lease of the job's run, as its worker did.
func (w *world) acquire(t *testing.T, e riverimport.Enqueued) ledger.Lease {
	t.Helper()
	j := customersOf("acme")
	j.CustomerOptions.RunID = e.RunID
	cfg, err := w.open(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Source = slow{Source: dealer(), wait: time.Hour}
	imp, err := adcimport.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := imp.DriveCustomers(ctx, j.CustomerFilter, j.CustomerOptions); err == nil {
		t.Fatal("it completed")
	}
	l, err := w.store.Acquire(t.Context(), ledger.LeaseRequest{
		Scope: ledger.Scope{Account: "acme", Kind: adcimport.KindCustomer}, Link: "acme", RunID: e.RunID, Owner: "dead", TTL: leaseTTL,
		Resume: ledger.ResumeAsked, Driver: ledger.DriverHost,
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A job whose run's lease is held is not taken up, however silent its worker.
func TestImports_leaseIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	im, stop := w.worker()
	stop()
	e := w.enqueue(im, customersOf("acme"))
	w.exec("UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now() - interval '10 minutes', attempted_by = '{silent}' WHERE id = $1", e.JobID)
	l := w.acquire(t, e)
	im, _ = w.worker()
	for range 8 { // two leases long
		var err error
		if l, err = w.store.Renew(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		<-time.After(leaseTTL / 4)
	}
	if row, err := im.River().JobGet(t.Context(), e.JobID); err != nil || len(row.AttemptedBy) != 1 {
		t.Errorf("%+v, %v", row, err)
	}
}
