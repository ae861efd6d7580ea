package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/notify"
	"github.com/securitytrax/adcimport/notify/webhook"
)

const secretText = "marked-secret-of-24-bytes-or-more"

func key(tb testing.TB, secret string) webhook.Key {
	tb.Helper()
	k, err := webhook.NewKey([]byte(secret))
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func summary() adcimport.Summary {
	return adcimport.Summary{
		RunID: "run-1", Link: "acme", Kind: adcimport.KindCustomer, Status: adcimport.StatusCompleted, Notice: "run-1/4",
		Counts:   adcimport.Counts{Read: 8, Created: 3, Skipped: 3, Failed: 2},
		ByReason: map[adcimport.Reason]int{adcimport.ReasonPossibleMatch: 1, adcimport.ReasonAlreadyImported: 2, adcimport.ReasonInvalidRecord: 2},
		Warnings: []string{"a text for people"},
		Started:  time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC), Finished: time.Date(2026, 11, 26, 3, 5, 0, 0, time.UTC),
	}
}

// receiver is a real server that verifies and keeps what it lets through.
type receiver struct {
	*httptest.Server

	mu       sync.Mutex
	attempts int
	accepted []webhook.Message
	headers  []http.Header
	bodies   []string
}

// receive has a server that first does with an attempt what before says, and verifies
// it if that is false.
func receive(t *testing.T, v webhook.Verifier, before func(n int, w http.ResponseWriter, r *http.Request) (done bool)) *receiver {
	t.Helper()
	rec := &receiver{}
	verified := v.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m, ok := webhook.FromContext(r.Context())
		body, err := io.ReadAll(r.Body)
		if !ok || err != nil {
			t.Errorf("no message, or no body: %v", err)
		}
		rec.mu.Lock()
		defer rec.mu.Unlock()
		rec.accepted, rec.headers, rec.bodies = append(rec.accepted, m), append(rec.headers, r.Header), append(rec.bodies, string(body))
		w.WriteHeader(http.StatusNoContent)
	}))
	rec.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec.mu.Lock()
		rec.attempts++
		n := rec.attempts
		rec.mu.Unlock()
		if before == nil || !before(n, w, r) {
			verified.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(rec.Close)
	return rec
}

func sender(t *testing.T, cfg webhook.Config) *webhook.Notifier {
	t.Helper()
	cfg.AllowPlain = true
	if cfg.RetryWait == 0 {
		cfg.RetryWait = time.Millisecond
	}
	if cfg.Keys == nil {
		cfg.Keys = []webhook.Key{key(t, secretText)}
	}
	n, err := webhook.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNotifier_bodyAndHeaders(t *testing.T) {
	t.Parallel()
	rec := receive(t, webhook.Verifier{Keys: []webhook.Key{key(t, secretText)}}, nil)
	n := sender(t, webhook.Config{URL: rec.URL + "/hook?tenant=1"})
	for range 2 { // a notice that is repeated has the same body and id
		if err := n.Notify(t.Context(), summary()); err != nil {
			t.Fatal(err)
		}
	}
	want := `{"version":1,"notice":"run-1/4","event":"completed","link":"acme","run_id":"run-1","kind":"customer","status":"completed",` +
		`"need_you":3,"counts":{"read":8,"created":3,"linked":0,"updated":0,"unchanged":0,"skipped":3,"failed":2,"to_review":1},` +
		`"by_reason":{"already_imported":2,"invalid_record":2,"possible_match":1},` +
		`"started":"2026-11-26T03:00:00Z","finished":"2026-11-26T03:05:00Z"}`
	if diff := cmp.Diff([]string{want, want}, rec.bodies); diff != "" {
		t.Fatalf("bodies (-want +got):\n%s", diff)
	}
	for _, h := range rec.headers {
		if h.Get("Idempotency-Key") != "run-1/4" || h.Get("Webhook-Id") != "run-1/4" || h.Get("Content-Type") != "application/json" {
			t.Errorf("headers: %v", h)
		}
	}
	if m := rec.accepted[0]; m.Event != notify.Completed || m.Failure != nil || m.NeedYou != 3 {
		t.Errorf("message: %+v", m)
	}
}

// A run that waits says so in codes.
func TestNotifier_waiting(t *testing.T) {
	t.Parallel()
	rec := receive(t, webhook.Verifier{Keys: []webhook.Key{key(t, secretText)}}, nil)
	s := summary()
	s.Status, s.Notice, s.Finished = adcimport.StatusPaused, "run-1/waiting-1795662000", time.Time{}
	s.PausedUntil = time.Date(2026, 11, 26, 4, 0, 0, 0, time.UTC)
	s.Failure = &adcimport.Failure{End: "source", Operation: "GetCustomerList_V2", Code: "unavailable", Status: 503, Since: s.Started}
	if err := sender(t, webhook.Config{URL: rec.URL}).Notify(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	m := rec.accepted[0]
	want := &webhook.Failure{End: "source", Operation: "GetCustomerList_V2", Code: "unavailable", Status: 503, Since: s.Started}
	if diff := cmp.Diff(want, m.Failure); diff != "" || m.Event != notify.Waiting || !m.PausedUntil.Equal(s.PausedUntil) {
		t.Errorf("%+v\n%s", m, diff)
	}
}

// Receivers that fail, hang, are slow, redirect, reply endlessly or are away.
func TestNotifier_receivers(t *testing.T) {
	t.Parallel()
	reply := func(status int) func(int, http.ResponseWriter, *http.Request) bool {
		return func(_ int, w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(status); return true }
	}
	for name, tt := range map[string]struct {
		before   func(n int, w http.ResponseWriter, r *http.Request) bool
		retries  int
		timeout  time.Duration
		attempts int
		accepted int
		is       error
		status   int
	}{
		"fails twice": {before: func(n int, w http.ResponseWriter, _ *http.Request) bool {
			if n < 3 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return n < 3
		}, attempts: 3, accepted: 1},
		"fails for good": {before: reply(500), attempts: 4, status: 500},
		"no retries":     {before: reply(500), retries: -1, attempts: 1, status: 500},
		"refuses":        {before: reply(410), attempts: 1, status: 410},
		"does not know":  {before: reply(404), attempts: 1, status: 404},
		"hangs": {before: func(_ int, _ http.ResponseWriter, r *http.Request) bool {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
			return true
		}, retries: 1, timeout: 50 * time.Millisecond, attempts: 2, is: webhook.ErrTimeout},
		"hangs once": {before: func(n int, _ http.ResponseWriter, r *http.Request) bool {
			if n == 1 {
				_, _ = io.Copy(io.Discard, r.Body)
				<-r.Context().Done()
			}
			return n == 1
		}, timeout: 500 * time.Millisecond, attempts: 2, accepted: 1},
		"breaks off": {before: func(int, http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }, attempts: 4, is: webhook.ErrUnreachable},
		"asks for an hour": {before: func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}, attempts: 1, status: 429},
		"asks for no time": {before: func(n int, w http.ResponseWriter, _ *http.Request) bool {
			if n == 1 {
				w.Header().Set("Retry-After", "0")
				w.WriteHeader(http.StatusTooManyRequests)
			}
			return n == 1
		}, attempts: 2, accepted: 1},
		"redirects elsewhere": {before: func(_ int, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusTemporaryRedirect)
			return true
		}, attempts: 1, is: webhook.ErrRedirect},
		"redirects and drops the body": {before: func(_ int, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "/other", http.StatusFound)
			return true
		}, attempts: 1, is: webhook.ErrRedirect},
		"redirects on the host": {before: func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/other" {
				http.Redirect(w, r, "/other", http.StatusPermanentRedirect)
			}
			return r.URL.Path != "/other"
		}, attempts: 2, accepted: 1},
		"redirects in a circle": {before: func(_ int, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "/hook", http.StatusTemporaryRedirect)
			return true
		}, attempts: 4, is: webhook.ErrRedirect},
		"replies endlessly": {before: func(_ int, w http.ResponseWriter, r *http.Request) bool {
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat("x", 1024)); err != nil {
					break
				}
			}
			return true
		}, attempts: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := receive(t, webhook.Verifier{Keys: []webhook.Key{key(t, secretText)}}, tt.before)
			n := sender(t, webhook.Config{URL: rec.URL + "/hook", Retries: tt.retries, Timeout: tt.timeout})
			err := n.Notify(t.Context(), summary())
			status, _ := errors.AsType[*webhook.StatusError](err)
			switch {
			case tt.is == nil && tt.status == 0 && err != nil:
				t.Error(err)
			case tt.is != nil && !errors.Is(err, tt.is):
				t.Errorf("got %v, want %v", err, tt.is)
			case tt.status != 0 && (status == nil || status.Status != tt.status):
				t.Errorf("got %v, want status %d", err, tt.status)
			}
			rec.mu.Lock()
			defer rec.mu.Unlock()
			if rec.attempts != tt.attempts || len(rec.accepted) != tt.accepted {
				t.Errorf("%d attempts, %d accepted; want %d, %d", rec.attempts, len(rec.accepted), tt.attempts, tt.accepted)
			}
		})
	}
}

// The notifier's half minute bounds attempts and the waits between them.
func TestNotifier_contextEnds(t *testing.T) {
	t.Parallel()
	rec := receive(t, webhook.Verifier{Keys: []webhook.Key{key(t, secretText)}}, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusBadGateway)
		return true
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := sender(t, webhook.Config{URL: rec.URL, RetryWait: 5 * time.Second}).Notify(ctx, summary())
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// Nobody is at the address: the error has the notice and the host, and no path.
func TestNotifier_nobodyThere(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	err = sender(t, webhook.Config{URL: "http://" + addr + "/secret-path?token=secret"}).Notify(t.Context(), summary())
	if !errors.Is(err, webhook.ErrUnreachable) || strings.Contains(fmt.Sprint(err), "secret") {
		t.Errorf("got %v", err)
	}
	if want := "post notice run-1/4 to " + addr; !strings.HasPrefix(fmt.Sprint(err), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// inProcess sends to a handler, without a network: for a bubble of test time.
type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result(), nil
}

// An importer repeats what failed, with the same id, and not what did not.
func TestNotifier_repeatedByTheImporter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ids []string
		broken := 4 // as many attempts
		receiver := webhook.Verifier{Keys: []webhook.Key{key(t, secretText)}}.Handler(
			http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				ids = append(ids, r.Header.Get("Idempotency-Key"))
				if len(ids) <= broken {
					w.WriteHeader(http.StatusInternalServerError)
				}
			}))
		imp, err := adcimport.New(adcimport.Config{
			Link: "acme", Source: nobody{}, Sink: nobody{}, Store: &adcimport.MemoryStore{}, NewID: func() string { return "run-1" },
			Notifiers: []adcimport.Notifier{sender(t, webhook.Config{URL: "http://receiver/", Transport: inProcess{receiver}})},
		})
		if err != nil {
			t.Fatal(err)
		}
		run, err := imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := run.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if err := imp.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(slices.Repeat([]string{"run-1/1"}, broken+1), ids); diff != "" {
			t.Errorf("ids (-want +got):\n%s", diff)
		}
	})
}
