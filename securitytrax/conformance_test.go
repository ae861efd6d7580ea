package securitytrax_test

import (
	"context"
	"fmt"
	"io"
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
	srv      *securitytraxtest.Server
	keys     bool
	stations bool // account numbers are in a resource of their own
	losing   *atomic.Bool
	silence  *atomic.Pointer[chan struct{}] // closed when the service speaks again
}

func newDestination(srv *securitytraxtest.Server, keys, stations bool) destination {
	d := destination{srv, keys, stations, new(atomic.Bool), new(atomic.Pointer[chan struct{}])}
	srv.Fail(func(r *http.Request, _ int) *securitytraxtest.Reply {
		if silence := d.silence.Load(); silence != nil {
			select {
			case <-*silence:
			case <-r.Context().Done():
			}
			return &securitytraxtest.Reply{Lost: true}
		}
		creates := strings.HasSuffix(r.URL.Path, "/customers") || strings.HasSuffix(r.URL.Path, "/users")
		if r.Method == http.MethodPost && creates && d.losing.CompareAndSwap(true, false) {
			return &securitytraxtest.Reply{After: true, Lost: true}
		}
		return nil
	})
	return d
}

func (d destination) LoseReply() { d.losing.Store(true) }

// Stall makes the service keep silent.
func (d destination) Stall() (release func()) {
	silence := make(chan struct{})
	d.silence.Store(&silence)
	return func() { d.silence.Store(nil); close(silence) }
}

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
	n := securitytrax.DefaultSchema().Customer
	rec := adcimport.CustomerRecord{
		AlarmComID: r.AlarmComID, FirstName: r.Text(n.FirstName), LastName: r.Text(n.LastName), BusinessName: r.Text(n.BusinessName),
		Phone1: r.Text(n.Phone), Email: r.Text(n.Email), Address1: r.Text(n.Address1), City: r.Text(n.City), State: r.Text(n.State),
		Zip: r.Text(n.Zip), SaleDate: r.Text(n.SaleDate), AccountNumber: r.Text(n.AccountNumber), ReceiverNumber: r.Text(n.ReceiverNumber),
	}
	if reps := r.Relationships[n.Rep]; len(reps) == 1 {
		rec.RepID = reps[0]
	}
	return rec, err
}

// TypeCustomer adds a customer as somebody does by hand.
func (d destination) TypeCustomer(_ context.Context, rec adcimport.CustomerRecord) (string, error) {
	n := securitytrax.DefaultSchema().Customer
	attributes := map[string]any{
		n.FirstName: rec.FirstName, n.LastName: rec.LastName, n.BusinessName: rec.BusinessName, n.Phone: rec.Phone1, n.Email: rec.Email,
		n.Address1: rec.Address1, n.City: rec.City, n.State: rec.State, n.Zip: rec.Zip, n.SaleDate: rec.SaleDate,
		n.RecordType: n.RecordTypeValue,
	}
	if !d.stations {
		attributes[n.AccountNumber] = rec.AccountNumber
	}
	id := d.srv.TypeInCustomer(attributes)
	if rec.RepID != "" {
		d.srv.Relate("customers", id, n.Rep, rec.RepID)
	}
	return id, nil
}

// TypeUser adds a user as somebody does by hand.
func (d destination) TypeUser(_ context.Context, rec adcimport.UserRecord) (string, error) {
	n := securitytrax.DefaultSchema().User
	return d.srv.TypeInUser(map[string]any{
		n.FirstName: rec.FirstName, n.LastName: rec.LastName, n.Username: rec.Username, n.Email: rec.Email,
		n.Active: rec.Active, n.CanLogin: rec.CanLogin, n.City: rec.Address.City,
	}), nil
}

func (d destination) ReadUser(_ context.Context, id string) (adcimport.UserRecord, error) {
	r, err := recordOf(d.srv.Users(), id)
	names := securitytrax.DefaultSchema().User
	return adcimport.UserRecord{
		AlarmComID: r.AlarmComID, FirstName: r.Text(names.FirstName), LastName: r.Text(names.LastName), Email: r.Text(names.Email),
		Active:   r.Text(names.Active) == "true",
		Username: r.Text(names.Username),
		CanLogin: r.Text(names.CanLogin) == "true",
		Address:  adcimport.Address{City: r.Text(names.City)},
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
		options  []securitytraxtest.Option
		keys     bool
		stations bool
		schema   func(*securitytrax.Schema)
	}{
		"default":          {schema: func(*securitytrax.Schema) {}},
		"unique usernames": {options: []securitytraxtest.Option{securitytraxtest.WithUniqueUsernames()}, schema: func(*securitytrax.Schema) {}},
		"idempotency keys": {
			options: []securitytraxtest.Option{securitytraxtest.WithIdempotencyKeys()}, keys: true,
			schema: func(s *securitytrax.Schema) { s.IdempotencyHeader = "Idempotency-Key" },
		},
		"monitoring connections, by offset, 403 without pointers": {
			stations: true,
			options: []securitytraxtest.Option{
				securitytraxtest.WithMonitoring(false), securitytraxtest.WithPagesByOffset("offset", "limit"),
				securitytraxtest.WithForbiddenRules(), securitytraxtest.WithErrorsBy("field"),
			},
			schema: func(s *securitytrax.Schema) {
				s.Monitoring, s.Paging, s.PageParam = monitoringNames(false), securitytrax.PagingOffset, "offset"
				s.ForbiddenIsInvalid, s.ErrorMember = true, "field"
			},
		},
		"monitoring connection, by number": {
			stations: true,
			options:  []securitytraxtest.Option{securitytraxtest.WithMonitoring(true), securitytraxtest.WithNumberedPages("page", "size", 1)},
			schema: func(s *securitytrax.Schema) {
				s.Monitoring, s.Paging, s.PageParam = monitoringNames(true), securitytrax.PagingNumber, "page"
			},
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
				gone := newSink(t, srv, func(c *securitytrax.Config) {
					c.Schema = securitytrax.DefaultSchema()
					v.schema(&c.Schema)
					c.Transport = roundTrip(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })
				})
				return conformance.SinkCase{
					Away: gone,
					Sink: sink, Destination: newDestination(srv, v.keys, v.stations), RepLogin: "rep.one",
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
