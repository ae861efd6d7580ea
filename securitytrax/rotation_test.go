package securitytrax_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// vault is a host's store of credentials that change.
type vault struct {
	mu    sync.Mutex
	given securitytrax.Credentials
	err   error
}

func (v *vault) put(c securitytrax.Credentials, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.given, v.err = c, err
}

func (v *vault) get(context.Context) (securitytrax.Credentials, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.given, v.err
}

// asking makes a sink that asks a vault.
func asking(t *testing.T, srv *securitytraxtest.Server, v *vault) *securitytrax.Sink {
	t.Helper()
	return newSink(t, srv, func(c *securitytrax.Config) {
		c.Credentials, c.CredentialProvider = securitytrax.Credentials{}, v.get
	})
}

// refuseTokens makes the server refuse what is sent with one of the tokens.
func refuseTokens(srv *securitytraxtest.Server, tokens ...string) {
	srv.Fail(func(r *http.Request, _ int) *reply {
		for _, token := range tokens {
			if r.Header.Get("Authorization") == "Bearer "+token {
				return &reply{Status: http.StatusUnauthorized}
			}
		}
		return nil
	})
}

// Credentials that rotate are used at once, without a new Sink (fault 69).
func TestFault69_rotatedCredentials(t *testing.T) {
	t.Parallel()
	key := securitytraxtest.DefaultIntegratorKey
	for name, tt := range map[string]struct {
		before, after securitytrax.Credentials
		requests      map[string]int
	}{
		"password": {password("old"), password("new"), map[string]int{"POST /authenticate": 2, "GET /isps/{id}": 1}},
		"integrator key": {
			password("new").WithIntegratorKey("old"), password("new"),
			map[string]int{"POST /authenticate": 2, "GET /isps/{id}": 1},
		},
		"access token":               {accessToken("old"), accessToken("pat"), map[string]int{"GET /isps/{id}": 2}},
		"login to an access token":   {password("old"), accessToken("pat"), map[string]int{"POST /authenticate": 1, "GET /isps/{id}": 1}},
		"an access token to a login": {accessToken("old"), password("new"), map[string]int{"POST /authenticate": 1, "GET /isps/{id}": 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // no time passes: a refused login is left alone for a minute
				srv := securitytraxtest.New(securitytraxtest.WithLogin(securitytraxtest.DefaultUsername, "new"),
					securitytraxtest.WithAccessToken("pat"), securitytraxtest.WithIntegratorKey(key))
				v := &vault{given: tt.before}
				sink := asking(t, srv, v)
				if err := sink.Check(t.Context()); !errors.Is(err, adcimport.ErrAuth) {
					t.Fatalf("before: %v, want ErrAuth", err)
				}
				v.put(tt.after, nil)
				if err := sink.Check(t.Context()); err != nil {
					t.Errorf("after: %v", err)
				}
				if diff := cmp.Diff(tt.requests, srv.Counts()); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A write whose token was rotated away under it is sent again, once.
func TestFault69_rotatedDuringAWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := securitytraxtest.New(securitytraxtest.WithAccessToken("pat"))
		records := customers(t, srv, 3)
		v := &vault{given: accessToken("old")}
		sink := asking(t, srv, v)
		srv.Fail(func(r *http.Request, _ int) *reply {
			if r.Header.Get("Authorization") != "Bearer old" {
				return nil
			}
			v.put(accessToken("pat"), nil)
			return &reply{Status: http.StatusUnauthorized}
		})
		results, err := sink.CreateCustomers(t.Context(), records)
		want := []adcimport.WriteStatus{adcimport.WriteCreated, adcimport.WriteCreated, adcimport.WriteCreated}
		if diff := cmp.Diff(want, statuses(results)); diff != "" || err != nil {
			t.Errorf("error %v, results (-want +got):\n%s", err, diff)
		}
	})
}

// What a provider gives may be nothing, broken or a panic: nothing is sent, and the
// error says where it came from.
func TestFault69_providersThatFail(t *testing.T) {
	t.Parallel()
	sealed := errors.New("the vault is sealed")
	for name, provider := range map[string]func(context.Context) (securitytrax.Credentials, error){
		"error": func(context.Context) (securitytrax.Credentials, error) { return securitytrax.Credentials{}, sealed },
		"none":  func(context.Context) (securitytrax.Credentials, error) { return securitytrax.Credentials{}, nil },
		"no key": func(context.Context) (securitytrax.Credentials, error) {
			return securitytrax.AccessToken("SECRET"), nil
		},
		"two lines": func(context.Context) (securitytrax.Credentials, error) { return accessToken("SECRET\r\nX: y"), nil },
		"panic":     func(context.Context) (securitytrax.Credentials, error) { panic("SECRET") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			records := customers(t, srv, 2)
			sink := newSink(t, srv, func(c *securitytrax.Config) {
				c.Credentials, c.CredentialProvider = securitytrax.Credentials{}, provider
			})
			results, err := sink.CreateCustomers(t.Context(), records)
			want := []adcimport.WriteStatus{adcimport.WriteNotSent, adcimport.WriteNotSent}
			if diff := cmp.Diff(want, statuses(results)); diff != "" || err == nil || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("error %v, results (-want +got):\n%s", err, diff)
			}
			if err == nil || !strings.Contains(err.Error(), "redentials") && !strings.Contains(err.Error(), "CredentialProvider") {
				t.Errorf("%v does not say what is wrong", err)
			}
			if name == "error" && !errors.Is(err, sealed) {
				t.Errorf("%v is not the provider's", err)
			}
			if len(srv.Requests()) > 0 {
				t.Error("something was sent")
			}
		})
	}
}

// A token that is refused although nothing changed is not asked about again.
func TestFault69_nothingChanged(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New(securitytraxtest.WithAccessToken("pat"))
	v := &vault{given: accessToken("pat")}
	sink := asking(t, srv, v)
	refuseTokens(srv, "pat")
	if err := sink.Check(t.Context()); !errors.Is(err, adcimport.ErrAuth) {
		t.Errorf("error %v, want ErrAuth", err)
	}
	if diff := cmp.Diff(map[string]int{"GET /isps/{id}": 1}, srv.Counts()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}
