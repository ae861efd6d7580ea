package main

import (
	"strings"
	"testing"

	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// What the fakes make and take is found, and so is what tests of all modules write
// as a literal or keep in a constant.
func TestMarks(t *testing.T) {
	t.Parallel()
	m, err := readMarks("../..")
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{
		alarmcomtest.DefaultPassword, alarmcomtest.DefaultClientID, securitytraxtest.DefaultPassword, securitytraxtest.DefaultIntegratorKey,
		"SECRET-password", "Marked2Password", "Marked9HashKey", "marked-secret-of-24-bytes-or-more", "Lovelace", "van der Berg", "12 Oak Street",
	}
	d := adcimporttest.NewDealer(5, 300, 100)
	for _, c := range d.Customers {
		texts = append(texts, c.FirstName+" "+c.LastName, c.CompanyName, c.PrimaryPhoneNumber, c.PrimaryEmail, c.InstallAddress.Street1)
	}
	for _, u := range d.Users {
		texts = append(texts, u.FirstName+" "+u.LastName, u.Email, u.Phone, u.Address.Street1)
	}
	for _, text := range texts {
		// Two names of less than four letters are no mark, nor is what is missing.
		if first, last, _ := strings.Cut(text, " "); len([]rune(first)) < shortest && len([]rune(last)) < shortest {
			continue
		}
		if len(m.in("x: "+text+".")) == 0 {
			t.Errorf("%q is no mark", text)
		}
	}
	for _, fine := range []string{"customer 1000123 of account 4711: a user was created", "3 records, 15550142 ns/op", "PartnerApi/token: 401", "killed in Mark"} {
		if found := m.in(fine); len(found) > 0 {
			t.Errorf("%q has %q", fine, found)
		}
	}
}
