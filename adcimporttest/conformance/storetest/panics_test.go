package storetest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/securitytrax/adcimport/adcimporttest/conformance/storetest"
	"github.com/securitytrax/adcimport/ledger"
)

// forgetful panics where it is asked for one method.
type forgetful struct{ *ledger.MemoryStore }

func (forgetful) Prune(context.Context, string, time.Time) (int, error) { panic("to be written") }

// Fault 81: a store that is half written fails the rules on what is missing, and the
// others still run.
func TestStoreSuiteSurvivesPanics(t *testing.T) {
	t.Parallel()
	err := storetest.Test(func() (ledger.StateStore, error) { return forgetful{new(ledger.MemoryStore)}, nil })
	all, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("error %v", err)
	}
	if n := len(all.Unwrap()); n == 0 || n > 10 {
		t.Errorf("%d rules are broken", n)
	}
	for _, e := range all.Unwrap() {
		if !strings.Contains(e.Error(), "panic: to be written") || !strings.Contains(e.Error(), "panics_test.go:") {
			t.Errorf("error %v", e)
		}
	}
}
