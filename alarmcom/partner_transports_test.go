package alarmcom_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/ledger"
)

// imported is what an import through the public API came to.
type imported struct {
	customers []adcimport.CustomerRecord
	users     []adcimport.UserRecord
	summaries []*adcimport.Summary // customers, users
}

// importAll imports a whole account into an in-memory sink.
func importAll(t *testing.T, src adcimport.Source, f adcimport.CustomerFilter, uf adcimport.UserFilter, store adcimport.StateStore) imported {
	t.Helper()
	sink := &adcimporttest.Sink{}
	imp, err := adcimport.New(adcimport.Config{Link: "link", Source: src, Sink: sink, Store: store})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = imp.Close(t.Context()) })
	customers, err := imp.ImportCustomers(t.Context(), f, adcimport.CustomerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	users, err := imp.ImportUsers(t.Context(), uf, adcimport.UserOptions{})
	if err != nil {
		t.Fatal(err)
	}
	out := imported{summaries: []*adcimport.Summary{customers, users}}
	for _, c := range sink.Customers() {
		out.customers = append(out.customers, c.Record)
	}
	for _, u := range sink.Users() {
		out.users = append(out.users, u.Record)
	}
	slices.SortFunc(out.customers, func(a, b adcimport.CustomerRecord) int { return cmp.Compare(a.AlarmComID, b.AlarmComID) })
	slices.SortFunc(out.users, func(a, b adcimport.UserRecord) int { return cmp.Compare(a.AlarmComID, b.AlarmComID) })
	return out
}

// TestTransports_ImportTheSame imports one account over each transport. What
// REST alone lacks is blank, and told once.
func TestTransports_ImportTheSame(t *testing.T) {
	t.Parallel()
	d := adcimporttest.NewDealer(5, 150, 60)
	filters := map[string]struct {
		f  adcimport.CustomerFilter
		uf adcimport.UserFilter
	}{
		"all":             {},
		"F1 F3 ids":       {f: adcimport.CustomerFilter{CustomerIDs: []string{d.Customers[3].ID, d.Customers[77].ID}}, uf: adcimport.UserFilter{SupportIDs: []string{d.Users[4].ID}}},
		"F2 F5 subs":      {f: adcimport.CustomerFilter{SubDealerIDs: []string{d.SubDealers[0].ID, d.SubDealers[1].ID}}, uf: adcimport.UserFilter{SubDealerIDs: []string{d.SubDealers[0].ID}}},
		"F4 roles":        {uf: adcimport.UserFilter{RoleIDs: []string{d.Roles[0].ID}}},
		"F1 and F2, none": {f: adcimport.CustomerFilter{CustomerIDs: []string{"1"}, SubDealerIDs: []string{d.SubDealers[0].ID}}},
	}
	for name, filter := range filters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, d)
			got := map[string]imported{}
			for transport, change := range transports(srv) {
				got[transport] = importAll(t, newSource(t, srv, change), filter.f, filter.uf, new(adcimport.MemoryStore))
			}
			want := got["SOAP"]
			if diff := gocmp.Diff(want.customers, got["REST and SOAP"].customers); diff != "" {
				t.Errorf("customers over SOAP and over both (-want +got):\n%s", diff)
			}
			for i := range want.customers {
				c := &want.customers[i]
				c.ServiceTwoWayVoice, c.AccountNumber, c.ReceiverNumber = false, "", ""
			}
			if diff := gocmp.Diff(want.customers, got["REST"].customers); diff != "" {
				t.Errorf("customers over SOAP and over REST (-want +got):\n%s", diff)
			}
			for _, transport := range []string{"REST and SOAP", "REST"} {
				if diff := gocmp.Diff(want.users, got[transport].users); diff != "" {
					t.Errorf("users over SOAP and over %s (-want +got):\n%s", transport, diff)
				}
			}
			if name == "all" && (len(want.customers) < 100 || len(want.users) < 50) {
				t.Errorf("only %d customers and %d users were imported", len(want.customers), len(want.users))
			}
			warned := strings.Count(strings.Join(got["REST"].summaries[0].Warnings, "\n"), "centralStationInfo")
			if read := len(want.customers) > 0; warned != 1 && read {
				t.Errorf("REST alone warns %d times of what it lacks, want once: %q", warned, got["REST"].summaries[0].Warnings)
			}
		})
	}
}

// TestTransports_Cost counts the calls: a second run asks for no details, and
// REST alone never calls SOAP.
func TestTransports_Cost(t *testing.T) {
	t.Parallel()
	d := smallDealer() // 10 customers
	type cost struct{ List, REST, SOAP, Tokens, OtherSOAP int }
	for transport, want := range map[string][2]cost{
		// A REST list is three calls: the page, the empty page, and both again to
		// see that nobody is new; and one of Check. A SOAP list is three: without
		// what is left out, and with it twice.
		"SOAP":          {{SOAP: 10, OtherSOAP: 5}, {OtherSOAP: 4}},
		"REST and SOAP": {{List: 5, REST: 10, SOAP: 10, Tokens: 1, OtherSOAP: 2}, {List: 5, OtherSOAP: 1}},
		"REST":          {{List: 5, REST: 10, Tokens: 1}, {List: 5}},
	} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, d, alarmcomtest.WithPartner(alarmcomtest.Partner{}))
			src := newSource(t, srv, transports(srv)[transport])
			imp, err := adcimport.New(adcimport.Config{Link: "l", Source: src, Sink: &adcimporttest.Sink{}, Store: new(adcimport.MemoryStore)})
			if err != nil {
				t.Fatal(err)
			}
			for i := range 2 {
				srv.Reset()
				if _, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); err != nil {
					t.Fatal(err)
				}
				got := cost{
					List: srv.Count(alarmcomtest.OpPartnerCustomers), REST: srv.Count(alarmcomtest.OpPartnerCustomer),
					SOAP: srv.Count(infoOp), Tokens: srv.Count(alarmcomtest.OpPartnerToken),
				}
				got.OtherSOAP = soapCalls(srv) - got.SOAP
				if diff := gocmp.Diff(want[i], got); diff != "" {
					t.Errorf("run %d (-want +got):\n%s", i+1, diff)
				}
			}
		})
	}
}

// TestTransports_Resume resumes after each page of each listing, and over
// another transport too: a cursor is a place in the account.
func TestTransports_Resume(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	small := func(c *alarmcom.Config) { c.PageSize = 3 }
	for transport, change := range transports(srv) {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			src := newSource(t, srv, change, small)
			pages := allPages(t, src.Customers(t.Context(), adcimport.CustomerFilter{}, ""))
			if diff := gocmp.Diff(idRange(101, 110), customerIDs(pages)); diff != "" || len(pages) != 4 || pages[0].Total != 10 {
				t.Errorf("%d pages (-want +got):\n%s", len(pages), diff)
			}
			for other, change := range transports(srv) {
				src := newSource(t, srv, change, small)
				for i, p := range pages[:len(pages)-1] {
					rest := allPages(t, src.Customers(t.Context(), adcimport.CustomerFilter{}, p.Next))
					if diff := gocmp.Diff(pages[i+1:], rest); diff != "" {
						t.Errorf("after %q over %s (-want +got):\n%s", p.Next, other, diff)
					}
				}
			}
			users := allPages(t, src.Users(t.Context(), adcimport.UserFilter{}, ""))
			for i, p := range users[:len(users)-1] {
				rest := allPages(t, src.Users(t.Context(), adcimport.UserFilter{}, p.Next))
				if diff := gocmp.Diff(users[i+1:], rest); diff != "" {
					t.Errorf("users after %q (-want +got):\n%s", p.Next, diff)
				}
			}
		})
	}
}

// TestTransports_SubDealers chooses by sub-dealer: SOAP lists them where it may
// be asked; REST alone has to read everybody.
func TestTransports_SubDealers(t *testing.T) {
	t.Parallel()
	f := adcimport.CustomerFilter{SubDealerIDs: []string{"12"}}
	for transport, want := range map[string]struct{ listed, branches int }{
		"SOAP": {3, 2}, "REST and SOAP": {3, 2}, "REST": {10, 0},
	} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, smallDealer())
			src := newSource(t, srv, transports(srv)[transport])
			listed := customerIDs(allPages(t, src.Customers(t.Context(), f, "")))
			if len(listed) != want.listed || srv.Count("GetCustomerListByBranchId") != want.branches {
				t.Errorf("listed %v with %d lists by branch", listed, srv.Count("GetCustomerListByBranchId"))
			}
			got := importAll(t, src, f, adcimport.UserFilter{}, new(adcimport.MemoryStore))
			if s := got.summaries[0]; s.Counts.Created+s.Counts.Failed != 3 {
				t.Errorf("summary %+v, want three that were chosen", s.Counts)
			}
		})
	}
}

// TestFault84_transportsLeaveOutTheSame leaves the same accounts out, whichever way.
func TestFault84_transportsLeaveOutTheSame(t *testing.T) {
	t.Parallel()
	d := &adcimporttest.Dealer{Customers: []adcimport.Customer{
		{ID: "1", LastName: "L"}, {ID: "2", Terminated: true}, {ID: "3", Demo: true}, {ID: "4", Commitment: true},
	}}
	for transport := range transports(newServer(t, d)) {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, d)
			src := newSource(t, srv, transports(srv)[transport])
			for _, c := range d.Customers {
				got, err := src.CustomerDetail(t.Context(), c.ID)
				if diff := gocmp.Diff(c, got); err != nil || diff != "" {
					t.Errorf("customer %s: %v (-want +got):\n%s", c.ID, err, diff)
				}
			}
			s := importAll(t, src, adcimport.CustomerFilter{}, adcimport.UserFilter{}, new(adcimport.MemoryStore)).summaries[0]
			want := ledger.Excluded{Terminated: 1, Demo: 1, Commitment: 1}
			if diff := gocmp.Diff(want, s.Excluded); diff != "" || s.Counts.Skipped != 3 || s.Counts.Read != 4 {
				t.Errorf("counted %+v (-want +got):\n%s", s, diff)
			}
		})
	}
}

// TestTransports_Choices has the lists to choose from (SPEC F6).
func TestTransports_Choices(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	for transport, change := range transports(srv) {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			src := newSource(t, srv, change)
			if err := src.Check(t.Context()); err != nil {
				t.Error(err)
			}
			roles, err := src.Roles(t.Context())
			want := []adcimport.Choice{{ID: "1", Name: "Admin"}, {ID: "2", Name: "Sales"}}
			if diff := gocmp.Diff(want, roles); err != nil || diff != "" {
				t.Errorf("roles: %v (-want +got):\n%s", err, diff)
			}
			subs, err := src.SubDealers(t.Context())
			if transport == "REST" {
				if !isUnsupported(err) {
					t.Errorf("sub-dealers over REST alone: %v, %v", subs, err)
				}
			} else if err != nil || len(subs) != 3 {
				t.Errorf("sub-dealers: %v, %v", subs, err)
			}
		})
	}
}
