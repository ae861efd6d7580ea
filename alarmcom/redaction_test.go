package alarmcom_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// marked is in every secret and in all personal data of these tests.
const marked = "Xyzzy"

// The fake's side of markedCredentials.
var (
	markedLogin  = alarmcomtest.WithLogin(marked+"User", marked+"Password")
	markedDevice = alarmcomtest.WithTwoFactorDevice(marked + "Device")
)

func markedCredentials() alarmcom.Credentials {
	return alarmcom.NewCredentials(marked+"User", marked+"Password").WithTwoFactorDevice(marked + "Device")
}

// Secrets and personal data go through every failure there is, and must not be
// in any error or log.
func TestNothingPersonalInErrorsAndLogs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		secret := marked + "Password"
		html := "<html>" + marked + "</html>"
		broken := strings.Replace(rolesReply, "Admin", marked, 1)
		replies := map[string]alarmcomtest.Reply{
			"fault":        {Fault: &alarmcomtest.Fault{Text: marked}},
			"fault code":   {Body: []byte(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>` + marked + `</faultcode><faultstring>` + secret + `</faultstring></s:Fault></s:Body></s:Envelope>`)},
			"failure":      {Failure: marked},
			"HTML":         {Body: []byte(html)},
			"500":          {Status: 500, Body: []byte(html)},
			"503":          {Status: 503, Body: []byte(html), Header: http.Header{"Retry-After": {marked}}},
			"401":          {Status: 401, Body: []byte(html)},
			"429":          {Status: 429, Body: []byte(html)},
			"redirect":     {Status: 307, Header: http.Header{"Location": {"https://" + marked + ".example.com/" + marked}}},
			"bad redirect": {Status: 307, Header: http.Header{"Location": {"://" + marked}}},
			"entity":       {Body: []byte(strings.Replace(broken, marked, "&"+marked+";", 1))},
			"bad element":  {Body: []byte(strings.Replace(broken, "</RoleName>", "</"+marked+">", 1))},
			"not a number": {Body: []byte(strings.Replace(broken, "<RoleId>1", "<RoleId>"+marked, 1))},
			"cut off":      {CutAfter: 400},
			"other":        {Body: []byte("<" + marked + "/>")},
		}
		var log bytes.Buffer
		for name, reply := range replies {
			srv := alarmcomtest.NewServer(&adcimporttest.Dealer{Customers: []adcimport.Customer{{
				ID: "101", FirstName: marked, LastName: marked, PrimaryEmail: marked, PrimaryPhoneNumber: marked,
				InstallAddress: adcimport.Address{Street1: marked, Country: "USA"},
			}}}, markedLogin, markedDevice)
			srv.Fail(func(op string, _, _ int) *alarmcomtest.Reply {
				if op == "GetLatestCallerVersion" {
					return nil
				}
				r := reply
				r.Body = bytes.ReplaceAll(r.Body, []byte("GetRepRoles"), []byte(op))
				return &r
			})
			src := inMemory(t, srv, func(c *alarmcom.Config) {
				c.Credentials = markedCredentials()
				c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			for i, err := range allCalls(t, src) {
				for _, text := range []string{fmt.Sprint(err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
					if strings.Contains(text, marked) {
						t.Errorf("%s, call %d: %s", name, i, text)
					}
				}
			}
		}
		if strings.Contains(log.String(), marked) || !strings.Contains(log.String(), "GetRepRoles") {
			t.Errorf("log: %s", log.String())
		}
	})
}

// allCalls answers the error of each call that a source makes.
func allCalls(t *testing.T, src *alarmcom.Source) []error {
	t.Helper()
	ctx := t.Context()
	_, detail := src.CustomerDetail(ctx, "101")
	_, subs := src.SubDealers(ctx)
	_, roles := src.Roles(ctx)
	errs := []error{detail, subs, roles, src.Check(ctx)}
	for _, err := range src.Users(ctx, adcimport.UserFilter{}, "") {
		errs = append(errs, err)
	}
	for _, err := range src.Customers(ctx, adcimport.CustomerFilter{}, "") {
		errs = append(errs, err)
	}
	return errs
}

// Fault 59: the text of a fault is for the host that classifies it, and in no
// error; a code that is not known neither.
func TestFaultTextIsForTheHostAlone(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	srv.Fail(failAlways("GetDealerId", alarmcomtest.Reply{Failure: "locked out"}))
	var seen alarmcom.Fault
	src := newSource(t, srv, func(c *alarmcom.Config) {
		c.ClassifyFault = func(f alarmcom.Fault) error {
			seen = f
			return nil
		}
	})
	err := src.Check(t.Context())
	var e *alarmcom.Error
	if !errors.As(err, &e) || e.Fault == nil || *e.Fault != (alarmcom.Fault{Op: "GetDealerId", Code: alarmcom.FailureCode}) {
		t.Errorf("error %v", err)
	}
	if want := (alarmcom.Fault{Op: "GetDealerId", Code: alarmcom.FailureCode, Text: "locked out"}); seen != want {
		t.Errorf("classified %v with text %q", seen, seen.Text)
	}
}

func TestCredentialProvider(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	vault := errors.New("vault is sealed")
	asked := 0
	src := newSource(t, srv, func(c *alarmcom.Config) {
		good := c.Credentials
		c.Credentials = alarmcom.Credentials{}
		c.CredentialProvider = func(context.Context) (alarmcom.Credentials, error) {
			if asked++; asked > 2 {
				return alarmcom.Credentials{}, vault
			}
			return good, nil
		}
	})
	for range 2 {
		if err := src.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := src.Check(t.Context()); !errors.Is(err, vault) {
		t.Errorf("error %v, want the provider's", err)
	}
	if n := srv.Count("GetDealerId"); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}
