package alarmcom_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// When the service stays away, or asks to be left alone, for longer than
// MaxPause, a call says until when.
func TestPaused(t *testing.T) {
	t.Parallel()
	hint := func(s string) http.Header { return http.Header{"Retry-After": {s}} }
	for name, test := range map[string]struct {
		reply       alarmcomtest.Reply
		least, most time.Duration // until the call fails; MaxPause is 2 minutes
		resume      time.Duration // from then on, about
		rateLimited bool
	}{
		"503 for ever":               {alarmcomtest.Reply{Status: 503}, 2 * time.Minute, 3 * time.Minute, 2 * time.Minute, false},
		"reset for ever":             {alarmcomtest.Reply{Reset: true}, 2 * time.Minute, 3 * time.Minute, 2 * time.Minute, false},
		"silence for ever":           {alarmcomtest.Reply{Delay: time.Hour}, 2 * time.Minute, 4 * time.Minute, 2 * time.Minute, false},
		"breaks off for ever":        {alarmcomtest.Reply{CutAfter: 100}, 2 * time.Minute, 3 * time.Minute, 2 * time.Minute, false},
		"overload fault for ever":    {alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: "busy"}}, 2 * time.Minute, 3 * time.Minute, 2 * time.Minute, true},
		"asks for an hour":           {alarmcomtest.Reply{Status: 429, Header: hint("3600")}, 0, 0, time.Hour, true},
		"asks for a minute for ever": {alarmcomtest.Reply{Status: 503, Header: hint("60")}, 2 * time.Minute, 3 * time.Minute, time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := alarmcomtest.NewServer(smallDealer())
				srv.Fail(failAlways("GetRepRoles", test.reply))
				src := inMemory(t, srv, func(c *alarmcom.Config) {
					c.MaxPause = 2 * time.Minute
					c.ClassifyFault = func(alarmcom.Fault) error { return adcimport.ErrRateLimited }
				})
				start := time.Now()
				_, err := src.Roles(t.Context())
				paused, ok := errors.AsType[*adcimport.PausedError](err)
				if !ok || errors.Is(err, adcimport.ErrRateLimited) != test.rateLimited {
					t.Fatalf("error %v", err)
				}
				if took := time.Since(start); took < test.least || took > test.most {
					t.Errorf("gave up after %v, want %v to %v", took, test.least, test.most)
				}
				if d := time.Until(paused.Until); d < test.resume-time.Second || d > test.resume+time.Second {
					t.Errorf("paused for %v, want %v", d, test.resume)
				}
			})
		})
	}
}

// A pause that is too long is everyone's: nobody sends anything until it is over.
func TestPausedForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := alarmcomtest.NewServer(smallDealer())
		srv.Fail(func(_ string, _, n int) *alarmcomtest.Reply {
			if n > 1 {
				return nil
			}
			return &alarmcomtest.Reply{Status: 503, Header: http.Header{"Retry-After": {"1800"}}}
		})
		src := inMemory(t, srv)
		for range 20 {
			if _, ok := errors.AsType[*adcimport.PausedError](src.Check(t.Context())); !ok {
				t.Fatal("not paused")
			}
		}
		if n := srv.Count("GetDealerId"); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
		time.Sleep(30 * time.Minute)
		if err := src.Check(t.Context()); err != nil {
			t.Errorf("after the pause: %v", err)
		}
	})
}

// A service that is away for less than MaxPause is waited for, whatever
// MaxRetries says: the call is not to blame.
func TestOutageIsSatOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := alarmcomtest.NewServer(smallDealer())
		back := time.Now().Add(4 * time.Minute)
		srv.Fail(func(string, int, int) *alarmcomtest.Reply {
			if time.Now().Before(back) {
				return &alarmcomtest.Reply{Status: 503}
			}
			return nil
		})
		src := inMemory(t, srv, func(c *alarmcom.Config) { c.MaxRetries = 1 })
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := src.Roles(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if d := time.Since(back); d > 45*time.Second {
			t.Errorf("went on %v after the service was back", d)
		}
	})
}

// A call that fails alone is given up after MaxRetries.
func TestCallThatFailsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := alarmcomtest.NewServer(smallDealer())
		srv.Fail(failAlways("GetRepRoles", alarmcomtest.Reply{Status: 502}))
		src := inMemory(t, srv, func(c *alarmcom.Config) { c.MaxRetries = 3 })
		stop := make(chan struct{})
		var others sync.WaitGroup
		others.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(10 * time.Millisecond):
				}
				if err := src.Check(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
		_, err := src.Roles(t.Context())
		close(stop)
		others.Wait()
		if _, paused := errors.AsType[*adcimport.PausedError](err); err == nil || paused {
			t.Errorf("error %v", err)
		}
		// One that fails before another was served cannot be told from an outage.
		if n := srv.Count("GetRepRoles"); n < 4 || n > 8 {
			t.Errorf("%d attempts, want about 4", n)
		}
	})
}

// A customer whose detail never comes is an error that says what was seen, beside
// others and as the only one; when nothing else is answered either, the run is
// paused.
func TestDetailThatNeverComes(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]alarmcomtest.Reply{
		"502": {Status: 502}, "reset": {Reset: true}, "silence": {Delay: time.Hour}, "breaks off": {CutAfter: 60},
	} {
		for _, all := range []bool{false, true} {
			t.Run(name+map[bool]string{false: " for one", true: " for all"}[all], func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := alarmcomtest.NewServer(smallDealer())
					srv.Fail(func(op string, id, _ int) *alarmcomtest.Reply {
						if id == 104 || all && op != "GetLatestCallerVersion" {
							return &reply
						}
						return nil
					})
					src := inMemory(t, srv, func(c *alarmcom.Config) { c.MaxPause = 10 * time.Minute })
					_, err := src.CustomerDetail(t.Context(), "104")
					_, seen := errors.AsType[*adcimport.CallError](err)
					_, paused := errors.AsType[*adcimport.PausedError](err)
					if !seen || paused != all {
						t.Errorf("error %v", err)
					}
				})
			})
		}
	}
}
