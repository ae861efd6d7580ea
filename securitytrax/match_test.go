package securitytrax_test

import (
	"fmt"
	"maps"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/match"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// typedIn is a customer as somebody typed her in: in other words than Alarm.com has.
func typedIn() map[string]any {
	return map[string]any{
		"fname": "Annie", "lname": "Nguyen", "primary_phone": "(801) 234-5678", "email": "ann@example.com", "address1": "12 Main St",
		"city": "Provo", "state": "UT", "zip": "84601", "record_type": "customer", "sale_date": "2019-03-01", "account_type": "Residential",
	}
}

// dealerOfAnn has n other customers, and Ann in the middle of them.
func dealerOfAnn(n int) *adcimporttest.Dealer {
	d := new(adcimporttest.Dealer)
	for i := range n {
		c := adcimport.Customer{
			ID: strconv.Itoa(100 + i), JoinDate: time.Date(2020, 5, 1, 0, 0, 0, 0, time.UTC), FirstName: "Bo", LastName: fmt.Sprintf("Person%d", i), PrimaryPhoneNumber: fmt.Sprintf("80123%05d", i),
			InstallAddress: adcimport.Address{Street1: fmt.Sprintf("%d Oak Ave", i+1), City: "Provo", State: "UT", Zip: "84601"},
		}
		if i == n/2 {
			c.FirstName, c.LastName, c.PrimaryPhoneNumber, c.PrimaryEmail = "Ann", "Nguyen", "8012345678", "ann@example.com"
			c.InstallAddress.Street1, c.SalesRepLogin = "12 Main Street", "rep"
		}
		d.Customers = append(d.Customers, c)
	}
	return d
}

// fault 26, over the wire: who was typed in by hand is linked, wherever the Alarm.com id
// is kept, gets the rep that is missing, and keeps what people wrote.
func TestFault26_linkedOverTheWire(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]securitytrax.IDPlace{
		"in the connection": securitytrax.IDInConnection, "in an attribute": securitytrax.IDInAttribute,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			id := srv.TypeInCustomer(typedIn())
			rep := srv.TypeInUser(map[string]any{"fname": "R", "lname": "Ep", "username": "rep"})
			sink := newSink(t, srv, func(c *securitytrax.Config) {
				c.Schema = securitytrax.DefaultSchema()
				c.Schema.CustomerID = place
			})
			imp, err := adcimport.New(adcimport.Config{
				Link: "l", Source: adcimport.CustomersOnly(&adcimporttest.Source{Dealer: dealerOfAnn(30)}), Sink: sink, Store: new(adcimport.MemoryStore),
			})
			if err != nil {
				t.Fatal(err)
			}
			o := adcimport.CustomerOptions{OfficeID: idOf(t, srv, "locations", "Headquarters"), RunOptions: adcimport.RunOptions{Match: adcimport.MatchLink}}
			s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o)
			if err != nil || s.Counts.Created != 29 || s.Counts.Linked != 1 || s.ByReason[adcimport.ReasonMatched] != 1 {
				t.Fatalf("%v %v %v", s, s.ByReason, err)
			}
			s, err = imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o)
			if err != nil || s.Counts.Skipped != 30 || s.ToReview() != 0 {
				t.Errorf("again: %v %v", s, err)
			}
			for _, c := range srv.Customers() {
				if c.ID != id {
					continue
				}
				if want := strconv.Itoa(100 + 15); c.AlarmComID != want || cmp.Diff([]string{rep}, c.Relationships["rep"]) != "" {
					t.Errorf("linked as %q, rep %v", c.AlarmComID, c.Relationships["rep"])
				}
				maps.DeleteFunc(c.Attributes, func(name string, _ any) bool { return name == "external_id" })
				if diff := cmp.Diff(typedIn(), c.Attributes); diff != "" {
					t.Errorf("what was typed in (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// Who was created in this run is no candidate of who comes later; who was there before,
// and has another Alarm.com id, is.
func TestMatch_otherAlarmComID(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	d := dealerOfAnn(3)
	son := d.Customers[1]
	son.ID = "200"
	d.Customers = append(d.Customers, son)
	src := &adcimporttest.Source{Dealer: d}
	imp, err := adcimport.New(adcimport.Config{
		Link: "l", Source: adcimport.CustomersOnly(src), Sink: newSink(t, srv), Store: new(adcimport.MemoryStore), BatchSize: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	o := adcimport.CustomerOptions{OfficeID: idOf(t, srv, "locations", "Headquarters")}
	s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o)
	if err != nil || s.Counts.Created != 4 {
		t.Fatalf("%v %v %v", s, s.ByReason, err)
	}
	son.ID = "201"
	src.Update(func(d *adcimporttest.Dealer) { d.Customers = append(d.Customers, son) })
	s, err = imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o)
	if err != nil || s.ToReview() != 1 {
		t.Errorf("a second panel: %v %v %v", s, s.ByReason, err)
	}
}

// A link to one that is gone, or that has another Alarm.com id by now, is refused with
// the rule that it breaks.
func TestLink_refused(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	id := srv.TypeInCustomer(typedIn())
	for _, tt := range []struct {
		link adcimport.CustomerLink
		want adcimport.WriteStatus
	}{
		{adcimport.CustomerLink{ID: "no such id", AlarmComID: "1"}, adcimport.WriteRejected},
		{adcimport.CustomerLink{ID: id, AlarmComID: "1"}, adcimport.WriteCreated},
		{adcimport.CustomerLink{ID: id, AlarmComID: "1"}, adcimport.WriteExists},
		{adcimport.CustomerLink{ID: id, AlarmComID: "2"}, adcimport.WriteRejected},
	} {
		results, err := sink.LinkCustomers(t.Context(), []adcimport.CustomerLink{tt.link})
		if err != nil || len(results) != 1 || results[0].Status != tt.want {
			t.Errorf("%+v: %+v %v", tt.link, results, err)
		}
	}
}

// Look-ups for matching are at most twice those by Alarm.com ids.
func TestMatch_lookUps(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 7, 100, 250} {
		srv := securitytraxtest.New()
		imp, err := adcimport.New(adcimport.Config{
			Link: "l", Source: adcimport.CustomersOnly(&adcimporttest.Source{Dealer: dealerOfAnn(n)}), Sink: newSink(t, srv), Store: new(adcimport.MemoryStore),
		})
		if err != nil {
			t.Fatal(err)
		}
		o := adcimport.CustomerOptions{OfficeID: idOf(t, srv, "locations", "Headquarters")}
		if s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, o); err != nil || s.Counts.Created != n {
			t.Fatal(s, err)
		}
		byID, byFacts := 0, 0
		for _, r := range srv.Requests() {
			switch r.Route {
			case "GET /isp_connections":
				byID++
			case "GET /customers":
				byFacts++
			}
		}
		if byID == 0 || byFacts == 0 || byFacts > 2*byID {
			t.Errorf("%d customers: %d look-ups by id, %d by what people type", n, byID, byFacts)
		}
	}
}

// An account number is against a link wherever it is kept.
func TestMatchCustomers_accountInMonitoring(t *testing.T) {
	t.Parallel()
	for _, toOne := range []bool{true, false} {
		srv := securitytraxtest.New(securitytraxtest.WithMonitoring(toOne))
		sink := newSink(t, srv, func(c *securitytrax.Config) {
			c.Schema = securitytrax.DefaultSchema()
			c.Schema.Monitoring = monitoringNames(toOne)
		})
		rec := customer(t, srv, "1")
		rec.AccountNumber, rec.ReceiverNumber, rec.Phone1 = "A-1111", "7", "2084567890"
		if r, err := sink.CreateCustomers(t.Context(), []adcimport.CustomerRecord{rec}); err != nil || r[0].Status != adcimport.WriteCreated {
			t.Fatal(r, err)
		}
		found, err := sink.MatchCustomers(t.Context(), []match.Customer{{ID: "2", Phones: []string{rec.Phone1}}})
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		if c := found[0]; c.Customer.AccountNumber != "A-1111" || c.Customer.ReceiverNumber != "7" || cmp.Diff([]string{"1"}, c.AlarmComIDs) != "" {
			t.Errorf("to one %t: %+v", toOne, c)
		}
	}
}
