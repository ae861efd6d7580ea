package main

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	_ "modernc.org/sqlite" // driver "sqlite"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
	"github.com/securitytrax/adcimport/sqlstore"
)

// services are the two ends, as fakes on 127.0.0.1.
type services struct {
	dealer *adcimporttest.Dealer // invents customers
	alarm  *alarmcomtest.Server
	crm    *securitytraxtest.Server
	typed  map[string]string // customers who were typed into SecurityTrax: its ids, by Alarm.com's
}

func newServices() *services {
	d := adcimporttest.NewDealer(1, 1200, 40)
	// Accounts that fail, or that only their details give away as demos, cost one
	// detail in every run. Without them the counts below show the rule plainly.
	incomplete := ids(asChoices(d.Incomplete()))
	kept := slices.DeleteFunc(slices.Clone(d.Customers), func(c adcimport.Customer) bool {
		return c.Demo || c.Commitment || slices.Contains(incomplete, c.ID)
	})
	account := d.Clone()
	account.Customers = kept[:1000]
	s := &services{
		dealer: d,
		alarm:  alarmcomtest.NewServer(account),
		crm:    securitytraxtest.NewServer(),
		typed:  make(map[string]string),
	}
	first := slices.MinFunc(d.SubDealers, func(a, b adcimport.Choice) int { return strings.Compare(a.Name, b.Name) })
	for _, c := range account.Importable() {
		if len(s.typed) < typedIn && c.SubDealerID == first.ID {
			s.typeIn(&c)
		}
	}
	return s
}

// typedIn is how many customers somebody has typed into SecurityTrax before.
const typedIn = 12

// typeIn is what people do: in their own words, and without an Alarm.com id.
func (s *services) typeIn(c *adcimport.Customer) {
	s.typed[c.ID] = s.crm.TypeInCustomer(map[string]any{
		"record_type": "customer", "account_type": "Residential", "sale_date": "2018-02-01",
		"fname": c.FirstName[:1] + ".", "lname": c.LastName, "business_name": c.CompanyName,
		"primary_phone": c.PrimaryPhoneNumber, "email": c.PrimaryEmail,
		"address1": strings.ToUpper(c.InstallAddress.Street1), "city": c.InstallAddress.City,
		"state": c.InstallAddress.State, "zip": c.InstallAddress.Zip,
	})
}

func (s *services) close() {
	s.alarm.Close()
	s.crm.Close()
}

// importer is what a host does at its start. done is for its end.
func (s *services) importer(ctx context.Context, state string) (imp *adcimport.Importer, done func() error, err error) {
	source, err := alarmcom.New(s.alarm.Config())
	if err != nil {
		return nil, nil, err
	}
	sink, err := securitytrax.New(s.crm.Config())
	if err != nil {
		return nil, nil, err
	}
	db, err := sql.Open("sqlite", "file:"+state)
	if err != nil {
		return nil, nil, err
	}
	store, err := sqlstore.Open(ctx, db, sqlstore.SQLite, sqlstore.Options{})
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	imp, err = adcimport.New(adcimport.Config{Link: "quickstart", Source: source, Sink: sink, Store: store})
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return imp, func() error {
		return errors.Join(imp.Close(context.WithoutCancel(ctx)), db.Close())
	}, nil
}

// addCustomers lets n customers of a sub-dealer join at Alarm.com.
func (s *services) addCustomers(n int, subDealer string) {
	for n > 0 {
		s.dealer.AddCustomers(1)
		last := s.dealer.Customers[len(s.dealer.Customers)-1]
		importable := s.dealer.Importable()
		if importable[len(importable)-1].ID != last.ID {
			continue
		}
		last.SubDealerID = subDealer
		s.alarm.AddCustomers(last)
		n--
	}
}

func (s *services) resetCounts() {
	s.alarm.Reset()
	s.crm.Reset()
}

// details is how many customers' details Alarm.com was asked for.
func (s *services) details() int { return s.alarm.Count("GetCustomerInfo_V2") }

func ids(choices []adcimport.Choice) []string {
	out := make([]string, len(choices))
	for i, c := range choices {
		out[i] = c.ID
	}
	return out
}

func asChoices(customers []adcimport.Customer) []adcimport.Choice {
	out := make([]adcimport.Choice, len(customers))
	for i, c := range customers {
		out[i].ID = c.ID
	}
	return out
}
