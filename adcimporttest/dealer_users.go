package adcimporttest

import (
	"fmt"
	"strconv"

	"github.com/securitytrax/adcimport"
)

const userBlock = 50

// Slots of a block of users; see NewDealer.
const (
	slotNoLogin       = 0
	slotNoUserEmail   = 3 // 1, 2
	slotNoUserAddress = 6 // 3 to 5
)

func (d *Dealer) makeUser(r *random, i, id int) adcimport.User {
	first, last := pick(r, firstNames), pick(r, lastNames)
	u := adcimport.User{
		ID:          strconv.Itoa(id),
		RepID:       strconv.Itoa(firstRepID + 3*i),
		FirstName:   first,
		LastName:    last,
		LoginName:   fmt.Sprintf("%s.%s%d", asciiName(first), asciiName(last), id),
		Email:       makeEmail(r, first, last, id),
		Phone:       makePhone(r),
		Address:     makeAddress(r),
		SubDealerID: d.pickSubDealer(r, 40),
		RoleIDs:     d.pickRoles(r),
	}
	switch s := slot(d.seed, streamUserSlots, i, userBlock); {
	case s == slotNoLogin:
		u.LoginName = ""
	case s < slotNoUserEmail:
		u.Email = ""
	case s < slotNoUserAddress:
		u.Address = adcimport.Address{}
	}
	return u
}

// pickRoles returns one role, or two neighbours.
func (d *Dealer) pickRoles(r *random) []string {
	n, two := r.intn(1<<20), r.percent(25)
	if len(d.Roles) == 0 {
		return nil
	}
	roles := []string{d.Roles[n%len(d.Roles)].ID}
	if two && len(d.Roles) > 1 {
		roles = append(roles, d.Roles[(n+1)%len(d.Roles)].ID)
	}
	return roles
}
