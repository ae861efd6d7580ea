package securitytrax_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// business is a customer with all that an update may touch.
func business(t *testing.T, srv *securitytraxtest.Server) adcimport.CustomerRecord {
	t.Helper()
	rec := customer(t, srv, "1")
	rec.BusinessName, rec.Email, rec.AccountNumber, rec.ReceiverNumber = "Acme", "ada@example.com", "A1", "R1"
	rec.ServiceTwoWayVoice, rec.RepID = true, srv.AddRep("jo", "Jo", "Doe")
	rec.Custom = map[string]string{"contact_time": "noon"}
	return rec
}

// update updates the one customer.
func update(t *testing.T, sink *securitytrax.Sink, id string, rec adcimport.CustomerRecord) adcimport.WriteResult {
	t.Helper()
	results, err := sink.UpdateCustomers(t.Context(), []string{id}, []adcimport.CustomerRecord{rec})
	if err != nil || len(results) != 1 {
		t.Fatal(results, err)
	}
	return results[0]
}

// fault 36: account type, two-way voice and all that is to be left alone stay as people
// made them, also where SecurityTrax wants the field in every update.
func TestFault36_updatesLeaveAlone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		people map[string]any
		change func(rec *adcimport.CustomerRecord)
	}{
		"a business that Alarm.com has no company of": {
			map[string]any{"account_type": "Business", "business_name": "Typed", "business_contact": "Bo"},
			func(rec *adcimport.CustomerRecord) { rec.BusinessName = "" },
		},
		"a residence with a company": {
			map[string]any{"account_type": "Residential", "business_contact": "Bo"}, func(*adcimport.CustomerRecord) {},
		},
		"two-way voice": {
			map[string]any{"service_two_way_voice": false},
			func(rec *adcimport.CustomerRecord) {
				rec.Leave, rec.ServiceTwoWayVoice = []string{"ServiceTwoWayVoice"}, false
			},
		},
		"names and state": {
			map[string]any{"fname": "Typed", "state": "NV"},
			func(rec *adcimport.CustomerRecord) {
				rec.Leave, rec.FirstName, rec.State = []string{"FirstName", "State"}, "", ""
			},
		},
		"an attribute of the dealer's": {
			map[string]any{"contact_time": "night"},
			func(rec *adcimport.CustomerRecord) { rec.Leave, rec.Custom = []string{"Custom.contact_time"}, nil },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			sink := newSink(t, srv)
			rec := business(t, srv)
			id := createCustomer(t, sink, rec).ID
			srv.Edit("customers", id, tt.people)
			tt.change(&rec)
			rec.LastName = "Byron"
			want := srv.Customers()[0]
			want.Attributes["lname"] = "Byron"
			if res := update(t, sink, id, rec); res.Status != adcimport.WriteCreated {
				t.Fatalf("%+v", res)
			}
			if diff := cmp.Diff(want, srv.Customers()[0]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// fault 43: emptied fields are cleared, as the schema says, or named.
func TestFault43_updatesClear(t *testing.T) {
	t.Parallel()
	for by, empty := range map[securitytrax.Clearing]any{securitytrax.ClearWithNull: nil, securitytrax.ClearWithEmpty: "", securitytrax.ClearNever: "kept"} {
		for name, attributes := range map[string]map[string]string{
			"email":   {"Email": "email"},
			"company": {"BusinessName": "business_name"},
			"numbers": {"AccountNumber": "account_num", "ReceiverNumber": "receiver_num"},
			"custom":  {"Custom.contact_time": "contact_time"},
			"rep":     {"RepID": ""},
		} {
			srv := securitytraxtest.New()
			cfg := srv.Config()
			cfg.Schema = securitytrax.DefaultSchema()
			cfg.Schema.Clear = by
			sink, err := securitytrax.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			rec := business(t, srv)
			id := createCustomer(t, sink, rec).ID
			rec = cleared(rec, attributes)
			res := update(t, sink, id, rec)
			slices.Sort(res.Cleared)
			want := rec.Clear
			if by == securitytrax.ClearNever {
				want = nil
			}
			if diff := cmp.Diff(want, res.Cleared); diff != "" || res.Status != adcimport.WriteCreated {
				t.Errorf("%d, %s: %+v (-want +got):\n%s", by, name, res, diff)
			}
			got := srv.Customers()[0]
			for _, attribute := range attributes {
				kept := by == securitytrax.ClearNever
				if attribute != "" && !kept && got.Attributes[attribute] != empty || attribute == "" && (len(got.Relationships["rep"]) == 0) == kept {
					t.Errorf("%d, %s: %v %v", by, name, got.Attributes[attribute], got.Relationships)
				}
			}
		}
	}
}

func cleared(rec adcimport.CustomerRecord, attributes map[string]string) adcimport.CustomerRecord {
	for field := range attributes {
		rec.Clear = append(rec.Clear, field)
		switch field {
		case "Email":
			rec.Email = ""
		case "BusinessName":
			rec.BusinessName = ""
		case "AccountNumber":
			rec.AccountNumber = ""
		case "ReceiverNumber":
			rec.ReceiverNumber = ""
		case "RepID":
			rec.RepID = ""
		default:
			rec.Custom = nil
		}
	}
	slices.Sort(rec.Clear)
	return rec
}

// What is read is what was written, of every field that a record has; what is not there
// is missing.
func TestReadCustomers(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	rec := business(t, srv)
	for field, value := range reflect.ValueOf(rec).Fields() {
		if kind := value.Kind(); (kind == reflect.String || kind == reflect.Bool) && value.IsZero() {
			t.Errorf("nobody looks whether %s is written", field.Name)
		}
	}
	id := createCustomer(t, sink, rec).ID
	got, err := sink.ReadCustomers(t.Context(), []string{id, "404", ".."})
	delete(got[id].Custom, "created_at") // the service's own
	rec.AlarmComID, rec.IdempotencyKey, rec.OfficeID, rec.TagIDs = "", "", "", nil
	if diff := cmp.Diff(map[string]adcimport.CustomerRecord{id: rec}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
