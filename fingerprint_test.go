package adcimport_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// TestFingerprints_neverChange pins what the state of earlier versions holds:
// with another hash every known record would look changed, with another key a
// sink would not recognize a repeated create.
func TestFingerprints_neverChange(t *testing.T) {
	t.Parallel()
	sink, store := &adcimporttest.Sink{}, new(adcimport.MemoryStore)
	user := adcimport.User{
		ID: "9", FirstName: "Grace", LastName: "Hopper", LoginName: "ghopper", Email: "grace@example.com", Phone: "555-0143",
		Address: fullCustomer().InstallAddress, Extra: map[string]string{"team": "navy"},
	}
	customers := adcimport.DefaultCustomerMapping()
	customers.Rules = append(customers.Rules, adcimport.Rule{From: []string{"Extra.source"}, To: "Custom.source"}, adcimport.Rule{Const: "b", To: "Custom.a"})
	users := adcimport.DefaultUserMapping()
	users.Rules = append(users.Rules, adcimport.Rule{From: []string{"Extra.team"}, To: "Custom.team"})
	imp, err := adcimport.New(adcimport.Config{
		Link: "isp-1", Source: &adcimporttest.Source{
			Dealer: &adcimporttest.Dealer{Customers: []adcimport.Customer{fullCustomer()}, Users: []adcimport.User{user}},
		},
		Sink: sink, Store: store, CustomerMapping: customers, UserMapping: users, FingerprintKey: []byte("key"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{
		Include: adcimport.Include{Terminated: true, Demo: true, Commitment: true},
	}, adcimport.CustomerOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := imp.ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{}); err != nil {
		t.Fatal(err)
	}
	if len(sink.Customers()) != 1 || len(sink.Users()) != 1 {
		t.Fatalf("%d customers, %d users in the sink", len(sink.Customers()), len(sink.Users()))
	}
	got := map[string]string{
		"customer's key": sink.Customers()[0].Record.IdempotencyKey,
		"user's key":     sink.Users()[0].Record.IdempotencyKey,
	}
	for kind, id := range map[adcimport.Kind]string{adcimport.KindCustomer: "4711", adcimport.KindUser: "9"} {
		known, err := store.Records(t.Context(), ledger.Scope{Account: "isp-1", Kind: kind}, "", []string{id})
		if err != nil {
			t.Fatal(err)
		}
		got[string(kind)] = known[id].Fingerprint
	}
	want := map[string]string{
		"customer's key": "90138acbe16f6bb2f1555154145447ce", "customer": "3213e7ed5e46a1fa9db6bd89a733f1809fffca9741cf",
		"user's key": "249441c06b7d065ddb636a6f13b52d84", "user": "c6f1f324bf9d69af169b90dd38ae3a6103ffca8b",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fingerprints and keys (-want +got):\n%s", diff)
	}
}
