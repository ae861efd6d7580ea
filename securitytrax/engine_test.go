package securitytrax_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// TestImport runs the importer over this sink, twice and once more without its
// state: SecurityTrax has each record once, and each login was mailed once.
func TestImport(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.NewServer(securitytraxtest.WithUniqueUsernames())
	t.Cleanup(srv.Close)
	sink := newSink(t, srv)
	source := &adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 60, 12)}
	var created [2][]int
	for _, store := range []adcimport.StateStore{new(adcimport.MemoryStore), new(adcimport.MemoryStore)} {
		imp, err := adcimport.New(adcimport.Config{Link: "l", Source: source, Sink: sink, Store: store})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			customers, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{
				OfficeID: idOf(t, srv, "locations", "Headquarters"),
			})
			if err != nil {
				t.Fatal(err)
			}
			users, err := imp.ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{
				PermissionGroupID: idOf(t, srv, "permission_groups", "Sales"), CanLogin: true, Tags: []string{"Imported"},
			})
			if err != nil {
				t.Fatal(err)
			}
			created[0] = append(created[0], customers.Counts.Created)
			created[1] = append(created[1], users.Counts.Created)
		}
	}
	unique := map[string]int{}
	for _, c := range srv.Customers() {
		unique[c.AlarmComID]++
	}
	n, m := len(unique), len(srv.Users())
	if n < 20 || m < 5 || len(srv.Customers()) != n {
		t.Errorf("%d customers, %d of them different, %d users", len(srv.Customers()), n, m)
	}
	if diff := cmp.Diff([2][]int{{n, 0, 0, 0}, {m, 0, 0, 0}}, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if got := len(srv.Emails()); got != m {
		t.Errorf("%d mails, want %d", got, m)
	}
}
