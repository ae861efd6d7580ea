package securitytrax_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// asked counts. It prints as what nobody should see.
type asked struct {
	n   atomic.Int64
	err error
}

func (a *asked) Wait(context.Context) error {
	a.n.Add(1)
	return a.err
}

func (*asked) String() string { return "the limiter's secret" }

type waiter interface {
	Wait(ctx context.Context) error
}

func limiter(l waiter) func(*securitytrax.Config) {
	return func(c *securitytrax.Config) { c.Limiter = l }
}

// A Limiter is asked before every attempt, repeated ones and tokens as well, and
// prints nowhere.
func TestLimiter_everyAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := securitytraxtest.New()
		srv.Fail(func(_ *http.Request, n int) *reply { return map[int]*reply{2: {Status: 429}, 5: {Status: 503}}[n] })
		l := new(asked)
		sink := newSink(t, srv, limiter(l))
		if _, err := sink.Offices(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := sink.CreateCustomers(t.Context(), customers(t, srv, 5)); err != nil {
			t.Fatal(err)
		}
		if n := srv.Count(""); int64(n) != l.n.Load() || n < 8 {
			t.Errorf("asked %d times for %d requests", l.n.Load(), n)
		}
		for _, v := range []any{sink, securitytrax.Config{Limiter: l}} {
			if text := fmt.Sprintf("%v %+v %#v", v, v, v); strings.Contains(text, "secret") {
				t.Errorf("printed as %s", text)
			}
		}
	})
}

// Its error ends the call: nothing is sent, and nobody is blamed.
func TestLimiter_error(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New(securitytraxtest.WithAccessToken("pat"))
	why := errors.New("the quota is used up")
	sink := newSink(t, srv, limiter(&asked{err: why}), func(c *securitytrax.Config) { c.Credentials = accessToken("pat") })
	results, err := sink.CreateCustomers(t.Context(), customers(t, srv, 20))
	_, listed := sink.Offices(t.Context())
	for _, err := range []error{err, listed} {
		if _, paused := errors.AsType[*adcimport.PausedError](err); !errors.Is(err, why) || paused {
			t.Errorf("error %v", err)
		}
	}
	for _, r := range results {
		if r.Status != adcimport.WriteNotSent {
			t.Errorf("result %+v", r)
		}
	}
	if n := srv.Count(""); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// Sinks with one Limiter share its pace. What it has no time for under a deadline
// is left for the next call.
func TestLimiter_shared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := securitytraxtest.New(securitytraxtest.WithAccessToken("pat"))
		shared := rate.NewLimiter(2, 1)
		var wg sync.WaitGroup
		start := time.Now()
		for range 2 {
			sink := newSink(t, srv, limiter(shared), func(c *securitytrax.Config) { c.Credentials = accessToken("pat") })
			wg.Go(func() {
				for recs := customers(t, srv, 100); len(recs) > 0; {
					ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
					results, err := sink.CreateCustomers(ctx, recs)
					cancel()
					if err != nil {
						t.Error(err)
						return
					}
					for len(results) > 0 && results[0].Status == adcimport.WriteCreated {
						results, recs = results[1:], recs[1:]
					}
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); took < 99*time.Second || took > 105*time.Second {
			t.Errorf("200 requests at 2 a second took %v", took)
		}
	})
}
