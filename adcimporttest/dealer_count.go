package adcimporttest

import (
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/clone"
)

// Importable returns copies of the customers that an import without filter
// brings into SecurityTrax: neither left out nor lacking what is required
// (first and last name, phone, city, a known state, sale date).
func (d *Dealer) Importable() []adcimport.Customer {
	return d.customersWhere(func(c *adcimport.Customer) bool { return !excluded(c) && complete(c) })
}

// Excluded returns copies of the customers that are left out unless the host
// asks for them: terminated, demo and commitment accounts.
func (d *Dealer) Excluded() []adcimport.Customer { return d.customersWhere(excluded) }

// Incomplete returns copies of the customers that are not excluded and lack
// what SecurityTrax requires.
func (d *Dealer) Incomplete() []adcimport.Customer {
	return d.customersWhere(func(c *adcimport.Customer) bool { return !excluded(c) && !complete(c) })
}

// ImportableUsers returns copies of the users that an import without filter
// brings into SecurityTrax: with a login name, and with an email address too
// when they are to log in.
func (d *Dealer) ImportableUsers(canLogin bool) []adcimport.User {
	var out []adcimport.User
	for _, u := range d.Users {
		if u.LoginName != "" && (u.Email != "" || !canLogin) {
			out = append(out, clone.User(u))
		}
	}
	return out
}

func (d *Dealer) customersWhere(ok func(*adcimport.Customer) bool) []adcimport.Customer {
	var out []adcimport.Customer
	for i := range d.Customers {
		if ok(&d.Customers[i]) {
			out = append(out, clone.Customer(d.Customers[i]))
		}
	}
	return out
}

func excluded(c *adcimport.Customer) bool { return c.Terminated || c.Demo || c.Commitment }

func complete(c *adcimport.Customer) bool {
	return c.FirstName != "" && c.LastName != "" && c.PrimaryPhoneNumber != "" && c.InstallAddress.City != "" &&
		knownState(c.InstallAddress.State) && !c.JoinDate.IsZero()
}

func knownState(s string) bool {
	return slices.ContainsFunc(regions, func(r region) bool { return r.state == s })
}
