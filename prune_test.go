package adcimport_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

func TestPrune(t *testing.T) {
	t.Parallel()
	l := newLab(new(adcimporttest.Dealer))
	finished := time.Date(2026, 3, 4, 12, 1, 30, 0, time.UTC)
	l.finished(t, "run-a", finished,
		adcimport.Outcome{SourceID: "1", SinkID: "91", Action: adcimport.ActionCreated},
		adcimport.Outcome{SourceID: "5", Action: adcimport.ActionSkipped, Reason: adcimport.ReasonFilteredOut})
	l.finished(t, "run-b", finished, adcimport.Outcome{SourceID: "7", SinkID: "97", Action: adcimport.ActionCreated})
	l.leaveOpen(t, adcimport.KindCustomer, []string{"14"}, nil)
	imp := l.importer(t)
	if n, err := imp.Prune(t.Context(), finished); n != 0 || err != nil {
		t.Errorf("runs of that very moment: %d pruned, %v", n, err)
	}
	if n, err := imp.Prune(t.Context(), finished.Add(time.Second)); n != 2 || err != nil {
		t.Errorf("%d pruned, %v; want run-a and run-b, but not the one without an end", n, err)
	}
	if _, err := collect(imp.Outcomes(t.Context(), "run-a")); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("the outcomes of a pruned run give %v", err)
	}
	known, err := l.store.Known(t.Context(), "acme", adcimport.KindCustomer, []string{"1", "5", "7"})
	if err != nil || len(known) != 2 {
		t.Errorf("known afterwards: %v, %v", known, err)
	}
	if open, err := collect(imp.InFlight(t.Context(), adcimport.KindCustomer)); err != nil || len(open) != 1 || open[0].ID != "14" {
		t.Errorf("in flight afterwards: %v, %v", open, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := imp.Prune(ctx, finished); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled gives %v", err)
	}
}

// finished stores a completed run with its outcomes.
func (l *lab) finished(t *testing.T, runID string, at time.Time, outs ...adcimport.Outcome) {
	t.Helper()
	sum := adcimport.Summary{RunID: runID, Link: "acme", Kind: adcimport.KindCustomer, Started: at.Add(-time.Minute)}
	lease, err := l.store.Acquire(t.Context(), ledger.LeaseRequest{
		Link: "acme", Kind: sum.Kind, RunID: runID, Owner: "test", TTL: time.Minute, State: ledger.RunState{Summary: sum},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.store.Commit(t.Context(), lease, ledger.Commit{Outcomes: outs}); err != nil {
		t.Fatal(err)
	}
	sum.Status, sum.Finished = adcimport.StatusCompleted, at
	if err := l.store.Release(t.Context(), lease, ledger.RunState{Summary: sum}); err != nil {
		t.Fatal(err)
	}
}
