package securitytrax_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// The defaults, as the comments of Config tell them.
const (
	maxRetries  = 4
	maxInFlight = 8
)

// newSink makes a sink for a server in this process, with short waits, whose
// calls fail after their own repetitions.
func newSink(t *testing.T, srv *securitytraxtest.Server, change ...func(*securitytrax.Config)) *securitytrax.Sink {
	t.Helper()
	cfg := srv.Config()
	cfg.MinBackoff, cfg.MaxBackoff = time.Millisecond, time.Millisecond
	for _, c := range change {
		c(&cfg)
	}
	sink, err := securitytrax.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

// accessToken is a personal access token, with the fake server's integrator key.
func accessToken(token string) securitytrax.Credentials {
	return securitytrax.AccessToken(token).WithIntegratorKey(securitytraxtest.DefaultIntegratorKey)
}

// password is the fake server's login with a password.
func password(password string) securitytrax.Credentials {
	return securitytrax.Login(securitytraxtest.DefaultUsername, password).WithIntegratorKey(securitytraxtest.DefaultIntegratorKey)
}

// idOf is the id of a resource that the server was seeded with.
func idOf(t *testing.T, srv *securitytraxtest.Server, typ, name string) string {
	t.Helper()
	for _, c := range srv.Choices(typ) {
		if c.Name == name {
			return c.ID
		}
	}
	t.Fatalf("no %s named %s", typ, name)
	return ""
}

func customer(t *testing.T, srv *securitytraxtest.Server, id string) adcimport.CustomerRecord {
	t.Helper()
	return adcimport.CustomerRecord{
		AlarmComID: id, IdempotencyKey: "key-" + id,
		FirstName: "Ada", LastName: "O'Neill", Phone1: "2085550100", Email: "ada@example.com",
		Address1: "1 Main St", City: "Boise", State: "ID", Zip: "83702", SaleDate: "2024-02-29",
		ServiceTwoWayVoice: true, AccountNumber: "A-77", ReceiverNumber: "8005550101",
		OfficeID: idOf(t, srv, "locations", "Headquarters"),
	}
}

func customers(t *testing.T, srv *securitytraxtest.Server, n int) []adcimport.CustomerRecord {
	t.Helper()
	recs := make([]adcimport.CustomerRecord, n)
	for i := range recs {
		recs[i] = customer(t, srv, strconv.Itoa(1000+i))
	}
	return recs
}

func customerKeys(ids ...string) []adcimport.CustomerKey {
	keys := make([]adcimport.CustomerKey, len(ids))
	for i, id := range ids {
		keys[i].ID = id
	}
	return keys
}

func user(t *testing.T, srv *securitytraxtest.Server, id string) adcimport.UserRecord {
	t.Helper()
	return adcimport.UserRecord{
		AlarmComID: id, IdempotencyKey: "key-" + id,
		FirstName: "Zoë", LastName: "Ng", Username: "zoe" + id, Email: "zoe" + id + "@example.com", CellPhone: "2085550102",
		Address: adcimport.Address{Street1: "2 Side St", Street2: "Suite 9", City: "Regina", State: "SK", Zip: "S4P 3Y2"},
		Active:  true, PermissionGroupID: idOf(t, srv, "permission_groups", "Technician"),
	}
}

func statuses(results []adcimport.WriteResult) []adcimport.WriteStatus {
	list := make([]adcimport.WriteStatus, len(results))
	for i, r := range results {
		list[i] = r.Status
	}
	return list
}

// onRoute is a fault for the requests of one route, by their number.
func onRoute(method, suffix string, fault func(n int) *securitytraxtest.Reply) func(*http.Request, int) *securitytraxtest.Reply {
	return func(r *http.Request, n int) *securitytraxtest.Reply {
		if r.Method != method || !hasSuffix(r.URL.Path, suffix) {
			return nil
		}
		return fault(n)
	}
}

func hasSuffix(s, suffix string) bool {
	return len(s) >= len(suffix) && s[len(s)-len(suffix):] == suffix
}

func always(f securitytraxtest.Reply) func(int) *securitytraxtest.Reply {
	return func(int) *securitytraxtest.Reply { return &f }
}

func first(f securitytraxtest.Reply) func(int) *securitytraxtest.Reply {
	return func(n int) *securitytraxtest.Reply {
		if n > 1 {
			return nil
		}
		return &f
	}
}

func contextWithin(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), d)
}
