package alarmcom

import "github.com/securitytrax/adcimport"

// What a reply may hold, whatever the service says. A list of ids or reps may
// have as many bytes as [Config.MaxResponseBytes] allows, since it is read item
// by item; everything else is short.
const (
	maxDetailBytes = 1 << 20   // of one customer, and of any reply that is no list
	maxChoiceBytes = 8 << 20   // of a list of branches or roles
	maxListIDs     = 2_000_000 // customers of one account
	maxKeptReps    = 32 << 20  // bytes that the reps of one account take up in memory
)

// replyBytes bounds a reply to op, in bytes.
func (s *Source) replyBytes(op operation) int64 {
	most := int64(maxDetailBytes)
	switch op {
	case opGetCustomerList, opGetCustomerListByBranchID, opGetRepList, opPartnerCustomers, opPartnerReps:
		return s.cfg.MaxResponseBytes
	case opGetDealerID, opGetBranches, opGetRepRoles:
		most = maxChoiceBytes
	}
	return min(most, s.cfg.MaxResponseBytes)
}

// keptBytes is about what a rep takes up in memory.
func keptBytes(u *adcimport.User) int {
	const fixed, perRole = 512, 64
	a := &u.Address
	n := fixed + len(u.FirstName) + len(u.LastName) + len(u.LoginName) + len(u.Email) + len(u.Phone) +
		len(a.Street1) + len(a.Street2) + len(a.City) + len(a.State) + len(a.Zip) + len(a.Country)
	return n + perRole*len(u.RoleIDs)
}
