package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/examples/host/accounts"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// titles are what the invented dealers are called.
var titles = map[string]string{"acme": "Acme Security", "bolt": "Bolt Alarm & Video"}

// dealer is an invented one, with its two services.
type dealer struct {
	link  string
	alarm *alarmcomtest.Server
	crm   *securitytraxtest.Server
}

type dealers []dealer

// invent makes two dealers: Acme has typed some customers and users in by hand, Bolt has
// hundreds of sub-dealers and one office.
func invent(customers int, breakLists bool) dealers {
	acme := adcimporttest.NewDealer(1, customers, 40)
	bolt := adcimporttest.NewDealer(2, customers, 25)
	for i := range 300 {
		bolt.SubDealers = append(bolt.SubDealers, adcimport.Choice{ID: strconv.Itoa(900000 + i), Name: fmt.Sprintf("Branch %03d", i+1)})
	}
	tags := []string{
		"Alarm.com", "Imported", "Commercial", "Residential", "Needs visit", "VIP", "Video", "Access control", "Fire", "Trial", "Former ADC",
	}
	all := dealers{
		{"acme", alarmcomtest.NewServer(acme), securitytraxtest.NewServer(
			securitytraxtest.WithCustomerTags(tags...), securitytraxtest.WithUniqueUsernames())},
		{"bolt", alarmcomtest.NewServer(bolt), securitytraxtest.NewServer(
			securitytraxtest.WithOffices("Main Office"), securitytraxtest.WithCustomerTags(), securitytraxtest.WithUniqueUsernames())},
	}
	for i, c := range acme.Importable() {
		if i%17 == 3 {
			typeIn(all[0].crm, &c, i%2 == 0)
		}
	}
	if breakLists {
		all[0].crm.Fail(func(r *http.Request, _ int) *securitytraxtest.Reply {
			if strings.HasSuffix(r.URL.Path, "/customer_tags") || strings.HasSuffix(r.URL.Path, "/users") && r.Method == http.MethodGet {
				return &securitytraxtest.Reply{Status: http.StatusInternalServerError}
			}
			return nil
		})
	}
	return all
}

// typeIn is what people do: in their own words, and without an Alarm.com id.
func typeIn(crm *securitytraxtest.Server, c *adcimport.Customer, carefully bool) {
	first, phone := c.FirstName[:1]+".", ""
	if carefully {
		first, phone = c.FirstName, c.PrimaryPhoneNumber
	}
	crm.TypeInCustomer(map[string]any{
		"record_type": "customer", "account_type": "Residential", "sale_date": "2018-02-01",
		"fname": first, "lname": c.LastName, "business_name": c.CompanyName,
		"primary_phone": phone, "email": c.PrimaryEmail,
		"address1": strings.ToUpper(c.InstallAddress.Street1), "city": c.InstallAddress.City,
		"state": c.InstallAddress.State, "zip": c.InstallAddress.Zip,
	})
}

func (l dealers) close() {
	for _, d := range l {
		d.alarm.Close()
		d.crm.Close()
	}
}

// accounts are what is needed to import them.
func (l dealers) accounts(pace float64) accounts.All {
	all := make(accounts.All)
	for _, d := range l {
		all[d.link] = accounts.Account{
			AlarmCom: accounts.AlarmCom{
				URL: d.alarm.URL(), User: alarmcomtest.DefaultUser, Password: alarmcomtest.DefaultPassword, RequestsPerSecond: pace,
			},
			SecurityTrax: accounts.SecurityTrax{
				URL: d.crm.URL(), Profile: securitytraxtest.DefaultProfile, ISPID: d.crm.ISPID(),
				IntegratorKey: securitytraxtest.DefaultIntegratorKey,
				User:          securitytraxtest.DefaultUsername, Password: securitytraxtest.DefaultPassword,
			},
		}
	}
	return all
}

func (l dealers) write(path string, pace float64) error {
	data, err := json.MarshalIndent(l.accounts(pace), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// world has the accounts, and the invented dealers where no others are given.
func (s *settings) world() (all accounts.All, done func(), err error) {
	if s.accounts != "" {
		all, err = accounts.Read(s.accounts)
		return all, func() {}, err
	}
	d := invent(s.customers, s.breakLists)
	return d.accounts(s.pace), d.close, nil
}

// keyOf is the key in a file, which is made where it is missing: drafts outlive a
// restart.
func keyOf(path string) ([]byte, error) {
	if key, err := os.ReadFile(path); err == nil { //nolint:gosec // beside the database
		return key, nil
	}
	key := []byte(rand.Text() + rand.Text())
	return key, os.WriteFile(path, key, 0o600)
}
