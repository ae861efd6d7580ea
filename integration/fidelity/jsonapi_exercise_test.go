package fidelity_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// personalToken is one for the requests that are not the sink's.
const personalToken = "personal-token"

// exercise does with a sink all that an import may do, and then what only other
// clients do.
func exercise(t *testing.T, srv *securitytraxtest.Server, w *wire) {
	t.Helper()
	for i := range 3 {
		srv.AddRep("rep"+strconv.Itoa(i), "Rép", "Nummer "+strconv.Itoa(i))
	}
	cfg := srv.Config()
	cfg.Transport = w
	sink, err := securitytrax.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	customers := importCustomers(t, sink)
	users := importUsers(t, sink)
	update(t, sink, customers, users)
	asOthers(t, srv, w)
}

func choose(t *testing.T, list func() ([]adcimport.Choice, error)) string {
	t.Helper()
	found, err := list()
	if err != nil || len(found) == 0 {
		t.Fatalf("%v, %v", found, err)
	}
	return found[0].ID
}

func customerRecord(office, rep, tag, id string) adcimport.CustomerRecord {
	return adcimport.CustomerRecord{
		AlarmComID: id, IdempotencyKey: "k" + id, FirstName: "Zoë", LastName: "O'Neil", Phone1: "8015550101",
		Email: "zoe@example.com", Address1: "1 Main", City: "Provo", State: "UT", Zip: "84601", SaleDate: "2020-02-29",
		ServiceTwoWayVoice: true, AccountNumber: "A1", ReceiverNumber: "8005550100",
		RepID: rep, OfficeID: office, TagIDs: []string{tag}, Custom: map[string]string{"panel": "Q"},
	}
}

func importCustomers(t *testing.T, sink *securitytrax.Sink) []string {
	t.Helper()
	ctx := t.Context()
	if err := sink.Check(ctx); err != nil {
		t.Fatal(err)
	}
	office := choose(t, func() ([]adcimport.Choice, error) { return sink.Offices(ctx) })
	rep := choose(t, func() ([]adcimport.Choice, error) { return sink.Reps(ctx) })
	tag := choose(t, func() ([]adcimport.Choice, error) { return sink.CustomerTags(ctx) })
	if err := sink.CheckCustomerOptions(ctx, adcimport.CustomerOptions{OfficeID: office, DefaultRepID: rep, TagIDs: []string{tag}}); err != nil {
		t.Fatal(err)
	}
	business := customerRecord(office, rep, tag, "2")
	business.BusinessName = "Söhne & Co"
	bare := adcimport.CustomerRecord{
		AlarmComID: "3", FirstName: "A", LastName: "B", Phone1: "8015550102", City: "Provo", State: "UT", SaleDate: "2020-01-01", OfficeID: office,
	}
	broken, lost := bare, bare
	broken.AlarmComID, broken.State = "4", "ZZ"
	lost.AlarmComID, lost.OfficeID = "5", "999999"
	results, _ := sink.CreateCustomers(ctx, []adcimport.CustomerRecord{customerRecord(office, rep, tag, "1"), business, bare, broken, lost})
	var ids []string
	var keys []adcimport.CustomerKey
	for i, r := range results {
		if want := adcimport.WriteCreated; i < 3 && r.Status != want || i >= 3 && r.Status != adcimport.WriteRejected {
			t.Fatalf("customer %d: %+v", i, r)
		}
		ids = append(ids, r.ID)
		keys = append(keys, adcimport.CustomerKey{ID: strconv.Itoa(i + 1)})
	}
	if found, err := sink.FindCustomers(ctx, keys); err != nil || len(found) != 3 {
		t.Fatalf("%v, %v", found, err)
	}
	if found, err := sink.FindReps(ctx, []string{"rep1", "nobody"}); err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	return ids[:3]
}

func userRecord(group, id string) adcimport.UserRecord {
	return adcimport.UserRecord{
		AlarmComID: id, IdempotencyKey: "u" + id, FirstName: "Zoë", LastName: "O'Neil", Username: "zoe" + id, Email: "zoe@example.com",
		CellPhone: "8015550101", Address: adcimport.Address{Street1: "1 Main", City: "Provo", State: "UT", Zip: "84601"},
		Active: true, CanLogin: true, PermissionGroupID: group, Tags: []string{"Field", "New <tag>"},
	}
}

func importUsers(t *testing.T, sink *securitytrax.Sink) []string {
	t.Helper()
	ctx := t.Context()
	group := choose(t, func() ([]adcimport.Choice, error) { return sink.PermissionGroups(ctx) })
	choose(t, func() ([]adcimport.Choice, error) { return sink.UserTags(ctx) })
	tags := []string{"Field", "New <tag>"}
	if err := sink.CheckUserOptions(ctx, adcimport.UserOptions{PermissionGroupID: group, Tags: tags}); err != nil {
		t.Fatal(err)
	}
	if err := sink.MakeUserTags(ctx, tags); err != nil {
		t.Fatal(err)
	}
	taken := userRecord(group, "2")
	taken.Username = "zoe1"
	results, _ := sink.CreateUsers(ctx, []adcimport.UserRecord{userRecord(group, "1")})
	again, _ := sink.CreateUsers(ctx, []adcimport.UserRecord{taken})
	if results[0].Status != adcimport.WriteCreated || again[0].Status != adcimport.WriteRejected {
		t.Fatalf("%+v, %+v", results, again)
	}
	if found, err := sink.FindUsers(ctx, []adcimport.UserKey{{ID: "1", Record: userRecord(group, "1")}, {ID: "9"}}); err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	return []string{results[0].ID}
}

func update(t *testing.T, sink *securitytrax.Sink, customers, users []string) {
	t.Helper()
	for i, id := range append([]string{"999999"}, customers...) {
		rec := customerRecord("1", "", "", strconv.Itoa(i))
		if results, err := sink.UpdateCustomers(t.Context(), []string{id}, []adcimport.CustomerRecord{rec}); i > 0 && (err != nil || results[0].Status != adcimport.WriteCreated) {
			t.Fatalf("%+v, %v", results, err)
		}
	}
	if results, err := sink.UpdateUsers(t.Context(), users, []adcimport.UserRecord{userRecord("1", "1")}); err != nil || results[0].Status != adcimport.WriteCreated {
		t.Fatalf("%+v, %v", results, err)
	}
}

// asOthers reads with what the sink does not use, and makes every mistake.
func asOthers(t *testing.T, srv *securitytraxtest.Server, w *wire) {
	t.Helper()
	const media, token = "application/vnd.api+json", personalToken
	cfg := srv.Config()
	w.mu.Lock()
	docs := slices.Clone(w.docs) // mistakes in requests are not ours to validate
	w.mu.Unlock()
	for _, r := range []rawDocument{
		{"GET", "customers?include=location,rep,tags,isp_connections.isp", "", "", media, token},
		{"GET", "customers?page[number]=2&page[size]=1", "", "", media, token},
		{"GET", "isp_connections?include=customer.location,isp", "", "", media, token},
		{"GET", "users?filter=username = 'nobody'", "", "", media, token},
		{"GET", "users?include=permission_group", "", "", media, token},
		{"GET", "customers?filter=(", "", "", media, token},
		{"GET", "customers?sort=x", "", "", media, token},
		{"GET", "nothing", "", "", media, token},
		{"GET", "customers", "", "", media, "stale"},
		{"GET", "customers", "", "", media + "; charset=utf-8", token},
		{"POST", "customers", "{", media, media, token},
		{"POST", "customers", `{"data":{"type":"customers","attributes":{"fname":"A"}}}`, media, media, token},
		{"POST", "customers", "{}", "application/json", media, token},
		{"POST", "customers", `{"data":{"type":"customers","id":"1"}}`, media, media, token},
		{"DELETE", "customers/1", "", "", media, token},
	} {
		r.path = cfg.BaseURL + "/" + strings.ReplaceAll(r.path, " ", "%20")
		r.send(t, w, securitytraxtest.DefaultIntegratorKey)
	}
	w.linksLead(t, srv)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range w.docs[len(docs):] {
		if strings.HasPrefix(d.what, "reply ") {
			docs = append(docs, d)
		}
	}
	w.docs = docs
}

// rawDocument is a request that the sink does not send.
type rawDocument struct{ method, path, body, media, accept, token string }

func (r rawDocument) send(t *testing.T, w *wire, key string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), r.method, r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Accept": r.accept, "Content-Type": r.media, "Authorization": "Bearer " + r.token, "X-SecurityTrax-IntegratorKey": key,
	} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	resp, err := w.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close() // in memory
	return resp.StatusCode
}

// linksLead checks that the links of the replies lead somewhere.
func (w *wire) linksLead(t *testing.T, srv *securitytraxtest.Server) {
	t.Helper()
	links := map[string]bool{}
	for _, d := range w.docs {
		if strings.HasPrefix(d.what, "reply ") {
			collect(d.Document, links)
		}
	}
	base, _, _ := strings.Cut(srv.URL(), "/sandbox")
	for link := range links {
		get := rawDocument{method: http.MethodGet, path: base + strings.TrimPrefix(link, base), token: personalToken}
		if status := get.send(t, w, securitytraxtest.DefaultIntegratorKey); status != http.StatusOK {
			t.Errorf("%s: status %d", link, status)
		}
	}
	if len(links) == 0 {
		t.Error("no reply has links")
	}
}

// collect finds the links below a value.
func collect(v any, links map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, member := range v {
			collect(member, links)
		}
	case map[string]any:
		for name, member := range v {
			if group, ok := member.(map[string]any); ok && name == "links" {
				for _, link := range group {
					links[link.(string)] = true //nolint:forcetypeassert // the validator has seen to it
				}
				continue
			}
			collect(member, links)
		}
	}
}
