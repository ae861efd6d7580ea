// Package clone copies records so that nothing is shared with the original.
package clone

import (
	"maps"
	"slices"

	"github.com/securitytrax/adcimport"
)

// Customer copies a customer of a source.
func Customer(c adcimport.Customer) adcimport.Customer {
	c.Extra = maps.Clone(c.Extra)
	return c
}

// User copies a user of a source.
func User(u adcimport.User) adcimport.User {
	u.RoleIDs = slices.Clone(u.RoleIDs)
	u.Extra = maps.Clone(u.Extra)
	return u
}

// CustomerRecord copies a customer for a sink.
func CustomerRecord(r adcimport.CustomerRecord) adcimport.CustomerRecord {
	r.TagIDs, r.Clear, r.Leave = slices.Clone(r.TagIDs), slices.Clone(r.Clear), slices.Clone(r.Leave)
	r.Custom = maps.Clone(r.Custom)
	return r
}

// UserRecord copies a user for a sink.
func UserRecord(r adcimport.UserRecord) adcimport.UserRecord {
	r.Tags, r.Clear, r.Leave = slices.Clone(r.Tags), slices.Clone(r.Clear), slices.Clone(r.Leave)
	r.Custom = maps.Clone(r.Custom)
	return r
}
