package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
)

const secret = "a secret that both ends have, and nobody else"

func TestRun(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), "", nil, &out); err != nil {
		t.Fatal(err)
	}
	want := `users completed: 20 read, 19 created, 0 linked, 0 updated, 0 unchanged, 0 skipped, 1 failed
customers completed: 200 read, 179 created, 0 linked, 0 updated, 0 unchanged, 20 skipped, 1 failed
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

// The one test that a Sink of one's own must have.
func TestSinkSuite(t *testing.T) {
	t.Parallel()
	conformance.RunSink(t, func(t *testing.T) conformance.SinkCase {
		t.Helper()
		d := newDestination(t)
		return conformance.SinkCase{
			Sink: d.sink, Destination: d,
			BadCustomer: func(id string) adcimport.CustomerRecord { return adcimport.CustomerRecord{AlarmComID: id} },
			BadUser:     func(id string) adcimport.UserRecord { return adcimport.UserRecord{AlarmComID: id, Tags: []string{"x"}} },
		}
	})
}

// destination is a receiver that can lose a reply, with a sink over it.
type destination struct {
	*Receiver

	sink *Sink
	lose atomic.Bool

	silence atomic.Pointer[chan struct{}] // closed when the receiver speaks again
}

func newDestination(t *testing.T) *destination {
	t.Helper()
	d := &destination{Receiver: &Receiver{Secret: []byte(secret)}}
	d.sink = newSink(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if silence := d.silence.Load(); silence != nil {
			<-*silence
			panic(http.ErrAbortHandler)
		}
		if strings.HasSuffix(req.URL.Path, "/find") || !d.lose.CompareAndSwap(true, false) {
			d.ServeHTTP(w, req)
			return
		}
		d.ServeHTTP(httptest.NewRecorder(), req)
		panic(http.ErrAbortHandler) // the connection breaks
	}))
	return d
}

func newSink(t *testing.T, h http.Handler) *Sink {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	s, err := New(Config{Endpoint: server.URL + "/", Secret: []byte(secret), Client: server.Client()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (d *destination) LoseReply() { d.lose.Store(true) }

// Stall makes the receiver keep silent.
func (d *destination) Stall() (release func()) {
	silence := make(chan struct{})
	d.silence.Store(&silence)
	return func() { d.silence.Store(nil); close(silence) }
}

func (*destination) HonoursKeys() bool { return true }

func (d *destination) HeldCustomers(context.Context) (ids []string, _ error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.customers {
		ids = append(ids, c.AlarmComID)
	}
	return ids, nil
}

func (d *destination) HeldUsers(context.Context) (ids []string, _ error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range d.users {
		ids = append(ids, u.AlarmComID)
	}
	return ids, nil
}

func (d *destination) LoginEmails(context.Context) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.mailed), nil
}

func (d *destination) ReadCustomer(_ context.Context, sinkID string) (adcimport.CustomerRecord, error) {
	place, err := strconv.Atoi(sinkID)
	if err != nil {
		return adcimport.CustomerRecord{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.customers[place-1]
	return adcimport.CustomerRecord{
		AlarmComID: c.AlarmComID, FirstName: c.FirstName, LastName: c.LastName, BusinessName: c.BusinessName, Phone1: c.Phone1,
		Email: c.Email, Address1: c.Address1, City: c.City, State: c.State, Zip: c.Zip, SaleDate: c.SaleDate,
		ServiceTwoWayVoice: c.ServiceTwoWayVoice, AccountNumber: c.AccountNumber, ReceiverNumber: c.ReceiverNumber,
		RepID: c.RepID, OfficeID: c.OfficeID, TagIDs: c.TagIDs, Custom: c.Custom,
	}, nil
}

func (d *destination) ReadUser(_ context.Context, sinkID string) (adcimport.UserRecord, error) {
	place, err := strconv.Atoi(sinkID)
	if err != nil {
		return adcimport.UserRecord{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	u := d.users[place-1]
	return adcimport.UserRecord{
		AlarmComID: u.AlarmComID, Username: u.Username, FirstName: u.FirstName, LastName: u.LastName, Email: u.Email,
		CellPhone: u.CellPhone, Active: u.Active, CanLogin: u.CanLogin, PermissionGroupID: u.PermissionGroupID,
		Address: adcimport.Address{
			Street1: u.Street1, Street2: u.Street2, City: u.City, State: u.State, Zip: u.Zip, Country: u.Country,
		},
		Tags: u.Tags, Custom: u.Custom,
	}, nil
}

// Every field of a record goes over the wire, and comes back by ReadCustomer and
// ReadUser.
func TestRecordsArriveWhole(t *testing.T) {
	t.Parallel()
	d := newDestination(t)
	customer := adcimport.CustomerRecord{
		AlarmComID: "1", IdempotencyKey: "k", FirstName: "a", LastName: "<b>", BusinessName: "c", Phone1: "d", Email: "e", Address1: "f",
		City: "g", State: "h", Zip: "i", SaleDate: "j", ServiceTwoWayVoice: true, AccountNumber: "k", ReceiverNumber: "l",
		RepID: "m", OfficeID: "n", TagIDs: []string{"o"}, Custom: map[string]string{"p": "q"},
	}
	user := adcimport.UserRecord{
		AlarmComID: "1", IdempotencyKey: "k", FirstName: "a", LastName: "b", Username: "c", Email: "d", CellPhone: "e",
		Address: adcimport.Address{Street1: "f", Street2: "g", City: "h", State: "i", Zip: "j", Country: "k"},
		Active:  true, CanLogin: true, PermissionGroupID: "l", Tags: []string{"m"}, Custom: map[string]string{"n": "o"},
	}
	if _, err := d.sink.CreateCustomers(t.Context(), []adcimport.CustomerRecord{customer}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.sink.CreateUsers(t.Context(), []adcimport.UserRecord{user}); err != nil {
		t.Fatal(err)
	}
	gotCustomer, err := d.ReadCustomer(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	gotUser, err := d.ReadUser(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	customer.IdempotencyKey, user.IdempotencyKey = "", "" // is in the header
	if diff := cmp.Diff([]any{customer, user}, []any{gotCustomer, gotUser}); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// Each answer means what the package comment says.
func TestAnswers(t *testing.T) {
	t.Parallel()
	const again = "again" // the second record is sent as well
	for name, tt := range map[string]struct {
		status int
		body   string
		want   adcimport.WriteStatus
		then   string
		is     error
	}{
		"made":               {201, `{"id":"7"}`, adcimport.WriteCreated, again, nil},
		"there":              {200, `{"id":"7"}`, adcimport.WriteExists, again, nil},
		"made without id":    {201, `{}`, adcimport.WriteUnknown, again, nil},
		"made, broken JSON":  {201, `{"id":"7`, adcimport.WriteUnknown, again, nil},
		"accepted":           {202, `{"id":"7"}`, adcimport.WriteUnknown, again, nil},
		"refused":            {422, `{"fields":[{"field":"zip","rule":"is wrong"}]}`, adcimport.WriteRejected, again, nil},
		"refused, bare":      {400, `secret`, adcimport.WriteRejected, again, nil},
		"name taken":         {409, ``, adcimport.WriteRejected, again, nil},
		"redirected":         {307, ``, adcimport.WriteUnknown, again, nil},
		"failed":             {500, `secret`, adcimport.WriteUnknown, again, nil},
		"wrong signature":    {401, ``, adcimport.WriteNotSent, "", adcimport.ErrAuth},
		"no such route":      {404, ``, adcimport.WriteNotSent, "", nil},
		"too many":           {429, ``, adcimport.WriteNotSent, "", adcimport.ErrRateLimited},
		"away, perhaps made": {503, ``, adcimport.WriteUnknown, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int64
			sink := newSink(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if requests.Add(1) > 1 {
					w.WriteHeader(http.StatusCreated)
					_, _ = w.Write([]byte(`{"id":"8"}`))
					return
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}))
			results, err := sink.CreateCustomers(t.Context(), []adcimport.CustomerRecord{
				{AlarmComID: "1", IdempotencyKey: "a", LastName: "secret"}, {AlarmComID: "2", IdempotencyKey: "b"},
			})
			second := map[bool]adcimport.WriteStatus{true: adcimport.WriteCreated, false: adcimport.WriteNotSent}[tt.then == again]
			got := []any{results[0].Status, results[1].Status, err != nil}
			if diff := cmp.Diff([]any{tt.want, second, tt.then != again}, got); diff != "" {
				t.Errorf("statuses, whether there is an error (-want +got):\n%s", diff)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("the error is %v", err)
			}
			if text := fmt.Sprint(err, results[0].Err); strings.Contains(text, "secret") {
				t.Errorf("it tells what is in the record or in the answer: %s", text)
			}
		})
	}
}

// A run that is told to stop while the connection is made sends nothing on it.
func TestStoppedWhileConnecting(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		if body, err := io.ReadAll(req.Body); err == nil && len(body) > 0 {
			requests.Add(1)
		}
	}))
	t.Cleanup(server.Close)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		stop()
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	sink, err := New(Config{Endpoint: server.URL, Secret: []byte(secret), Client: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	results, err := sink.CreateUsers(ctx, []adcimport.UserRecord{{AlarmComID: "1", IdempotencyKey: "k"}, {AlarmComID: "2", IdempotencyKey: "l"}})
	for i, r := range results {
		if r.Status != adcimport.WriteNotSent {
			t.Errorf("record %d has status %d, %v, %v", i+1, r.Status, r.Err, err)
		}
	}
	server.Close() // and waits for what is under way
	if n := requests.Load(); n > 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// A key that was seen is answered with its record, whatever comes under it.
func TestReceiverKnowsKeys(t *testing.T) {
	t.Parallel()
	d := newDestination(t)
	var results []adcimport.WriteResult
	for _, id := range []string{"1", "2"} {
		got, err := d.sink.CreateCustomers(t.Context(), []adcimport.CustomerRecord{{AlarmComID: id, IdempotencyKey: "k", LastName: "x"}})
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, got...)
	}
	want := []adcimport.WriteResult{{Status: adcimport.WriteCreated, ID: "1"}, {Status: adcimport.WriteExists, ID: "1"}}
	if diff := cmp.Diff(want, results); diff != "" || len(d.customers) != 1 {
		t.Errorf("%d customers, results (-want +got):\n%s", len(d.customers), diff)
	}
}

// Two failures in a row are not the records' fault.
func TestFailuresInARowEndTheBatch(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	sink := newSink(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	}))
	recs := make([]adcimport.CustomerRecord, 9)
	for i := range recs {
		recs[i] = adcimport.CustomerRecord{AlarmComID: strconv.Itoa(i + 1), IdempotencyKey: strconv.Itoa(i + 1)}
	}
	results, err := sink.CreateCustomers(t.Context(), recs)
	if err == nil || requests.Load() != 2 || results[1].Status != adcimport.WriteUnknown || results[2].Status != adcimport.WriteNotSent {
		t.Errorf("%d requests, error %v, results %v", requests.Load(), err, results)
	}
}

// An endpoint that is not there got nothing.
func TestUnreachableIsNotSent(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(nil)
	server.Close()
	sink, err := New(Config{Endpoint: server.URL, Secret: []byte(secret)})
	if err != nil {
		t.Fatal(err)
	}
	results, err := sink.CreateUsers(t.Context(), []adcimport.UserRecord{{AlarmComID: "1", IdempotencyKey: "k"}})
	if err == nil || results[0].Status != adcimport.WriteNotSent {
		t.Errorf("error %v, results %v", err, results)
	}
}

// An answer to Find that cannot be read is an error, never "not there".
func TestFindAnswers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   map[string][]string
	}{
		"found":      {200, `{"found":{"1":["7","8"],"99":["5"]}}`, map[string][]string{"1": {"7", "8"}}},
		"none":       {200, `{"found":{}}`, map[string][]string{}},
		"other JSON": {200, `{"Found it":{}}`, nil},
		"empty":      {200, ``, nil},
		"cut":        {200, `{"found":{"1":`, nil},
		"failed":     {500, `{"found":{}}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := newSink(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}))
			got, err := sink.FindCustomers(t.Context(), []adcimport.CustomerKey{{ID: "1"}, {ID: "2"}})
			if diff := cmp.Diff(tt.want, got); diff != "" || (err != nil) != (tt.want == nil) {
				t.Errorf("error %v, found (-want +got):\n%s", err, diff)
			}
		})
	}
}

// 429 and 503 say when to come back.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"90": 90 * time.Second, "": time.Minute, "soon": time.Minute, "-5": time.Minute, "0": time.Second,
		"Wed, 04 Mar 2026 05:16:07 GMT": 10 * time.Minute, "Wed, 04 Mar 2020 05:16:07 GMT": time.Second,
		"2000000000": 24 * time.Hour, "99999999999999999999": 24 * time.Hour, "-1e999": time.Second, "NaN": time.Minute,
		"1.5": 1500 * time.Millisecond, "120.0": 2 * time.Minute,
	} {
		sink := newSink(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(http.StatusTooManyRequests)
		}))
		sink.cfg.Now = func() time.Time { return now }
		paused, ok := errors.AsType[*adcimport.PausedError](sink.Check(t.Context()))
		if !ok || !paused.Until.Equal(now.Add(want)) {
			t.Errorf("Retry-After %q: %v, want %s later", header, paused, want)
		}
	}
}

// Whoever changes a byte, or repeats it later, is not let in.
func TestVerify(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	for name, tt := range map[string]struct {
		change func(*http.Request)
		body   string
		after  time.Duration
		good   bool
	}{
		"as signed":       {func(*http.Request) {}, "body", 0, true},
		"clock is behind": {func(*http.Request) {}, "body", -4 * time.Minute, true},
		"too late":        {func(*http.Request) {}, "body", 6 * time.Minute, false},
		"too early":       {func(*http.Request) {}, "body", -6 * time.Minute, false},
		"body":            {func(*http.Request) {}, "bodY", 0, false},
		"path":            {func(r *http.Request) { r.URL.Path = "/users" }, "body", 0, false},
		"method":          {func(r *http.Request) { r.Method = http.MethodPut }, "body", 0, false},
		"key":             {func(r *http.Request) { r.Header.Set(headerKey, "other") }, "body", 0, false},
		"time":            {func(r *http.Request) { r.Header.Set(headerTimestamp, "1800000001") }, "body", 0, false},
		"no time":         {func(r *http.Request) { r.Header.Del(headerTimestamp) }, "body", 0, false},
		"no signature":    {func(r *http.Request) { r.Header.Del(headerSignature) }, "body", 0, false},
		"other version":   {func(r *http.Request) { r.Header.Set(headerSignature, "v2"+r.Header.Get(headerSignature)[2:]) }, "body", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := httptest.NewRequest(http.MethodPost, "/customers", nil)
			req.Header.Set(headerKey, "key")
			Sign(req, []byte("body"), []byte(secret), now)
			tt.change(req)
			if err := Verify(req, []byte(tt.body), []byte(secret), now.Add(tt.after)); (err == nil) != tt.good {
				t.Errorf("Verify answered %v", err)
			}
			if err := Verify(req, []byte(tt.body), nil, now.Add(tt.after)); err == nil {
				t.Error("a receiver without a secret lets everybody in")
			}
		})
	}
}

// The receiver lets nobody in without a signature, and says nothing.
func TestReceiverRefuses(t *testing.T) {
	t.Parallel()
	rc := &Receiver{Secret: []byte(secret)}
	body, err := json.Marshal(customer{AlarmComID: "1", LastName: "x"})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		path, key string
		signed    bool
		want      int
	}{
		"unsigned": {"/customers", "k", false, http.StatusUnauthorized},
		"no key":   {"/customers", "", true, http.StatusBadRequest},
		"no route": {"/nobody", "k", true, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := httptest.NewRequest(http.MethodPost, tt.path, bytes.NewReader(body))
			if tt.key != "" {
				req.Header.Set(headerKey, tt.key)
			}
			if tt.signed {
				Sign(req, body, []byte(secret), time.Now())
			}
			w := httptest.NewRecorder()
			rc.ServeHTTP(w, req)
			if w.Code != tt.want || len(rc.customers) > 0 {
				t.Errorf("answered %d, holds %d customers", w.Code, len(rc.customers))
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := Config{Endpoint: "https://crm.example.com/import", Secret: []byte(secret)}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"no endpoint":   func(c *Config) { c.Endpoint = "" },
		"in the clear":  func(c *Config) { c.Endpoint = "http://crm.example.com" },
		"with a user":   func(c *Config) { c.Endpoint = "https://a:b@crm.example.com" },
		"with a query":  func(c *Config) { c.Endpoint = "https://crm.example.com?a=b" },
		"other scheme":  func(c *Config) { c.Endpoint = "ftp://127.0.0.1" },
		"short secret":  func(c *Config) { c.Secret = []byte("short") },
		"negative time": func(c *Config) { c.Timeout = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := good
			change(&cfg)
			_, err := New(cfg)
			if _, ok := errors.AsType[*adcimport.InvalidOptionsError](err); !ok || strings.Contains(fmt.Sprint(err), secret) {
				t.Errorf("New answered %v", err)
			}
		})
	}
}
