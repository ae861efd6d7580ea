package securitytrax_test

import (
	"math"
	"testing"

	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// The largest bound there is works as one: a byte more is read of a reply than it
// allows, which must not overflow.
func TestMaxResponseBytes_largest(t *testing.T) {
	t.Parallel()
	sink := newSink(t, securitytraxtest.New(), func(c *securitytrax.Config) { c.MaxResponseBytes = math.MaxInt64 })
	offices, err := sink.Offices(t.Context())
	if err != nil || len(offices) == 0 {
		t.Errorf("%d offices, %v", len(offices), err)
	}
}
