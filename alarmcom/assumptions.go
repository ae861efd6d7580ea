package alarmcom

import (
	"cmp"
	"strconv"

	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/alarmcom/internal/partnerapi"
)

// Assumptions are what this package takes for granted where Alarm.com's documents
// end. The zero value is the likely case; a host that knows better sets another.
// Assumed without a setting, since the alternatives are harmless:
//
//   - GetCustomerList_V2 without criteria lists every customer the login sees.
//   - GetRepList has the reps of sub-dealers too.
//   - A date without a zone is kept as written.
//   - A sub-dealer id of 0 means none, as in CreateCustomer.
//   - A fault for one customer, while the account is served otherwise, means
//     that the login sees no such customer: so it is read by every client known.
//     Config.ClassifyFault may know better. The same goes for a
//     message of the PartnerApi.
//   - The PartnerApi's /reps has all reps; pages of it, if any, are asked for like
//     those of /customers. Its enums count as the WSDL lists them.
type Assumptions struct {
	// CallerVersion is sent with GetCustomerInfo_V2; 0: what
	// GetLatestCallerVersion returns, asked once.
	CallerVersion int32
	// BranchIsNotSubDealer says that GetCustomerListByBranchId does not go by
	// the SubDealerId of CustomerInfo (that it does is an inference). A
	// sub-dealer filter then lists the whole account and reads every new
	// customer's details to find the chosen ones.
	BranchIsNotSubDealer bool
	// BusinessPropertyType is the PropertyType of commercial accounts; empty:
	// Business.
	BusinessPropertyType string

	// PartnerNames are the PartnerApi's real names of fields that are asked for
	// by an assumed one, by that one; both are paths, as in
	// {"salesRepLogin": "salesRep.login"}. Assumed are the camelCase of the SOAP
	// names: of a customer salesRepLogin, subDealerId, isTerminated, isDemo,
	// customerType, propertyType, centralStationInfo and its members,
	// installAddress.countryId; of a rep all, and roleId and roleName in its
	// repRoleList.
	PartnerNames map[string]string
	// PartnerCustomerTypes and PartnerPropertyTypes name the PartnerApi's numbers
	// of CustomerType and PropertyType; empty: the order of the WSDL, from 0.
	PartnerCustomerTypes, PartnerPropertyTypes []string
	// PartnerActiveOnly says that the PartnerApi lists no terminated, demo and
	// commitment accounts. Where its details do not tell, and SOAP may not be
	// asked, such a customer is refused otherwise: it may be one of them.
	PartnerActiveOnly bool
}

func (a Assumptions) check() error {
	if a.CallerVersion < 0 {
		return invalid("Assumptions.CallerVersion", "must not be negative")
	}
	for path, name := range a.PartnerNames {
		if name == "" || !partnerapi.Assumed(path) {
			return invalid("Assumptions.PartnerNames", "must name fields that are assumed: "+strconv.Quote(path)+" is none")
		}
	}
	return nil
}

func (a Assumptions) business() string { return cmp.Or(a.BusinessPropertyType, account.Business) }
