package securitytrax_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// dealerOfOne is a dealer with a rep and a customer of that rep.
func dealerOfOne() *adcimporttest.Source {
	return &adcimporttest.Source{Dealer: &adcimporttest.Dealer{
		Users: []adcimport.User{{ID: "u1", FirstName: "Jo", LastName: "Doe", LoginName: "jo", Email: "jo@example.com"}},
		Customers: []adcimport.Customer{{
			ID: "1", FirstName: "Ada", LastName: "Alder", CompanyName: "Acme", PrimaryPhoneNumber: "2085550100", PrimaryEmail: "ada@example.com",
			InstallAddress: adcimport.Address{City: "Boise", State: "ID"}, SalesRepLogin: "jo", JoinDate: time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC),
			CentralStation: adcimport.CentralStation{TwoWayVoiceEnabled: true},
		}},
	}}
}

// faults 30, 36 and 43, the whole way: the customer comes before its rep, people change
// it, the rep comes, the e-mail and the company are emptied, it is deleted, and brought
// again.
func TestFaults30to43_theWholeWay(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	source := dealerOfOne()
	imp, err := adcimport.New(adcimport.Config{Link: "acme", Source: source, Sink: newSink(t, srv), Store: new(adcimport.MemoryStore)})
	if err != nil {
		t.Fatal(err)
	}
	customers := adcimport.CustomerOptions{OfficeID: idOf(t, srv, "locations", "Headquarters"), DefaultRepID: srv.AddRep("house", "House", "Rep")}
	customers.Mode = adcimport.Upsert
	night := func(want adcimport.Counts) securitytraxtest.Record {
		t.Helper()
		s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, customers)
		if diff := cmp.Diff(want, s.Counts); diff != "" || err != nil {
			t.Fatalf("%v %v %q (-want +got):\n%s", err, s.ByReason, s.Warnings, diff)
		}
		if all := srv.Customers(); len(all) > 0 {
			return all[0]
		}
		return securitytraxtest.Record{}
	}
	first := night(adcimport.Counts{Read: 1, Created: 1})
	if got := first.Relationships["rep"]; len(got) != 1 || got[0] != customers.DefaultRepID {
		t.Errorf("rep %v", got)
	}
	srv.Edit("customers", first.ID, map[string]any{"primary_phone": "2085550199", "service_two_way_voice": false, "business_contact": "Bo"})
	night(adcimport.Counts{Read: 1, Unchanged: 1})

	users := adcimport.UserOptions{PermissionGroupID: srv.Records("permission_groups")[0].ID}
	if s, err := imp.ImportUsers(t.Context(), adcimport.UserFilter{}, users); err != nil || s.Counts.Created != 1 {
		t.Fatal(s, err)
	}
	late := night(adcimport.Counts{Read: 1, Updated: 1})
	if got := late.Relationships["rep"]; len(got) != 1 || got[0] == customers.DefaultRepID {
		t.Errorf("the rep that came late: %v", got)
	}
	if late.Text("primary_phone") != "2085550199" || late.Text("state") != "ID" {
		t.Errorf("more than the rep was written: %v", late.Attributes)
	}
	night(adcimport.Counts{Read: 1, Unchanged: 1})

	source.Update(func(d *adcimporttest.Dealer) { d.Customers[0].CompanyName, d.Customers[0].PrimaryEmail = "", "" })
	emptied := night(adcimport.Counts{Read: 1, Updated: 1})
	for name, want := range map[string]string{
		"email": "", "business_name": "", "account_type": "Residential", "service_two_way_voice": "false", "business_contact": "Bo",
	} {
		if got := emptied.Text(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	srv.Delete("customers", first.ID)
	source.Update(func(d *adcimporttest.Dealer) { d.Customers[0].LastName = "Birch" })
	night(adcimport.Counts{Read: 1, Failed: 1})
	if err := imp.Forget(t.Context(), adcimport.KindCustomer, "1"); err != nil {
		t.Fatal(err)
	}
	again := night(adcimport.Counts{Read: 1, Created: 1})
	if again.ID == first.ID || again.Text("lname") != "Birch" || len(srv.Customers()) != 1 {
		t.Errorf("brought again: %+v", again)
	}
}
