package securitytraxtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

const mediaType = "application/vnd.api+json"

// ask is a request by hand: the server is tested without the package that it is
// for.
type ask struct {
	method, path, body string
	header             map[string]string
}

type answer struct {
	status int
	header http.Header
	doc    map[string]any
}

func send(t *testing.T, srv *securitytraxtest.Server, a ask) answer {
	t.Helper()
	address := a.path
	if !strings.HasPrefix(address, "http") {
		address = srv.URL() + "/" + a.path
	}
	req, err := http.NewRequestWithContext(t.Context(), a.method, address, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-SecurityTrax-IntegratorKey", securitytraxtest.DefaultIntegratorKey)
	req.Header.Set("Authorization", "Bearer pat")
	req.Header.Set("Content-Type", mediaType)
	for name, value := range a.header {
		req.Header.Set(name, value)
	}
	resp, err := srv.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := answer{status: resp.StatusCode, header: resp.Header}
	if err := json.Unmarshal(body, &got.doc); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return got
}

func newServer(options ...securitytraxtest.Option) *securitytraxtest.Server {
	return securitytraxtest.New(append([]securitytraxtest.Option{securitytraxtest.WithAccessToken("pat")}, options...)...)
}

func customerBody(srv *securitytraxtest.Server, change func(attributes, relationships map[string]any)) string {
	attributes := map[string]any{
		"fname": "Ada", "lname": "Ng", "primary_phone": "1", "city": "Boise", "state": "ID",
		"record_type": "customer", "sale_date": "2024-01-31",
	}
	office := srv.Choices("locations")[0].ID
	relationships := map[string]any{"location": map[string]any{"data": map[string]any{"type": "locations", "id": office}}}
	if change != nil {
		change(attributes, relationships)
	}
	doc, err := json.Marshal(map[string]any{"data": map[string]any{
		"type": "customers", "attributes": attributes, "relationships": relationships,
	}})
	if err != nil {
		return err.Error()
	}
	return string(doc)
}

func TestServer_rulesForEveryRequest(t *testing.T) {
	t.Parallel()
	srv := newServer()
	for name, tt := range map[string]struct {
		ask  ask
		want int
	}{
		"good":              {ask{method: "GET", path: "locations"}, 200},
		"integrator key":    {ask{method: "GET", path: "locations", header: map[string]string{"X-SecurityTrax-IntegratorKey": "integrator-key-1"}}, 401},
		"token":             {ask{method: "GET", path: "locations", header: map[string]string{"Authorization": "Bearer x"}}, 401},
		"no token":          {ask{method: "GET", path: "locations", header: map[string]string{"Authorization": ""}}, 401},
		"415 plain JSON":    {ask{method: "POST", path: "customers", header: map[string]string{"Content-Type": "application/json"}}, 415},
		"415 parameter":     {ask{method: "POST", path: "customers", header: map[string]string{"Content-Type": mediaType + "; charset=utf-8"}}, 415},
		"profile parameter": {ask{method: "POST", path: "customers", header: map[string]string{"Content-Type": mediaType + `; profile="x"`}}, 400},
		"415 authenticate":  {ask{method: "POST", path: "authenticate", header: map[string]string{"Content-Type": "application/json"}}, 415},
		"406":               {ask{method: "GET", path: "locations", header: map[string]string{"Accept": mediaType + "; charset=utf-8"}}, 406},
		"one acceptable":    {ask{method: "GET", path: "locations", header: map[string]string{"Accept": mediaType + "; v=1, " + mediaType}}, 200},
		"accept anything":   {ask{method: "GET", path: "locations", header: map[string]string{"Accept": "*/*"}}, 200},
		"unknown resource":  {ask{method: "GET", path: "gadgets"}, 404},
		"unknown id":        {ask{method: "GET", path: "locations/0"}, 404},
		"unknown parameter": {ask{method: "GET", path: "locations?sort=name"}, 400},
		"unknown attribute": {ask{method: "GET", path: "locations?filter=" + url.QueryEscape("x = '1'")}, 400},
		"unknown include":   {ask{method: "GET", path: "customers?include=gadgets"}, 400},
		"broken filter":     {ask{method: "GET", path: "locations?filter=" + url.QueryEscape("name = 'x")}, 400},
		"page 0":            {ask{method: "GET", path: "locations?" + url.QueryEscape("page[number]") + "=0"}, 400},
		"method":            {ask{method: "DELETE", path: "locations/1"}, 405},
		"read-only":         {ask{method: "POST", path: "locations", body: `{"data":{"type":"locations"}}`}, 422},
		"wrong login":       {ask{method: "POST", path: "authenticate", body: `{"username":"importer","password":"x"}`}, 401},
		"login":             {ask{method: "POST", path: "authenticate", body: `{"username":"importer","password":"importer-password"}`}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := send(t, srv, tt.ask); got.status != tt.want {
				t.Errorf("status %d, want %d: %v", got.status, tt.want, got.doc)
			}
		})
	}
}

func TestServer_tokensEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	srv := securitytraxtest.New(securitytraxtest.WithClock(func() time.Time { return now }))
	got := send(t, srv, ask{method: "POST", path: "authenticate", body: `{"username":"importer","password":"importer-password"}`})
	token, _ := got.doc["token"].(string)
	if _, envelope := got.doc["data"]; token == "" || envelope {
		t.Fatalf("answer = %v", got.doc)
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 200}, {10*time.Minute - time.Second, 200}, {time.Second, 401}} {
		now = now.Add(step.after)
		list := send(t, srv, ask{method: "GET", path: "locations", header: map[string]string{"Authorization": "Bearer " + token}})
		if list.status != step.want {
			t.Errorf("at %v: status %d, want %d", now, list.status, step.want)
		}
	}
}

func TestServer_createCustomer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change  func(a, r map[string]any)
		want    int
		pointer string
	}{
		"good":               {nil, 201, ""},
		"no phone":           {func(a, _ map[string]any) { delete(a, "primary_phone") }, 422, "/data/attributes/primary_phone"},
		"state":              {func(a, _ map[string]any) { a["state"] = "Idaho" }, 422, "/data/attributes/state"},
		"lead":               {func(a, _ map[string]any) { a["record_type"] = "lead" }, 201, ""},
		"record type":        {func(a, _ map[string]any) { a["record_type"] = "x" }, 422, "/data/attributes/record_type"},
		"sale date":          {func(a, _ map[string]any) { a["sale_date"] = "31.1.2024" }, 422, "/data/attributes/sale_date"},
		"business":           {func(a, _ map[string]any) { a["account_type"] = "Business" }, 422, "/data/attributes/business_name"},
		"no location":        {func(_, r map[string]any) { delete(r, "location") }, 422, "/data/relationships/location"},
		"unknown location":   {func(_, r map[string]any) { r["location"] = related("locations", "0") }, 404, "/data/relationships/location"},
		"location's type":    {func(_, r map[string]any) { r["location"] = related("users", "1") }, 409, "/data/relationships/location"},
		"unknown relation":   {func(_, r map[string]any) { r["gadget"] = related("users", "1") }, 400, "/data/relationships/gadget"},
		"nested, no ISP":     {func(_, r map[string]any) { r["isp_connections"] = connection("0") }, 404, "/data/relationships/isp"},
		"nested":             {func(_, r map[string]any) { r["isp_connections"] = connection("1") }, 201, ""},
		"connection's place": {func(_, r map[string]any) { r["isp_connections"] = related("isp_connections", "5") }, 400, "/data/relationships/isp_connections"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer()
			got := send(t, srv, ask{method: "POST", path: "customers", body: customerBody(srv, tt.change)})
			if got.status != tt.want {
				t.Fatalf("status %d, want %d: %v", got.status, tt.want, got.doc)
			}
			if tt.want != 201 {
				if n := len(srv.Customers()); n != 0 {
					t.Errorf("%d customers", n)
				}
				if diff := cmp.Diff(tt.pointer, firstPointer(got.doc)); diff != "" {
					t.Errorf("pointer (-want +got):\n%s", diff)
				}
				return
			}
			if want := "/sandbox/user/v1/customers/" + srv.Customers()[0].ID; got.header.Get("Location") != want {
				t.Errorf("Location = %s, want %s", got.header.Get("Location"), want)
			}
		})
	}
}

func related(typ, id string) any {
	return map[string]any{"data": map[string]any{"type": typ, "id": id}}
}

func connection(isp string) any {
	return map[string]any{"data": []any{map[string]any{
		"type": "isp_connections", "id": "", "attributes": map[string]any{"isp_customer_id": "5"},
		"relationships": map[string]any{"isp": related("isps", isp)},
	}}}
}

func firstPointer(doc map[string]any) string {
	list, _ := doc["errors"].([]any)
	if len(list) == 0 {
		return ""
	}
	first, _ := list[0].(map[string]any)
	source, _ := first["source"].(map[string]any)
	pointer, _ := source["pointer"].(string)
	return pointer
}

// TestServer_noUniqueness shows that a blind repetition is a duplicate.
func TestServer_noUniqueness(t *testing.T) {
	t.Parallel()
	srv := newServer()
	body := customerBody(srv, func(_, r map[string]any) { r["isp_connections"] = connection(srv.ISPID()) })
	for range 2 {
		send(t, srv, ask{method: "POST", path: "customers", body: body, header: map[string]string{"Idempotency-Key": "k"}})
	}
	list := srv.Customers()
	if len(list) != 2 || list[0].AlarmComID != "5" || list[1].AlarmComID != "5" || list[0].ISPID != srv.ISPID() {
		t.Errorf("customers = %+v", list)
	}
}

func TestServer_listsByPages(t *testing.T) {
	t.Parallel()
	srv := newServer(securitytraxtest.WithPageSize(2), securitytraxtest.WithUserTags("a", "b", "c", "d", "e"))
	var names []string
	pages := 0
	for next := "user_tags?filter=" + url.QueryEscape("name != 'c'"); next != ""; pages++ {
		got := send(t, srv, ask{method: "GET", path: next})
		for _, item := range got.doc["data"].([]any) { //nolint:forcetypeassert // a test
			names = append(names, item.(map[string]any)["attributes"].(map[string]any)["name"].(string)) //nolint:forcetypeassert // a test
		}
		next, _ = got.doc["links"].(map[string]any)["next"].(string)
	}
	if diff := cmp.Diff([]string{"a", "b", "d", "e"}, names); diff != "" || pages != 2 {
		t.Errorf("%d pages, names (-want +got):\n%s", pages, diff)
	}
}

func TestServer_includes(t *testing.T) {
	t.Parallel()
	srv := newServer()
	body := customerBody(srv, func(_, r map[string]any) { r["isp_connections"] = connection(srv.ISPID()) })
	send(t, srv, ask{method: "POST", path: "customers", body: body})
	got := send(t, srv, ask{method: "GET", path: "customers?include=isp_connections.isp,location&filter=" + url.QueryEscape("state = 'ID' AND fname ~ 'ad'")})
	var types []string
	for _, item := range got.doc["included"].([]any) { //nolint:forcetypeassert // a test
		types = append(types, item.(map[string]any)["type"].(string)) //nolint:forcetypeassert // a test
	}
	if diff := cmp.Diff([]string{"isp_connections", "isps", "locations"}, types); diff != "" {
		t.Errorf("included (-want +got):\n%s", diff)
	}
}

func TestServer_delayedVisibility(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	srv := newServer(securitytraxtest.WithClock(func() time.Time { return now }), securitytraxtest.WithDelayedVisibility(time.Minute))
	body := customerBody(srv, func(_, r map[string]any) { r["isp_connections"] = connection(srv.ISPID()) })
	send(t, srv, ask{method: "POST", path: "customers", body: body})
	for _, want := range []int{0, 1} {
		for _, path := range []string{"customers", "isp_connections?filter=" + url.QueryEscape("isp_customer_id = '5'")} {
			got := send(t, srv, ask{method: "GET", path: path})
			if n := len(got.doc["data"].([]any)); n != want { //nolint:forcetypeassert // a test
				t.Errorf("%s: %d, want %d", path, n, want)
			}
		}
		now = now.Add(time.Minute)
	}
}

// TestServer_overTheNetwork shows the faults as a client sees them.
func TestServer_overTheNetwork(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.NewServer(securitytraxtest.WithAccessToken("pat"))
	t.Cleanup(srv.Close)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(f *securitytraxtest.Reply) (int, string, error) {
		srv.Fail(func(*http.Request, int) *securitytraxtest.Reply { return f })
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL()+"/locations", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-SecurityTrax-IntegratorKey", securitytraxtest.DefaultIntegratorKey)
		req.Header.Set("Authorization", "Bearer pat")
		resp, err := client.Do(req)
		if err != nil {
			return 0, "", err
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body), err
	}
	if status, _, err := get(nil); status != 200 || err != nil {
		t.Errorf("no fault: %d, %v", status, err)
	}
	if status, _, err := get(&securitytraxtest.Reply{Lost: true}); err == nil {
		t.Errorf("lost: %d, %v", status, err)
	}
	if status, body, err := get(&securitytraxtest.Reply{Truncate: 7}); status != 200 || len(body) != 7 || err == nil {
		t.Errorf("truncated: %d, %q, %v", status, body, err)
	}
	if status, _, err := get(&securitytraxtest.Reply{ByteDelay: time.Microsecond}); status != 200 || err != nil {
		t.Errorf("slow: %d, %v", status, err)
	}
	if n := srv.Count("GET /locations"); n != 4 || len(srv.Requests()) != 4 {
		t.Errorf("%d requests", n)
	}
	srv.Reset()
	if srv.Count("") != 0 || len(srv.Counts()) != 0 {
		t.Error("Reset forgets nothing")
	}
}
