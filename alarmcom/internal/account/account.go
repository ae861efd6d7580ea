// Package account is what both transports to Alarm.com read of a dealer's
// account, and what is known of its fields.
package account

import (
	"errors"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/inclusion"
)

// Include says which accounts a list has that are left out otherwise.
type Include = inclusion.Accounts

// Detail is what a transport gives of one customer.
type Detail struct {
	Customer adcimport.Customer
	// Refused is what the reply says in place of a customer that can be used: that
	// there is none, another one, or one whose fields break rules. The call itself
	// did not fail.
	Refused error
	// Certain is the customer, with no status that stands on the numbering of an
	// enum.
	Certain adcimport.Customer
	// LacksStatus are the fields that were not given and say whether an account is
	// to be left out.
	LacksStatus []string
	// LacksStation says that no central-station data was given.
	LacksStation bool
	// Fill takes from another transport's customer what this one did not give.
	Fill func(to *adcimport.Customer, from adcimport.Customer)
	// Given are the fields that were read, and whether they were given.
	Given map[string]bool
}

// Rep is a user with its support id as a number; 0: none.
type Rep struct {
	SupportID int64
	User      adcimport.User
}

// LackError says that a list of reps lacks fields and is not worth having.
type LackError struct{ Fields []string }

func (e *LackError) Error() string { return "reps without " + strings.Join(e.Fields, ", ") }

// What a reply may lack.
var (
	ErrNoResult = errors.New("the reply has no result")
	ErrOtherID  = errors.New("the reply is about another customer")
)

// RecordFailed is the failure of one customer whose reply is of no use.
func RecordFailed(id string, err error) error {
	return &adcimport.RecordError{ID: id, Reason: adcimport.ReasonSourceFailed, Err: err}
}

// The names of enum values that mean something here, as in the WSDL. Unknown ones
// are accepted and mean nothing.
const (
	NotSet     = "NotSet"
	Business   = "Business"
	Commitment = "Commitment"
)

// IsDemo goes by the flag and by the type: which of them the service sets for a
// virtual demo is not known.
func IsDemo(flag bool, customerType string) bool {
	return flag || strings.HasSuffix(customerType, "Demo")
}

// IDText is an id as the importer has it; 0 means none.
func IDText(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}
