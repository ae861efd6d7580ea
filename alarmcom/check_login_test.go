package alarmcom_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// fault 71: a login that is refused in mid-run is ErrAuth at whatever is called
// first; a list that fails while the login works is not.
func TestFault71_loginRefusedInMidRun(t *testing.T) {
	t.Parallel()
	listed := func(f adcimport.CustomerFilter) func(t *testing.T, src *alarmcom.Source) error {
		return func(t *testing.T, src *alarmcom.Source) error {
			t.Helper()
			return firstError(t, src.Customers(t.Context(), f, ""))
		}
	}
	for op, ask := range map[string]func(t *testing.T, src *alarmcom.Source) error{
		"GetCustomerList_V2":        listed(adcimport.CustomerFilter{}),
		"GetCustomerListByBranchId": listed(adcimport.CustomerFilter{SubDealerIDs: []string{"7"}}),
		"GetRepList": func(t *testing.T, src *alarmcom.Source) error {
			t.Helper()
			return firstError(t, src.Users(t.Context(), adcimport.UserFilter{}, ""))
		},
		"GetRepRoles": func(t *testing.T, src *alarmcom.Source) error {
			t.Helper()
			_, err := src.Roles(t.Context())
			return err
		},
		"GetLatestCallerVersion": func(t *testing.T, src *alarmcom.Source) error {
			t.Helper()
			_, err := src.CustomerDetail(t.Context(), "1001")
			return err
		},
	} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, adcimporttest.NewDealer(1, 5, 2))
			src := newSource(t, srv, func(c *alarmcom.Config) { c.Credentials = login("changed in mid-run") })
			if err := ask(t, src); !errors.Is(err, adcimport.ErrAuth) {
				t.Errorf("the login is refused: %v", err)
			}
			if n := srv.Count("GetDealerId"); n != 1 {
				t.Errorf("%d calls told that it is the login", n)
			}
			srv.Fail(func(called string, _, _ int) *alarmcomtest.Reply {
				if called == op {
					return &alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: "boom"}}
				}
				return nil
			})
			err := ask(t, newSource(t, srv))
			var e *alarmcom.Error
			if errors.Is(err, adcimport.ErrAuth) || !errors.As(err, &e) || e.Op != op {
				t.Errorf("the login works: %v", err)
			}
		})
	}
}

// Whoever meets a refused login reads so before anything else, and what may be wrong.
func TestCheck_saysWhyFirst(t *testing.T) {
	t.Parallel()
	srv := newServer(t, nil)
	err := newSource(t, srv, func(c *alarmcom.Config) { c.Credentials = login("wrong") }).Check(t.Context())
	const want = "alarmcom: GetDealerId: authentication failed: user name, password or two-factor device is wrong, " +
		"or the login is locked or lacks rights, or the service is out of order (the service reports Server)"
	if !errors.Is(err, adcimport.ErrNotLinked) || err.Error() != want {
		t.Errorf("%v, want\n%s", err, want)
	}
}

// How the service refuses a login is not known: each likely form ends as ErrAuth.
func TestCheck_badLoginInAnyForm(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]alarmcomtest.Reply{
		"failure": {Failure: "Login failed."},
		"fault":   {Fault: &alarmcomtest.Fault{Code: "Client", Text: "Access denied."}},
		"status":  {Status: http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, adcimporttest.NewDealer(1, 5, 2), alarmcomtest.BadLogin(reply))
			src := newSource(t, srv, func(c *alarmcom.Config) { c.Credentials = login("wrong") })
			if err := src.Check(t.Context()); !errors.Is(err, adcimport.ErrAuth) {
				t.Errorf("Check: %v", err)
			}
			if err := newSource(t, srv).Check(t.Context()); err != nil {
				t.Errorf("Check with the right login: %v", err)
			}
		})
	}
}
