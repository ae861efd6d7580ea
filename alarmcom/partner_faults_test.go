package alarmcom_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// What is repeated until it works: each operation recovers from each fault that
// passes, and the caller does not notice.
func TestPartnerRecovers(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]alarmcomtest.Reply{
		"429":              {Status: 429, Header: http.Header{"Retry-After": {"7"}}},
		"502":              {Status: 502, Body: []byte("<html>")},
		"503":              {Status: 503},
		"504":              {Status: 504},
		"500, no JSON":     {Status: 500, Body: []byte("<html>")},
		"reset":            {Reset: true},
		"cut off":          {CutAfter: 5},
		"truncated JSON":   {Body: []byte(`{"customerId":`)},
		"nothing":          {Body: []byte{}},
		"too late":         {Delay: time.Hour},
		"one byte a while": {Slowly: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := alarmcomtest.NewServer(smallDealer())
				srv.Fail(func(_ string, _, n int) *alarmcomtest.Reply {
					if n > 1 {
						return nil
					}
					return &reply
				})
				start := time.Now()
				src := inMemory(t, srv, inMemoryPartner(true), func(c *alarmcom.Config) { c.Timeout = 14 * time.Second })
				if _, err := src.CustomerDetail(t.Context(), "101"); err != nil {
					t.Errorf("detail: %v", err)
				}
				if ids := customerIDs(allPages(t, src.Customers(t.Context(), adcimport.CustomerFilter{}, ""))); len(ids) != 10 {
					t.Errorf("customers %v", ids)
				}
				if ids := userIDs(allPages(t, src.Users(t.Context(), adcimport.UserFilter{}, ""))); len(ids) != 4 {
					t.Errorf("users %v", ids)
				}
				for _, op := range []string{alarmcomtest.OpPartnerToken, alarmcomtest.OpPartnerCustomer} {
					if n := srv.Count(op); n != 2 {
						t.Errorf("%s: %d calls, want 2", op, n)
					}
				}
				// Four operations were each asked to wait.
				if took := time.Since(start); name == "429" && took < 28*time.Second {
					t.Errorf("took %v, want the Retry-After of each operation kept", took)
				}
			})
		})
	}
}

// A customer whose detail never comes is an error that says what was seen, also when
// nothing else is answered either.
func TestPartnerFaultsThatStay(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]alarmcomtest.Reply{
		"429": {Status: 429}, "503": {Status: 503}, "reset": {Reset: true}, "silence": {Delay: time.Hour}, "breaks off": {CutAfter: 5},
	} {
		for _, op := range []string{alarmcomtest.OpPartnerCustomer, "PartnerApi/"} {
			t.Run(name+" of "+op, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := alarmcomtest.NewServer(smallDealer())
					srv.Fail(func(called string, _, _ int) *alarmcomtest.Reply {
						if strings.HasPrefix(called, op) {
							return &reply
						}
						return nil
					})
					start := time.Now()
					_, err := inMemory(t, srv, inMemoryPartner(true)).CustomerDetail(t.Context(), "101")
					_, seen := errors.AsType[*adcimport.CallError](err)
					_, record := errors.AsType[*adcimport.RecordError](err)
					if took := time.Since(start); !seen || record || took > 90*time.Second {
						t.Errorf("after %v: error %v", took, err)
					}
				})
			})
		}
	}
}

// Secrets and personal data go through the failures of the PartnerApi, and must
// not be in any error, log or warning.
func TestPartnerNothingPersonal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		person := `{"customerId":101,"firstName":"` + marked + `","` + marked + `":1`
		replies := map[string]alarmcomtest.Reply{
			"message":      jsonReply(`{"message":"` + marked + `"}`),
			"message, 400": {Status: 400, Body: []byte(`{"message":"` + marked + `"}`)},
			"oauth":        jsonReply(`{"error":"` + marked + `","error_description":"` + marked + `"}`),
			"HTML":         {Body: []byte("<html>" + marked)},
			"500":          {Status: 500, Body: []byte(marked)},
			"503":          {Status: 503, Header: http.Header{"Retry-After": {marked}}},
			"429":          {Status: 429, Body: []byte(marked)},
			"401":          {Status: 401, Body: []byte(marked)},
			"redirect":     {Status: 307, Header: http.Header{"Location": {"https://" + marked + ".example.com/" + marked}}},
			"garbage":      jsonReply(person + marked),
			"truncated":    jsonReply(`[` + person),
			"wrong types":  jsonReply(person + `,"lastName":{"x":"` + marked + `"},"joinDate":"` + marked + `","isDemo":"` + marked + `"}`),
			"list of it":   jsonReply(`[{"customerId":"` + marked + `","supportId":"` + marked + `","repEmail":["` + marked + `"]}]`),
			"token":        jsonReply(`{"access_token":"` + marked + ` ` + marked + `"}`),
			"none":         {},
		}
		var out bytes.Buffer
		for name, reply := range replies {
			for _, from := range []string{"PartnerApi/", "PartnerApi/c", "PartnerApi/r"} { // with the token's failing, and without
				srv := alarmcomtest.NewServer(&adcimporttest.Dealer{Customers: []adcimport.Customer{{ID: "101", FirstName: marked}}},
					markedLogin, markedDevice, alarmcomtest.WithPartnerClient(marked))
				srv.Fail(func(op string, _, _ int) *alarmcomtest.Reply {
					if !strings.HasPrefix(op, from) {
						return nil
					}
					r := reply
					return &r
				})
				src := inMemory(t, srv, inMemoryPartner(true), func(c *alarmcom.Config) {
					c.Credentials = markedCredentials().WithPartnerClient(marked)
					c.Logger = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
				})
				for _, err := range allCalls(t, src) {
					fmt.Fprintf(&out, "%s: %v %+v %#v\n", name, err, err, err)
				}
				fmt.Fprintln(&out, told(t, src, adcimport.KindCustomer), told(t, src, adcimport.KindUser))
			}
		}
		text := out.String()
		if at := strings.Index(text, marked); at >= 0 {
			t.Errorf("printed: …%s…", text[max(0, at-200):min(len(text), at+50)])
		}
		if !strings.Contains(text, "PartnerApi/token") || !strings.Contains(text, "call is repeated") {
			t.Error("the failures were not reached")
		}
	})
}

// Neither credentials nor tokens stand in an address.
func TestPartnerAddressesHoldNoSecrets(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer(), markedLogin, markedDevice)
	src := newSource(t, srv, partner(srv, false))
	for _, err := range allCalls(t, src) {
		if err != nil {
			t.Error(err)
		}
	}
	tokens := 0
	for _, r := range srv.Requests() {
		switch {
		case r.Op == alarmcomtest.OpPartnerToken:
			form, err := url.ParseQuery(string(r.Body))
			if tokens++; err != nil || form.Get("password") != marked+"Password" || form.Get("grant_type") != "password" {
				t.Errorf("login %v", err)
			}
		case strings.HasPrefix(r.Op, "PartnerApi/") && (strings.Contains(string(r.Body), marked) || strings.Contains(string(r.Body), "token")):
			t.Errorf("address %s", r.Body)
		}
	}
	if tokens != 1 {
		t.Errorf("%d logins", tokens)
	}
}

// fuzzPartner answers a text to each call but the login.
func fuzzPartner(t *testing.T, body []byte) *alarmcom.Source {
	t.Helper()
	srv := alarmcomtest.NewServer(nil)
	srv.Fail(func(op string, _, n int) *alarmcomtest.Reply {
		switch {
		case op == alarmcomtest.OpPartnerToken:
			return nil
		case n%2 == 0 && op == alarmcomtest.OpPartnerCustomers:
			return &alarmcomtest.Reply{Status: http.StatusNoContent}
		}
		return &alarmcomtest.Reply{Body: body}
	})
	return inMemory(t, srv, inMemoryPartner(true), func(c *alarmcom.Config) { c.MaxRetries = -1 })
}

// FuzzPartnerList reads anything as a list of customers: sorted ids, each once, and
// entries without one, or an error, and nothing of the text in it.
func FuzzPartnerList(f *testing.F) {
	for _, s := range []string{`[]`, `[{"customerId":5},null,{"customerId":"7"}]`, `{"message":"x"}`, `[[[[`, "\uFEFF[", `<html>`, `[{"customerId":1e3}]`, "[{\"customerId\":5},{\"customer\xff\":\"7\"}]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		last := 0
		for page, err := range fuzzPartner(t, body).Customers(t.Context(), adcimport.CustomerFilter{}, "") {
			var e *alarmcom.Error
			if err != nil && !errors.As(err, &e) {
				t.Errorf("error %v", err)
			}
			for _, c := range page.Items {
				if c.ID == "" {
					continue // it cannot be read, and fails alone
				}
				var id int
				if _, err := fmt.Sscan(c.ID, &id); err != nil || id <= last {
					t.Errorf("id %q after %d", c.ID, last)
				}
				last = id
			}
		}
	})
}

// FuzzPartnerDetail reads anything as a customer: the one that was asked for, or
// an error.
func FuzzPartnerDetail(f *testing.F) {
	for _, s := range []string{partnerCustomer, `null`, `{}`, `[]`, `{"message":"x"}`, `{"customerId":5,"installAddress":7}`, `{"customerId":5,"customerId":6}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := fuzzPartner(t, body).CustomerDetail(t.Context(), "5")
		if err == nil && c.ID != "5" {
			t.Errorf("customer %q", c.ID)
		}
	})
}

// FuzzPartnerReps reads anything as reps.
func FuzzPartnerReps(f *testing.F) {
	for _, s := range []string{`[]`, `[{"supportId":5,"repRoleList":[{"roleId":1}]},{"supportId":5}]`, `[{"repRoleList":{}}]`, `[{"repAddress":[]}]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for page, err := range fuzzPartner(t, body).Users(t.Context(), adcimport.UserFilter{}, "") {
			for _, u := range page.Items {
				if err != nil || strings.Trim(u.ID, "-0123456789") != "" {
					t.Errorf("user %q with %v", u.ID, err)
				}
			}
		}
	})
}
