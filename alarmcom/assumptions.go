package alarmcom

import "strings"

// Assumptions are what this package takes for granted where the facts end
// (FACTS 5). The zero value is the likely case; a host that knows better sets
// another. Assumed without a setting, since the alternatives are harmless:
//
//   - GetCustomerList_V2 without criteria lists every customer the login sees.
//   - GetRepList has the reps of sub-dealers too.
//   - A date without a zone is kept as written.
//   - A sub-dealer id of 0 means none, as in CreateCustomer.
//   - A fault for one customer, while the account is answered otherwise, means
//     that the login sees no such customer: so it is read by every client known
//     (FACTS 2.2). Config.ClassifyFault may know better.
type Assumptions struct {
	// CallerVersion is sent with GetCustomerInfo_V2; 0: what
	// GetLatestCallerVersion answers, asked once.
	CallerVersion int32
	// BranchIsNotSubDealer says that GetCustomerListByBranchId does not go by
	// the SubDealerId of CustomerInfo (that it does is an inference). A
	// sub-dealer filter then lists the whole account and reads every new
	// customer's details to find the chosen ones.
	BranchIsNotSubDealer bool
	// BusinessPropertyType is the PropertyType of commercial accounts; empty:
	// Business.
	BusinessPropertyType string
}

func (a Assumptions) check() error {
	if a.CallerVersion < 0 {
		return invalid("Assumptions.CallerVersion", "must not be negative")
	}
	return nil
}

// The names of enum values that mean something here (WSDL). Unknown ones are
// accepted and mean nothing.
const (
	enumNotSet     = "NotSet"
	enumBusiness   = "Business"
	enumCommitment = "Commitment"
)

func (a Assumptions) commercial(propertyType string) bool {
	return propertyType == orDefault(a.BusinessPropertyType, enumBusiness)
}

// isDemo goes by the flag and by the type: which of them the service sets for a
// virtual demo is not known.
func isDemo(flag bool, customerType string) bool {
	return flag || strings.HasSuffix(customerType, "Demo")
}
