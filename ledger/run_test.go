package ledger_test

import (
	"testing"

	"github.com/securitytrax/adcimport/ledger"
)

// A summary in one line says why a run waits or failed.
func TestSummary_String(t *testing.T) {
	t.Parallel()
	s := ledger.Summary{
		Kind: ledger.KindCustomer, Status: ledger.StatusPaused, DryRun: true, Counts: ledger.Counts{Read: 3, Created: 2, Failed: 1},
		Failure: &ledger.Failure{End: "source", Operation: "GetCustomerInfo_V2", Code: "unavailable", Status: 502},
	}
	want := "preview: customers paused (source GetCustomerInfo_V2: unavailable, HTTP 502): " +
		"3 read, 2 created, 0 linked, 0 updated, 0 unchanged, 0 skipped, 1 failed"
	if got := s.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
