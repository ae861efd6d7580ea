package storetest_test

import (
	"fmt"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/conformance/storetest"
)

// A StateStore is held to its contract.
func ExampleTest() {
	err := storetest.Test(func() (adcimport.StateStore, error) {
		return new(adcimport.MemoryStore), nil // yours, and empty
	})
	fmt.Println(err)
	// Output: <nil>
}
