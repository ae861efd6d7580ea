package securitytrax_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

func TestStates(t *testing.T) {
	t.Parallel()
	states := securitytrax.States()
	unique := slices.Compact(slices.Sorted(slices.Values(states)))
	if len(states) != 72 || len(unique) != 72 {
		t.Errorf("%d states, %d of them different, want 72", len(states), len(unique))
	}
	for _, s := range states {
		if !regexp.MustCompile(`^[A-Z]{2}$`).MatchString(s) {
			t.Errorf("state %q", s)
		}
	}
	for _, s := range []string{"DC", "ID", "PR", "FM", "ON", "QC", "NU"} {
		if !slices.Contains(states, s) {
			t.Errorf("%s is missing", s)
		}
	}
	states[0] = "changed"
	if securitytrax.States()[0] == "changed" {
		t.Error("the list is shared")
	}
}

func fieldNames(list []adcimport.FieldError) []string {
	var names []string
	for _, e := range list {
		names = append(names, e.Field)
	}
	return names
}

func TestValidateCustomer(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	for name, tt := range map[string]struct {
		change func(*adcimport.CustomerRecord)
		want   []string
	}{
		"good":           {func(*adcimport.CustomerRecord) {}, nil},
		"optional blank": {func(r *adcimport.CustomerRecord) { r.Email, r.Address1, r.Zip, r.RepID = "", "", "", "" }, nil},
		"everything": {func(r *adcimport.CustomerRecord) { *r = adcimport.CustomerRecord{} }, []string{
			"AlarmComID", "FirstName", "LastName", "Phone1", "City", "State", "SaleDate", "OfficeID",
		}},
		"spaces":       {func(r *adcimport.CustomerRecord) { r.FirstName, r.City = " ", "\t" }, []string{"FirstName", "City"}},
		"state's name": {func(r *adcimport.CustomerRecord) { r.State = "Idaho" }, []string{"State"}},
		"state's case": {func(r *adcimport.CustomerRecord) { r.State = "id" }, []string{"State"}},
		"no date":      {func(r *adcimport.CustomerRecord) { r.SaleDate = "2023-02-29" }, []string{"SaleDate"}},
		"date's form":  {func(r *adcimport.CustomerRecord) { r.SaleDate = "2/1/2023" }, []string{"SaleDate"}},
		"quote in id":  {func(r *adcimport.CustomerRecord) { r.AlarmComID = "1'" }, []string{"AlarmComID"}},
		"own attribute": {func(r *adcimport.CustomerRecord) {
			r.Custom = map[string]string{"record_type": "lead", "contact_time": "noon", "fname": "x"}
		}, []string{"Custom.fname", "Custom.record_type"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := customer(t, srv, "1")
			tt.change(&rec)
			if diff := cmp.Diff(tt.want, fieldNames(sink.ValidateCustomer(rec))); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

func TestValidateUser(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	for name, tt := range map[string]struct {
		change func(*adcimport.UserRecord)
		want   []string
	}{
		"good":                 {func(*adcimport.UserRecord) {}, nil},
		"no login, no mail":    {func(r *adcimport.UserRecord) { r.Email = "" }, nil},
		"login, mail":          {func(r *adcimport.UserRecord) { r.CanLogin = true }, nil},
		"O5 login, no mail":    {func(r *adcimport.UserRecord) { r.CanLogin, r.Email = true, "" }, []string{"Email"}},
		"O5 login, no address": {func(r *adcimport.UserRecord) { r.CanLogin, r.Email = true, "none" }, []string{"Email"}},
		"everything": {func(r *adcimport.UserRecord) { *r = adcimport.UserRecord{} }, []string{
			"AlarmComID", "FirstName", "LastName", "Username", "PermissionGroupID",
		}},
		"own attribute": {func(r *adcimport.UserRecord) { r.Custom = map[string]string{"can_login": "true", "x": "y"} }, []string{"Custom.can_login"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := user(t, srv, "1")
			tt.change(&rec)
			if diff := cmp.Diff(tt.want, fieldNames(sink.ValidateUser(rec))); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

// TestValidate_isTheServersView shows that what is valid here is taken there,
// for each state.
func TestValidate_isTheServersView(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	recs := customers(t, srv, len(securitytrax.States()))
	for i, s := range securitytrax.States() {
		recs[i].State = s
		recs[i].Email, recs[i].Address1, recs[i].Zip, recs[i].AccountNumber = "", "", "", ""
	}
	results, err := sink.CreateCustomers(t.Context(), recs)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if r.Status != adcimport.WriteCreated {
			t.Errorf("%s: %+v", recs[i].State, r)
		}
	}
}
