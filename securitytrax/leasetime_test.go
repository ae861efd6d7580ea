package securitytrax_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// A request that has no reply within what a short lease leaves it says nothing
// about the service: what there is no time for is not sent, and no run is paused.
func TestCreateCustomers_leaseIsNoOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := securitytraxtest.New(securitytraxtest.WithAccessToken("pat"))
		srv.Fail(onRoute("POST", "/customers", func(n int) *reply {
			if n == 1 {
				return &reply{Delay: 15 * time.Second}
			}
			return nil
		}))
		sink := newSink(t, srv, func(c *securitytrax.Config) {
			c.Credentials, c.Concurrency, c.RequestsPerSecond, c.Burst = accessToken("pat"), 1, 0.1, 1
		})
		recs := customers(t, srv, 6)
		for calls := 0; len(recs) > 0; calls++ {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			results, err := sink.CreateCustomers(ctx, recs)
			cancel()
			if err != nil || calls > 8 {
				t.Fatalf("call %d: %v", calls, err)
			}
			for len(results) > 0 && results[0].Status != adcimport.WriteNotSent {
				results, recs = results[1:], recs[1:]
			}
		}
	})
}

// A service that serves nobody, call after call, is an error that says so: no record
// is to blame for that.
func TestCreateCustomers_silentService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := securitytraxtest.New(securitytraxtest.WithAccessToken("pat"))
		srv.Fail(onRoute("POST", "/customers", always(reply{Status: http.StatusTooManyRequests})))
		sink := newSink(t, srv, func(c *securitytrax.Config) {
			c.Credentials, c.RequestsPerSecond = accessToken("pat"), 0
		})
		var err error
		calls := 0
		for ; err == nil && calls < 5; calls++ {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
			var results []adcimport.WriteResult
			results, err = sink.CreateCustomers(ctx, customers(t, srv, 10))
			cancel()
			for _, r := range results {
				if r.Status != adcimport.WriteNotSent {
					t.Errorf("result %+v", r)
				}
			}
		}
		if seen, ok := errors.AsType[*adcimport.CallError](err); !ok || seen.Code != "rate_limited" || calls > 2 {
			t.Errorf("after %d calls: %v", calls, err)
		}
	})
}
