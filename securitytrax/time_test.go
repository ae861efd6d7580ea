package securitytrax_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

func TestToken_isRenewedInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := securitytraxtest.New()
		sink := newSink(t, srv)
		for minute := range 40 {
			if _, err := sink.Offices(t.Context()); err != nil {
				t.Fatalf("minute %d: %v", minute, err)
			}
			time.Sleep(time.Minute)
		}
		// tokens of minute 0, 9, 18, 27 and 36; none was refused
		if diff := cmp.Diff(map[string]int{"POST /authenticate": 5, "GET /locations": 40}, srv.Counts()); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	})
}

func TestToken_isRenewedOnceWhenRefused(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	if _, err := sink.Offices(t.Context()); err != nil {
		t.Fatal(err)
	}
	srv.ExpireTokens()
	if _, err := sink.Offices(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := srv.Count("POST /authenticate"); n != 2 {
		t.Errorf("%d tokens", n)
	}
	srv.Fail(onRoute("GET", "/locations", always(reply{Status: 401})))
	if _, err := sink.Offices(t.Context()); !errors.Is(err, adcimport.ErrAuth) {
		t.Errorf("error = %v", err)
	}
	if n := srv.Count("GET /locations"); n != 5 {
		t.Errorf("%d requests, want 1 + 2 + 2", n)
	}
}

func TestToken_isAskedForOnceByMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := securitytraxtest.New()
		srv.Fail(onRoute("POST", "/authenticate", always(reply{Delay: time.Second})))
		sink := newSink(t, srv)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := sink.Offices(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := srv.Count("POST /authenticate"); n != 1 {
			t.Errorf("%d tokens", n)
		}
	})
}

// TestToken_wrongPasswordIsTriedOnce keeps the login from being locked.
func TestToken_wrongPasswordIsTriedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := securitytraxtest.New()
		sink := newSink(t, srv, func(c *securitytrax.Config) { c.Credentials = password("wrong") })
		results, err := sink.CreateCustomers(t.Context(), customers(t, srv, 50))
		if !errors.Is(err, adcimport.ErrAuth) || results[49].Status != adcimport.WriteNotSent {
			t.Errorf("error = %v", err)
		}
		if err := sink.Check(t.Context()); !errors.Is(err, adcimport.ErrAuth) {
			t.Errorf("Check = %v", err)
		}
		if n := srv.Count("POST /authenticate"); n != 1 {
			t.Errorf("%d attempts, want 1", n)
		}
		time.Sleep(time.Minute)
		_ = sink.Check(t.Context())
		if n := srv.Count("POST /authenticate"); n != 2 {
			t.Errorf("%d attempts, want 2: a password can be put right", n)
		}
	})
}

func TestToken_personalAccessToken(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New(securitytraxtest.WithAccessToken("pat-1"))
	sink := newSink(t, srv, func(c *securitytrax.Config) { c.Credentials = accessToken("pat-1") })
	if err := sink.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	srv.Fail(func(*http.Request, int) *reply { return &reply{Status: 401} })
	if err := sink.Check(t.Context()); !errors.Is(err, adcimport.ErrAuth) {
		t.Errorf("error = %v", err)
	}
	if diff := cmp.Diff(map[string]int{"GET /isps/{id}": 2}, srv.Counts()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestAuthenticate_repeatsWhatIsTemporary(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	srv.Fail(onRoute("POST", "/authenticate", func(n int) *reply {
		return []*reply{{Status: 503}, {Lost: true}, {Status: 200, Body: []byte(`{"tok`)}, nil}[n-1]
	}))
	if err := newSink(t, srv).Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestCreateCustomers_retryAfter shows that a 429 stops all workers for as long
// as it says, and that a date is understood.
func TestCreateCustomers_retryAfter(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]func() string{
		"seconds": func() string { return "30" },
		"date":    func() string { return time.Now().Add(30 * time.Second).UTC().Format(http.TimeFormat) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := securitytraxtest.New()
				start := time.Now()
				srv.Fail(onRoute("POST", "/customers", func(n int) *reply {
					if n > 1 {
						return nil
					}
					return &reply{Status: 429, Header: http.Header{"Retry-After": {header()}}, Delay: time.Millisecond}
				}))
				sink := newSink(t, srv, func(c *securitytrax.Config) { c.Concurrency = 1 })
				results, err := sink.CreateCustomers(t.Context(), customers(t, srv, 5))
				if err != nil || results[4].Status != adcimport.WriteCreated {
					t.Fatalf("%+v, %v", results, err)
				}
				if took := time.Since(start); took < 29*time.Second || took > 32*time.Second {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

// TestCreateCustomers_shortDeadline shows that what does not fit before the
// deadline is left for the next call, without an error.
func TestCreateCustomers_shortDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := securitytraxtest.New()
		srv.Fail(onRoute("POST", "/customers", always(reply{Delay: time.Second})))
		sink := newSink(t, srv, func(c *securitytrax.Config) { c.Concurrency, c.Timeout = 2, 10*time.Second })
		recs := customers(t, srv, 50)
		calls := 0
		for ; len(recs) > 0; calls++ {
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
			results, err := sink.CreateCustomers(ctx, recs)
			if ctx.Err() != nil {
				t.Fatal("the call went on to its deadline")
			}
			cancel()
			if err != nil {
				t.Fatal(err)
			}
			for len(results) > 0 && results[0].Status == adcimport.WriteCreated {
				results, recs = results[1:], recs[1:]
			}
			for _, r := range results {
				if r.Status != adcimport.WriteNotSent || !errors.Is(r.Err, context.DeadlineExceeded) {
					t.Fatalf("result = %+v", r)
				}
			}
		}
		// requests of 7.5 s may begin in the first 7.5 s: 8 each of two workers
		if calls != 4 || len(srv.Customers()) != 50 {
			t.Errorf("%d customers in %d calls, want 50 in 4", len(srv.Customers()), calls)
		}
	})
}

// TestCreateCustomers_pauseLongerThanACall shows that a pause which the engine's
// calls cannot wait for is told, instead of failing records.
func TestCreateCustomers_pauseLongerThanACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := securitytraxtest.New()
		srv.Fail(onRoute("POST", "/customers", always(reply{Status: 429, Header: http.Header{"Retry-After": {"300"}}})))
		sink := newSink(t, srv)
		call := func() ([]adcimport.WriteResult, error) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			return sink.CreateCustomers(ctx, customers(t, srv, 2))
		}
		start := time.Now()
		for range 3 {
			results, err := call()
			seen, ok := errors.AsType[*adcimport.CallError](err)
			if !errors.Is(err, adcimport.ErrRateLimited) || !ok || results[0].Status != adcimport.WriteNotSent {
				t.Fatalf("%+v, %v", results, err)
			}
			if d := time.Since(start) + seen.RetryAfter; d < 5*time.Minute-time.Second || d > 5*time.Minute+time.Second {
				t.Errorf("to come back in %v", d)
			}
		}
		if n := srv.Count("POST /customers"); n > 2 {
			t.Errorf("%d requests, though the service asked for none", n)
		}
	})
}

func TestRequestsPerSecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := securitytraxtest.New(securitytraxtest.WithAccessToken("pat"))
		sink := newSink(t, srv, func(c *securitytrax.Config) {
			c.RequestsPerSecond, c.Burst, c.Credentials = 5, 1, accessToken("pat")
		})
		start := time.Now()
		if _, err := sink.CreateCustomers(t.Context(), customers(t, srv, 101)); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < 20*time.Second || took > 20400*time.Millisecond {
			t.Errorf("101 requests at 5 per second took %v, want 20s", took)
		}
	})
}

// TestRead_repeats shows that reads are repeated through everything that is
// temporary, each attempt through the token bucket.
func TestRead_repeats(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault    reply
		min, max time.Duration
	}{
		"500":            {reply{Status: 500}, 0, time.Second},
		"503 and a hint": {reply{Status: 503, Header: http.Header{"Retry-After": {"7"}}}, 7 * time.Second, 8 * time.Second},
		"429 and a hint": {reply{Status: 429, Header: http.Header{"Retry-After": {"7"}}}, 7 * time.Second, 8 * time.Second},
		// no hint: the random wait, which is never nothing
		"hint of 0":       {reply{Status: 429, Header: http.Header{"Retry-After": {"0"}}}, 1, time.Second},
		"hint below 0":    {reply{Status: 429, Header: http.Header{"Retry-After": {"-1"}}}, 1, time.Second},
		"hint of garbage": {reply{Status: 429, Header: http.Header{"Retry-After": {"soon"}}}, 1, time.Second},
		"hint long ago":   {reply{Status: 429, Header: http.Header{"Retry-After": {"Fri, 31 Dec 1999 23:59:59 GMT"}}}, 1, time.Second},
		"lost":            {reply{Lost: true}, 0, time.Second},
		"truncated":       {reply{Truncate: 5}, 0, time.Second},
		"HTML page":       {reply{Status: 200, Body: []byte("<html>")}, 0, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := securitytraxtest.New(securitytraxtest.WithAccessToken("pat"))
				srv.Fail(onRoute("GET", "/locations", first(tt.fault)))
				sink := newSink(t, srv, func(c *securitytrax.Config) {
					c.Credentials = accessToken("pat")
					c.MinBackoff, c.MaxBackoff = time.Second, time.Minute
				})
				start := time.Now()
				list, err := sink.Offices(t.Context())
				took := time.Since(start)
				if err != nil || len(list) != 2 || srv.Count("") != 2 {
					t.Errorf("%v, %v after %d requests", list, err, srv.Count(""))
				}
				if took < tt.min || took > tt.max {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func TestRead_ends(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault     reply
		requests  int
		temporary bool
		want      error
	}{
		"500 for ever":    {reply{Status: 500}, 3, true, nil},
		"429 for ever":    {reply{Status: 429}, 0, true, adcimport.ErrRateLimited},
		"429 for an hour": {reply{Status: 429, Header: http.Header{"Retry-After": {"3600"}}}, 1, true, adcimport.ErrRateLimited},
		"lost for ever":   {reply{Lost: true}, 3, true, nil},
		"hangs for ever":  {reply{Delay: time.Hour}, 1, true, nil}, // an attempt may take longer than repeats
		"garbage":         {reply{Status: 200, Body: []byte("<html>")}, 3, true, nil},
		"400":             {reply{Status: 400}, 1, false, nil},
		"403":             {reply{Status: 403}, 1, false, adcimport.ErrDenied},
		"404":             {reply{Status: 404}, 1, false, adcimport.ErrNotFound},
		"501":             {reply{Status: 501}, 1, false, nil},
		"too long":        {reply{Status: 200, Body: make([]byte, 2000)}, 1, false, nil},
		"redirect":        {reply{Status: 302, Header: http.Header{"Location": {"/sandbox/user/v1/isps"}}}, 1, false, nil},
		"foreign link":    {reply{Status: 200, Body: []byte(`{"data":[],"links":{"next":"http://127.0.0.1:2/sandbox/user/v1/locations?x"}}`)}, 1, false, nil},
		"circle":          {reply{Status: 200, Body: []byte(`{"data":[],"links":{"next":{"href":"?"}}}`)}, 2, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := securitytraxtest.New(securitytraxtest.WithAccessToken("pat"))
				srv.Fail(onRoute("GET", "/locations", always(tt.fault)))
				sink := newSink(t, srv, func(c *securitytrax.Config) {
					c.Credentials = accessToken("pat")
					c.MaxRetries, c.MaxResponseBytes = 2, 1000
				})
				start := time.Now()
				_, err := sink.Offices(t.Context())
				api, ok := errors.AsType[*securitytrax.APIError](err)
				if !ok || api.Temporary() != tt.temporary || tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("error = %#v", err)
				}
				if n := srv.Count("GET /locations"); n != tt.requests && tt.requests > 0 {
					t.Errorf("%d requests, want %d", n, tt.requests)
				}
				most := 20 * time.Second // Timeout, of the one that hangs
				if name == "429 for ever" {
					most = 90 * time.Second
				}
				if took := time.Since(start); took > most {
					t.Errorf("took %v, want %v at most: it is the importer that waits", took, most)
				}
			})
		})
	}
}
