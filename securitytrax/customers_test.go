package securitytrax_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

func createCustomer(t *testing.T, sink *securitytrax.Sink, rec adcimport.CustomerRecord) adcimport.WriteResult {
	t.Helper()
	results, err := sink.CreateCustomers(t.Context(), []adcimport.CustomerRecord{rec})
	if err != nil || len(results) != 1 {
		t.Fatalf("CreateCustomers = %v, %v", results, err)
	}
	return results[0]
}

// TestSpec_C_customerFields shows that each field arrives under its name.
func TestSpec_C_customerFields(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	rep := srv.AddRep("jdoe", "Jo", "Doe")
	tag := idOf(t, srv, "customer_tags", "Imported")
	rec := customer(t, srv, "4711")
	rec.BusinessName, rec.RepID, rec.TagIDs = "Ada's Bakery", rep, []string{tag}
	rec.Custom = map[string]string{"contact_time": "Evening"}
	res := createCustomer(t, newSink(t, srv), rec)
	if res.Status != adcimport.WriteCreated || res.Err != nil {
		t.Fatalf("result = %+v", res)
	}
	got := srv.Customers()[0]
	if got.ID != res.ID {
		t.Errorf("id = %s, want %s", res.ID, got.ID)
	}
	for id, field := range map[string]struct{ name, want string }{
		"C1":                  {"fname", "Ada"},
		"C2":                  {"lname", "O'Neill"},
		"C3":                  {"business_name", "Ada's Bakery"},
		"C3 business contact": {"business_contact", "Ada O'Neill"},
		"C3 account type":     {"account_type", "Business"},
		"C4":                  {"primary_phone", "2085550100"},
		"C5":                  {"address1", "1 Main St"},
		"C6":                  {"city", "Boise"},
		"C7":                  {"state", "ID"},
		"C8":                  {"zip", "83702"},
		"C10":                 {"sale_date", "2024-02-29"},
		"C11":                 {"email", "ada@example.com"},
		"C13":                 {"service_two_way_voice", "true"},
		"C14":                 {"account_num", "A-77"},
		"C15":                 {"receiver_num", "8005550101"},
		"record type":         {"record_type", "customer"},
		"custom":              {"contact_time", "Evening"},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(field.want, got.Text(field.name)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", field.name, diff)
			}
		})
	}
	for id, rel := range map[string]struct{ name, want string }{
		"C9": {"rep", rep},
		"O1": {"location", rec.OfficeID},
		"O3": {"tags", tag},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff([]string{rel.want}, got.Relationships[rel.name]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", rel.name, diff)
			}
		})
	}
}

func TestSpec_C16_attachedToTheLink(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	second := srv.AddISP("Other link", true)
	sink := newSink(t, srv)
	other := newSink(t, srv, func(c *securitytrax.Config) { c.ISPID = second })
	createCustomer(t, other, customer(t, srv, "9"))
	got := srv.Customers()[0]
	if got.AlarmComID != "9" || got.ISPID != second {
		t.Errorf("attached to link %s as %s", got.ISPID, got.AlarmComID)
	}
	for want, s := range map[int]*securitytrax.Sink{1: other, 0: sink} {
		found, err := s.FindCustomers(t.Context(), customerKeys("9"))
		if err != nil || len(found["9"]) != want {
			t.Errorf("FindCustomers = %v, %v, want %d", found, err, want)
		}
	}
}

func TestSpec_C9_O2_noRepStaysBlank(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	createCustomer(t, newSink(t, srv), customer(t, srv, "1"))
	got := srv.Customers()[0]
	if len(got.Relationships["rep"]) != 0 || got.Text("account_type") != "Residential" || got.Text("business_name") != "" {
		t.Errorf("customer = %+v", got)
	}
}

func TestSpec_O2_findReps(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New(securitytraxtest.WithPageSize(1))
	jdoe, upper := srv.AddRep("jdoe", "Jo", "Doe"), srv.AddRep("JDOE", "Joan", "Doe")
	amy := srv.AddRep("amy", "Amy", "Day")
	sink := newSink(t, srv)
	got, err := sink.FindReps(t.Context(), []string{"jdoe", "JDOE", "amy", "nobody", "o'hara", ""})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"jdoe": jdoe, "JDOE": upper, "amy": amy}, got); diff != "" {
		t.Errorf("reps (-want +got):\n%s", diff)
	}
}

func TestFindCustomers(t *testing.T) {
	t.Parallel()
	places := map[string]securitytrax.IDPlace{"connection": securitytrax.IDInConnection, "attribute": securitytrax.IDInAttribute}
	for name, place := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New(securitytraxtest.WithPageSize(2))
			sink := newSink(t, srv, func(c *securitytrax.Config) {
				c.Schema = securitytrax.DefaultSchema()
				c.Schema.CustomerID, c.Schema.FindChunk = place, 3
			})
			recs := append(customers(t, srv, 8), customer(t, srv, "1000"))
			results, err := sink.CreateCustomers(t.Context(), recs)
			if err != nil {
				t.Fatal(err)
			}
			srv.Reset()
			got, err := sink.FindCustomers(t.Context(), customerKeys("1000", "1001", "1007", "5", "1007", "10"))
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 3 || len(got["1000"]) != 2 {
				t.Errorf("found %v", got)
			}
			if diff := cmp.Diff([]string{results[7].ID}, got["1007"]); diff != "" {
				t.Errorf("1007 (-want +got):\n%s", diff)
			}
			// chunks of 3 and 2 ids; the first has 4 hits on pages of 2
			if n := srv.Count(""); n != 3 {
				t.Errorf("%d requests, want 3: %v", n, srv.Counts())
			}
		})
	}
}

func TestFindCustomers_urlIsBounded(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv, func(c *securitytrax.Config) {
		c.Schema = securitytrax.DefaultSchema()
		c.Schema.MaxURLBytes, c.Schema.FindChunk = 600, 1000
	})
	var ids []string
	for i := range 100 {
		ids = append(ids, strings.Repeat("7", 10)+string(rune('a'+i%26))+string(rune('a'+i/26)))
	}
	if _, err := sink.FindCustomers(t.Context(), customerKeys(ids...)); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range srv.Requests() {
		if r.Route != "GET /isp_connections" {
			continue
		}
		n++
		if length := len(srv.URL() + r.Path + "?" + strings.ReplaceAll(r.Query.Encode(), "+", "%20")); length > 600 {
			t.Errorf("URL of %d bytes", length)
		}
	}
	if n < 5 {
		t.Errorf("%d requests", n)
	}
}

func TestFindCustomers_refusesQuotes(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	createCustomer(t, sink, customer(t, srv, "1"))
	found, err := sink.FindCustomers(t.Context(), customerKeys("1", "x' OR id != '"))
	rec, ok := errors.AsType[*adcimport.RecordError](err)
	if !ok || rec.Reason != adcimport.ReasonInvalidRecord {
		t.Errorf("error = %v", err)
	}
	if len(found) != 1 || len(found["1"]) != 1 {
		t.Errorf("found = %v", found)
	}
}

// TestFindCustomers_filterIgnored shows that an answer that does not fit the
// filter is not taken for an answer: absence would not be proved.
func TestFindCustomers_filterIgnored(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	createCustomer(t, sink, customer(t, srv, "1"))
	everything := `{"data":[{"type":"isp_connections","id":"5","attributes":{"isp_customer_id":"1"},"relationships":{"customer":{"data":{"type":"customers","id":"4"}}}}]}`
	srv.Fail(onRoute("GET", "/isp_connections", always(securitytraxtest.Reply{Status: 200, Body: []byte(everything)})))
	_, err := sink.FindCustomers(t.Context(), customerKeys("2"))
	api, ok := errors.AsType[*securitytrax.APIError](err)
	if !ok || api.Temporary() {
		t.Errorf("error = %v", err)
	}
	orphan := strings.Replace(everything, `{"type":"customers","id":"4"}`, "null", 1)
	srv.Fail(onRoute("GET", "/isp_connections", always(securitytraxtest.Reply{Status: 200, Body: []byte(orphan)})))
	if found, err := sink.FindCustomers(t.Context(), customerKeys("1")); err != nil || len(found) != 0 {
		t.Errorf("a connection without a customer: %v, %v", found, err)
	}
	unlinked := strings.Replace(everything, `{"data":{"type":"customers","id":"4"}}`, "{}", 1)
	srv.Fail(onRoute("GET", "/isp_connections", always(securitytraxtest.Reply{Status: 200, Body: []byte(unlinked)})))
	if _, err := sink.FindCustomers(t.Context(), customerKeys("1")); err == nil {
		t.Error("a connection that does not tell its customer is taken for an answer")
	}
}

func TestProvesAbsence(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	nowhere := newSink(t, srv, func(c *securitytrax.Config) {
		c.Schema = securitytrax.DefaultSchema()
		c.Schema.CustomerID, c.Schema.User.AlarmComID = securitytrax.IDNowhere, ""
	})
	for _, k := range []adcimport.Kind{adcimport.KindCustomer, adcimport.KindUser} {
		run := adcimport.RunInfo{Summary: adcimport.Summary{Kind: k}}
		if !sink.ProvesAbsence(k) || len(sink.Warnings(t.Context(), run)) != 0 {
			t.Errorf("%s: the default schema keeps the id", k)
		}
		if nowhere.ProvesAbsence(k) || len(nowhere.Warnings(t.Context(), run)) != 1 {
			t.Errorf("%s: no id is kept, and nothing says so", k)
		}
	}
	if found, err := nowhere.FindCustomers(t.Context(), customerKeys("1")); err != nil || len(found) != 0 || srv.Count("") != 0 {
		t.Errorf("found = %v, %v with %d requests", found, err, srv.Count(""))
	}
}

func TestCreateCustomers_answersInOrder(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	recs := customers(t, srv, 30)
	recs[3].State = "Idaho"
	recs[7].OfficeID = "404"
	results, err := newSink(t, srv).CreateCustomers(t.Context(), recs)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]string{}
	for _, c := range srv.Customers() {
		byID[c.AlarmComID] = c.ID
	}
	if len(byID) != 28 {
		t.Errorf("%d customers", len(byID))
	}
	for i, r := range results {
		if i == 3 || i == 7 {
			if r.Status != adcimport.WriteRejected {
				t.Errorf("result %d = %+v", i, r)
			}
			continue
		}
		if r.Status != adcimport.WriteCreated || r.ID != byID[recs[i].AlarmComID] {
			t.Errorf("result %d = %+v", i, r)
		}
	}
	want := &adcimport.RecordError{ID: "1003", Reason: adcimport.ReasonInvalidRecord, Fields: []adcimport.FieldError{
		{Field: "State", Rule: "must be one of the 72 state codes of SecurityTrax"},
	}}
	if diff := cmp.Diff(want, results[3].Err); diff != "" {
		t.Errorf("invalid record (-want +got):\n%s", diff)
	}
	re, ok := errors.AsType[*adcimport.RecordError](results[7].Err)
	if !ok || re.Reason != adcimport.ReasonRejectedBySink || len(re.Fields) != 1 || re.Fields[0].Field != "OfficeID" {
		t.Errorf("unknown office = %v", results[7].Err)
	}
	if n := srv.Count("POST /customers"); n != 29 {
		t.Errorf("%d POSTs, want 29", n)
	}
}

func TestUpdateCustomers(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	rec := customer(t, srv, "1")
	rec.TagIDs = []string{idOf(t, srv, "customer_tags", "Imported")}
	id := createCustomer(t, sink, rec).ID
	rec.LastName, rec.Email, rec.RepID = "Byron", "", srv.AddRep("r", "R", "R")
	rec.OfficeID, rec.TagIDs = idOf(t, srv, "locations", "North Office"), nil
	results, err := sink.UpdateCustomers(t.Context(), []string{id, "404"}, []adcimport.CustomerRecord{rec, rec})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]adcimport.WriteStatus{adcimport.WriteCreated, adcimport.WriteRejected}, statuses(results)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if !errors.Is(results[1].Err, adcimport.ErrNotFound) || results[0].ID != id {
		t.Errorf("results = %+v", results)
	}
	got := srv.Customers()[0]
	if got.Text("lname") != "Byron" || got.Text("email") != "ada@example.com" {
		t.Errorf("attributes = %v", got.Attributes)
	}
	want := map[string][]string{
		"location": {idOf(t, srv, "locations", "Headquarters")}, "rep": {rec.RepID},
		"tags": {idOf(t, srv, "customer_tags", "Imported")}, "isp_connections": got.Relationships["isp_connections"],
	}
	if diff := cmp.Diff(want, got.Relationships); diff != "" {
		t.Errorf("relationships (-want +got):\n%s", diff)
	}
	if _, err := sink.UpdateCustomers(t.Context(), nil, []adcimport.CustomerRecord{rec}); err == nil {
		t.Error("records without ids are taken")
	}
}
