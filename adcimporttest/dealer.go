// Package adcimporttest helps to test programs that embed adcimport: in-memory
// fakes of its interfaces, believable data and fault injection. The suites that
// hold an own source, sink or store to its contract are in conformance and
// conformance/storetest.
package adcimporttest

import (
	"slices"
	"strconv"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/clone"
)

// Dealer is an Alarm.com account as a test wants it: what a fake source serves.
// A zero Address or CentralStation of a customer means that the block is
// missing at Alarm.com (each may be). It may be written by hand or
// come from [NewDealer]. It is not safe for concurrent use: fakes guard theirs.
type Dealer struct {
	Customers  []adcimport.Customer
	Users      []adcimport.User
	SubDealers []adcimport.Choice
	Roles      []adcimport.Choice

	seed uint64
}

// NewDealer makes a believable account of invented people: the same one for the
// same arguments, on every machine and in every version of Go. A dealer of more
// records begins with the records of a smaller one.
//
// Ids ascend with gaps. Every 100 customers in a row hold exactly
//
//	 6 terminated, 2 demo and 2 commitment accounts (left out by default)
//	 5 that lack what SecurityTrax requires: phone, install address, join date,
//	   last name, or a state it knows; one each
//	85 importable ones
//
// and about 15 % are commercial, 20 % have no sub-dealer, 10 % no central
// station, 8 % no email; the rep is known by login for about 70 %, unknown for
// 10 %, missing for 20 %. Every 50 users in a row hold exactly 1 without login
// name, 2 without email and 3 without address.
//
// Names use several scripts, phone numbers several forms, all of them with the
// reserved exchange 555-01xx; emails use example.com, example.org and
// example.net only.
func NewDealer(seed uint64, customers, users int) *Dealer {
	d := &Dealer{
		seed: seed,
		SubDealers: []adcimport.Choice{
			{ID: "3101", Name: "Northside Security"},
			{ID: "3102", Name: "Lakeview Alarm & Video"},
			{ID: "3107", Name: "Sécurité Boréale"},
			{ID: "3115", Name: "O'Brien Protection"},
			{ID: "3120", Name: "Desert Watch"},
		},
		Roles: []adcimport.Choice{
			{ID: "11", Name: "Administrator"},
			{ID: "12", Name: "Sales Rep"},
			{ID: "13", Name: "Installer"},
			{ID: "14", Name: "Customer Care"},
		},
	}
	d.AddUsers(users)
	d.AddCustomers(customers)
	return d
}

// AddCustomers appends n more customers, with higher ids, as [NewDealer] makes
// them, and returns copies of them. Their reps are among the users there are.
func (d *Dealer) AddCustomers(n int) []adcimport.Customer {
	start := len(d.Customers)
	last := firstCustomerID
	if start > 0 {
		last = max(last, idNumber(d.Customers[start-1].ID))
	}
	for i := start; i < start+n; i++ {
		r := newRandom(d.seed, streamCustomer, i)
		last += 1 + r.intn(40)
		d.Customers = append(d.Customers, d.makeCustomer(r, i, last))
	}
	return cloneAll(d.Customers[start:], clone.Customer)
}

// AddUsers appends n more users, with higher support ids, as [NewDealer] makes
// them, and returns copies of them.
func (d *Dealer) AddUsers(n int) []adcimport.User {
	start := len(d.Users)
	last := firstSupportID
	if start > 0 {
		last = max(last, idNumber(d.Users[start-1].ID))
	}
	for i := start; i < start+n; i++ {
		r := newRandom(d.seed, streamUser, i)
		last += 1 + r.intn(9)
		d.Users = append(d.Users, d.makeUser(r, i, last))
	}
	return cloneAll(d.Users[start:], clone.User)
}

// Clone returns a copy that shares nothing with d.
func (d *Dealer) Clone() *Dealer {
	return &Dealer{
		Customers:  cloneAll(d.Customers, clone.Customer),
		Users:      cloneAll(d.Users, clone.User),
		SubDealers: slices.Clone(d.SubDealers),
		Roles:      slices.Clone(d.Roles),
		seed:       d.seed,
	}
}

// Where ids begin.
const (
	firstCustomerID = 1_000_000
	firstSupportID  = 20_000
	firstRepID      = 700_000
)

func idNumber(id string) int {
	n, err := strconv.Atoi(id)
	if err != nil {
		return 0
	}
	return n
}

func cloneAll[T any](in []T, one func(T) T) []T {
	if in == nil {
		return nil
	}
	out := make([]T, len(in))
	for i, v := range in {
		out[i] = one(v)
	}
	return out
}
