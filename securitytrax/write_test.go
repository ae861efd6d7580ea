package securitytrax_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

type reply = securitytraxtest.Reply

// TestCreateCustomers_ambiguousIsNeverRepeated is the heart of this package:
// what may have happened is WriteUnknown, and was sent once.
func TestCreateCustomers_ambiguousIsNeverRepeated(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault reply
		made  int
	}{
		"500 before the commit":    {reply{Status: 500}, 0},
		"500 after the commit":     {reply{Status: 500, After: true}, 1},
		"502":                      {reply{Status: 502}, 0},
		"503 with Retry-After":     {reply{Status: 503, Header: http.Header{"Retry-After": {"1"}}}, 0},
		"504 after the commit":     {reply{Status: 504, After: true}, 1},
		"408":                      {reply{Status: 408}, 0},
		"lost reply":               {reply{Lost: true, After: true}, 1},
		"reset before":             {reply{Lost: true}, 0},
		"truncated reply":          {reply{Truncate: 10}, 1},
		"garbage":                  {reply{After: true, Status: 201, Body: []byte("<html>")}, 1},
		"empty":                    {reply{After: true, Status: 201, Body: []byte{}}, 1},
		"no id":                    {reply{After: true, Status: 201, Body: []byte(`{"data":{"type":"customers","id":""}}`)}, 1},
		"a list":                   {reply{After: true, Status: 200, Body: []byte(`{"data":[{"type":"customers","id":"1"}]}`)}, 1},
		"accepted, not done":       {reply{After: true, Status: 202, Body: []byte(`{"data":{"type":"jobs","id":"9"}}`)}, 1},
		"no content":               {reply{After: true, Status: 204, Body: []byte{}}, 1},
		"timeout after the commit": {reply{After: true, Delay: time.Minute}, 1},
		"slow reply":               {reply{After: true, ByteDelay: time.Second}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.NewServer()
			t.Cleanup(srv.Close)
			srv.Fail(onRoute("POST", "/customers", always(tt.fault)))
			sink := newSink(t, srv, func(c *securitytrax.Config) {
				c.MaxRetries = 9
				if tt.fault.Delay+tt.fault.ByteDelay > 0 {
					c.Timeout = 100 * time.Millisecond
				}
			})
			res := createCustomer(t, sink, customer(t, srv, "1"))
			if res.Status != adcimport.WriteUnknown || res.Err == nil || res.ID != "" {
				t.Errorf("result = %+v, want Unknown", res)
			}
			if n := srv.Count("POST /customers"); n != 1 {
				t.Errorf("%d POSTs, want 1", n)
			}
			if n := len(srv.Customers()); n != tt.made {
				t.Errorf("%d customers, want %d", n, tt.made)
			}
		})
	}
}

// TestCreateCustomers_keptConnectionIsReset shows that net/http does not repeat
// a POST by itself on a connection that breaks when it is used again, though the
// request carries an Idempotency-Key.
func TestCreateCustomers_keptConnectionIsReset(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.NewServer()
	t.Cleanup(srv.Close)
	sink := newSink(t, srv)
	createCustomer(t, sink, customer(t, srv, "1"))
	srv.Fail(onRoute("POST", "/customers", always(reply{Lost: true, After: true})))
	if res := createCustomer(t, sink, customer(t, srv, "2")); res.Status != adcimport.WriteUnknown {
		t.Errorf("result = %+v", res)
	}
	if n := srv.Count("POST /customers"); n != 2 {
		t.Errorf("%d POSTs, want 2", n)
	}
	for _, r := range srv.Requests() {
		if r.Route == "POST /customers" && r.Header.Get("Idempotency-Key") == "" {
			t.Error("no idempotency key: the test proves nothing")
		}
	}
}

// TestCreateCustomers_sentAgain lists what certainly had no effect and is sent
// again.
func TestCreateCustomers_sentAgain(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]reply{
		"429":                   {Status: 429},
		"429 without a hint":    {Status: 429, Header: http.Header{"Retry-After": {"0"}}},
		"401, token ended":      {ExpireTokens: true},
		"401 by another reason": {Status: 401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			srv.Fail(onRoute("POST", "/customers", first(fault)))
			res := createCustomer(t, newSink(t, srv), customer(t, srv, "1"))
			if res.Status != adcimport.WriteCreated || len(srv.Customers()) != 1 || srv.Count("POST /customers") != 2 {
				t.Errorf("result = %+v after %d POSTs", res, srv.Count("POST /customers"))
			}
		})
	}
}

// A 403 is the record's, however many there are: whether everybody is denied is for
// the importer to find out.
func TestCreateCustomers_deniedEach(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	srv.Fail(onRoute("POST", "/customers", always(reply{Status: 403})))
	results, err := newSink(t, srv).CreateCustomers(t.Context(), customers(t, srv, 25))
	if err != nil || srv.Count("POST /customers") != 25 {
		t.Errorf("%d POSTs: %v", srv.Count("POST /customers"), err)
	}
	for i, r := range results {
		if r.Status != adcimport.WriteRejected || !errors.Is(r.Err, adcimport.ErrDenied) {
			t.Errorf("result %d: %+v", i, r)
		}
	}
}

// TestCreateCustomers_ends lists what ends a call: no further record would fare
// better.
func TestCreateCustomers_ends(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault reply
		want  error
		first adcimport.WriteStatus
		posts int
	}{
		"429 for ever":        {reply{Status: 429}, adcimport.ErrRateLimited, adcimport.WriteNotSent, 0},
		"429 for an hour":     {reply{Status: 429, Header: http.Header{"Retry-After": {"3600"}}}, adcimport.ErrRateLimited, adcimport.WriteNotSent, 1},
		"401 for ever":        {reply{Status: 401}, adcimport.ErrAuth, adcimport.WriteNotSent, 2},
		"403 page":            {reply{Status: 403, Body: []byte("<html>")}, adcimport.ErrDenied, adcimport.WriteUnknown, 3},
		"405":                 {reply{Status: 405}, nil, adcimport.WriteNotSent, 1},
		"415":                 {reply{Status: 415}, nil, adcimport.WriteNotSent, 1},
		"redirect":            {reply{Status: 307, Header: http.Header{"Location": {"http://127.0.0.1:2/"}}}, nil, adcimport.WriteUnknown, 3},
		"out of order":        {reply{Status: 503}, nil, adcimport.WriteUnknown, 3},
		"connections break":   {reply{Lost: true}, nil, adcimport.WriteUnknown, 3},
		"garbage for replies": {reply{Status: 200, Body: []byte("<html>")}, nil, adcimport.WriteUnknown, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := securitytraxtest.New()
				srv.Fail(onRoute("POST", "/customers", always(tt.fault)))
				sink := newSink(t, srv, func(c *securitytrax.Config) {
					c.Concurrency, c.MaxRetries = 1, 2
				})
				results, err := sink.CreateCustomers(t.Context(), customers(t, srv, 25))
				if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("error = %v, want %v", err, tt.want)
				}
				if len(results) != 25 || results[0].Status != tt.first || results[24].Status != adcimport.WriteNotSent || results[24].Err == nil {
					t.Errorf("results = %+v", results)
				}
				if n := srv.Count("POST /customers"); n != tt.posts && tt.posts > 0 {
					t.Errorf("%d POSTs, want %d", n, tt.posts)
				}
			})
		})
	}
}

// fault 6: a write that works shows that those denied before it were so for what
// they have.
func TestCreateCustomers_deniedOfSome(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	srv.Fail(onRoute("POST", "/customers", func(n int) *reply {
		if n%20 == 0 {
			return nil
		}
		return &reply{Status: 403}
	}))
	sink := newSink(t, srv, func(c *securitytrax.Config) { c.Concurrency = 1 })
	results, err := sink.CreateCustomers(t.Context(), customers(t, srv, 60))
	if err != nil || len(srv.Customers()) != 3 {
		t.Errorf("%d customers, %v", len(srv.Customers()), err)
	}
	if last := results[58]; last.Status != adcimport.WriteRejected {
		t.Errorf("%+v", last)
	}
}

// fault 9: an update whose reply has errors, or is a page, did not work for sure.
func TestUpdateCustomers_repliesThatAreNone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault reply
		want  adcimport.WriteStatus
	}{
		"errors":           {reply{Status: 200, Body: []byte(`{"errors":[{"code":"zip"}]}`)}, adcimport.WriteUnknown},
		"page":             {reply{Status: 200, Body: []byte("\n<html>")}, adcimport.WriteUnknown},
		"accepted":         {reply{Status: 202, Body: []byte(`{"meta":{}}`)}, adcimport.WriteUnknown},
		"nothing but meta": {reply{Status: 200, Body: []byte(`{"meta":{}}`)}, adcimport.WriteCreated},
		"nothing":          {reply{Status: 204, Body: []byte{}}, adcimport.WriteCreated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			sink := newSink(t, srv)
			rec := customer(t, srv, "1")
			id := createCustomer(t, sink, rec).ID
			srv.Fail(onRoute("PATCH", "/"+id, always(tt.fault)))
			results, err := sink.UpdateCustomers(t.Context(), []string{id}, []adcimport.CustomerRecord{rec})
			if err != nil || results[0].Status != tt.want {
				t.Errorf("%+v, %v", results, err)
			}
		})
	}
}

// TestCreateCustomers_goesOn shows that single failures between successes end
// nothing.
func TestCreateCustomers_goesOn(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	srv.Fail(onRoute("POST", "/customers", func(n int) *reply {
		switch n % 4 {
		case 1:
			return &reply{Status: 500}
		case 2:
			return &reply{Status: 422}
		case 3:
			return &reply{Lost: true}
		}
		return nil
	}))
	sink := newSink(t, srv, func(c *securitytrax.Config) { c.Concurrency = 1 })
	results, err := sink.CreateCustomers(t.Context(), customers(t, srv, 8))
	if err != nil {
		t.Fatal(err)
	}
	one := []adcimport.WriteStatus{adcimport.WriteUnknown, adcimport.WriteRejected, adcimport.WriteUnknown, adcimport.WriteCreated}
	if diff := cmp.Diff(append(one, one...), statuses(results)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestCreateCustomers_rejections(t *testing.T) {
	t.Parallel()
	const body = `{"errors":[{"status":"422","code":"bad","source":{"pointer":"/data/attributes/zip"},"detail":"83702 is bad"},
		{"code":"taken","source":{"pointer":"/data/relationships/rep"}},{"source":{"pointer":"/data/attributes/shoe_size"}}]}`
	for _, status := range []int{400, 403, 404, 409, 410, 413, 422, 451} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			srv.Fail(onRoute("POST", "/customers", always(reply{Status: status, Body: []byte(body)})))
			res := createCustomer(t, newSink(t, srv), customer(t, srv, "1"))
			rec, ok := errors.AsType[*adcimport.RecordError](res.Err)
			if !ok || res.Status != adcimport.WriteRejected || rec.ID != "1" || rec.Reason != adcimport.ReasonRejectedBySink {
				t.Fatalf("result = %+v", res)
			}
			want := []adcimport.FieldError{
				{Field: "Zip", Rule: "is not accepted by SecurityTrax: bad"},
				{Field: "RepID", Rule: "is not accepted by SecurityTrax: taken"},
				{Field: "shoe_size", Rule: "is not accepted by SecurityTrax"},
			}
			if diff := cmp.Diff(want, rec.Fields); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			if n := srv.Count("POST /customers"); n != 1 {
				t.Errorf("%d POSTs", n)
			}
		})
	}
}

// TestCreateCustomers_noConnection shows that a refused connection did nothing,
// is tried again, and ends the call.
func TestCreateCustomers_noConnection(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	mock := httpmock.NewMockTransport()
	dials := 0
	mock.RegisterNoResponder(func(*http.Request) (*http.Response, error) {
		dials++
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	})
	sink := newSink(t, srv, func(c *securitytrax.Config) {
		c.Transport, c.MaxRetries, c.Concurrency = mock, 3, 1
		c.Credentials = accessToken("pat")
	})
	results, err := sink.CreateCustomers(t.Context(), customers(t, srv, 3))
	api, ok := errors.AsType[*securitytrax.APIError](err)
	if !ok || !errors.Is(err, syscall.ECONNREFUSED) || !api.Temporary() {
		t.Errorf("error = %v", err)
	}
	want := []adcimport.WriteStatus{adcimport.WriteNotSent, adcimport.WriteNotSent, adcimport.WriteNotSent}
	if diff := cmp.Diff(want, statuses(results)); diff != "" || dials != 4 {
		t.Errorf("%d dials, statuses (-want +got):\n%s", dials, diff)
	}
}

// hookedTransport runs before between the sink's own check and the moment that
// bytes go out. It hides the end of the context, so that the request's body is
// the last to refuse.
type hookedTransport struct {
	http.RoundTripper
	before func(*http.Request)
}

func (h hookedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	h.before(r)
	return h.RoundTripper.RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
}

// TestCreateCustomers_refusedAtTheLastMoment shows that a run that loses its
// right to write while a request is on its way to the socket sends nothing.
func TestCreateCustomers_refusedAtTheLastMoment(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	ctx, cancel := context.WithCancelCause(t.Context())
	sink := newSink(t, srv, func(c *securitytrax.Config) {
		c.Concurrency = 1
		c.Transport = hookedTransport{srv.Transport(), func(r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/customers") && len(srv.Customers()) == 1 {
				cancel(adcimport.ErrLeaseLost)
			}
		}}
	})
	results, err := sink.CreateCustomers(ctx, customers(t, srv, 3))
	want := []adcimport.WriteStatus{adcimport.WriteCreated, adcimport.WriteNotSent, adcimport.WriteNotSent}
	if diff := cmp.Diff(want, statuses(results)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if err == nil || results[2].Err == nil {
		t.Errorf("error = %v, result = %+v", err, results[2])
	}
	if n := srv.Count("POST /customers"); n != 1 {
		t.Errorf("%d POSTs reached the server", n)
	}
}

func TestCreateCustomers_refusedBefore(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(adcimport.ErrLeaseLost)
	results, err := sink.CreateCustomers(ctx, customers(t, srv, 2))
	if !errors.Is(err, adcimport.ErrLeaseLost) || srv.Count("POST /customers") != 0 {
		t.Errorf("error = %v after %d POSTs", err, srv.Count("POST /customers"))
	}
	if diff := cmp.Diff([]adcimport.WriteStatus{adcimport.WriteNotSent, adcimport.WriteNotSent}, statuses(results)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestCreateCustomers_idempotencyKey(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New(securitytraxtest.WithIdempotencyKeys())
	sink := newSink(t, srv)
	a, b := createCustomer(t, sink, customer(t, srv, "1")), createCustomer(t, sink, customer(t, srv, "1"))
	if a.ID != b.ID || len(srv.Customers()) != 1 {
		t.Errorf("%+v and %+v", a, b)
	}
	silent := newSink(t, srv, func(c *securitytrax.Config) {
		c.Schema = securitytrax.DefaultSchema()
		c.Schema.IdempotencyHeader = ""
	})
	createCustomer(t, silent, customer(t, srv, "1"))
	if n := len(srv.Customers()); n != 2 {
		t.Errorf("%d customers: uniqueness must not be enforced", n)
	}
}
