package adcimport_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// A verb runs here, to the end: Resume goes on where the context cut a run off,
// and RetryFailed takes what failed.
func TestImporter_resumesAndRetriesHere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(10)
		r.cfg.Concurrency, r.cfg.BatchSize = 1, 2
		r.slowDetails(time.Second)
		imp := r.importer(t)
		ctx, cancel := context.WithTimeout(t.Context(), 4500*time.Millisecond)
		defer cancel()
		cut, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if cut.Status != ledger.StatusHeld || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("%v, %v", cut, err)
		}
		sum, err := imp.Resume(t.Context(), cut.RunID)
		completed(t, sum, err, adcimport.Counts{Read: 10, Created: 10})
		if sum.RunID != cut.RunID {
			t.Errorf("resumed as %s, want %s", sum.RunID, cut.RunID)
		}
		if sum, err := imp.Resume(t.Context(), cut.RunID); !errors.Is(err, errors.ErrUnsupported) || sum == nil {
			t.Errorf("a completed run: %v, %v", sum, err)
		}
		if sum, err := imp.RetryFailed(t.Context(), "nobody's"); !errors.Is(err, adcimport.ErrNotFound) || !strings.HasPrefix(sum.String(), "records failed: ") {
			t.Errorf("retry of a run that is not there: %v, %v", sum, err)
		}
	})
}

func TestImporter_retriesHere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(3)
		name := r.src.Dealer.Customers[1].LastName
		r.src.Dealer.Customers[1].LastName = "Ren\xe9"
		imp := r.importer(t)
		first, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		completed(t, first, err, adcimport.Counts{Read: 3, Created: 2, Failed: 1})
		r.src.Dealer.Customers[1].LastName = name
		sum, err := imp.RetryFailed(t.Context(), first.RunID)
		completed(t, sum, err, adcimport.Counts{Read: 1, Created: 1})
	})
}
