package browser_test

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// bolt is a dealer of few customers and hundreds of sub-dealers.
func bolt() *adcimporttest.Dealer {
	d := adcimporttest.NewDealer(2, 20, 6)
	for i := range 300 {
		d.SubDealers = append(d.SubDealers, adcimport.Choice{ID: strconv.Itoa(900000 + i), Name: fmt.Sprintf("Branch %03d", i+1)})
	}
	return d
}

// typeIn has a customer of the dealer in SecurityTrax already, in the words of people.
func (d *dealer) typeIn(c *adcimport.Customer, carefully bool) {
	first, phone := c.FirstName[:1]+".", ""
	if carefully {
		first, phone = c.FirstName, c.PrimaryPhoneNumber
	}
	d.crm.TypeInCustomer(map[string]any{
		"record_type": "customer", "account_type": "Residential", "sale_date": "2018-02-01",
		"fname": first, "lname": c.LastName, "business_name": c.CompanyName,
		"primary_phone": phone, "email": c.PrimaryEmail,
		"address1": strings.ToUpper(c.InstallAddress.Street1), "city": c.InstallAddress.City,
		"state": c.InstallAddress.State, "zip": c.InstallAddress.Zip,
	})
}

// few are ids of customers that can be imported, for imports that are small.
func (d *dealer) few(n int) []string {
	var ids []string
	for _, c := range d.known.Importable()[:n] {
		ids = append(ids, c.ID)
	}
	return ids
}
