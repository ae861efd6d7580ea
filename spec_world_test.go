package adcimport_test

import (
	"slices"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// world is a link between the fakes of both services, over real HTTP: what
// SPEC.md speaks of, as far as a test can have it.
type world struct {
	dealer *adcimporttest.Dealer
	alarm  *alarmcomtest.Server
	crm    *securitytraxtest.Server
	store  *adcimport.MemoryStore
	cfg    adcimport.Config
	imp    *adcimport.Importer
}

// newWorld makes a world of a small dealer; change may set further fields.
func newWorld(t *testing.T, dealer *adcimporttest.Dealer, change ...func(*adcimport.Config)) *world {
	t.Helper()
	w := &world{
		dealer: dealer,
		alarm:  alarmcomtest.NewServer(dealer),
		crm:    securitytraxtest.NewServer(securitytraxtest.WithUniqueUsernames()),
		store:  new(adcimport.MemoryStore),
	}
	t.Cleanup(w.alarm.Close)
	t.Cleanup(w.crm.Close)
	source, err := alarmcom.New(w.alarm.Config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(source.CloseIdleConnections)
	sink, err := securitytrax.New(w.crm.Config())
	if err != nil {
		t.Fatal(err)
	}
	w.cfg = adcimport.Config{
		Link: "isp-1", Source: source, Sink: sink, Store: w.store,
		LeaseTTL: 30 * time.Second, SettleTime: time.Millisecond,
	}
	for _, f := range change {
		f(&w.cfg)
	}
	w.imp = w.importer(t, w.cfg)
	return w
}

func (*world) importer(t *testing.T, cfg adcimport.Config) *adcimport.Importer {
	t.Helper()
	imp, err := adcimport.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = imp.Close(t.Context()) })
	return imp
}

// customerOptions are the least that SecurityTrax takes.
func (w *world) customerOptions() adcimport.CustomerOptions {
	return adcimport.CustomerOptions{OfficeID: w.crm.Choices("locations")[0].ID}
}

func (w *world) userOptions() adcimport.UserOptions {
	return adcimport.UserOptions{PermissionGroupID: w.crm.Choices("permission_groups")[0].ID}
}

func (w *world) importCustomers(t *testing.T, f adcimport.CustomerFilter, o adcimport.CustomerOptions) *adcimport.Summary {
	t.Helper()
	s, err := w.imp.ImportCustomers(t.Context(), f, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) importUsers(t *testing.T, f adcimport.UserFilter, o adcimport.UserOptions) *adcimport.Summary {
	t.Helper()
	s, err := w.imp.ImportUsers(t.Context(), f, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// imported are the Alarm.com ids of what SecurityTrax has, sorted; reps made by
// hand have none.
func imported(records []securitytraxtest.Record) []string {
	var ids []string
	for _, r := range records {
		if r.AlarmComID != "" {
			ids = append(ids, r.AlarmComID)
		}
	}
	slices.Sort(ids)
	return ids
}

// customer finds what SecurityTrax has of an Alarm.com customer.
func (w *world) customer(t *testing.T, id string) securitytraxtest.Record {
	t.Helper()
	return find(t, w.crm.Customers(), id)
}

func (w *world) user(t *testing.T, supportID string) securitytraxtest.Record {
	t.Helper()
	return find(t, w.crm.Users(), supportID)
}

func find(t *testing.T, records []securitytraxtest.Record, id string) securitytraxtest.Record {
	t.Helper()
	for _, r := range records {
		if r.AlarmComID == id {
			return r
		}
	}
	t.Fatalf("SecurityTrax has no record with the Alarm.com id %s", id)
	return securitytraxtest.Record{}
}

// idsOf are the sorted ids of the customers that keep.
func idsOf[T any](all []T, id func(T) string, keep func(T) bool) []string {
	var ids []string
	for _, c := range all {
		if keep(c) {
			ids = append(ids, id(c))
		}
	}
	slices.Sort(ids)
	return ids
}

func customerID(c adcimport.Customer) string { return c.ID }
func userID(u adcimport.User) string         { return u.ID }

func everyone[T any](T) bool { return true }

// person is a customer that SecurityTrax takes; change may make it special.
func person(id string, change ...func(*adcimport.Customer)) adcimport.Customer {
	c := adcimport.Customer{
		ID: id, FirstName: "Ada", LastName: "Example", PrimaryPhoneNumber: "801-555-0101",
		PrimaryEmail:   "ada@example.com",
		InstallAddress: adcimport.Address{Street1: "1 Main St", City: "Provo", State: "UT", Zip: "84601"},
		JoinDate:       time.Date(2019, 5, 7, 23, 59, 0, 0, time.UTC),
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

// rep is a user that SecurityTrax takes, also with a login.
func rep(supportID, login string, change ...func(*adcimport.User)) adcimport.User {
	u := adcimport.User{
		ID: supportID, RepID: "7" + supportID, FirstName: "Grace", LastName: "Example", LoginName: login,
		Email: login + "@example.org", Phone: "801-555-0102",
		Address: adcimport.Address{Street1: "2 Side St", Street2: "Unit 5", City: "Orem", State: "UT", Zip: "84057"},
	}
	for _, f := range change {
		f(&u)
	}
	return u
}
