package securitytrax_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/internal/pacing/metered"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// limited makes a sink with its defaults for a service with a limit.
func limited(t *testing.T, m *metered.Transport, change ...func(*securitytrax.Config)) (*securitytrax.Sink, *securitytraxtest.Server) {
	t.Helper()
	srv := securitytraxtest.New()
	cfg := srv.Config()
	m.Base = cfg.Transport
	cfg.Transport, cfg.RequestsPerSecond = m, 0
	for _, c := range change {
		c(&cfg)
	}
	sink, err := securitytrax.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return sink, srv
}

func hint(text string) func() string { return func() string { return text } }

// Whatever a steady limit is, each record is created, none is blamed, and that
// takes hardly longer than the limit makes it take (fault 13).
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
	m := &metered.Transport{Rate: limit, Burst: burst, Hint: hint(after)}
	sink, srv := limited(t, m, func(c *securitytrax.Config) { c.Concurrency = workers })
	n := int(max(60, 200*min(limit, 2)+200*max(limit-2, 0)))
	start := time.Now()
	results, err := sink.CreateCustomers(t.Context(), customers(t, srv, n))
	took := m.Within(time.Since(start))
	for i, r := range results {
		if r.Status != adcimport.WriteCreated {
			t.Fatalf("burst %d, %d workers: record %d: %+v, %v", burst, workers, i, r, err)
		}
	}
	served, pushed := m.Counts()
	if err != nil || len(srv.Customers()) != n || served > n*5/4 || limit >= 1 && took > 1.3 {
		t.Errorf("burst %d, %d workers: %d served, %d pushed back, %.2f of the limit's time: %v", burst, workers, served, pushed, took, err)
	}
}

// crowd is a dealer with so many customers that SecurityTrax takes.
func crowd(n int) *adcimporttest.Source {
	d := new(adcimporttest.Dealer)
	for i := range n {
		d.Customers = append(d.Customers, adcimport.Customer{
			ID: strconv.Itoa(101 + i), FirstName: "Ada", LastName: "Ng" + strings.Repeat("a", i%50) + strings.Repeat("b", i/50),
			PrimaryPhoneNumber: fmt.Sprintf("801-555-%04d", i),
			InstallAddress:     adcimport.Address{Street1: strconv.Itoa(1+i) + " Main St", City: "Boise", State: "ID", Zip: "83702"},
			JoinDate:           time.Date(2019, 5, 7, 0, 0, 0, 0, time.UTC),
		})
	}
	return &adcimporttest.Source{Dealer: d}
}

// Whole imports, with the leases of their calls, under a steady limit: fault 13
// is the first two.
func TestLimit_imports(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		customers   int
		rate        float64
		burst       int
		after       string
		concurrency int
		most        float64 // 0: whatever it takes
		perSecond   float64 // of the host's
	}{
		"fault 13, 1 a second":               {400, 1, 1, "", 0, 1.3, 0},
		"fault 13, 2 a second":               {400, 2, 2, "", 0, 1.3, 0},
		"1 a second, no limit of the host's": {400, 1, 1, "", 0, 1.3, -1},
		"2 a second, no limit of the host's": {400, 2, 1, "1", 0, 1.3, -1},
		"1 a second, of thousand":            {400, 1, 2, "", 0, 1.3, 1000},
		"1 a second and a hint":              {400, 1, 1, "10", 0, 1.3, 0},
		"2 a second and a short hint":        {400, 2, 1, "1", 0, 1.3, 0},
		"4 a second, many at once":           {800, 4, 10, "10", 16, 1.3, 0},
		"one in ten seconds":                 {30, 0.1, 1, "", 0, 0, 0},
		"one in ten seconds, many at once":   {30, 0.1, 10, "", 16, 0, 0},
		"one in ten seconds and a hint":      {30, 0.1, 1, "10", 0, 0, 0},
		"one in four seconds and a hint":     {60, 0.25, 2, "10", 8, 0, 0},
		"one in two seconds, one at a time":  {60, 0.5, 1, "1", 1, 0, 0},
		"a hint that is shorter than it is":  {100, 0.2, 1, "1", 0, 0, 0},
		"a second request only after a rest": {60, 0.1, 2, "1", 2, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := &metered.Transport{Rate: test.rate, Burst: test.burst, Hint: hint(test.after)}
				sink, srv := limited(t, m, func(c *securitytrax.Config) { c.Concurrency, c.RequestsPerSecond = test.concurrency, test.perSecond })
				start := time.Now()
				imported(t, sink, srv, test.customers)
				took := m.Within(time.Since(start))
				served, pushed := m.Counts()
				t.Logf("%d served, %d pushed back, in %v: %.2f of the limit's time", served, pushed, time.Since(start), took)
				if test.most > 0 && took > test.most {
					t.Errorf("took %.2f of the limit's time, want at most %v", took, test.most)
				}
			})
		})
	}
}

// imported runs one import, in the foreground, which must create everybody.
func imported(t *testing.T, sink *securitytrax.Sink, srv *securitytraxtest.Server, n int) {
	t.Helper()
	imp, err := adcimport.New(adcimport.Config{
		Link: "l", Source: adcimport.Source(crowd(n)), Sink: sink, Store: new(adcimport.MemoryStore),
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{
		OfficeID: idOf(t, srv, "locations", "Headquarters"),
	})
	if err != nil || s.Status != adcimport.StatusCompleted || s.Counts.Created != n || s.Counts.Failed != 0 {
		t.Fatalf("%s, %+v, %v: %v", s.Status, s.Counts, s.ByReason, err)
	}
}

// Limits that are not steady, or not told as they should be: nobody is blamed
// either.
func TestLimit_oddOnes(t *testing.T) {
	t.Parallel()
	post := func(r *http.Request) bool { return r.Method == http.MethodPost }
	for name, test := range map[string]struct {
		limit *metered.Transport
		then  func(*metered.Transport) // happens in the third minute
		most  float64
	}{
		"writes only":           {limit: &metered.Transport{Rate: 1, Burst: 2, Only: post}, most: 1.3},
		"one route only":        {limit: &metered.Transport{Rate: 1, Burst: 2, Only: func(r *http.Request) bool { return r.Method == http.MethodGet }}},
		"a date":                {limit: &metered.Transport{Rate: 1, Burst: 5, Hint: func() string { return time.Now().Add(3 * time.Second).UTC().Format(http.TimeFormat) }}, most: 1.3},
		"a date long ago":       {limit: &metered.Transport{Rate: 1, Burst: 5, Hint: hint("Fri, 31 Dec 1999 23:59:59 GMT")}, most: 1.3},
		"garbage for a hint":    {limit: &metered.Transport{Rate: 1, Burst: 5, Hint: hint("soon")}, most: 1.3},
		"is lowered":            {limit: &metered.Transport{Rate: 4, Burst: 5}, then: func(m *metered.Transport) { m.Set(0.5) }},
		"is lowered, and hints": {limit: &metered.Transport{Rate: 4, Burst: 5, Hint: hint("10")}, then: func(m *metered.Transport) { m.Set(0.5) }},
		"is lifted":             {limit: &metered.Transport{Rate: 0.5, Burst: 1}, then: func(m *metered.Transport) { m.Set(100) }},
		"window of a minute":    {limit: &metered.Transport{Burst: 60, Window: time.Minute}, most: 1.5},
		"window, hint":          {limit: &metered.Transport{Burst: 60, Window: time.Minute, Hint: hint("15")}, most: 1.5},
		"window of a second":    {limit: &metered.Transport{Burst: 2, Window: time.Second}, most: 1.3},
		"window of ten seconds": {limit: &metered.Transport{Burst: 10, Window: 10 * time.Second}, most: 1.3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := test.limit
				sink, srv := limited(t, m)
				if test.then != nil {
					time.AfterFunc(150*time.Second, func() { test.then(m) })
				}
				start := time.Now()
				imported(t, sink, srv, 600)
				took := m.Within(time.Since(start))
				served, pushed := m.Counts()
				t.Logf("%d served, %d pushed back, in %v: %.2f of the limit's time", served, pushed, time.Since(start), took)
				if test.most > 0 && took > test.most {
					t.Errorf("took %.2f of the limit's time, want at most %v", took, test.most)
				}
			})
		})
	}
}
