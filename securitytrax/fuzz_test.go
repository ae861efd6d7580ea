package securitytrax_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// FuzzFindCustomers shows that no id can leave its quotes: whatever it holds,
// the look-up finds the customer with exactly this id or refuses the id.
func FuzzFindCustomers(f *testing.F) {
	for _, id := range []string{"1", "x' OR id != '", "%", "a&b=c+d", "\\", "é", "(", "1' --", "\x00", " "} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if len(id) > 200 {
			return
		}
		srv := securitytraxtest.New(securitytraxtest.WithAccessToken("pat"))
		sink := newSink(t, srv, func(c *securitytrax.Config) { c.Credentials = accessToken("pat") })
		createCustomer(t, sink, customer(t, srv, "other"))
		rec := customer(t, srv, id)
		made := createCustomer(t, sink, rec)
		found, err := sink.FindCustomers(t.Context(), customerKeys(id))
		if made.Status != adcimport.WriteCreated {
			if id != "" && !strings.ContainsAny(id, "'\\") && !hasControl(id) || err == nil || len(found) != 0 {
				t.Errorf("id %q was refused: %v, found %v, %v", id, made.Err, found, err)
			}
			return
		}
		want := strings.ToValidUTF8(id, "\uFFFD") // as JSON writes it
		if want != id {
			return
		}
		if err != nil || id != "other" && (len(found) != 1 || len(found[id]) != 1 || found[id][0] != made.ID) {
			t.Errorf("find %q = %v, %v, want %s", id, found, err, made.ID)
		}
	})
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// FuzzReply shows that no reply makes a create be repeated, be taken for created
// without an id, or panic.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{"", `{"data":{"id":"1"}}`, `{"data":{"id":1}}`, `{"data":null}`, `{"errors":[{"code":"x"}]}`, "<html>", `{"data":[{"id":""}]}`} {
		f.Add(uint16(201), seed, "")
		f.Add(uint16(422), seed, "5")
	}
	f.Fuzz(func(t *testing.T, status uint16, body, hint string) {
		code := 200 + int(status)%400
		if code == http.StatusUnauthorized || code == http.StatusTooManyRequests || len(body) == 0 && code < 300 {
			return
		}
		srv := securitytraxtest.New(securitytraxtest.WithAccessToken("pat"))
		srv.Fail(onRoute("POST", "/customers", always(securitytraxtest.Reply{
			Status: code, Body: []byte(body), Header: http.Header{"Retry-After": {hint}},
		})))
		sink := newSink(t, srv, func(c *securitytrax.Config) { c.Credentials = accessToken("pat") })
		results, _ := sink.CreateCustomers(t.Context(), customers(t, srv, 1))
		r := results[0]
		if n := srv.Count("POST /customers"); n != 1 {
			t.Errorf("%d POSTs", n)
		}
		if r.Status == adcimport.WriteCreated && (r.ID == "" || code >= 300) || code >= 500 && r.Status != adcimport.WriteUnknown {
			t.Errorf("status %d: %+v", code, r)
		}
		if r.Status != adcimport.WriteCreated && r.Err == nil {
			t.Errorf("status %d: no error", code)
		}
	})
}

// FuzzRetryAfter shows that no hint makes a read wait longer than its context.
func FuzzRetryAfter(f *testing.F) {
	for _, hint := range []string{"0", "-5", "1e9", "99999999999999999999", "Mon, 02 Jan 2006 15:04:05 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "soon"} {
		f.Add(hint)
	}
	f.Fuzz(func(t *testing.T, hint string) {
		srv := securitytraxtest.New(securitytraxtest.WithAccessToken("pat"))
		srv.Fail(onRoute("GET", "/locations", first(securitytraxtest.Reply{Status: 429, Header: http.Header{"Retry-After": {hint}}})))
		sink := newSink(t, srv, func(c *securitytrax.Config) { c.Credentials = accessToken("pat") })
		ctx, cancel := contextWithin(t, 500*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := sink.Offices(ctx)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("waited %v for %q (%v)", took, hint, err)
		}
	})
}
