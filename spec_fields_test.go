package adcimport_test

import (
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// SPEC "Fields", from Alarm.com's wire to SecurityTrax's.

func TestSpec_C_CustomerFields(t *testing.T) {
	t.Parallel()
	dealer := &adcimporttest.Dealer{Customers: []adcimport.Customer{{
		ID: "77", FirstName: "Žofia", LastName: "O'Example", CompanyName: "Example & Søns", Commercial: true,
		PrimaryPhoneNumber: "801-555-0100", PrimaryEmail: "z@example.com",
		InstallAddress: adcimport.Address{Street1: "5 <Main> St", Street2: "Apt 1", City: "Lehi", State: "UT", Zip: "84043-1234"},
		// Late in the day, west of Greenwich: in UTC it is the next day.
		JoinDate:      time.Date(2019, 5, 7, 23, 30, 0, 0, time.FixedZone("", -7*3600)),
		SalesRepLogin: "known",
		CentralStation: adcimport.CentralStation{
			TwoWayVoiceEnabled: true, AccountNumber: "0042", ReceiverPhoneNumber: "8015550199",
		},
	}}}
	w := newWorld(t, dealer)
	repID := w.crm.AddRep("known", "Kay", "Example")
	w.importCustomers(t, adcimport.CustomerFilter{}, w.customerOptions())
	got := w.customer(t, "77")
	attributes := map[string]struct{ attribute, want string }{
		"C1 first name":        {"fname", "Žofia"},
		"C2 last name":         {"lname", "O'Example"},
		"C3 business name":     {"business_name", "Example & Søns"},
		"C4 phone 1":           {"primary_phone", "801-555-0100"},
		"C5 address 1":         {"address1", "5 <Main> St"},
		"C6 city":              {"city", "Lehi"},
		"C7 state":             {"state", "UT"},
		"C8 zip":               {"zip", "84043-1234"},
		"C10 sale date":        {"sale_date", "2019-05-07"},
		"C11 email":            {"email", "z@example.com"},
		"C12 C13 two way":      {"service_two_way_voice", "true"},
		"C14 account number":   {"account_num", "0042"},
		"C15 receiver number":  {"receiver_num", "8015550199"},
		"record type":          {"record_type", "customer"},
		"commercial, by C3":    {"account_type", "Business"},
		"contact of a company": {"business_contact", "Žofia O'Example"},
	}
	for name, tt := range attributes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if text := got.Text(tt.attribute); text != tt.want {
				t.Errorf("%s is %q, want %q", tt.attribute, text, tt.want)
			}
		})
	}
	t.Run("C9 rep", func(t *testing.T) {
		t.Parallel()
		if reps := got.Relationships["rep"]; len(reps) != 1 || reps[0] != repID {
			t.Errorf("reps %v, want %s", reps, repID)
		}
	})
	t.Run("C16 customer id at the link", func(t *testing.T) {
		t.Parallel()
		if got.AlarmComID != "77" || got.ISPID != w.crm.ISPID() {
			t.Errorf("id %s at ISP %s, want 77 at %s", got.AlarmComID, got.ISPID, w.crm.ISPID())
		}
	})
}

func TestSpec_C10_NoJoinDateIsNoSaleDate(t *testing.T) {
	t.Parallel()
	// On the wire it is 0001-01-01T00:00:00.
	w := newWorld(t, &adcimporttest.Dealer{
		Customers: []adcimport.Customer{person("1", func(c *adcimport.Customer) { c.JoinDate = time.Time{} })},
	})
	s := w.importCustomers(t, adcimport.CustomerFilter{}, w.customerOptions())
	for o, err := range w.imp.Outcomes(t.Context(), s.RunID) {
		if err != nil {
			t.Fatal(err)
		}
		if o.Reason != adcimport.ReasonInvalidRecord || len(o.Fields) != 1 || o.Fields[0].Field != "SaleDate" {
			t.Errorf("%+v, want invalid_record for SaleDate alone", o)
		}
	}
}

func TestSpec_C12_WithoutCentralStation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &adcimporttest.Dealer{Customers: []adcimport.Customer{person("1")}})
	s := w.importCustomers(t, adcimport.CustomerFilter{}, w.customerOptions())
	if s.Counts.Created != 1 {
		t.Fatalf("%+v, want it created", s)
	}
	got := w.customer(t, "1")
	if got.Text("service_two_way_voice") == "true" || got.Text("account_num") != "" || got.Text("receiver_num") != "" {
		t.Errorf("central station data of a customer without: %v", got.Attributes)
	}
}

func TestSpec_U_UserFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &adcimporttest.Dealer{Users: []adcimport.User{rep("5", "grace")}})
	w.importUsers(t, adcimport.UserFilter{}, w.userOptions())
	got := w.user(t, "5")
	attributes := map[string]struct{ attribute, want string }{
		"U1 first name": {"fname", "Grace"},
		"U2 last name":  {"lname", "Example"},
		"U3 username":   {"username", "grace"},
		"U4 email":      {"email", "grace@example.org"},
		"U5 street 1":   {"address1", "2 Side St"},
		"U5 street 2":   {"address2", "Unit 5"},
		"U5 city":       {"city", "Orem"},
		"U5 state":      {"state", "UT"},
		"U5 zip":        {"zip", "84057"},
		"U6 cell phone": {"cell_phone", "801-555-0102"},
		"support id":    {"external_id", "5"},
	}
	for name, tt := range attributes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if text := got.Text(tt.attribute); text != tt.want {
				t.Errorf("%s is %q, want %q", tt.attribute, text, tt.want)
			}
		})
	}
}

func TestSpec_U3_ATakenUsername(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &adcimporttest.Dealer{Users: []adcimport.User{rep("5", "grace"), rep("6", "alan")}})
	w.crm.AddUser("grace", "4444")
	s := w.importUsers(t, adcimport.UserFilter{}, w.userOptions())
	if s.Counts.Created != 1 || s.ByReason[adcimport.ReasonUsernameTaken] != 1 {
		t.Errorf("%+v %v, want one created, one username_taken", s.Counts, s.ByReason)
	}
}
