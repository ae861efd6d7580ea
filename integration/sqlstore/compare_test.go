package sqlstore_test

import (
	"testing"

	"github.com/securitytrax/adcimport/adcimporttest/conformance/storetest"
	"github.com/securitytrax/adcimport/ledger"
)

// Random stories come out as they do with ledger.MemoryStore.
func TestCompare(t *testing.T) {
	t.Parallel()
	stories := map[string]uint64{"sqlite": 6, "postgresql": 4}
	onDatabases(t, func(t *testing.T, d database) {
		t.Helper()
		d.diskless(t)
		s := newSuiteStore(t, d, noChange)
		for seed := range stories[string(d.dialect)] {
			if err := storetest.Compare(t.Context(), seed, 120, new(ledger.MemoryStore), s); err != nil {
				t.Fatal(err)
			}
		}
	})
}
