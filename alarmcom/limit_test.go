package alarmcom_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/internal/pacing/metered"
)

func crowd(n int) *adcimporttest.Dealer {
	d := new(adcimporttest.Dealer)
	for i := range n {
		d.Customers = append(d.Customers, adcimport.Customer{ID: strconv.Itoa(101 + i), LastName: "Ng"})
	}
	return d
}

// limited makes a source with its defaults for a service with a limit.
func limited(t *testing.T, m *metered.Transport, srv *alarmcomtest.Server, change ...func(*alarmcom.Config)) *alarmcom.Source {
	t.Helper()
	m.Base = srv.Transport()
	return inMemory(t, srv, append([]func(*alarmcom.Config){func(c *alarmcom.Config) {
		c.RequestsPerSecond, c.Burst, c.Transport = 0, 0, m
	}}, change...)...)
}

func hint(text string) func() string { return func() string { return text } }

// readAll reads all customers, so many at a time.
func readAll(ctx context.Context, src *alarmcom.Source, n, workers int) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, workers)
	for w := range workers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && errs[w] == nil; i = int(next.Add(1)) - 1 {
				_, errs[w] = src.CustomerDetail(ctx, strconv.Itoa(101+i))
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Whatever a steady limit is, each customer is read, none is blamed, and that takes
// hardly longer than the limit makes it take (fault 14).
func TestLimit_scan(t *testing.T) {
	t.Parallel()
	for _, limit := range []float64{0.1, 0.3, 1, 2, 4} {
		for _, after := range []string{"", "1", "10"} {
			t.Run(fmt.Sprintf("%v a second, hint %q", limit, after), func(t *testing.T) {
				t.Parallel()
				for _, burst := range []int{1, 3, 10} {
					for _, workers := range []int{1, 4, 16} {
						synctest.Test(t, func(t *testing.T) { scanLimit(t, limit, burst, workers, after) })
					}
				}
			})
		}
	}
}

func scanLimit(t *testing.T, limit float64, burst, workers int, after string) {
	t.Helper()
	n := int(max(60, 200*min(limit, 2)+200*max(limit-2, 0)))
	m := &metered.Transport{Rate: limit, Burst: burst, Hint: hint(after)}
	srv := alarmcomtest.NewServer(crowd(n))
	src := limited(t, m, srv)
	start := time.Now()
	err := readAll(t.Context(), src, n, workers)
	took := m.Within(time.Since(start))
	served, pushed := m.Counts()
	if err != nil || served != n+srv.Count("GetLatestCallerVersion") || limit >= 1 && took > 1.3 {
		t.Errorf("burst %d, %d workers: %d served, %d pushed back, %.2f of the limit's time: %v", burst, workers, served, pushed, took, err)
	}
}

// importCrowd runs one import, in the foreground, which must create everybody.
func importCrowd(t *testing.T, src *alarmcom.Source, n int) {
	t.Helper()
	imp, err := adcimport.New(adcimport.Config{
		Link: "l", Source: src, Sink: new(adcimporttest.Sink), Store: new(adcimport.MemoryStore),
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if err != nil || s.Status != adcimport.StatusCompleted || s.Counts.Created != n || s.Counts.Failed != 0 {
		t.Fatalf("%s, %+v, %v: %v", s.Status, s.Counts, s.ByReason, err)
	}
}

// Ten imports, with eight workers, over a service that allows one request a second
// and two at once (fault 14).
func TestLimit_imports(t *testing.T) {
	t.Parallel()
	for i := range 10 {
		synctest.Test(t, func(t *testing.T) {
			const n = 400
			m := &metered.Transport{Rate: 1, Burst: 2, Hint: hint([]string{"10", "1", ""}[i%3])}
			src := limited(t, m, alarmcomtest.NewServer(crowd(n)), func(c *alarmcom.Config) {
				c.RequestsPerSecond = []float64{0, 1000, -1}[i%3]
			})
			start := time.Now()
			importCrowd(t, src, n)
			served, pushed := m.Counts()
			took := m.Within(time.Since(start))
			t.Logf("%d served, %d pushed back: %.2f of the limit's time", served, pushed, took)
			if took > 1.3 {
				t.Errorf("took %.2f of the limit's time", took)
			}
		})
	}
}

// Two importers, each with a source of its own, share a limit that neither is
// told of.
func TestLimit_ofTwo(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"", "5"} {
		synctest.Test(t, func(t *testing.T) {
			const n = 300
			m := &metered.Transport{Rate: 2, Burst: 4, Hint: hint(after)}
			srv := alarmcomtest.NewServer(crowd(n))
			sources := []*alarmcom.Source{limited(t, m, srv), limited(t, m, srv)}
			start := time.Now()
			var wg sync.WaitGroup
			for _, src := range sources {
				wg.Go(func() { importCrowd(t, src, n) })
			}
			wg.Wait()
			if took := m.Within(time.Since(start)); took > 2 { // one may have come late to its share
				t.Errorf("hint %q: %.2f of the limit's time", after, took)
			}
		})
	}
}

// A customer that is always told to come later is an error that says so, after
// a minute and with others served meanwhile, and holds nobody up.
func TestLimit_forOneAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 2000
		srv := alarmcomtest.NewServer(crowd(n))
		srv.Fail(func(_ string, id, _ int) *alarmcomtest.Reply {
			if id != 104 {
				return nil
			}
			return &alarmcomtest.Reply{Status: http.StatusTooManyRequests}
		})
		src := inMemory(t, srv, func(c *alarmcom.Config) { c.RequestsPerSecond, c.Burst = 0, 0 })
		start := time.Now()
		err := readAll(t.Context(), src, n, 8)
		took := time.Since(start)
		if seen, ok := errors.AsType[*adcimport.CallError](err); !ok || seen.Code != "rate_limited" || !errors.Is(err, adcimport.ErrRateLimited) {
			t.Errorf("error %v", err)
		}
		if took > 450*time.Second { // at five a second, 400
			t.Errorf("the others took %v", took)
		}
	})
}

// asked counts.
type asked struct {
	n   atomic.Int64
	err error
}

func (a *asked) Wait(context.Context) error {
	a.n.Add(1)
	return a.err
}

// A Limiter is asked before every attempt, repeated ones as well.
func TestLimiter_everyAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := alarmcomtest.NewServer(smallDealer())
		srv.Fail(func(_ string, _, n int) *alarmcomtest.Reply {
			if n > 3 {
				return nil
			}
			return &alarmcomtest.Reply{Status: []int{429, 503, 502}[n-1]}
		})
		limiter := new(asked)
		src := inMemory(t, srv, func(c *alarmcom.Config) { c.Limiter = limiter })
		if err := src.Check(t.Context()); err != nil || limiter.n.Load() != 4 {
			t.Errorf("asked %d times, want 4: %v", limiter.n.Load(), err)
		}
	})
}

// Its error ends the call, at once, and nothing is sent.
func TestLimiter_error(t *testing.T) {
	t.Parallel()
	srv := alarmcomtest.NewServer(smallDealer())
	why := errors.New("the quota is used up")
	src := inMemory(t, srv, func(c *alarmcom.Config) { c.Limiter = &asked{err: why} })
	_, detail := src.CustomerDetail(t.Context(), "104")
	for _, err := range []error{src.Check(t.Context()), detail} {
		_, paused := errors.AsType[*adcimport.PausedError](err)
		_, record := errors.AsType[*adcimport.RecordError](err)
		if !errors.Is(err, why) || paused || record {
			t.Errorf("error %v", err)
		}
	}
	if n := len(srv.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// Sources with one Limiter share its pace, also the time that it makes them wait.
func TestLimiter_shared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := alarmcomtest.NewServer(smallDealer())
		limiter := rate.NewLimiter(2, 1)
		start := time.Now()
		var wg sync.WaitGroup
		for range 2 {
			src := inMemory(t, srv, func(c *alarmcom.Config) { c.Limiter = limiter })
			for range 5 {
				wg.Go(func() {
					for range 20 {
						if err := src.Check(t.Context()); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		wg.Wait()
		if took := time.Since(start).Round(time.Second); took != 100*time.Second {
			t.Errorf("200 calls at 2 a second took %v", took)
		}
	})
}

// A deadline is the caller's, also where the limiter looks ahead.
func TestLimiter_deadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := alarmcomtest.NewServer(smallDealer())
		src := inMemory(t, srv, func(c *alarmcom.Config) { c.Limiter = rate.NewLimiter(0.01, 1) })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := src.Check(ctx); err != nil {
			t.Fatal(err)
		}
		if err := src.Check(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the deadline's", err)
		}
		if n := srv.Count("GetDealerId"); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
}
