package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
)

// TestEngine_fault28_pruneWhileRetrying prunes at each look-up of a retry of 1,500:
// the run that it retries stays until it is through (fault 28: completed after 500).
func TestEngine_fault28_pruneWhileRetrying(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(1500)
		r.sink.create = func(_ context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
			res := make([]adcimport.WriteResult, len(recs))
			for i := range res {
				res[i].Status = adcimport.WriteRejected
				res[i].Err = &adcimport.RecordError{ID: recs[i].AlarmComID, Reason: adcimport.ReasonInvalidRecord}
			}
			return res, nil
		}
		failed, err := r.customers(t)
		completed(t, failed, err, adcimport.Counts{Read: 1500, Failed: 1500})
		sleepBubble(time.Hour)
		r.sink.create = nil
		r.store.before = func(method string, _ int) error {
			if method != "Records" {
				return nil
			}
			_, err := r.store.Prune(t.Context(), "isp-1", time.Now())
			return err
		}
		s, err := r.importer(t).RetryFailed(t.Context(), failed.RunID)
		completed(t, s, err, adcimport.Counts{Read: 1500, Created: 1500})
		r.store.heal()
		sleepBubble(time.Hour)
		if n, err := r.importer(t).Prune(t.Context(), time.Now()); n != 2 || err != nil {
			t.Errorf("%d pruned when both were through, %v", n, err)
		}
	})
}

// A list of outcomes whose run is pruned meanwhile is never short in silence
// (fault 28).
func TestEngine_fault28_pruneWhileReading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(2000)
		s, err := r.customers(t)
		if err != nil {
			t.Fatal(err)
		}
		sleepBubble(time.Hour)
		n := 0
		var end error
		for _, err := range r.importer(t).Outcomes(t.Context(), s.RunID) {
			if n++; n == 1 {
				if _, err := r.store.Prune(t.Context(), "isp-1", time.Now()); err != nil {
					t.Fatal(err)
				}
			}
			end = err
		}
		if n < 2000 && !errors.Is(end, adcimport.ErrNotFound) {
			t.Errorf("%d outcomes, and then %v", n, end)
		}
	})
}

// TestEngine_fault29_prunedBeforeAcquire prunes a run after it was looked at and
// before its lease is taken: it does not come back without its ledger (fault 29).
func TestEngine_fault29_prunedBeforeAcquire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(20)
		r.sink.create = func(context.Context, []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
			return nil, errLogin
		}
		r.sink.find = func(context.Context, []adcimport.CustomerKey) (map[string][]string, error) { return nil, errLogin }
		s, err := r.customers(t)
		if err == nil || s.Status != adcimport.StatusFailed {
			t.Fatalf("got %v, %v", s, err)
		}
		sleepBubble(time.Hour)
		r.store.before = func(method string, _ int) error {
			if method != "Acquire" {
				return nil
			}
			n, err := r.store.Prune(t.Context(), "isp-1", time.Now())
			if err == nil && n != 1 {
				err = fmt.Errorf("%d pruned", n)
			}
			return err
		}
		if _, err := r.importer(t).Resume(t.Context(), s.RunID); !errors.Is(err, adcimport.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		r.store.heal()
		for run, err := range r.importer(t).Runs(t.Context()) {
			t.Errorf("a run afterwards: %v, %v", run, err)
		}
	})
}
