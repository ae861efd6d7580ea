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
	first := l.finished(t, "run-a",
		adcimport.Outcome{SourceID: "1", SinkID: "91", Action: adcimport.ActionCreated},
		adcimport.Outcome{SourceID: "5", Action: adcimport.ActionSkipped, Reason: adcimport.ReasonFilteredOut})
	last := l.finished(t, "run-b", adcimport.Outcome{SourceID: "7", SinkID: "97", Action: adcimport.ActionCreated})
	l.leaveOpen(t, adcimport.KindCustomer, []string{"14"}, nil)
	imp := l.importer(t)
	if n, err := imp.Prune(t.Context(), first); n != 0 || err != nil {
		t.Errorf("runs of that very moment: %d pruned, %v", n, err)
	}
	if n, err := imp.Prune(t.Context(), last.Add(time.Microsecond)); n != 2 || err != nil {
		t.Errorf("%d pruned, %v; want run-a and run-b, but not the one without an end", n, err)
	}
	if _, err := collect(imp.Outcomes(t.Context(), "run-a")); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("the outcomes of a pruned run give %v", err)
	}
	stored, err := l.store.Records(t.Context(), ledger.Scope{Account: "acme", Kind: adcimport.KindCustomer}, "", []string{"1", "5", "7"})
	if err != nil || !stored["1"].Known || stored["5"].Known || !stored["7"].Known {
		t.Errorf("known afterwards: %v, %v", stored, err)
	}
	if open, err := collect(imp.InFlight(t.Context(), adcimport.KindCustomer)); err != nil || len(open) != 1 || open[0].ID != "14" {
		t.Errorf("in flight afterwards: %v, %v", open, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := imp.Prune(ctx, last); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled gives %v", err)
	}
}

// finished stores a completed run with its outcomes, and returns when it ended.
func (l *lab) finished(t *testing.T, runID string, outs ...adcimport.Outcome) time.Time {
	t.Helper()
	lease, err := l.store.Acquire(t.Context(), ledger.LeaseRequest{
		Scope: ledger.Scope{Account: "acme", Kind: adcimport.KindCustomer}, Link: "acme", RunID: runID, Owner: runID, TTL: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	c := ledger.Commit{Seq: 1, Outcomes: outs}
	for _, o := range outs {
		if o.Action.Done() {
			c.Records = append(c.Records, ledger.Record{ID: o.SourceID, Known: true, SinkID: o.SinkID})
		}
	}
	if _, err := l.store.Commit(t.Context(), lease, c); err != nil {
		t.Fatal(err)
	}
	st, err := l.store.Release(t.Context(), lease, ledger.End{Status: adcimport.StatusCompleted})
	if err != nil {
		t.Fatal(err)
	}
	return st.Finished
}
