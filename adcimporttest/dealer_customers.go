package adcimporttest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
)

const customerBlock = 100

// Slots of a block of customers; see NewDealer. What comes after the last one
// is importable.
const (
	slotTerminated     = 6  // 0 to 5
	slotDemo           = 8  // 6, 7
	slotCommitment     = 10 // 8, 9
	slotNoPhone        = 10
	slotNoAddress      = 11
	slotNoJoinDate     = 12
	slotNoLastName     = 13
	slotUnknownState   = 14
	unknownState       = "ZZ"
	commercialPercent  = 15
	noSubDealerPercent = 20
	noStationPercent   = 10
	noEmailPercent     = 8
)

func (d *Dealer) makeCustomer(r *random, i, id int) adcimport.Customer {
	first, last := pick(r, firstNames), pick(r, lastNames)
	c := adcimport.Customer{
		ID:                 strconv.Itoa(id),
		SubDealerID:        d.pickSubDealer(r, noSubDealerPercent),
		FirstName:          first,
		LastName:           last,
		PrimaryPhoneNumber: makePhone(r),
		PrimaryEmail:       makeEmail(r, first, last, id),
		InstallAddress:     makeAddress(r),
		JoinDate:           makeJoinDate(r),
		SalesRepLogin:      d.pickRepLogin(r),
		CentralStation:     makeStation(r, id),
	}
	if r.percent(commercialPercent) {
		c.Commercial = true
		c.CompanyName = last + " " + pick(r, businessKinds)
	}
	if r.percent(noEmailPercent) {
		c.PrimaryEmail = ""
	}
	applyCustomerSlot(&c, slot(d.seed, streamCustomerSlots, i, customerBlock))
	return c
}

func applyCustomerSlot(c *adcimport.Customer, s int) {
	switch {
	case s < slotTerminated:
		c.Terminated = true
	case s < slotDemo:
		c.Demo = true
	case s < slotCommitment:
		c.Commitment = true
	case s == slotNoPhone:
		c.PrimaryPhoneNumber = ""
	case s == slotNoAddress:
		c.InstallAddress = adcimport.Address{}
	case s == slotNoJoinDate:
		c.JoinDate = time.Time{}
	case s == slotNoLastName:
		c.LastName = ""
	case s == slotUnknownState:
		c.InstallAddress.State = unknownState
	}
}

func (d *Dealer) pickSubDealer(r *random, nonePercent int) string {
	none, n := r.percent(nonePercent), r.next()
	if none || len(d.SubDealers) == 0 {
		return ""
	}
	return d.SubDealers[n%uint64(len(d.SubDealers))].ID
}

func (d *Dealer) pickRepLogin(r *random) string {
	share, n := r.intn(100), r.next()
	switch {
	case share < 20:
		return ""
	case share < 30 || len(d.Users) == 0:
		return fmt.Sprintf("former.rep%d", n%20)
	default:
		return d.Users[n%uint64(len(d.Users))].LoginName
	}
}

func makeJoinDate(r *random) time.Time {
	day := time.Date(2008, time.January, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.intn(17*365))
	return day.Add(time.Duration(r.intn(24*60*60)) * time.Second)
}

func makeStation(r *random, id int) adcimport.CentralStation {
	s := adcimport.CentralStation{
		TwoWayVoiceEnabled:  r.percent(30),
		AccountNumber:       fmt.Sprintf("%c%05d", postalLetters[r.intn(len(postalLetters))], id%100_000),
		ReceiverPhoneNumber: fmt.Sprintf("80055501%02d", r.intn(8)),
	}
	if r.percent(noStationPercent) {
		return adcimport.CentralStation{}
	}
	return s
}

// makePhone uses the exchange 555-01xx, which is reserved for invented numbers.
func makePhone(r *random) string {
	area, line := pick(r, areaCodes), r.intn(100)
	return fmt.Sprintf(pick(r, phoneForms), area, line)
}

func makeAddress(r *random) adcimport.Address {
	region := pick(r, regions)
	a := adcimport.Address{
		Street1: fmt.Sprintf("%d %s", 1+r.intn(19_999), pick(r, streets)),
		City:    pick(r, cities),
		State:   region.state,
		Country: "USA",
	}
	digits := r.intn(100)
	if r.percent(12) {
		a.Street2 = fmt.Sprintf("Apt %d", 1+r.intn(400))
	}
	if region.canadian {
		a.Country = "Canada"
		a.Zip = fmt.Sprintf("%s%dB %d%c%d", region.zip, digits%10, digits/10, postalLetters[digits%len(postalLetters)], digits%7)
		return a
	}
	a.Zip = fmt.Sprintf("%s%02d", region.zip, digits)
	return a
}

func makeEmail(r *random, first, last string, id int) string {
	name := asciiName(first) + "." + asciiName(last)
	return fmt.Sprintf("%s%d@%s", name, id%1000, pick(r, emailDomains))
}

// asciiName is a name as it may stand in a login or an email address.
func asciiName(s string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(s) {
		if 'a' <= c && c <= 'z' {
			b.WriteRune(c)
		}
	}
	if b.Len() == 0 {
		return "user"
	}
	return b.String()
}
