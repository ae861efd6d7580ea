package alarmcom

import (
	"strconv"

	"github.com/securitytrax/adcimport"
)

// centralStation is the path of what only SOAP was seen to give (SPEC C12).
const centralStation = "centralStationInfo"

// partnerStatus are the paths that say whether an account is to be left out.
var partnerStatus = []string{"isTerminated", "isDemo", "customerType"}

// The names of enum values by number, in the order of the WSDL from 0: the
// PartnerApi writes numbers (FACTS 4), and that they count so is assumed.
var (
	partnerCustomerTypes = []string{
		"NotSet", "Customer", "NormalDemo", "VirtualDemo", "Commitment", "FromRecycle", "Interim", "Migration", "FromTenantTurnover",
	}
	partnerPropertyTypes = []string{"NotSet", "SingleFamilyHouse", "Townhouse", "Condo", "Business"}
	partnerCountries     = []string{"NotSet", "USA", "Canada"}
)

// customer translates (SPEC C1 to C16).
func (f *partnerFields) customer(id string, a Assumptions) (adcimport.Customer, error) {
	joined, ok := parseDate(f.text("joinDate"))
	if !ok {
		f.breaks("joinDate", "must be a date")
	}
	customerType := f.enum("customerType", orNames(a.PartnerCustomerTypes, partnerCustomerTypes))
	c := adcimport.Customer{
		ID:                 id,
		SubDealerID:        idText(f.id("subDealerId")),
		FirstName:          f.text("firstName"),
		LastName:           f.text("lastName"),
		CompanyName:        f.text("companyName"),
		PrimaryPhoneNumber: f.text("phoneNumber"),
		PrimaryEmail:       f.text("email"),
		InstallAddress:     f.address("installAddress"),
		JoinDate:           joined,
		SalesRepLogin:      f.text("salesRepLogin"),
		Commercial:         a.commercial(f.enum("propertyType", orNames(a.PartnerPropertyTypes, partnerPropertyTypes))),
		Terminated:         f.truth("isTerminated"),
		Demo:               isDemo(f.truth("isDemo"), customerType),
		Commitment:         customerType == enumCommitment,
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

// certain answers the status as far as it does not stand on the numbering of an
// enum, where SOAP can be asked for the name.
func (f *partnerFields) certain(c adcimport.Customer) adcimport.Customer {
	if _, err := strconv.Atoi(f.text("customerType")); err == nil {
		c.Demo, c.Commitment = f.truth("isDemo"), false
	}
	return c
}

// fill takes from SOAP what the PartnerApi did not give, and what it gives by
// number.
func (f *partnerFields) fill(c, soap *adcimport.Customer) {
	for path, take := range fromSOAP {
		if !f.given[path] {
			take(c, soap)
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
