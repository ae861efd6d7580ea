package adcimport_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// A look-up that takes longer than the lease allows interrupts the run: it goes
// on by itself at the host's next start.
func TestEngine_B2_findOutlastsTheLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(12)
		r.sink.find = func(ctx context.Context, _ []adcimport.CustomerKey) (map[string][]string, error) {
			<-ctx.Done()
			return nil, errors.Join(errBoom, ctx.Err())
		}
		s, err := r.customers(t)
		if !errors.Is(err, context.DeadlineExceeded) || s.Status != ledger.StatusHeld {
			t.Fatalf("%v, %v, want it held because of the deadline", s.Status, err)
		}
		r.sink.find = nil
		s, err = r.importer(t).Resume(t.Context(), s.RunID)
		completed(t, s, err, adcimport.Counts{Read: 12, Created: 12})
	})
}
