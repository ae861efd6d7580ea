package partnerapi

import (
	"strconv"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
)

// centralStation is the path of what only SOAP was seen to give.
const centralStation = "centralStationInfo"

// statusPaths are the paths that say whether an account is to be left out.
var statusPaths = []string{"isTerminated", "isDemo", "customerType"}

// The names of enum values by number, in the order of the WSDL from 0: the
// PartnerApi writes numbers, and that they count so is assumed.
var (
	customerTypes = []string{
		"NotSet", "Customer", "NormalDemo", "VirtualDemo", "Commitment", "FromRecycle", "Interim", "Migration", "FromTenantTurnover",
	}
	propertyTypes = []string{"NotSet", "SingleFamilyHouse", "Townhouse", "Condo", "Business"}
	countries     = []string{"NotSet", "USA", "Canada"}
)

// customer translates.
func (f *fields) customer(id string, cfg Config) (adcimport.Customer, error) {
	joined, ok := account.ParseDate(f.text("joinDate"))
	if !ok {
		f.breaks("joinDate", "must be a date")
	}
	customerType := f.enum("customerType", orNames(cfg.CustomerTypes, customerTypes))
	c := adcimport.Customer{
		ID:                 id,
		SubDealerID:        account.IDText(f.id("subDealerId")),
		FirstName:          f.text("firstName"),
		LastName:           f.text("lastName"),
		CompanyName:        f.text("companyName"),
		PrimaryPhoneNumber: f.text("phoneNumber"),
		PrimaryEmail:       f.text("email"),
		InstallAddress:     f.address("installAddress"),
		JoinDate:           joined,
		SalesRepLogin:      f.text("salesRepLogin"),
		Commercial:         f.enum("propertyType", orNames(cfg.PropertyTypes, propertyTypes)) == cfg.Business,
		Terminated:         f.truth("isTerminated"),
		Demo:               account.IsDemo(f.truth("isDemo"), customerType),
		Commitment:         customerType == account.Commitment,
	}
	if f.value(centralStation) != nil {
		c.CentralStation = adcimport.CentralStation{
			TwoWayVoiceEnabled:  f.truth(centralStation + ".twoWayVoiceEnabled"),
			AccountNumber:       f.text(centralStation + ".accountNumber"),
			ReceiverPhoneNumber: f.text(centralStation + ".receiverPhoneNumber"),
		}
	}
	return c, f.err(id)
}

func orNames(given, assumed []string) []string {
	if len(given) > 0 {
		return given
	}
	return assumed
}

// certain is the customer with its status as far as it does not stand on the numbering of an
// enum, where SOAP can be asked for the name.
func (f *fields) certain(c adcimport.Customer) adcimport.Customer {
	if _, err := strconv.Atoi(f.text("customerType")); err == nil {
		c.Demo, c.Commitment = f.truth("isDemo"), false
	}
	return c
}

// fill takes from SOAP what the PartnerApi did not give, and what it gives by
// number.
func (f *fields) fill(c *adcimport.Customer, soap adcimport.Customer) {
	for path, take := range fromSOAP {
		if !f.given[path] {
			take(c, &soap)
		}
	}
	c.Commercial, c.Terminated, c.Demo, c.Commitment = soap.Commercial, soap.Terminated, soap.Demo, soap.Commitment
}

// fromSOAP takes what stands at a path.
var fromSOAP = map[string]func(to, from *adcimport.Customer){
	"subDealerId":              func(to, from *adcimport.Customer) { to.SubDealerID = from.SubDealerID },
	"firstName":                func(to, from *adcimport.Customer) { to.FirstName = from.FirstName },
	"lastName":                 func(to, from *adcimport.Customer) { to.LastName = from.LastName },
	"companyName":              func(to, from *adcimport.Customer) { to.CompanyName = from.CompanyName },
	"phoneNumber":              func(to, from *adcimport.Customer) { to.PrimaryPhoneNumber = from.PrimaryPhoneNumber },
	"email":                    func(to, from *adcimport.Customer) { to.PrimaryEmail = from.PrimaryEmail },
	"installAddress.street1":   func(to, from *adcimport.Customer) { to.InstallAddress.Street1 = from.InstallAddress.Street1 },
	"installAddress.street2":   func(to, from *adcimport.Customer) { to.InstallAddress.Street2 = from.InstallAddress.Street2 },
	"installAddress.city":      func(to, from *adcimport.Customer) { to.InstallAddress.City = from.InstallAddress.City },
	"installAddress.state":     func(to, from *adcimport.Customer) { to.InstallAddress.State = from.InstallAddress.State },
	"installAddress.zip":       func(to, from *adcimport.Customer) { to.InstallAddress.Zip = from.InstallAddress.Zip },
	"installAddress.countryId": func(to, from *adcimport.Customer) { to.InstallAddress.Country = from.InstallAddress.Country },
	"joinDate":                 func(to, from *adcimport.Customer) { to.JoinDate = from.JoinDate },
	"salesRepLogin":            func(to, from *adcimport.Customer) { to.SalesRepLogin = from.SalesRepLogin },
	centralStation:             func(to, from *adcimport.Customer) { to.CentralStation = from.CentralStation },
}
