package securitytrax_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

const mark = "MARKED"

// markedCustomer has the mark, or a marked number, in everything personal.
func markedCustomer(t *testing.T, srv *securitytraxtest.Server) adcimport.CustomerRecord {
	t.Helper()
	rec := customer(t, srv, "4711")
	rec.FirstName, rec.LastName, rec.BusinessName = mark+"first", mark+"last", mark+"business"
	rec.Phone1, rec.Email, rec.Address1 = markedNumber, mark+"@example.com", mark+" street"
	rec.City, rec.Zip, rec.AccountNumber, rec.ReceiverNumber = mark+"city", mark, mark+"acct", markedNumber
	rec.Custom = map[string]string{"note": mark}
	return rec
}

func markedUser(t *testing.T, srv *securitytraxtest.Server) adcimport.UserRecord {
	t.Helper()
	rec := user(t, srv, "31")
	rec.FirstName, rec.LastName, rec.Username = mark+"first", mark+"last", mark+"login"
	rec.Email, rec.CellPhone = mark+"@example.com", markedNumber
	rec.Address = adcimport.Address{Street1: mark, Street2: mark, City: mark, State: mark, Zip: mark}
	return rec
}

const markedNumber = "2085559876"

// leaks are replies that give back what they were sent.
func leaks() map[string]securitytraxtest.Reply {
	echo := []byte(`{"errors":[{"status":"422","code":"` + mark + ` code","title":"` + mark + `","detail":"` + mark + `",
		"source":{"pointer":"/data/attributes/` + mark + ` x"}},{"code":"` + markedNumber + `","source":{"pointer":"` + markedNumber + `"}}]}`)
	replies := map[string]securitytraxtest.Reply{
		"lost":      {Lost: true},
		"truncated": {Truncate: 30},
		"late":      {Delay: time.Minute},
		"HTML":      {Status: 200, Body: []byte("<html>" + mark)},
		"number":    {Status: 200, Body: []byte(`{"data":{"type":` + markedNumber + `,"id":{}}}`)},
		"location":  {Status: 302, Header: http.Header{"Location": {"http://127.0.0.1:2/" + mark}}},
		"next":      {Status: 200, Body: []byte(`{"data":[],"links":{"next":"http://` + mark + `/"}}`)},
		"hint":      {Status: 429, Header: http.Header{"Retry-After": {mark}}, Body: echo},
	}
	for _, status := range []int{400, 401, 403, 404, 409, 415, 422, 500, 503} {
		replies[http.StatusText(status)] = securitytraxtest.Reply{Status: status, Body: echo}
	}
	return replies
}

// TestNothingPersonalGetsOut puts marked credentials and records through every
// method while every request fails, and looks for them in errors and logs.
func TestNothingPersonalGetsOut(t *testing.T) {
	t.Parallel()
	for name, fault := range leaks() {
		for _, where := range []string{"authenticate", "all else"} {
			t.Run(name+" at "+where, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { nothingPersonal(t, where, fault) })
			})
		}
	}
}

func nothingPersonal(t *testing.T, where string, fault securitytraxtest.Reply) {
	t.Helper()
	srv := securitytraxtest.New(
		securitytraxtest.WithLogin(mark+"user", mark+"password"), securitytraxtest.WithIntegratorKey(mark+"key"))
	srv.Fail(func(r *http.Request, _ int) *securitytraxtest.Reply {
		if strings.HasSuffix(r.URL.Path, "/authenticate") != (where == "authenticate") {
			return nil
		}
		return &fault
	})
	var log bytes.Buffer
	sink := newSink(t, srv, func(c *securitytrax.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		c.Timeout, c.MaxRetries = 20*time.Millisecond, 1
	})
	text, failures := everything(t, sink, srv)
	text += log.String()
	for _, secret := range []string{mark, markedNumber} {
		if strings.Contains(text, secret) {
			t.Errorf("%s got out:\n%s", secret, text)
		}
	}
	if failures < 5 {
		t.Errorf("%d failures: the test proves little", failures)
	}
}

// everything calls all methods and answers what their errors say.
func everything(t *testing.T, sink *securitytrax.Sink, srv *securitytraxtest.Server) (text string, failures int) {
	t.Helper()
	ctx := t.Context()
	var out strings.Builder
	note := func(err error) {
		for e := err; e != nil; e = errors.Unwrap(e) {
			fmt.Fprintf(&out, "%v\n%+v\n%#v\n", e, e, e)
		}
		if err != nil {
			failures++
		}
	}
	results := func(list []adcimport.WriteResult, err error) {
		note(err)
		for _, r := range list {
			note(r.Err)
		}
	}
	c, u := markedCustomer(t, srv), markedUser(t, srv)
	results(sink.CreateCustomers(ctx, []adcimport.CustomerRecord{c}))
	results(sink.CreateUsers(ctx, []adcimport.UserRecord{u}))
	results(sink.UpdateCustomers(ctx, []string{"1"}, []adcimport.CustomerRecord{c}))
	results(sink.UpdateUsers(ctx, []string{"1"}, []adcimport.UserRecord{u}))
	c.State, u.Username = mark, ""
	results(sink.CreateCustomers(ctx, []adcimport.CustomerRecord{c}))
	results(sink.CreateUsers(ctx, []adcimport.UserRecord{u}))
	_, err := sink.FindCustomers(ctx, []adcimport.CustomerKey{{ID: "4711", Record: c}})
	note(err)
	_, err = sink.FindUsers(ctx, []adcimport.UserKey{{ID: "31", Record: markedUser(t, srv)}})
	note(err)
	_, err = sink.FindReps(ctx, []string{mark + "login"})
	note(err)
	_, err = sink.Offices(ctx)
	note(err)
	note(sink.CheckCustomerOptions(ctx, adcimport.CustomerOptions{OfficeID: "1"}))
	note(sink.CheckUserOptions(ctx, adcimport.UserOptions{PermissionGroupID: "1", Tags: []string{mark}}))
	note(sink.MakeUserTags(ctx, []string{mark}))
	note(sink.Check(ctx))
	return out.String(), failures
}

// TestNothingPersonalGetsOut_ofTheTransport does the same for errors that
// net/http makes, which show the URL and parts of a reply.
func TestNothingPersonalGetsOut_ofTheTransport(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(*http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("malformed HTTP response %q", mark)
	})
	sink := newSink(t, srv, func(c *securitytrax.Config) {
		c.Transport, c.MaxRetries = mock, -1
		c.Credentials = accessToken(mark + "token")
	})
	text, failures := everything(t, sink, srv)
	if strings.Contains(text, mark) || failures < 9 {
		t.Errorf("%d failures:\n%s", failures, text)
	}
}
