package secrets_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// The stems of all that is told of persons, in any case.
const (
	personFirst   = "zyxfirst"
	personLast    = "zyxlast"
	personCompany = "zyxcompany"
	personMail    = "zyxmail"
	personStreet  = "zyxstreet"
	personCity    = "zyxcity"
	personLogin   = "zyxlogin"
)

// persons are marks like the secrets: what is stored and told of a record is its ids.
func (m *marks) persons(d *adcimporttest.Dealer) {
	m.all = append(m.all, personFirst, personLast, personCompany, personMail, personStreet, personCity, personLogin)
	for i := range len(d.Customers) + len(d.Users) {
		m.all = append(m.all, digitsOf(i), phoneOf(i))
	}
}

func digitsOf(i int) string { return fmt.Sprintf("8015557%03d", i) }
func phoneOf(i int) string  { return fmt.Sprintf("555-7%03d", i) }

// markPeople puts marks in place of what is personal; who lacks a field lacks it still.
// Some have what SecurityTrax refuses.
func markPeople(d *adcimporttest.Dealer) {
	put := func(field *string, stem string, i int) {
		if *field != "" {
			*field = fmt.Sprintf("%s%dx", strings.ToUpper(stem[:1])+stem[1:], i)
		}
	}
	for i := range d.Customers {
		c := &d.Customers[i]
		put(&c.FirstName, personFirst, i)
		put(&c.LastName, personLast, i)
		put(&c.CompanyName, personCompany, i)
		put(&c.InstallAddress.Street1, personStreet, i)
		put(&c.InstallAddress.City, personCity, i)
		if c.PrimaryEmail != "" {
			c.PrimaryEmail = fmt.Sprintf("%s%dx@example.com", personMail, i)
		}
		if c.PrimaryPhoneNumber != "" {
			c.PrimaryPhoneNumber = "(801) " + phoneOf(i)
		}
		if i%11 == 5 {
			c.InstallAddress.State, c.PrimaryEmail = "Zyxcity", personMail+" at nobody"
		}
	}
	for i := range d.Users {
		u := &d.Users[i]
		put(&u.FirstName, personFirst, i)
		put(&u.LastName, personLast, i)
		put(&u.LoginName, personLogin, i)
		if u.Email != "" {
			u.Email = fmt.Sprintf("%s%dx@example.org", personMail, i)
		}
		u.Phone = "801-" + phoneOf(len(d.Customers)+i)
		put(&u.Address.Street1, personStreet, i)
	}
}

// typeIn has some in SecurityTrax already, as people type them in: without their id.
func typeIn(crm *securitytraxtest.Server, d *adcimporttest.Dealer) {
	for i := 0; i < len(d.Customers); i += 6 {
		c := &d.Customers[i]
		crm.TypeInCustomer(map[string]any{
			"record_type": "customer", "fname": c.FirstName, "lname": c.LastName, "business_name": c.CompanyName,
			"primary_phone": c.PrimaryPhoneNumber, "email": c.PrimaryEmail, "address1": c.InstallAddress.Street1,
			"city": c.InstallAddress.City, "state": c.InstallAddress.State, "zip": c.InstallAddress.Zip,
		})
	}
	for i := 0; i < len(d.Users); i += 3 {
		u := &d.Users[i]
		crm.TypeInUser(map[string]any{"username": u.LoginName, "fname": u.FirstName, "lname": u.LastName, "email": u.Email, "active": true})
	}
}

// quote makes the services put the person a request is about, and the login, into the
// failures that they report, and lose some replies.
func quote(alarm *alarmcomtest.Server, crm *securitytraxtest.Server) {
	asked := 0
	alarm.Fail(func(op string, _, _ int) *alarmcomtest.Reply {
		if asked++; asked%9 != 4 || strings.Contains(op, "List") || strings.HasSuffix(op, "customers") || strings.HasSuffix(op, "token") {
			return nil
		}
		return &alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: personLast + " of " + personMail + "@example.com, " + faultText + ", " + alarmPassword}}
	})
	crm.Fail(func(r *http.Request, n int) *securitytraxtest.Reply {
		switch {
		case r.Method == http.MethodGet:
			return nil
		case n%7 == 3:
			return &securitytraxtest.Reply{Lost: true, After: n%2 == 0}
		case n%5 == 2:
			return &securitytraxtest.Reply{Status: http.StatusUnprocessableEntity, Body: []byte(`{"errors":[{"code":"` + digitsOf(1) +
				`","title":"` + personLast + `","detail":"` + personMail + "@example.com " + crmPassword +
				`","source":{"pointer":"/data/attributes/` + personLast + ` 1"}},{"source":{"pointer":"/data/attributes/lname"},"detail":"` + personLast + `"}]}`)}
		}
		return nil
	})
}

// customersOf and usersOf are the options of the runs.
func customersOf(crm *securitytraxtest.Server) adcimport.CustomerOptions {
	return adcimport.CustomerOptions{OfficeID: crm.Choices("locations")[0].ID}
}

func usersOf(crm *securitytraxtest.Server) adcimport.UserOptions {
	return adcimport.UserOptions{PermissionGroupID: crm.Choices("permission_groups")[0].ID}
}
