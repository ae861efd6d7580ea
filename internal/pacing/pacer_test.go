package pacing_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport/internal/pacing"
)

func acquire(t *testing.T, p *pacing.Pacer) *pacing.Turn {
	t.Helper()
	turn, err := p.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return turn
}

// reply makes one request that is answered after some time.
func reply(t *testing.T, p *pacing.Pacer, status int, after time.Duration, hint string) {
	t.Helper()
	turn := acquire(t, p)
	time.Sleep(after)
	turn.Reply(status, http.Header{"Retry-After": {hint}})
	turn.Done()
}

// together runs so many workers until all requests are made.
func together(workers, requests int, one func()) {
	var left atomic.Int64
	left.Store(int64(requests))
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				one()
			}
		})
	}
	wg.Wait()
}

// The wall time is requests ÷ rate, whatever the workers and the latency, as
// long as there are enough workers for the latency.
func TestWallTime(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		workers, burst int
		latency        time.Duration
	}{
		"one at once":    {1, 1, 0},
		"many at once":   {50, 1, 0},
		"burst":          {8, 5, 0},
		"latency":        {8, 1, 500 * time.Millisecond},
		"longer latency": {32, 5, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := pacing.New(pacing.Config{Rate: 10, Burst: tt.burst, MaxPause: time.Minute})
				start := time.Now()
				together(tt.workers, 2000, func() { reply(t, p, 200, tt.latency, "") })
				took, want := time.Since(start), 200*time.Second
				if took < want*98/100 || took > want*102/100 {
					t.Errorf("2000 requests at 10 a second took %v, want %v", took, want)
				}
			})
		})
	}
}

func TestInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pacing.New(pacing.Config{InFlight: 3, MaxPause: time.Minute})
		var now, most atomic.Int64
		start := time.Now()
		together(20, 30, func() {
			turn := acquire(t, p)
			n := now.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(time.Second)
			now.Add(-1)
			turn.Done()
			turn.Done() // the second time gives nothing back
		})
		if most.Load() != 3 || time.Since(start) != 10*time.Second {
			t.Errorf("%d at once, %v", most.Load(), time.Since(start))
		}
	})
}

// A service that allows less than the host is found out, and used to most of
// what it allows; when it allows more again, the pace comes back.
func TestSlowsDownAndRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pacing.New(pacing.Config{Rate: 20, Burst: 5, InFlight: 8, MaxPause: time.Hour})
		service := &limited{rate: 5}
		phase := func(d time.Duration) (served, pushed int) {
			servedBefore, pushedBefore := service.served, service.pushed
			for end := time.Now().Add(d); time.Now().Before(end); {
				together(8, 40, func() {
					turn := acquire(t, p)
					time.Sleep(100 * time.Millisecond)
					turn.Reply(service.status(), nil)
					turn.Done()
				})
			}
			return service.served - servedBefore, service.pushed - pushedBefore
		}
		served, pushed := phase(5 * time.Minute)
		t.Logf("allowed 5/s of 20/s: %d served in 5 minutes, %d pushed back", served, pushed)
		if served < 5*300*85/100 || pushed > served/10 {
			t.Errorf("%d served, %d pushed back, of 1500 that were allowed", served, pushed)
		}
		if pace := p.Pace(); pace > 8 {
			t.Errorf("pace %v, though the service allows 5", pace)
		}
		service.rate = 1000
		phase(time.Minute)
		if pace := p.Pace(); pace != 20 {
			t.Errorf("pace %v a minute later, want 20 again", pace)
		}
		if served, _ = phase(time.Minute); served < 1170 || served > 1240 {
			t.Errorf("%d served in a minute, want 1200", served)
		}
	})
}

// limited is a service that answers 429 to what comes faster than its rate.
type limited struct {
	mu             sync.Mutex
	rate           float64
	tokens         float64
	last           time.Time
	served, pushed int
}

func (l *limited) status() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tokens = min(l.rate, l.tokens+time.Since(l.last).Seconds()*l.rate)
	l.last = time.Now()
	if l.tokens < 1 {
		l.pushed++
		return 429
	}
	l.tokens--
	l.served++
	return 200
}

// What was under way together is one push back, not many.
func TestOneCutForAllInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pacing.New(pacing.Config{Rate: 100, Burst: 8, MaxPause: time.Hour})
		together(8, 8, func() { reply(t, p, 503, time.Second, "") })
		if pace := p.Pace(); pace != 50 {
			t.Errorf("pace %v, want half of 100", pace)
		}
		for range 20 {
			reply(t, p, 503, time.Second, "")
		}
		if pace := p.Pace(); pace != 100.0/16 {
			t.Errorf("pace %v, want a sixteenth of 100, never less", pace)
		}
	})
}

func TestSlowRepliesSlowDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pacing.New(pacing.Config{Rate: 10, MaxPause: time.Minute, SlowAfter: 5 * time.Second})
		reply(t, p, 200, 5*time.Second, "")
		if pace := p.Pace(); pace != 10 {
			t.Errorf("pace %v after a reply in time", pace)
		}
		reply(t, p, 200, 6*time.Second, "")
		time.Sleep(time.Millisecond) // what was sent before a cut says nothing new
		turn := acquire(t, p)
		turn.Failed(true)
		turn.Done()
		if pace := p.Pace(); pace != 2.5 {
			t.Errorf("pace %v after a slow reply and a timeout, want a quarter", pace)
		}
		turn = acquire(t, p)
		turn.Failed(false)
		turn.Done()
		if pace := p.Pace(); pace != 2.5 {
			t.Errorf("pace %v after a broken connection, want no change", pace)
		}
	})
}

// Retry-After holds for everybody, those included that wait already.
func TestPauseForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pacing.New(pacing.Config{Rate: 1, MaxPause: time.Minute})
		first := acquire(t, p)
		var wg sync.WaitGroup
		start := time.Now()
		for range 5 {
			wg.Go(func() {
				turn := acquire(t, p)
				if d := time.Since(start); d < 30*time.Second {
					t.Errorf("sent after %v, in the pause", d)
				}
				turn.Done()
			})
		}
		synctest.Wait()
		first.Reply(429, http.Header{"Retry-After": {"30"}})
		first.Done()
		wg.Wait()
	})
}

// A service that asks to be left alone for longer than MaxPause is; one that only
// fails is asked again: whoever asks decides how often.
func TestDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pacing.New(pacing.Config{Rate: 100, MaxPause: time.Minute})
		start := time.Now()
		for range 10 {
			reply(t, p, 503, 0, "")
			time.Sleep(time.Minute)
		}
		if _, over := p.Over(); over || p.Failing() < 8*time.Minute {
			t.Errorf("given up: %v; failing for %v", over, p.Failing())
		}
		reply(t, p, 503, 0, "61")
		if until, over := p.Over(); !over || time.Until(until) != 61*time.Second {
			t.Errorf("over %v until %v", over, time.Until(until))
		}
		time.Sleep(time.Second)
		if _, over := p.Over(); over {
			t.Error("a minute is waited for")
		}
		reply(t, p, 200, 0, "")
		if _, over := p.Over(); over || p.Failing() != 0 || !p.ServedSince(start) {
			t.Error("down, though it answers")
		}
	})
}

// What waits when the service turns out to be down does not wait for its turn.
func TestDownEndsThoseThatWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pacing.New(pacing.Config{Rate: 0.02, Burst: 1, MaxPause: 30 * time.Second})
		inFlight := acquire(t, p)
		start := time.Now()
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				var down *pacing.DownError
				if _, err := p.Acquire(t.Context()); !errors.As(err, &down) || !down.Until.After(time.Now()) {
					t.Errorf("error %v after %v", err, time.Since(start))
				}
			})
		}
		synctest.Wait()
		inFlight.Reply(503, http.Header{"Retry-After": {"3600"}})
		inFlight.Done()
		wg.Wait()
	})
}

func TestNeverDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pacing.New(pacing.Config{Rate: 100, MaxPause: -1})
		reply(t, p, 503, 0, "7200")
		start := time.Now()
		reply(t, p, 503, 0, "")
		if _, over := p.Over(); over || time.Since(start) != 2*time.Hour {
			t.Errorf("over %v after %v", over, time.Since(start))
		}
	})
}

func TestContextEndsTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("told to stop")
		slots := pacing.New(pacing.Config{InFlight: 1, MaxPause: time.Hour})
		defer acquire(t, slots).Done()
		tokens := pacing.New(pacing.Config{Rate: 0.001, MaxPause: time.Hour})
		acquire(t, tokens).Done()
		paused := pacing.New(pacing.Config{MaxPause: time.Hour})
		reply(t, paused, 429, 0, "600")
		for name, p := range map[string]*pacing.Pacer{"slots": slots, "tokens": tokens, "pause": paused} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(5*time.Second, func() { cancel(why) })
			start := time.Now()
			if _, err := p.Acquire(ctx); !errors.Is(err, why) || time.Since(start) != 5*time.Second {
				t.Errorf("%s: %v after %v", name, err, time.Since(start))
			}
			if _, err := p.Acquire(ctx); !errors.Is(err, why) {
				t.Errorf("%s: %v from the start", name, err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := tokens.Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the deadline's", err)
		}
	})
}
