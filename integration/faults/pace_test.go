package faults_test

import (
	"cmp"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/securitytrax"
)

// TestPace_wallTime runs whole imports at the pace that a host allows: check,
// list, version and details, with nothing between them that costs time.
func TestPace_wallTime(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the short run, with the race detector in CI, leaves it to the whole one")
	}
	for name, test := range map[string]struct {
		latency time.Duration
		burst   int
		workers int
	}{
		"no latency, no burst":               {0, 1, 8},
		"half a second, no burst":            {500 * time.Millisecond, 1, 16},
		"two seconds and enough concurrency": {2 * time.Second, 10, 32},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const n, perSecond = 3000, 5
				w := newWorld(n)
				w.alarm.Fail(func(string, int, int) *alarmReply { return &alarmReply{Delay: test.latency} })
				w.source = func(c *alarmcom.Config) {
					c.RequestsPerSecond, c.Burst, c.MaxInFlight = perSecond, test.burst, test.workers
				}
				w.sink = func(c *securitytrax.Config) { c.RequestsPerSecond = -1 }
				w.workers = test.workers
				start := time.Now()
				s, err := w.run(t, w.importer(t))
				took := time.Since(start)
				if err != nil || s.Counts.Created != n {
					t.Fatalf("%v, %v", s, err)
				}
				calls := w.alarm.Count(opCheck) + w.alarm.Count(opList) + w.alarm.Count("GetLatestCallerVersion") + w.alarm.Count(opDetail)
				want := time.Duration(calls) * time.Second / perSecond
				off := 100 * (took - want).Seconds() / want.Seconds()
				t.Logf("%d calls at %d a second took %v, %+.2f %% of %v", calls, perSecond, took, off, want)
				if off < -2 || off > 2 {
					t.Errorf("off by %.2f %%, want at most 2", off)
				}
			})
		})
	}
}

// TestPace_latency runs imports with 50 ms to Alarm.com and 30 ms to SecurityTrax: they
// take what the slower end takes alone, and one page and one batch more.
func TestPace_latency(t *testing.T) {
	t.Parallel()
	const n, batch, toAlarm, toCRM = 1000, 100, 50 * time.Millisecond, 30 * time.Millisecond
	const readers, writers = 8, 4 // the defaults
	for name, test := range map[string]struct {
		alarm, crm float64 // requests a second; 0: the default, negative: as they come
	}{
		"the defaults":         {},
		"no limits":            {-1, -1},
		"Alarm.com is limited": {50, -1},
		"SecurityTrax is":      {-1, 50},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(n)
				w.alarm.Fail(func(string, int, int) *alarmReply { return &alarmReply{Delay: toAlarm} })
				w.crm.Fail(func(*http.Request, int) *crmReply { return &crmReply{Delay: toCRM} })
				w.source = func(c *alarmcom.Config) { c.RequestsPerSecond = test.alarm }
				w.sink = func(c *securitytrax.Config) { c.RequestsPerSecond = test.crm }
				start := time.Now()
				s, err := w.run(t, w.importer(t))
				took := time.Since(start)
				if err != nil || s.Counts.Created != n {
					t.Fatalf("%v, %v", s, err)
				}
				each := max(toAlarm/readers, toCRM/writers) // of a record, where nothing is limited
				one := batch*(toAlarm/readers+toCRM/writers) + toAlarm + toCRM
				for _, perSecond := range []float64{cmp.Or(test.alarm, 5), cmp.Or(test.crm, 10)} {
					if perSecond > 0 {
						a := time.Duration(float64(time.Second) / perSecond)
						each, one = max(each, a), one+batch*a
					}
				}
				most := n*each*11/10 + one
				t.Logf("%d customers took %v, at most %v", n, took, most)
				if took > most {
					t.Errorf("%d customers took %v, want at most %v", n, took, most)
				}
			})
		})
	}
}

// TestPace_followsTheService runs an import against a service that allows a
// quarter of the host's pace for ten minutes, and then more than that.
func TestPace_followsTheService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 1600
		w := newWorld(n)
		service := &limit{perSecond: 1, start: time.Now(), served: map[int]int{}}
		w.toAlarm.set(service.answer)
		w.source = func(c *alarmcom.Config) { c.RequestsPerSecond, c.Burst = 4, 5 }
		w.sink = func(c *securitytrax.Config) { c.RequestsPerSecond = -1 }
		time.AfterFunc(10*time.Minute, func() { service.allow(100) })
		s, err := w.run(t, w.importer(t))
		if err != nil || s.Counts.Created != n {
			t.Fatalf("%v, %v", s, err)
		}
		service.mu.Lock()
		defer service.mu.Unlock()
		slow, fast := service.served[5], service.served[12]
		t.Logf("served in the sixth minute: %d of 60 allowed; in the thirteenth: %d of 240; pushed back %d times", slow, fast, service.pushed)
		if slow < 45 || fast < 228 || service.pushed > n/10 {
			t.Errorf("want at least 45 and 228, and pushed back at most %d times", n/10)
		}
	})
}

// limit answers 429 to what comes too fast.
type limit struct {
	mu        sync.Mutex
	perSecond float64
	tokens    float64
	start     time.Time
	last      time.Time
	served    map[int]int // by minute
	pushed    int
}

func (l *limit) allow(perSecond float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.perSecond = perSecond
}

func (l *limit) answer(r *http.Request) *http.Response {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tokens = min(max(l.perSecond, 2), l.tokens+time.Since(l.last).Seconds()*l.perSecond)
	l.last = time.Now()
	if l.tokens >= 1 {
		l.tokens--
		l.served[int(time.Since(l.start)/time.Minute)]++
		return nil
	}
	l.pushed++
	resp := answerOf(r, http.NoBody)
	resp.StatusCode = http.StatusTooManyRequests
	return resp
}

// TestPace_isShared shows that two runs over one Source share its pace.
func TestPace_isShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(people)
		source, err := alarmcom.New(alarmcom.Config{
			BaseURL: "http://127.0.0.1/WebServices", Transport: w.toAlarm, Credentials: w.credentials(),
		})
		if err != nil {
			t.Fatal(err)
		}
		const calls = 200
		start := time.Now()
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range calls / 4 {
					if err := source.Check(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		const burst, perSecond = 5, 5 // the defaults
		want := (calls - burst) * time.Second / perSecond
		if took := time.Since(start); took < want-time.Second || took > want+time.Second {
			t.Errorf("%d calls of four at once took %v, want %v", calls, took, want)
		}
	})
}
