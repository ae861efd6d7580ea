package storetest_test

import (
	"testing"

	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance/storetest"
	"github.com/securitytrax/adcimport/ledger"
)

// A wrapper without faults is what it wraps.
func TestFaultyStoreWithoutFaultsPassesTheSuite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) ledger.StateStore {
		return adcimporttest.FaultyStore(new(ledger.MemoryStore), nil)
	})
}
