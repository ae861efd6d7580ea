package securitytrax

import (
	"cmp"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/textform"
)

// required is a name of a Schema that must not be empty.
type required struct{ field, value string }

// check refuses a schema that cannot work, with the field that is at fault.
func (s Schema) check(ispID string) error {
	for _, r := range s.required(ispID) {
		if r.value == "" {
			return invalidConfig("Schema."+r.field, "is required")
		}
	}
	switch {
	case s.CustomerID < IDInConnection || s.CustomerID > IDNowhere:
		return invalidConfig("Schema.CustomerID", "must be IDInConnection, IDInAttribute or IDNowhere")
	case s.Clear < ClearWithNull || s.Clear > ClearNever:
		return invalidConfig("Schema.Clear", "must be ClearWithNull, ClearWithEmpty or ClearNever")
	case s.CustomerID == IDInConnection && ispID == "":
		return invalidConfig("ISPID", "is required where Schema.CustomerID is IDInConnection: it is the id of the link under Company Settings, "+
			"Interactive Services Providers")
	case s.FindChunk < 1:
		return invalidConfig("Schema.FindChunk", "must be at least 1")
	case s.MaxURLBytes < minURLBytes:
		return invalidConfig("Schema.MaxURLBytes", "must be at least 500")
	case s.RepFilter != "" && (blank(s.RepFilter) || !paired(s.RepFilter)):
		return invalidConfig("Schema.RepFilter", "must be an expression whose parentheses and quotes come in pairs")
	case s.PageSizeParam != "" && s.PageSize < 1:
		return invalidConfig("Schema.PageSize", "must be at least 1 where PageSizeParam is set")
	}
	for form := range strings.FieldsSeq(s.PhoneForms) {
		if _, ok := (textform.Phone{Number: "8012345678"}).Format(form); !ok {
			return invalidConfig("Schema.PhoneForms", "must be of digits, dashes, national and e164, with spaces between them")
		}
	}
	return cmp.Or(s.checkPaths(), s.checkMonitoring(), s.checkPaging(), s.checkErrorMember())
}

// checkErrorMember refuses a path that leads nowhere.
func (s *Schema) checkErrorMember() error {
	if s.ErrorMember != "" && slices.Contains(strings.Split(s.ErrorMember, "."), "") {
		return invalidConfig("Schema.ErrorMember", "must be the name of a member, or names with a dot between them")
	}
	return nil
}

const minURLBytes = 500

func (s Schema) required(ispID string) []required {
	c, u := s.Customer, s.User
	list := []required{
		{"Customer.FirstName", c.FirstName},
		{"Customer.LastName", c.LastName},
		{"Customer.Phone", c.Phone},
		{"Customer.City", c.City},
		{"Customer.State", c.State},
		{"Customer.RecordType", c.RecordType},
		{"Customer.RecordTypeValue", c.RecordTypeValue},
		{"Customer.SaleDate", c.SaleDate},
		{"Customer.Location", c.Location},
		{"User.FirstName", u.FirstName},
		{"User.LastName", u.LastName},
		{"User.Username", u.Username},
		{"User.Email", u.Email},
		{"User.CanLogin", u.CanLogin},
		{"User.PermissionGroup", u.PermissionGroup},
		{"Name", s.Name},
		{"FilterParam", s.FilterParam},
		{"IncludeParam", s.IncludeParam},
	}
	if s.CustomerID == IDInAttribute {
		list = append(list, required{"Customer.AlarmComID", c.AlarmComID})
	}
	if ispID != "" {
		list = append(list,
			required{"Customer.Connections", c.Connections},
			required{"Connection.AlarmComID", s.Connection.AlarmComID},
			required{"Connection.ISP", s.Connection.ISP},
			required{"Connection.Customer", s.Connection.Customer},
		)
	}
	return list
}

func (s Schema) checkPaths() error {
	for _, r := range []struct {
		field string
		Resource
	}{
		{"Customers", s.Customers},
		{"Locations", s.Locations},
		{"Users", s.Users},
		{"Reps", s.Reps},
		{"PermissionGroups", s.PermissionGroups},
		{"CustomerTags", s.CustomerTags},
		{"UserTags", s.UserTags},
		{"ISPs", s.ISPs},
		{"ISPConnections", s.ISPConnections},
	} {
		if err := checkResource(r.field, r.Resource); err != nil {
			return err
		}
	}
	return nil
}

func checkResource(field string, r Resource) error {
	switch {
	case r.Path == "" || r.Path != strings.Trim(r.Path, "/") || strings.ContainsAny(r.Path, "?#"):
		return invalidConfig("Schema."+field+".Path", "must be a path without slashes around it")
	case r.Type == "":
		return invalidConfig("Schema."+field+".Type", "is required")
	}
	return nil
}

func invalidConfig(field, rule string) error {
	return &adcimport.InvalidOptionsError{Field: "securitytrax.Config." + field, Rule: rule}
}
