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

// A call repeats within seconds, whoever else is served or not, and then says what it
// saw: it is the importer that waits for a service (faults 10, 14).
func TestCallIsGivenUpWithinSeconds(t *testing.T) {
	t.Parallel()
	hint := func(s string) http.Header { return http.Header{"Retry-After": {s}} }
	for name, test := range map[string]struct {
		reply alarmcomtest.Reply
		most  time.Duration // until the call fails
		calls int           // 0: as many as the pace allows
		code  string
		hint  time.Duration // how long to wait then, about
	}{
		"503 for ever":               {alarmcomtest.Reply{Status: 503}, 15 * time.Second, 5, "unavailable", 0},
		"500 for ever":               {alarmcomtest.Reply{Status: 500, Body: []byte("x")}, 15 * time.Second, 5, "unreadable", 0},
		"reset for ever":             {alarmcomtest.Reply{Reset: true}, 15 * time.Second, 5, "unavailable", 0},
		"breaks off for ever":        {alarmcomtest.Reply{CutAfter: 100}, 15 * time.Second, 5, "unreadable", 0},
		"silence for ever":           {alarmcomtest.Reply{Delay: time.Hour}, time.Minute, 1, "timeout", 0}, // of one attempt
		"too fast for ever":          {alarmcomtest.Reply{Status: 429}, 90 * time.Second, 0, "rate_limited", 0},
		"overload fault for ever":    {alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: "busy"}}, 90 * time.Second, 0, "rate_limited", 0},
		"asks for an hour":           {alarmcomtest.Reply{Status: 429, Header: hint("3600")}, 0, 1, "rate_limited", time.Hour},
		"asks for two minutes":       {alarmcomtest.Reply{Status: 503, Header: hint("120")}, 0, 1, "unavailable", 2 * time.Minute},
		"asks for a minute for ever": {alarmcomtest.Reply{Status: 503, Header: hint("60")}, time.Minute, 2, "unavailable", time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := alarmcomtest.NewServer(smallDealer())
				srv.Fail(failAlways("GetRepRoles", test.reply))
				src := inMemory(t, srv, func(c *alarmcom.Config) {
					c.ClassifyFault = func(alarmcom.Fault) error { return adcimport.ErrRateLimited }
				})
				start := time.Now()
				_, err := src.Roles(t.Context())
				seen, ok := errors.AsType[*adcimport.CallError](err)
				if _, paused := errors.AsType[*adcimport.PausedError](err); !ok || paused {
					t.Fatalf("error %v", err)
				}
				if seen.Code != test.code || seen.RetryAfter < test.hint-time.Second || seen.RetryAfter > test.hint+time.Second {
					t.Errorf("seen %+v, want %s and to come back in %v", seen, test.code, test.hint)
				}
				if took := time.Since(start); took > test.most {
					t.Errorf("gave up after %v, want %v at most", took, test.most)
				}
				if n := srv.Count("GetRepRoles"); n != test.calls && test.calls > 0 {
					t.Errorf("%d calls, want %d", n, test.calls)
				}
			})
		})
	}
}

// A pause that is too long is everyone's: nobody sends anything until it is over.
func TestLeftAloneByAll(t *testing.T) {
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
		for i := range 20 {
			left := 30*time.Minute - time.Duration(i)*time.Minute
			seen, ok := errors.AsType[*adcimport.CallError](src.Check(t.Context()))
			if !ok || seen.RetryAfter > left || seen.RetryAfter < left-time.Second {
				t.Fatalf("call %d: %+v, want one that says to come back in %v", i, seen, left)
			}
			time.Sleep(time.Minute)
		}
		if n := srv.Count("GetDealerId"); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
		time.Sleep(10 * time.Minute)
		if err := src.Check(t.Context()); err != nil {
			t.Errorf("after the pause: %v", err)
		}
	})
}

// A service that is away for four minutes is waited for by the importer, whatever
// MaxRetries says: no customer is to blame.
func TestOutageIsSatOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 40
		srv := alarmcomtest.NewServer(crowd(n))
		var back time.Time
		details := 0
		srv.Fail(func(op string, _, _ int) *alarmcomtest.Reply {
			if op == "GetCustomerInfo_V2" {
				details++
			}
			if details == 10 && back.IsZero() {
				back = time.Now().Add(4 * time.Minute)
			}
			if time.Now().Before(back) {
				return &alarmcomtest.Reply{Status: 503}
			}
			return nil
		})
		importCrowd(t, inMemory(t, srv, func(c *alarmcom.Config) { c.MaxRetries = 1 }), n)
		if d := time.Since(back); d < 0 || d > 2*time.Minute {
			t.Errorf("done %v after the service was back", d)
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
		if n := srv.Count("GetRepRoles"); n != 4 {
			t.Errorf("%d attempts, want 4", n)
		}
	})
}

// A customer whose detail never comes is an error that says what was seen, beside
// others and as the only one, and when nothing else is answered either.
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
					start := time.Now()
					_, err := inMemory(t, srv).CustomerDetail(t.Context(), "104")
					_, seen := errors.AsType[*adcimport.CallError](err)
					_, record := errors.AsType[*adcimport.RecordError](err)
					if took := time.Since(start); !seen || record || took > time.Minute {
						t.Errorf("after %v: error %v", took, err)
					}
				})
			})
		}
	}
}
