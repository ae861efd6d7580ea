package faults_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax"
)

type alarmFault = alarmcomtest.Fault

// awayFor makes Alarm.com answer nothing but 503 for a time, which begins with
// the fifth detail.
func awayFor(d time.Duration) func(*world) {
	return awayFrom(d, func(op string, n int) bool { return op == opDetail && n == 5 })
}

func awayFrom(d time.Duration, begins func(op string, n int) bool) func(*world) {
	return func(w *world) {
		var until time.Time
		w.alarm.Fail(func(op string, _, n int) *alarmReply {
			if until.IsZero() && begins(op, n) {
				until = time.Now().Add(d)
			}
			if time.Now().Before(until) {
				return &alarmReply{Status: http.StatusServiceUnavailable}
			}
			return nil
		})
	}
}

// afterFour makes Alarm.com answer everything with a reply, once four details
// were read.
func afterFour(r alarmReply) func(*world) {
	return func(w *world) {
		gone := false
		w.alarm.Fail(func(op string, _, n int) *alarmReply {
			if gone = gone || op == opDetail && n > 4; gone {
				return &r
			}
			return nil
		})
	}
}

// passwordChanges gives the login another password once four details were read.
// The host knows it at once.
func passwordChanges(w *world) {
	const before, after = secret + "password", secret + "password-2"
	w.toAlarm.set(func(r *http.Request) *http.Response {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil
		}
		w.loginMu.Lock()
		defer w.loginMu.Unlock()
		if w.alarm.Count(opDetail) >= 4 {
			w.password = after
		}
		sent := strings.Contains(string(body), after+"<")
		r.Body = io.NopCloser(strings.NewReader(strings.Replace(string(body), after, before, 1)))
		if changed := w.password == after; sent || !changed || w.alarm.Count(opDetail) == 4 {
			return nil
		}
		resp := answerOf(r, strings.NewReader(""))
		resp.StatusCode = http.StatusUnauthorized
		return resp
	})
}

// keyChanges gives SecurityTrax another integrator key once four customers were
// created. The host knows it at once.
func keyChanges(w *world) {
	const header, before, after = "X-SecurityTrax-IntegratorKey", secret + "key", secret + "key-2"
	var mu sync.Mutex
	key := before
	login := securitytrax.Login(secret+"user", secret+"password")
	w.sink = func(c *securitytrax.Config) {
		c.Credentials = securitytrax.Credentials{}
		c.CredentialProvider = func(context.Context) (securitytrax.Credentials, error) {
			mu.Lock()
			defer mu.Unlock()
			return login.WithIntegratorKey(key), nil
		}
	}
	w.toCRM.set(func(r *http.Request) *http.Response {
		mu.Lock()
		defer mu.Unlock()
		if w.crm.Count(routeCreate) >= 4 {
			key = after
		}
		switch sent := r.Header.Get(header); {
		case sent == after:
			r.Header.Set(header, before)
		case key == after:
			resp := answerOf(r, strings.NewReader(""))
			resp.StatusCode = http.StatusUnauthorized
			return resp
		}
		return nil
	})
}

// shorten cuts the first reply to one kind of request.
type shorten struct {
	to int

	mu   sync.Mutex
	done bool
	came bool // it was longer
}

// roundTripper is a function as a transport.
type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (s *shorten) of(base http.RoundTripper, which func(*http.Request) bool) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		resp, err := base.RoundTrip(r)
		s.mu.Lock()
		defer s.mu.Unlock()
		if err != nil || s.done || !which(r) {
			return resp, err
		}
		s.done = true
		whole, err := io.ReadAll(resp.Body)
		if s.came = s.to < len(whole); !s.came {
			resp.Body = io.NopCloser(bytes.NewReader(whole))
			return resp, err
		}
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(whole[:s.to]), breaks{}))
		return resp, nil
	})
}

// breaks is a connection that is reset.
type breaks struct{}

// Read implements io.Reader.
func (breaks) Read([]byte) (int, error) { return 0, syscall.ECONNRESET }

func oneAtOnce(c *securitytrax.Config) { c.Concurrency = 1 }

// actionOf is the operation of a request to Alarm.com.
func actionOf(r *http.Request) string {
	action := strings.Trim(r.Header.Get("Soapaction"), `"`)
	return action[strings.LastIndex(action, "/")+1:]
}

// overTCP lets the importer reach Alarm.com over a real connection.
func (w *world) overTCP(timeout time.Duration) {
	w.toAlarm.host = strings.TrimSuffix(strings.TrimPrefix(w.alarm.URL(), "http://"), "/WebServices")
	w.toAlarm.base = new(http.Transport)
	w.source = func(c *alarmcom.Config) {
		c.BaseURL, c.Timeout, c.RequestsPerSecond, c.Burst = w.alarm.URL(), timeout, 1000, 1000
	}
}

// endlessList makes the list of customers one that never ends, and counts what is
// read of it.
func endlessList(w *world) {
	head, _, _ := strings.Cut(listReply, "</CustomerIds>")
	w.toAlarm.set(func(r *http.Request) *http.Response {
		if actionOf(r) != opList {
			return nil
		}
		w.tries++
		return answerOf(r, &endless{head: strings.NewReader(head), fill: ' ', read: &w.read})
	})
}

// endlessFind does the same to a look-up.
func endlessFind(w *world) {
	w.toCRM.set(func(r *http.Request) *http.Response {
		if !strings.HasSuffix(r.URL.Path, "/isp_connections") {
			return nil
		}
		w.tries++
		return answerOf(r, &endless{head: strings.NewReader(`{"data":[`), fill: ' ', read: &w.read})
	})
}

// otherCustomer asks the service for 105 when it is asked for 104.
func (w *world) otherCustomer(r *http.Request) *http.Response {
	body, err := io.ReadAll(r.Body)
	if err != nil || actionOf(r) != opDetail {
		r.Body = io.NopCloser(bytes.NewReader(body))
		return nil
	}
	body = bytes.Replace(body, []byte(">104<"), []byte(">105<"), 1)
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := w.toAlarm.base.RoundTrip(r)
	if err != nil {
		return nil
	}
	return resp
}

// atCRM makes SecurityTrax answer some requests with a reply; n counts those of
// the route.
func atCRM(method, suffix string, when func(n int) bool, r crmReply) func(*world) {
	return func(w *world) {
		w.crm.Fail(func(req *http.Request, n int) *crmReply {
			if req.Method != method || !strings.HasSuffix(req.URL.Path, suffix) || !when(n) {
				return nil
			}
			return &r
		})
	}
}

func asUsers(f func(*world)) func(*world) {
	return func(w *world) {
		w.users = true
		f(w)
	}
}
