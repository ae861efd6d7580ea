package securitytrax_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// destination tells the suite what the fake service holds.
type destination struct {
	srv    *securitytraxtest.Server
	keys   bool
	losing *atomic.Bool
}

func newDestination(srv *securitytraxtest.Server, keys bool) destination {
	d := destination{srv, keys, new(atomic.Bool)}
	srv.Fail(func(r *http.Request, _ int) *securitytraxtest.Reply {
		creates := strings.HasSuffix(r.URL.Path, "/customers") || strings.HasSuffix(r.URL.Path, "/users")
		if r.Method == http.MethodPost && creates && d.losing.CompareAndSwap(true, false) {
			return &securitytraxtest.Reply{After: true, Lost: true}
		}
		return nil
	})
	return d
}

func (d destination) LoseReply() { d.losing.Store(true) }

func (d destination) HonoursKeys() bool { return d.keys }

func (d destination) HeldCustomers(context.Context) ([]string, error) {
	return alarmComIDs(d.srv.Customers()), nil
}

func (d destination) HeldUsers(context.Context) ([]string, error) {
	return alarmComIDs(d.srv.Users()), nil
}

func (d destination) LoginEmails(context.Context) (ids []string, err error) {
	for _, e := range d.srv.Emails() {
		u, err := recordOf(d.srv.Users(), e.UserID)
		if err != nil {
			return nil, err
		}
		ids = append(ids, u.AlarmComID)
	}
	return ids, nil
}

func (d destination) ReadCustomer(_ context.Context, id string) (adcimport.CustomerRecord, error) {
	r, err := recordOf(d.srv.Customers(), id)
	return adcimport.CustomerRecord{AlarmComID: r.AlarmComID, City: r.Text("city")}, err
}

func (d destination) ReadUser(_ context.Context, id string) (adcimport.UserRecord, error) {
	r, err := recordOf(d.srv.Users(), id)
	names := securitytrax.DefaultSchema().User
	return adcimport.UserRecord{
		AlarmComID: r.AlarmComID,
		Username:   r.Text(names.Username),
		CanLogin:   r.Text(names.CanLogin) == "true",
		Address:    adcimport.Address{City: r.Text(names.City)},
	}, err
}

func alarmComIDs(records []securitytraxtest.Record) []string {
	var ids []string
	for _, r := range records {
		ids = append(ids, r.AlarmComID)
	}
	return ids
}

func recordOf(records []securitytraxtest.Record, id string) (securitytraxtest.Record, error) {
	for _, r := range records {
		if r.ID == id {
			return r, nil
		}
	}
	return securitytraxtest.Record{}, fmt.Errorf("record %s: %w", id, adcimport.ErrNotFound)
}

// TestSink_Conformance holds the sink to the public suite, against the fake
// service and its variants.
func TestSink_Conformance(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]struct {
		options []securitytraxtest.Option
		keys    bool
		schema  func(*securitytrax.Schema)
	}{
		"default":          {schema: func(*securitytrax.Schema) {}},
		"unique usernames": {options: []securitytraxtest.Option{securitytraxtest.WithUniqueUsernames()}, schema: func(*securitytrax.Schema) {}},
		"idempotency keys": {
			options: []securitytraxtest.Option{securitytraxtest.WithIdempotencyKeys()}, keys: true,
			schema: func(s *securitytrax.Schema) { s.IdempotencyHeader = "Idempotency-Key" },
		},
		"keeps no id": {schema: func(s *securitytrax.Schema) { s.CustomerID = securitytrax.IDNowhere }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conformance.RunSink(t, func(t *testing.T) conformance.SinkCase {
				t.Helper()
				srv := securitytraxtest.NewServer(v.options...)
				t.Cleanup(srv.Close)
				rep := srv.AddRep("rep.one", "Rep", "One")
				sink := newSink(t, srv, func(c *securitytrax.Config) {
					c.Schema = securitytrax.DefaultSchema()
					v.schema(&c.Schema)
				})
				return conformance.SinkCase{
					Sink: sink, Destination: newDestination(srv, v.keys), RepLogin: "rep.one",
					CustomerOptions: adcimport.CustomerOptions{
						OfficeID: idOf(t, srv, "locations", "Headquarters"), DefaultRepID: rep,
						TagIDs: []string{srv.AddCustomerTag("Suite")},
					},
					UserOptions: adcimport.UserOptions{
						Active: true, PermissionGroupID: idOf(t, srv, "permission_groups", "Technician"), Tags: []string{"Field"},
					},
				}
			})
		})
	}
}
