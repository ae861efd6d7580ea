package storetest_test

import (
	"fmt"

	ledger "github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/conformance/storetest"
)

// A StateStore is held to its contract.
func ExampleTest() {
	err := storetest.Test(func() (ledger.StateStore, error) {
		return new(ledger.MemoryStore), nil // yours, and empty
	})
	fmt.Println(err)
	// Output: <nil>
}
