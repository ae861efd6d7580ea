package adcimport_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/securitytrax"
)

// wrongAddress is a mistake in an address, and what Check says of it.
type wrongAddress struct {
	at   func(t *testing.T, hits *atomic.Int32) (address string, transport http.RoundTripper)
	code string
	says string
	sent int32 // requests that arrive
	ends bool  // it passes by itself: it is not ErrNotLinked
}

func served(t *testing.T, hits *atomic.Int32, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		h(w, r)
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(srv.Close)
	return srv
}

func answers(status int, header string) func(*testing.T, *atomic.Int32) (string, http.RoundTripper) {
	return func(t *testing.T, hits *atomic.Int32) (string, http.RoundTripper) {
		t.Helper()
		srv := served(t, hits, func(w http.ResponseWriter, _ *http.Request) {
			if name, value, ok := strings.Cut(header, ": "); ok {
				w.Header().Set(name, value)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, page)
		})
		srv.Start()
		return srv.URL, nil
	}
}

const page = "<!DOCTYPE html><html><body>Welcome</body></html>"

func wrongAddresses() map[string]wrongAddress {
	return map[string]wrongAddress{
		"no such host": {func(*testing.T, *atomic.Int32) (string, http.RoundTripper) {
			return "https://alarm.invalid", &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "alarm.invalid", IsNotFound: true}}
			}}
		}, "no_such_host", "lookup alarm.invalid: no such host", 0, false},
		"resolver away": {func(*testing.T, *atomic.Int32) (string, http.RoundTripper) {
			return "https://alarm.invalid", &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "server misbehaving", Name: "alarm.invalid", IsTemporary: true}}
			}}
		}, "unavailable", "server misbehaving", 0, true},
		"connection refused": {func(t *testing.T, _ *atomic.Int32) (string, http.RoundTripper) {
			t.Helper()
			l, err := net.Listen("tcp", "127.0.0.1:0") // a port that nobody listens at
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close() //nolint:errcheck // a test
			return "http://" + l.Addr().String(), nil
		}, "connection_refused", "connection refused", 0, false},
		"certificate": {func(t *testing.T, hits *atomic.Int32) (string, http.RoundTripper) {
			t.Helper()
			srv := served(t, hits, nil)
			srv.StartTLS()
			return srv.URL, nil
		}, "certificate", "certificate", 0, false},
		"TLS alert": {func(t *testing.T, hits *atomic.Int32) (string, http.RoundTripper) {
			t.Helper()
			srv := served(t, hits, nil)
			srv.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
			srv.StartTLS()
			return srv.URL, &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}} // as an old host does
		}, "tls", "protocol version not supported", 0, false},
		"no TLS there": {func(t *testing.T, hits *atomic.Int32) (string, http.RoundTripper) {
			t.Helper()
			srv := served(t, hits, nil)
			srv.Start()
			return strings.Replace(srv.URL, "http://", "https://", 1), nil
		}, "tls", "HTTP response to HTTPS client", 0, false},
		"proxy's 407, for https": {func(t *testing.T, hits *atomic.Int32) (string, http.RoundTripper) {
			t.Helper()
			proxy, _ := answers(http.StatusProxyAuthRequired, "Proxy-Authenticate: Basic")(t, hits)
			at, err := url.Parse(proxy)
			if err != nil {
				t.Fatal(err)
			}
			return "https://alarm.invalid", &http.Transport{Proxy: http.ProxyURL(at)}
		}, "proxy", "the proxy wants a login", 1, false},
		"proxy's 407, for http": {answers(http.StatusProxyAuthRequired, ""), "proxy", "407", 1, false},
		"404 page":              {answers(http.StatusNotFound, "Content-Type: text/html"), "not_found", "404", 1, false},
		"405 page":              {answers(http.StatusMethodNotAllowed, "Content-Type: text/html"), "refused", "405", 1, false},
		"moved":                 {answers(http.StatusMovedPermanently, "Location: https://elsewhere.invalid/"), "redirected", "redirect", 1, false},
		"another site":          {answers(http.StatusOK, "Content-Type: text/html"), "not_the_service", "", 1, false},
		"401":                   {answers(http.StatusUnauthorized, ""), "auth", "", 1, false},
		"403":                   {answers(http.StatusForbidden, ""), "", "", 1, false},
		"busy":                  {answers(http.StatusServiceUnavailable, ""), "unavailable", "503", 1, true},
		"broken":                {answers(http.StatusInternalServerError, ""), "", "500", 1, true},
		"too fast":              {answers(http.StatusTooManyRequests, ""), "rate_limited", "429", 1, true},
		"left alone":            {answers(http.StatusTooManyRequests, "Retry-After: 7200"), "rate_limited", "429", 1, true},
	}
}

// fault 67: Check says within seconds which end fails and of what, of both kinds of
// services, with the defaults of their packages. It asks once.
func TestFault67_wrongAddresses(t *testing.T) {
	t.Parallel()
	for name, tt := range wrongAddresses() {
		for _, end := range []string{"source", "sink", "PartnerApi"} {
			t.Run(name+", "+end, func(t *testing.T) {
				t.Parallel()
				var hits atomic.Int32
				address, transport := tt.at(t, &hits)
				imp := misled(t, end, address, transport)
				if end == "PartnerApi" {
					end = "source"
				}
				begin := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				err := imp.Check(ctx)
				if took := time.Since(begin); took > 5*time.Second {
					t.Errorf("it took %s", took)
				}
				if err == nil || !strings.Contains(err.Error(), end+": ") || !strings.Contains(err.Error(), tt.says) {
					t.Fatalf("it says %v", err)
				}
				if first := firstWords(end, tt.code); !strings.Contains(err.Error(), end+": "+first) {
					t.Errorf("%q is not said first: %v", first, err)
				}
				call, ok := errors.AsType[*adcimport.CallError](err)
				if !ok && tt.code != "" || ok && tt.code != "" && call.Code != tt.code || ok && call.End != end {
					t.Errorf("call %+v of %v", call, err)
				}
				if errors.Is(err, adcimport.ErrNotLinked) == tt.ends || errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("not linked: %t, of %v", !tt.ends, err)
				}
				if _, paused := errors.AsType[*adcimport.PausedError](err); paused || hits.Load() != tt.sent {
					t.Errorf("%d requests, paused %t: %v", hits.Load(), paused, err)
				}
			})
		}
	}
}

// firstWords are what a check says before the details; empty: nothing of its own.
func firstWords(end, code string) string {
	if end == "sink" && code == "not_found" {
		return "there is no such link: see ISPID, Profile and the path of BaseURL: "
	}
	return map[string]string{
		"no_such_host":       "no host has the name in BaseURL: ",
		"connection_refused": "nobody listens at BaseURL: ",
		"certificate":        "the certificate of whoever is at BaseURL is not trusted, or is another host's: ",
		"tls":                "whoever is at BaseURL speaks no TLS that suits: ",
		"proxy":              "a proxy wants a login: see Transport: ",
		"not_found":          "there is no such page: see the path of BaseURL: ",
		"refused":            "there is no such page: see the path of BaseURL: ",
		"redirected":         "whoever is at BaseURL sends its callers elsewhere: ",
		"not_the_service":    "something else answers at BaseURL: ",
	}[code]
}

// misled has one real end at an address, and a fake at the other.
func misled(t *testing.T, end, address string, transport http.RoundTripper) *adcimport.Importer {
	t.Helper()
	cfg := adcimport.Config{
		Link: "acme", Source: &adcimporttest.Source{Dealer: &adcimporttest.Dealer{}}, Sink: &adcimporttest.Sink{}, Store: new(adcimport.MemoryStore),
	}
	var err error
	switch end {
	case "PartnerApi":
		cfg.Source, err = alarmcom.New(alarmcom.Config{
			Partner: &alarmcom.PartnerConfig{BaseURL: address + "/v1", TokenURL: address + "/token"}, Transport: transport,
			Credentials: alarmcom.NewCredentials("rep", "secret").WithPartnerClient("client"),
		})
	case "source":
		cfg.Source, err = alarmcom.New(alarmcom.Config{
			BaseURL: address, Transport: transport, Credentials: alarmcom.NewCredentials("rep", "secret"),
		})
	default:
		cfg.Sink, err = securitytrax.New(securitytrax.Config{
			BaseURL: address, ISPID: "1", Profile: "acme", Transport: transport,
			Credentials: securitytrax.AccessToken("token").WithIntegratorKey("key"),
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	imp, err := adcimport.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return imp
}

// silent is a transport that connects to nobody.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// fault 67: an address where nobody says anything is given ten seconds, or a little
// less than the caller has; the caller's own end is the caller's.
func TestFault67_nobodySaysAnything(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"source", "sink"} {
		for _, patience := range []time.Duration{0, 10 * time.Second, time.Second} {
			t.Run(end+" "+patience.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					imp := misled(t, end, "https://alarm.invalid", silent{})
					ctx, limit := t.Context(), 10*time.Second
					if patience > 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, patience)
						defer cancel()
						limit = patience
					}
					begin := time.Now()
					err := imp.Check(ctx)
					call, ok := errors.AsType[*adcimport.CallError](err)
					if !ok || call.End != end || call.Code != "timeout" || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, adcimport.ErrNotLinked) {
						t.Errorf("it says %v", err)
					}
					if took := time.Since(begin); took > limit || took < limit*8/10 {
						t.Errorf("it took %s", took)
					}
					gone, cancel := context.WithCancel(t.Context())
					time.AfterFunc(time.Second, cancel)
					if err := imp.Check(gone); !errors.Is(err, context.Canceled) || errors.Is(err, adcimport.ErrNotLinked) {
						t.Errorf("its caller went: %v", err)
					}
				})
			})
		}
	}
}

// checked is an end of which only the check is of interest.
type checked struct {
	adcimport.Source
	adcimport.Sink
	check func(context.Context) error
}

func (c checked) Check(ctx context.Context) error { return c.check(ctx) }

// Both ends are asked at the same time, and both are named.
func TestCheck_bothEndsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(1)
		slow := func(err error) func(context.Context) error {
			return func(context.Context) error {
				sleepBubble(4 * time.Second)
				return err
			}
		}
		r.cfg.Source = checked{Source: r.src, check: slow(&adcimport.CallError{End: "source", Operation: "GetDealerId", Code: "unavailable", Status: 503})}
		r.cfg.Sink = checked{Sink: r.sink, check: slow(adcimport.ErrAuth)}
		begin := time.Now()
		err := r.importer(t).Check(t.Context())
		if took := time.Since(begin); took != 4*time.Second {
			t.Errorf("it took %s", took)
		}
		for _, want := range []string{"source: GetDealerId: unavailable: HTTP 503", "; sink: authentication failed"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q is not said: %v", want, err)
			}
		}
		if !errors.Is(err, adcimport.ErrNotLinked) || !errors.Is(err, adcimport.ErrAuth) {
			t.Errorf("it is %v", err)
		}
	})
}

// away is an importer whose source fails its check for so long.
func away(t *testing.T, d time.Duration, err error) *adcimport.Importer {
	t.Helper()
	r, until := newRig(5), time.Now().Add(d)
	check := checked{check: func(context.Context) error {
		if time.Now().Before(until) {
			return err
		}
		return nil
	}}
	r.cfg.Source = adcimport.CustomersOnly(struct {
		adcimport.CustomerSource
		adcimport.CustomerDetailer
		adcimport.Checker
	}{r.src, r.src, check})
	return r.importer(t)
}

// So does a run that its caller waits for: up to MaxPause, and then it is paused.
// What a person must mend is told at once.
func TestImport_waitsForWhatPasses(t *testing.T) {
	t.Parallel()
	busy := error(&adcimport.CallError{End: "source", Operation: "GetDealerId", Code: "unavailable"})
	for name, tt := range map[string]struct {
		err         error
		away        time.Duration
		status      adcimport.RunStatus // empty: the run does not begin
		least, most time.Duration
	}{
		"for four minutes": {busy, 4 * time.Minute, adcimport.StatusCompleted, 4 * time.Minute, 5 * time.Minute},
		"limited":          {adcimport.ErrRateLimited, 4 * time.Minute, adcimport.StatusCompleted, 4 * time.Minute, 5 * time.Minute},
		"for an hour":      {busy, time.Hour, adcimport.StatusPaused, 5 * time.Minute, 5 * time.Minute},
		"login":            {adcimport.ErrAuth, time.Hour, "", 0, 0},
		"other":            {errBoom, time.Hour, "", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				imp, begin := away(t, tt.away, tt.err), time.Now()
				s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
				if took := time.Since(begin); took < tt.least || took > tt.most {
					t.Errorf("it took %v", took)
				}
				if tt.status == "" {
					if !errors.Is(err, adcimport.ErrNotLinked) || s.RunID != "" {
						t.Errorf("%+v: %v", s, err)
					}
					return
				}
				if _, paused := errors.AsType[*adcimport.PausedError](err); paused {
					if s.Status != tt.status || s.Failure == nil || s.Failure.Since.IsZero() {
						t.Fatalf("%s, %+v: %v", s.Status, s.Failure, err)
					}
					sleepBubble(time.Hour)
					s, err = imp.Resume(t.Context(), s.RunID)
				}
				completed(t, s, err, adcimport.Counts{Read: 5, Created: 5})
			})
		})
	}
}

// A start in the background is refused for what a person must mend, and waits for
// what passes: the run is there, says why it waits, and completes by itself.
func TestStart_waitsForWhatPasses(t *testing.T) {
	t.Parallel()
	call := func(code string) error {
		return &adcimport.CallError{End: "source", Operation: "GetDealerId", Code: code}
	}
	for name, tt := range map[string]struct {
		err  error
		runs bool
		code string
	}{
		"busy":        {call("unavailable"), true, "unavailable"},
		"slow":        {call("timeout"), true, "timeout"},
		"unreadable":  {call("unreadable"), true, "unreadable"},
		"limited":     {adcimport.ErrRateLimited, true, "rate_limited"},
		"too fast":    {call("rate_limited"), true, "rate_limited"},
		"paused":      {&adcimport.PausedError{Until: time.Date(2000, 1, 1, 0, 20, 0, 0, time.UTC), Err: adcimport.ErrRateLimited}, true, "rate_limited"},
		"login":       {adcimport.ErrAuth, false, ""},
		"inactive":    {adcimport.ErrNotLinked, false, ""},
		"host":        {call("no_such_host"), false, ""},
		"refused":     {call("connection_refused"), false, ""},
		"certificate": {call("certificate"), false, ""},
		"page":        {call("not_found"), false, ""},
		"other":       {errBoom, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				imp := away(t, 10*time.Minute, tt.err)
				run, err := imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
				if !tt.runs {
					if err == nil || !errors.Is(err, adcimport.ErrNotLinked) {
						t.Errorf("it begins: %v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				sleepBubble(6 * time.Minute) // it waits for five, and then pauses
				info, err := imp.LookupRun(t.Context(), run.ID())
				if err != nil || info.Failure == nil || info.Failure.Code != tt.code || info.Alive {
					t.Errorf("it waits for %+v: %v", info.Failure, err)
				}
				s, err := ended(t, run)
				completed(t, s, err, adcimport.Counts{Read: 5, Created: 5})
			})
		})
	}
}
