package main

import (
	"context"
	"fmt"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// locked is the customer whose details this Alarm.com login may not see, until
// somebody changes that.
const locked = "1005"

// account is a dealer's account with what dealers' accounts have: names in
// capitals, phone numbers in several forms, and some records that lack things.
// All of it is invented.
func account() *adcimporttest.Dealer {
	customer := func(id, first, last, company, phone, state, panel string) adcimport.Customer {
		return adcimport.Customer{
			ID: id, FirstName: first, LastName: last, CompanyName: company, Commercial: company != "",
			PrimaryPhoneNumber: phone, PrimaryEmail: first + "@Example.com",
			InstallAddress: adcimport.Address{Street1: "1 Main St", City: "Provo", State: state, Zip: "84601"},
			JoinDate:       time.Date(2019, 5, 7, 0, 0, 0, 0, time.UTC),
			Extra:          map[string]string{"PanelType": panel, "Package": "Gold"},
		}
	}
	d := &adcimporttest.Dealer{Customers: []adcimport.Customer{
		customer("1001", "ADA", "EXAMPLE", "", "(801) 555-0101", "Utah", "QIQ4"),
		customer("1002", "Grace", "", "Example Dental", "801.555.0102", "ut", "2GIG"),
		customer("1003", "Alan", "Sample", "", "call the office", "UT", "QIQ4"),
		customer("1004", "Edith", "Sample", "", "801-555-0104", "Deseret", ""),
		customer(locked, "Mary", "Sample", "", "801-555-0105", "UT", "NEO"),
		customer("1006", "Joan", "Example", "", "801-555-0106", "UT", "QIQ4"),
	}}
	d.Customers[5].JoinDate = time.Time{}
	return d
}

// repair is what the dealer does at Alarm.com with the list of failures in hand.
func repair(d *adcimporttest.Dealer) {
	d.Customers[2].PrimaryPhoneNumber = "801-555-0103"
	d.Customers[3].InstallAddress.State = "Utah"
}

// source is the account with one record that is denied.
type source struct{ *adcimporttest.Source }

// Unwrap lets the importer find the abilities of the wrapped source.
func (s source) Unwrap() any { return s.Source }

// CustomerDetail refuses one customer.
func (s source) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	if id == locked {
		return adcimport.Customer{}, fmt.Errorf("customer %s: %w", id, adcimport.ErrDenied)
	}
	return s.Source.CustomerDetail(ctx, id)
}
