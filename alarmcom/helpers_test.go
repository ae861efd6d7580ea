package alarmcom_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log"
	"strconv"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// The defaults, as the comments of Config tell them.
const (
	maxRetries  = 4
	maxInFlight = 8
)

// login is that of the fake server with a password.
func login(password string) alarmcom.Credentials {
	return alarmcom.NewCredentials(alarmcomtest.DefaultUser, password).WithPartnerClient(alarmcomtest.DefaultClientID)
}

func newServer(t *testing.T, d *adcimporttest.Dealer, opts ...alarmcomtest.Option) *alarmcomtest.Server {
	t.Helper()
	srv := alarmcomtest.NewServer(d, opts...)
	t.Cleanup(srv.Close)
	return srv
}

// newSource makes a source over a server, with a configuration that each of
// change may alter.
func newSource(t *testing.T, srv *alarmcomtest.Server, change ...func(*alarmcom.Config)) *alarmcom.Source {
	t.Helper()
	cfg := srv.Config()
	cfg.MaxRetries = -1
	for _, c := range change {
		c(&cfg)
	}
	src, err := alarmcom.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(src.CloseIdleConnections)
	return src
}

// inMemory makes a source that needs no network, for synctest bubbles.
func inMemory(t *testing.T, srv *alarmcomtest.Server, change ...func(*alarmcom.Config)) *alarmcom.Source {
	t.Helper()
	src, err := newInMemory(srv, change...)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func newInMemory(srv *alarmcomtest.Server, change ...func(*alarmcom.Config)) (*alarmcom.Source, error) {
	cfg := alarmcom.Config{
		BaseURL:           "http://127.0.0.1/WebServices",
		Credentials:       login(alarmcomtest.DefaultPassword),
		RequestsPerSecond: 1000,
		Burst:             1000,
		Transport:         srv.Transport(),
	}
	for _, c := range change {
		c(&cfg)
	}
	return alarmcom.New(cfg)
}

func pageSize(n int) func(*alarmcom.Config) {
	return func(c *alarmcom.Config) { c.PageSize = n }
}

// allPages ranges to the end.
func allPages[T any](t *testing.T, pages iter.Seq2[adcimport.Page[T], error]) []adcimport.Page[T] {
	t.Helper()
	var all []adcimport.Page[T]
	for p, err := range pages {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// firstError ranges to the error, and fails where there is none or where
// something follows it.
func firstError[T any](t *testing.T, pages iter.Seq2[adcimport.Page[T], error]) error {
	t.Helper()
	var found error
	for p, err := range pages {
		switch {
		case found != nil:
			t.Fatal("something follows the error")
		case err != nil && (len(p.Items) > 0 || p.Next != ""):
			t.Fatal("a page comes with the error")
		}
		found = err
	}
	if found == nil {
		t.Fatal("no error")
	}
	return found
}

func customerIDs(pages []adcimport.Page[adcimport.Customer]) []string {
	var ids []string
	for _, p := range pages {
		for _, c := range p.Items {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func userIDs(pages []adcimport.Page[adcimport.User]) []string {
	var ids []string
	for _, p := range pages {
		for _, u := range p.Items {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

func failAlways(op string, r alarmcomtest.Reply) func(string, int, int) *alarmcomtest.Reply {
	return func(called string, _, _ int) *alarmcomtest.Reply {
		if called != op {
			return nil
		}
		return &r
	}
}

// smallDealer has customers 101 to 110 over sub-dealers 12 and 34, and reps.
func smallDealer() *adcimporttest.Dealer {
	d := &adcimporttest.Dealer{
		SubDealers: []adcimport.Choice{{ID: "34", Name: "South"}, {ID: "12", Name: "North"}, {ID: "56", Name: "Empty"}},
		Roles:      []adcimport.Choice{{ID: "2", Name: "Sales"}, {ID: "1", Name: "Admin"}},
	}
	for _, i := range []int{107, 103, 110, 101, 105, 109, 102, 108, 104, 106} { // in no order
		d.Customers = append(d.Customers, adcimport.Customer{
			ID:          strconv.Itoa(i),
			SubDealerID: []string{"", "12", "34"}[i%3],
			FirstName:   fmt.Sprint("First", i),
			LastName:    "Last",
			JoinDate:    time.Date(2020, 1, i-100, 0, 0, 0, 0, time.UTC),
		})
	}
	for _, i := range []int{9, 30, 7, 200} {
		d.Users = append(d.Users, adcimport.User{
			ID: strconv.Itoa(i), RepID: strconv.Itoa(1000 + i), LoginName: fmt.Sprint("rep", i), FirstName: "Rep", LastName: "Of It",
			Email: "rep@example.com", Phone: "555-0100", SubDealerID: []string{"", "12"}[i%2], RoleIDs: []string{strconv.Itoa(1 + i%2)},
			Address: adcimport.Address{Street1: "1 Main St", Street2: "Suite 2", City: "Reno", State: "NV", Zip: "89501", Country: "USA"},
		})
	}
	return d
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
