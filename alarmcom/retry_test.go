package alarmcom_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// What is repeated, and how often.
func TestRetries(t *testing.T) {
	t.Parallel()
	status := func(code int) alarmcomtest.Reply { return alarmcomtest.Reply{Status: code, Body: []byte("x")} }
	for name, test := range map[string]struct {
		reply alarmcomtest.Reply
		calls int // with four repeats allowed; 0: as many as the pace allows
		want  error
	}{
		"429":            {status(429), 0, adcimport.ErrRateLimited},
		"502":            {status(502), 5, nil},
		"503":            {status(503), 5, nil},
		"504":            {status(504), 5, nil},
		"500, no SOAP":   {status(500), 5, nil},
		"500, fault":     {alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: "x"}}, 1, nil},
		"401":            {status(401), 1, adcimport.ErrAuth},
		"403":            {status(403), 1, adcimport.ErrDenied},
		"404":            {status(404), 1, nil},
		"400":            {status(400), 1, nil},
		"reset":          {alarmcomtest.Reply{Reset: true}, 5, nil},
		"cut off":        {alarmcomtest.Reply{CutAfter: 100}, 5, nil},
		"half an answer": {alarmcomtest.Reply{Body: []byte(`<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>`)}, 5, nil},
		"nothing":        {alarmcomtest.Reply{Body: []byte{}}, 5, nil},
		"HTML":           {alarmcomtest.Reply{Body: []byte("<html>")}, 1, nil},
		"overload fault": {alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: "busy"}}, 0, adcimport.ErrRateLimited},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := alarmcomtest.NewServer(smallDealer())
				srv.Fail(failAlways("GetRepRoles", test.reply))
				src := inMemory(t, srv, func(c *alarmcom.Config) {
					c.ClassifyFault = func(f alarmcom.Fault) error {
						if f.Text == "busy" {
							return adcimport.ErrRateLimited
						}
						return nil
					}
				})
				_, err := src.Roles(t.Context())
				var e *alarmcom.Error
				if !errors.As(err, &e) || test.want != nil && !errors.Is(err, test.want) {
					t.Fatalf("error %v, want an *Error that is %v", err, test.want)
				}
				if n := srv.Count("GetRepRoles"); n != test.calls && test.calls > 0 || e.Attempts != n {
					t.Errorf("%d calls, %d attempts told, want %d: %v", n, e.Attempts, test.calls, err)
				}
			})
		})
	}
}

// Any reply that breaks off is read again, and then whole.
func TestRecoveryAtEveryByte(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := alarmcomtest.NewServer(smallDealer())
		src := inMemory(t, srv)
		for at := 1; ; at++ {
			srv.Reset()
			srv.Fail(func(_ string, _, n int) *alarmcomtest.Reply {
				if n > 1 {
					return nil
				}
				return &alarmcomtest.Reply{CutAfter: at}
			})
			f := adcimport.CustomerFilter{Include: adcimport.Include{Terminated: true, Commitment: true}} // one list
			pages := allPages(t, src.Customers(t.Context(), f, ""))
			if got := customerIDs(pages); len(got) != 10 {
				t.Fatalf("cut after %d bytes: %v", at, got)
			}
			if srv.Count("GetCustomerList_V2") == 1 { // nothing was cut: the end is reached
				if at < 300 {
					t.Fatalf("a reply of %d bytes", at)
				}
				return
			}
		}
	})
}

func TestRecoveryAfterRetryAfter(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		header string
		most   time.Duration // jitter of the first repeat comes on top of nothing
		least  time.Duration
	}{
		"asked for": {"40", 40*time.Second + time.Second, 40 * time.Second},
		"no hint":   {"0", time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := alarmcomtest.NewServer(smallDealer())
				srv.Fail(func(op string, _, n int) *alarmcomtest.Reply {
					if op != "GetRepRoles" || n > 1 {
						return nil
					}
					return &alarmcomtest.Reply{Status: 429, Header: http.Header{"Retry-After": {test.header}}}
				})
				src := inMemory(t, srv)
				start := time.Now()
				var wg sync.WaitGroup
				wg.Go(func() {
					if _, err := src.Roles(t.Context()); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait() // it waits now, and another call must wait as long
				if err := src.Check(t.Context()); err != nil {
					t.Error(err)
				}
				if took := time.Since(start); took < test.least || took > test.most {
					t.Errorf("the other call took %v, want %v to %v", took, test.least, test.most)
				}
				wg.Wait()
			})
		})
	}
}

func TestRetryAfterIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := alarmcomtest.NewServer(smallDealer())
		srv.Fail(failAlways("GetRepRoles", alarmcomtest.Reply{Status: 503, Header: http.Header{"Retry-After": {"600"}}}))
		_, err := inMemory(t, srv).Roles(t.Context())
		var e *alarmcom.Error
		if !errors.As(err, &e) || e.RetryAfter != 10*time.Minute || e.Status != 503 || e.Attempts != 1 {
			t.Errorf("error %#v", e)
		}
	})
}

// A run takes calls ÷ rate, whatever the concurrency.
func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := alarmcomtest.NewServer(smallDealer())
		src := inMemory(t, srv, func(c *alarmcom.Config) { c.RequestsPerSecond, c.Burst = 10, 1 })
		start := time.Now()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 50 {
					if err := src.Check(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if took, want := time.Since(start), 40*time.Second; took < want*98/100 || took > want*102/100 {
			t.Errorf("400 calls at 10 a second took %v, want %v", took, want)
		}
	})
}

// Repeats take tokens too.
func TestPaceOfRepeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := alarmcomtest.NewServer(smallDealer())
		srv.Fail(failAlways("GetRepRoles", alarmcomtest.Reply{Status: 503}))
		src := inMemory(t, srv, func(c *alarmcom.Config) { c.RequestsPerSecond, c.Burst, c.MaxRetries = 0.1, 1, 1 })
		start := time.Now()
		if _, err := src.Roles(t.Context()); err == nil {
			t.Error("no error")
		}
		if took, n := time.Since(start), srv.Count("GetRepRoles"); took < 19*time.Second || n != 2 {
			t.Errorf("a call before and %d attempts at one in 10 s took %v", n, took)
		}
	})
}

func TestAttemptTimesOut(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]alarmcomtest.Reply{
		"late":   {Delay: time.Hour},
		"slowly": {Slowly: 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := alarmcomtest.NewServer(smallDealer())
				srv.Fail(failAlways("GetRepRoles", reply))
				src := inMemory(t, srv, func(c *alarmcom.Config) { c.Timeout, c.MaxRetries = 5*time.Second, 2 })
				start := time.Now()
				_, err := src.Roles(t.Context())
				if err == nil || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no complete reply in time") {
					t.Errorf("error %v, want one that is not taken for the caller's deadline", err)
				}
				if took := time.Since(start); took < 15*time.Second || took > 17*time.Second {
					t.Errorf("3 attempts of 5 s took %v", took)
				}
			})
		})
	}
}

// The caller's end is the call's end, while it waits for anything.
func TestContextEndsTheCall(t *testing.T) {
	t.Parallel()
	why := errors.New("told to stop")
	for name, reply := range map[string]alarmcomtest.Reply{
		"reply":   {Delay: time.Hour},
		"backoff": {Status: 429, Header: http.Header{"Retry-After": {"50"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := alarmcomtest.NewServer(smallDealer())
				srv.Fail(failAlways("GetRepRoles", reply))
				src := inMemory(t, srv)
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(5*time.Second, func() { cancel(why) })
				start := time.Now()
				if _, err := src.Roles(ctx); !errors.Is(err, why) {
					t.Errorf("error %v, want the cause", err)
				}
				if took := time.Since(start); took != 5*time.Second {
					t.Errorf("ended after %v", took)
				}
			})
		})
	}
}

func TestDeadlineBeforeItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := alarmcomtest.NewServer(smallDealer())
		src := inMemory(t, srv, func(c *alarmcom.Config) { c.RequestsPerSecond, c.Burst = 0.001, 1 })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := src.Check(ctx); err != nil {
			t.Fatal(err)
		}
		if err := src.Check(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want DeadlineExceeded", err)
		}
		if n := srv.Count("GetDealerId"); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
}

func TestConnectionErrorsWithoutText(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mock := httpmock.NewMockTransport()
		calls := 0
		mock.RegisterNoResponder(func(*http.Request) (*http.Response, error) {
			calls++
			return nil, errors.New(`malformed HTTP response "Jane Doe ` + strconv.Itoa(calls) + `"`)
		})
		src, err := newInMemory(alarmcomtest.NewServer(nil), func(c *alarmcom.Config) { c.Transport = mock })
		if err != nil {
			t.Fatal(err)
		}
		_, err = src.Roles(t.Context())
		const want = "alarmcom: GetRepRoles: the connection broke or its reply is no HTTP (5 attempts)"
		if err == nil || err.Error() != want || calls != 5 {
			t.Errorf("error %v after %d calls", err, calls)
		}
	})
}
