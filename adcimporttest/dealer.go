// Package adcimporttest helps to test programs that embed adcimport: in-memory
// fakes of its interfaces, believable data, fault injection and conformance
// suites.
package adcimporttest

import "github.com/securitytrax/adcimport"

// Dealer is an Alarm.com account as a test wants it: what a fake source serves.
type Dealer struct {
	Customers  []adcimport.Customer
	Users      []adcimport.User
	SubDealers []adcimport.Choice
	Roles      []adcimport.Choice
}
