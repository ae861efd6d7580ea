package securitytrax_test

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// withSchema changes the default schema.
func withSchema(change func(*securitytrax.Schema)) func(*securitytrax.Config) {
	return func(c *securitytrax.Config) {
		c.Schema = securitytrax.DefaultSchema()
		change(&c.Schema)
	}
}

func monitoringNames(toOne bool) securitytrax.MonitoringNames {
	m := securitytrax.MonitoringNames{
		Relationship: "monitoring_connections", ToOne: toOne,
		Resource:    securitytrax.Resource{Path: "monitoring_connections", Type: "monitoring_connections"},
		TwoWayVoice: "two_way_voice", AccountNumber: "account_num", ReceiverNumber: "receiver_num",
	}
	if toOne {
		m.Relationship = "monitoring_connection"
	}
	return m
}

// stationOf is what the server keeps of a customer's central station.
func stationOf(srv *securitytraxtest.Server) (list []string) {
	for _, r := range srv.Records("monitoring_connections") {
		list = append(list, strings.Join(r.Relationships["customer"], ",")+" "+r.Text("two_way_voice")+" "+r.Text("account_num")+" "+r.Text("receiver_num"))
	}
	return list
}

// TestSpec_C13_to_C15_monitoringConnection writes the central station's data to a
// resource of its own, by a value of the schema: in the create's one request, and in
// updates to the one that the customer has.
func TestSpec_C13_to_C15_monitoringConnection(t *testing.T) {
	t.Parallel()
	for _, toOne := range []bool{false, true} {
		t.Run("to one: "+strconv.FormatBool(toOne), func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New(securitytraxtest.WithMonitoring(toOne))
			sink := newSink(t, srv, withSchema(func(s *securitytrax.Schema) { s.Monitoring = monitoringNames(toOne) }))
			rec := customer(t, srv, "1")
			rec.ServiceTwoWayVoice, rec.AccountNumber, rec.ReceiverNumber = true, "A-17", "555-0199"
			made := createCustomer(t, sink, rec)
			if made.Status != adcimport.WriteCreated {
				t.Fatalf("%+v", made)
			}
			if n := srv.Count("POST /customers"); n != 1 || srv.Count("POST /monitoring_connections") != 0 {
				t.Errorf("%d creates of a customer, want 1 and no other", n)
			}
			id := made.ID
			if diff := cmp.Diff([]string{id + " true A-17 555-0199"}, stationOf(srv)); diff != "" {
				t.Errorf("created (-want +got):\n%s", diff)
			}
			rec.AccountNumber, rec.ServiceTwoWayVoice = "B-18", false
			for range 2 { // again: nothing is made twice
				res, err := sink.UpdateCustomers(t.Context(), []string{id}, []adcimport.CustomerRecord{rec})
				if err != nil || res[0].Status != adcimport.WriteCreated {
					t.Fatalf("%+v, %v", res, err)
				}
			}
			if diff := cmp.Diff([]string{id + " false B-18 555-0199"}, stationOf(srv)); diff != "" {
				t.Errorf("updated (-want +got):\n%s", diff)
			}
			got, err := sink.ReadCustomers(t.Context(), []string{id})
			if err != nil || got[id].AccountNumber != "B-18" || got[id].ReceiverNumber != "555-0199" || got[id].ServiceTwoWayVoice {
				t.Errorf("read: %+v, %v", got, err)
			}
			rec.ServiceTwoWayVoice, rec.ReceiverNumber = true, ""
			rec.Leave, rec.Clear = []string{"ServiceTwoWayVoice"}, []string{"ReceiverNumber"} // people's choice, and what Alarm.com emptied
			res, err := sink.UpdateCustomers(t.Context(), []string{id}, []adcimport.CustomerRecord{rec})
			if err != nil || res[0].Status != adcimport.WriteCreated || !slices.Contains(res[0].Cleared, "ReceiverNumber") {
				t.Fatalf("%+v, %v", res, err)
			}
			if diff := cmp.Diff([]string{id + " false B-18 "}, stationOf(srv)); diff != "" {
				t.Errorf("left and cleared (-want +got):\n%s", diff)
			}
		})
	}
}

// A customer without a monitoring connection gets one with an update, and none where
// Alarm.com has nothing for it.
func TestSpec_C13_to_C15_monitoringConnectionIsMade(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New(securitytraxtest.WithMonitoring(false))
	sink := newSink(t, srv, withSchema(func(s *securitytrax.Schema) { s.Monitoring = monitoringNames(false) }))
	rec := customer(t, srv, "1")
	rec.ServiceTwoWayVoice, rec.AccountNumber, rec.ReceiverNumber = false, "", ""
	id := createCustomer(t, sink, rec).ID
	if got := stationOf(srv); len(got) != 0 {
		t.Errorf("made %q of nothing", got)
	}
	rec.ReceiverNumber = "555-0199"
	if res, err := sink.UpdateCustomers(t.Context(), []string{id}, []adcimport.CustomerRecord{rec}); err != nil || res[0].Status != adcimport.WriteCreated {
		t.Fatalf("%+v, %v", res, err)
	}
	if diff := cmp.Diff([]string{id + " false  555-0199"}, stationOf(srv)); diff != "" {
		t.Errorf("updated (-want +got):\n%s", diff)
	}
}

// One whose customer is gone, or that cannot be read, is nobody else's.
func TestMonitoringConnection_oneBadRecord(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New(securitytraxtest.WithMonitoring(false))
	sink := newSink(t, srv, withSchema(func(s *securitytrax.Schema) { s.Monitoring = monitoringNames(false) }),
		func(c *securitytrax.Config) { c.Concurrency, c.MaxRetries = 1, -1 })
	recs := customers(t, srv, 3)
	made, err := sink.CreateCustomers(t.Context(), recs)
	if err != nil {
		t.Fatal(err)
	}
	srv.Fail(func(r *http.Request, _ int) *securitytraxtest.Reply {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/"+made[1].ID) {
			return &securitytraxtest.Reply{Status: http.StatusInternalServerError}
		}
		return nil
	})
	res, err := sink.UpdateCustomers(t.Context(), []string{"9999", made[1].ID, made[2].ID}, recs)
	want := []adcimport.WriteStatus{adcimport.WriteRejected, adcimport.WriteUnknown, adcimport.WriteCreated}
	got := []adcimport.WriteStatus{res[0].Status, res[1].Status, res[2].Status}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// Fault 6: a service whose validation errors have status 403 says which field is at
// fault, also where its errors have no pointers.
func TestFault6_validationErrorsInOtherForms(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		options []securitytraxtest.Option
		schema  func(*securitytrax.Schema)
		denied  bool
		fields  []string
	}{
		"422 with pointers":     {nil, func(*securitytrax.Schema) {}, false, []string{"AccountNumber", "ServiceTwoWayVoice"}},
		"403, default":          {[]securitytraxtest.Option{securitytraxtest.WithForbiddenRules()}, func(*securitytrax.Schema) {}, true, []string{"AccountNumber", "ServiceTwoWayVoice"}},
		"403":                   {[]securitytraxtest.Option{securitytraxtest.WithForbiddenRules()}, func(s *securitytrax.Schema) { s.ForbiddenIsInvalid = true }, false, []string{"AccountNumber", "ServiceTwoWayVoice"}},
		"no pointers, default":  {[]securitytraxtest.Option{securitytraxtest.WithErrorsBy("field")}, func(*securitytrax.Schema) {}, false, nil},
		"member":                {[]securitytraxtest.Option{securitytraxtest.WithErrorsBy("field")}, func(s *securitytrax.Schema) { s.ErrorMember = "field" }, false, []string{"AccountNumber", "ServiceTwoWayVoice"}},
		"member of a member":    {[]securitytraxtest.Option{securitytraxtest.WithErrorsBy("meta.field")}, func(s *securitytrax.Schema) { s.ErrorMember = "meta.field" }, false, []string{"AccountNumber", "ServiceTwoWayVoice"}},
		"member that is not it": {[]securitytraxtest.Option{securitytraxtest.WithErrorsBy("field")}, func(s *securitytrax.Schema) { s.ErrorMember = "meta.field" }, false, nil},
		"403 without pointers": {
			[]securitytraxtest.Option{securitytraxtest.WithErrorsBy("field"), securitytraxtest.WithForbiddenRules()},
			func(s *securitytrax.Schema) { s.ErrorMember, s.ForbiddenIsInvalid = "field", true }, false,
			[]string{"AccountNumber", "ServiceTwoWayVoice"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New(append(tt.options, securitytraxtest.WithMonitoring(false))...)
			rec := customer(t, srv, "1")
			rec.AccountNumber, rec.ReceiverNumber = "A-17", ""
			res := createCustomer(t, newSink(t, srv, withSchema(tt.schema)), rec) // these are no attributes of a customer there
			broken, ok := errors.AsType[*adcimport.RecordError](res.Err)
			if res.Status != adcimport.WriteRejected || !ok {
				t.Fatalf("%+v", res)
			}
			var fields []string
			for _, f := range broken.Fields {
				fields = append(fields, f.Field)
			}
			call, _ := errors.AsType[*adcimport.CallError](res.Err)
			want, code := tt.fields, map[bool]string{true: "denied", false: "refused"}[tt.denied]
			if diff := cmp.Diff([]any{want, tt.denied, code}, []any{fields, errors.Is(res.Err, adcimport.ErrDenied), call.Code}); diff != "" {
				t.Errorf("fields, denied, code (-want +got):\n%s", diff)
			}
		})
	}
}

// A 403 that is no error document is a page of something in front of SecurityTrax,
// whatever the schema says.
func TestForbiddenIsInvalid_page(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	srv.Fail(onRoute("POST", "/customers", always(reply{Status: 403, Body: []byte("<html>")})))
	res := createCustomer(t, newSink(t, srv, withSchema(func(s *securitytrax.Schema) { s.ForbiddenIsInvalid = true })), customer(t, srv, "1"))
	if res.Status != adcimport.WriteUnknown {
		t.Errorf("%+v", res)
	}
}

// Lists and look-ups go through all pages, whichever way they are asked for, and end
// where the service does not know the parameter.
func TestPaging(t *testing.T) {
	t.Parallel()
	const n = 25
	for name, tt := range map[string]struct {
		option securitytraxtest.Option
		schema func(*securitytrax.Schema)
	}{
		"links": {func() securitytraxtest.Option { return securitytraxtest.WithPageSize(7) }(), func(*securitytrax.Schema) {}},
		"number": {securitytraxtest.WithNumberedPages("page", "per_page", 1), func(s *securitytrax.Schema) {
			s.Paging, s.PageParam = securitytrax.PagingNumber, "page"
		}},
		"number from 0": {securitytraxtest.WithNumberedPages("page", "per_page", 0), func(s *securitytrax.Schema) {
			s.Paging, s.PageParam, s.FirstPage = securitytrax.PagingNumber, "page", 0
		}},
		"number, size asked for": {securitytraxtest.WithNumberedPages("page", "per_page", 1), func(s *securitytrax.Schema) {
			s.Paging, s.PageParam, s.PageSizeParam, s.PageSize = securitytrax.PagingNumber, "page", "per_page", 5
		}},
		"offset": {securitytraxtest.WithPagesByOffset("offset", "limit"), func(s *securitytrax.Schema) {
			s.Paging, s.PageParam = securitytrax.PagingOffset, "offset"
		}},
		"offset, more asked for than there may be": {securitytraxtest.WithPagesByOffset("page[offset]", "page[limit]"), func(s *securitytrax.Schema) {
			s.Paging, s.PageParam, s.PageSizeParam, s.PageSize = securitytrax.PagingOffset, "page[offset]", "page[limit]", 500
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			names := make([]string, n)
			for i := range names {
				names[i] = "Office " + strconv.Itoa(i)
			}
			names[0] = "Headquarters"
			srv := securitytraxtest.New(tt.option, securitytraxtest.WithPageSize(7), securitytraxtest.WithOffices(names...))
			sink := newSink(t, srv, withSchema(tt.schema))
			offices, err := sink.Offices(t.Context())
			if err != nil || len(offices) != n {
				t.Fatalf("%d offices, %v, want %d", len(offices), err, n)
			}
			var keys []adcimport.CustomerKey
			for i := range n {
				rec := customer(t, srv, strconv.Itoa(100+i))
				rec.OfficeID = offices[0].ID
				createCustomer(t, sink, rec)
				keys = append(keys, adcimport.CustomerKey{ID: rec.AlarmComID})
			}
			found, err := sink.FindCustomers(t.Context(), keys)
			if err != nil || len(found) != n {
				t.Errorf("%d found, %v, want %d", len(found), err, n)
			}
		})
	}
}

// A service that takes the parameter and gives the same page again and again is an
// error, never a list that is short or endless.
func TestPaging_parameterWithoutEffect(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New(securitytraxtest.WithNumberedPages("page", "per_page", 1))
	srv.Fail(onRoute("GET", "/locations", always(reply{Status: 200, Body: []byte(`{"data":[{"type":"locations","id":"1"}]}`)})))
	sink := newSink(t, srv, withSchema(func(s *securitytrax.Schema) { s.Paging, s.PageParam = securitytrax.PagingNumber, "page" }))
	if list, err := sink.Offices(t.Context()); err == nil || srv.Count("GET /locations") > 10 {
		t.Errorf("%d offices after %d requests, %v", len(list), srv.Count("GET /locations"), err)
	}
}
