package alarmcom_test

import (
	"math"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
)

// The largest bound there is works as one: a byte more is read of a reply than it
// allows, which must not overflow.
func TestMaxResponseBytes_largest(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	for name, way := range transports(srv) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := newSource(t, srv, way, func(c *alarmcom.Config) { c.MaxResponseBytes = math.MaxInt64 })
			if n := len(customerIDs(allPages(t, src.Customers(t.Context(), adcimport.CustomerFilter{}, "")))); n != 10 {
				t.Errorf("%d customers, want 10", n)
			}
			if n := len(userIDs(allPages(t, src.Users(t.Context(), adcimport.UserFilter{}, "")))); n != 4 {
				t.Errorf("%d users, want 4", n)
			}
		})
	}
}
