package alarmcom_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// eight asks for a detail with eight workers at a time, and answers their errors.
func eight(t *testing.T, src *alarmcom.Source) []error {
	t.Helper()
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = src.CustomerDetail(t.Context(), "101") })
	}
	wg.Wait()
	return errs
}

// One login serves all workers, for as long as it was said to, or for good.
func TestPartnerTokenIsShared(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		life   time.Duration
		after  time.Duration
		tokens int
	}{
		"at once":               {time.Hour, 0, 1},
		"shortly before":        {time.Hour, time.Hour - 31*time.Second, 1},
		"too near to its end":   {time.Hour, time.Hour - 29*time.Second, 2},
		"a tenth of short ones": {100 * time.Second, 89 * time.Second, 1},
		"of short ones, near":   {100 * time.Second, 91 * time.Second, 2},
		"a life that is untold": {0, 100 * time.Hour, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := alarmcomtest.NewServer(smallDealer(), alarmcomtest.WithPartner(alarmcomtest.Partner{TokenLife: test.life}))
				srv.Fail(func(string, int, int) *alarmcomtest.Reply { return &alarmcomtest.Reply{Delay: time.Millisecond} })
				src := inMemory(t, srv, inMemoryPartner(true))
				for range 2 {
					for _, err := range eight(t, src) {
						if err != nil {
							t.Error(err)
						}
					}
					time.Sleep(test.after)
				}
				if n := srv.Count(alarmcomtest.OpPartnerToken); n != test.tokens {
					t.Errorf("%d logins, want %d", n, test.tokens)
				}
				if n := srv.Count(alarmcomtest.OpPartnerCustomer); n != 16 {
					t.Errorf("%d calls, want 16: none was refused", n)
				}
			})
		})
	}
}

// A token that ends in mid-run is renewed once, for all workers.
func TestPartnerTokenEndsInMidRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := alarmcomtest.NewServer(smallDealer())
		src := inMemory(t, srv, inMemoryPartner(true))
		for range 3 {
			for _, err := range eight(t, src) {
				if err != nil {
					t.Error(err)
				}
			}
			srv.ExpireTokens()
		}
		if n := srv.Count(alarmcomtest.OpPartnerToken); n != 3 {
			t.Errorf("%d logins, want 3", n)
		}
	})
}

// A login that is refused is not tried again by everybody: that would lock it.
func TestPartnerLoginRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*alarmcom.Config)
		reply  *alarmcomtest.Reply
		want   string
	}{
		"password":     {change: func(c *alarmcom.Config) { c.Credentials = login("wrong") }, want: "the service reports invalid_grant"},
		"client":       {change: func(c *alarmcom.Config) { c.Credentials = c.Credentials.WithPartnerClient("wrong") }, want: "the service reports invalid_client"},
		"401":          {reply: &alarmcomtest.Reply{Status: 401}, want: "HTTP 401"},
		"403":          {reply: &alarmcomtest.Reply{Status: 403}, want: "HTTP 403"},
		"message":      {reply: &alarmcomtest.Reply{Body: []byte(`{"Message":"Jane"}`)}, want: "the service reports message"},
		"unknown code": {reply: &alarmcomtest.Reply{Status: 400, Body: []byte(`{"error":"Jane"}`)}, want: "the service reports a failure"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := alarmcomtest.NewServer(smallDealer())
				if test.reply != nil {
					srv.Fail(failAlways(alarmcomtest.OpPartnerToken, *test.reply))
				}
				changes := []func(*alarmcom.Config){inMemoryPartner(false)}
				if test.change != nil {
					changes = append(changes, test.change)
				}
				src := inMemory(t, srv, changes...)
				for _, err := range append(eight(t, src), src.Check(t.Context())) {
					if !errors.Is(err, adcimport.ErrAuth) || errors.Is(err, adcimport.ErrDenied) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "Jane") {
						t.Errorf("error %v, want ErrAuth with %q", err, test.want)
					}
				}
				if err := src.Check(t.Context()); !errors.Is(err, adcimport.ErrNotLinked) {
					t.Errorf("Check: %v, want ErrNotLinked", err)
				}
				if n := srv.Count(alarmcomtest.OpPartnerToken); n != 1 {
					t.Errorf("%d logins, want 1", n)
				}
				if n := soapCalls(srv); n != 0 {
					t.Errorf("%d calls of SOAP with the same login", n)
				}
			})
		})
	}
}

// A service that refuses each token it gives ends the call after one renewal.
func TestPartnerTokenRefusedTwice(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	srv.Fail(failAlways(alarmcomtest.OpPartnerCustomer, alarmcomtest.Reply{Status: 401}))
	_, err := newSource(t, srv, partner(srv, true)).CustomerDetail(t.Context(), "101")
	if !errors.Is(err, adcimport.ErrAuth) || srv.Count(alarmcomtest.OpPartnerToken) != 2 || srv.Count(alarmcomtest.OpPartnerCustomer) != 2 {
		t.Errorf("error %v after %d logins and %d calls", err, srv.Count(alarmcomtest.OpPartnerToken), srv.Count(alarmcomtest.OpPartnerCustomer))
	}
}

func TestPartnerTokenThatIsNone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reply alarmcomtest.Reply
		want  string
	}{
		"no token":      {jsonReply(`{}`), "no usable access_token"},
		"empty":         {jsonReply(`{"access_token":""}`), "no usable access_token"},
		"line break":    {jsonReply(`{"access_token":"a\r\nX-Y: Jane"}`), "no usable access_token"},
		"null":          {jsonReply(`null`), "no usable access_token"},
		"list":          {jsonReply(`[]`), "another shape"},
		"HTML":          {alarmcomtest.Reply{Body: []byte("<html>")}, "an HTML page"},
		"other status":  {alarmcomtest.Reply{Status: 400, Body: []byte(`{"access_token":"Jane"}`)}, "no usable access_token"},
		"endless":       {jsonReply(`{"x":"` + strings.Repeat("a", 2<<20) + `"}`), "larger than allowed"},
		"life of text":  {jsonReply(`{"access_token":"t","expires_in":"soon"}`), ""},
		"life of ages":  {jsonReply(`{"access_token":"t","expires_in":99999999999999}`), ""},
		"negative life": {jsonReply(`{"access_token":"t","expires_in":-1}`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, smallDealer())
			srv.Fail(func(op string, _, _ int) *alarmcomtest.Reply {
				if op == alarmcomtest.OpPartnerToken {
					return &test.reply
				}
				reply := jsonReply(`{"customerId":101,"isTerminated":false,"isDemo":false,"customerType":1}`)
				return &reply // whatever the token is
			})
			src := newSource(t, srv, partner(srv, true))
			for range 2 {
				_, err := src.CustomerDetail(t.Context(), "101")
				if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
					t.Errorf("error %v, want %q in it", err, test.want)
				}
				if err != nil && strings.Contains(err.Error(), "Jane") {
					t.Errorf("the error repeats the reply: %v", err)
				}
			}
			if n := srv.Count(alarmcomtest.OpPartnerToken); n != 1 {
				t.Errorf("%d logins, want 1", n)
			}
		})
	}
}

// Rotation: each login asks the provider, calls with a token do not.
func TestPartnerAsksTheCredentialProvider(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	var asked atomic.Int32
	vault := errors.New("vault is sealed")
	src := newSource(t, srv, partner(srv, true), func(c *alarmcom.Config) {
		good := c.Credentials
		c.Credentials = alarmcom.Credentials{}
		c.CredentialProvider = func(context.Context) (alarmcom.Credentials, error) {
			if asked.Add(1) > 2 {
				return alarmcom.Credentials{}, vault
			}
			return good, nil
		}
	})
	for range 2 {
		for range 3 {
			if _, err := src.CustomerDetail(t.Context(), "101"); err != nil {
				t.Error(err)
			}
		}
		srv.ExpireTokens()
	}
	if _, err := src.CustomerDetail(t.Context(), "101"); !errors.Is(err, vault) || asked.Load() != 3 {
		t.Errorf("error %v after the provider was asked %d times", err, asked.Load())
	}
}

// Neither the password nor a token goes to another host.
func TestPartnerRedirectElsewhere(t *testing.T) {
	t.Parallel()
	var reached atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	t.Cleanup(other.Close)
	for _, op := range []string{alarmcomtest.OpPartnerToken, alarmcomtest.OpPartnerCustomer} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			srv := newServer(t, smallDealer())
			srv.Fail(failAlways(op, alarmcomtest.Reply{Status: status, Header: http.Header{"Location": {other.URL + "/x"}}}))
			_, err := newSource(t, srv, partner(srv, true)).CustomerDetail(t.Context(), "101")
			if err == nil || !strings.Contains(err.Error(), "redirected elsewhere") || strings.Contains(err.Error(), other.URL) {
				t.Errorf("%s, %d: error %v", op, status, err)
			}
		}
	}
	if reached.Load() {
		t.Error("the other host was asked")
	}
}
