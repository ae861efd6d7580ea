package adcimporttest

import (
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/clone"
)

// What people do at Alarm.com between two runs. A dealer that a fake serves is changed
// through the fake's Update.

// EditCustomer changes the customer with this id, and reports whether there is one.
func (d *Dealer) EditCustomer(id string, edit func(c *adcimport.Customer)) bool {
	at := slices.IndexFunc(d.Customers, func(c adcimport.Customer) bool { return c.ID == id })
	if at >= 0 {
		edit(&d.Customers[at])
		d.Customers[at] = clone.Customer(d.Customers[at])
	}
	return at >= 0
}

// EditUser does for users, by their support id, what [Dealer.EditCustomer] does for
// customers.
func (d *Dealer) EditUser(id string, edit func(u *adcimport.User)) bool {
	at := slices.IndexFunc(d.Users, func(u adcimport.User) bool { return u.ID == id })
	if at >= 0 {
		edit(&d.Users[at])
		d.Users[at] = clone.User(d.Users[at])
	}
	return at >= 0
}

// DeleteCustomers takes the customers with these ids out, and returns how many there
// were.
func (d *Dealer) DeleteCustomers(ids ...string) int {
	before := len(d.Customers)
	d.Customers = slices.DeleteFunc(d.Customers, func(c adcimport.Customer) bool { return slices.Contains(ids, c.ID) })
	return before - len(d.Customers)
}

// DeleteUsers does for users what [Dealer.DeleteCustomers] does for customers.
func (d *Dealer) DeleteUsers(ids ...string) int {
	before := len(d.Users)
	d.Users = slices.DeleteFunc(d.Users, func(u adcimport.User) bool { return slices.Contains(ids, u.ID) })
	return before - len(d.Users)
}
