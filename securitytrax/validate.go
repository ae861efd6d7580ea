package securitytrax

import (
	"slices"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/states"
	"github.com/securitytrax/adcimport/internal/textform"
)

// The rules, as they are named in field errors.
const (
	ruleRequired = "is required"
	ruleState    = "must be one of the 72 state codes of SecurityTrax"
	ruleDate     = "must be a date, as in 2024-03-31"
	ruleID       = "must be an id without quotes"
	ruleEmail    = "must be an e-mail address where the user can log in"
	ruleCustom   = "is written by the sink itself"
)

type fieldErrors []adcimport.FieldError

func (f *fieldErrors) add(bad bool, field, rule string) {
	if bad {
		*f = append(*f, adcimport.FieldError{Field: field, Rule: rule})
	}
}

// ValidateCustomer names every rule of SecurityTrax that rec breaks, by the field
// names of adcimport.CustomerRecord.
func (s *Sink) ValidateCustomer(rec adcimport.CustomerRecord) []adcimport.FieldError {
	var broken fieldErrors
	broken.add(rec.AlarmComID == "" || !quotable(rec.AlarmComID), "AlarmComID", ruleID)
	broken.add(blank(rec.FirstName), "FirstName", ruleRequired)
	broken.add(blank(rec.LastName), "LastName", ruleRequired)
	broken.add(blank(rec.Phone1), "Phone1", ruleRequired)
	broken.add(blank(rec.City), "City", ruleRequired)
	broken.add(!states.IsCode(rec.State), "State", ruleState)
	broken.add(!isDate(rec.SaleDate), "SaleDate", ruleDate)
	broken.add(rec.OfficeID == "", "OfficeID", ruleRequired)
	broken.custom(rec.Custom, s.customerNames())
	return broken
}

// ValidateUser names every rule that rec breaks, by the field names of
// adcimport.UserRecord. A user who can log in needs an e-mail address, since
// that is where SecurityTrax sends the password.
func (s *Sink) ValidateUser(rec adcimport.UserRecord) []adcimport.FieldError {
	var broken fieldErrors
	broken.add(rec.AlarmComID == "" || !quotable(rec.AlarmComID), "AlarmComID", ruleID)
	broken.add(blank(rec.FirstName), "FirstName", ruleRequired)
	broken.add(blank(rec.LastName), "LastName", ruleRequired)
	broken.add(blank(rec.Username), "Username", ruleRequired)
	broken.add(rec.CanLogin && !textform.Email(rec.Email), "Email", ruleEmail)
	broken.add(rec.PermissionGroupID == "", "PermissionGroupID", ruleRequired)
	broken.custom(rec.Custom, s.userNames())
	return broken
}

// custom refuses attributes that the sink writes: a mapping could otherwise
// switch a login on.
func (f *fieldErrors) custom(custom map[string]string, own []string) {
	names := make([]string, 0, len(custom))
	for name := range custom {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		f.add(name == "" || slices.Contains(own, name), "Custom."+name, ruleCustom)
	}
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func invalidRecord(id string, fields []adcimport.FieldError) error {
	return &adcimport.RecordError{ID: id, Reason: adcimport.ReasonInvalidRecord, Fields: fields}
}
