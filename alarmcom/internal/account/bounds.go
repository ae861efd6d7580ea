package account

import "github.com/securitytrax/adcimport"

// What a reply may hold, whatever the service says. A list of ids or reps may
// have as many bytes as the host allows, since it is read item by item; everything
// else is short.
const (
	MaxDetailBytes = 1 << 20   // of one customer, and of any reply that is no list
	MaxChoiceBytes = 8 << 20   // of a list of branches or roles
	MaxListIDs     = 2_000_000 // customers of one account
	MaxKeptReps    = 32 << 20  // bytes that the reps of one account take up in memory
)

// KeptBytes is about what a rep takes up in memory.
func KeptBytes(u *adcimport.User) int {
	const fixed, perRole = 512, 128
	a := &u.Address
	n := fixed + len(u.FirstName) + len(u.LastName) + len(u.LoginName) + len(u.Email) + len(u.Phone) +
		len(a.Street1) + len(a.Street2) + len(a.City) + len(a.State) + len(a.Zip) + len(a.Country)
	return n + perRole*len(u.RoleIDs)
}
