package securitytrax

import (
	"strings"

	"github.com/securitytrax/adcimport"
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
	case s.CustomerID == IDInConnection && ispID == "":
		return invalidConfig("ISPID", "is required where Schema.CustomerID is IDInConnection")
	case s.FindChunk < 1:
		return invalidConfig("Schema.FindChunk", "must be at least 1")
	case s.MaxURLBytes < minURLBytes:
		return invalidConfig("Schema.MaxURLBytes", "must be at least 500")
	case s.PageSizeParam != "" && s.PageSize < 1:
		return invalidConfig("Schema.PageSize", "must be at least 1 where PageSizeParam is set")
	}
	return s.checkPaths()
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
		switch {
		case r.Path == "" || r.Path != strings.Trim(r.Path, "/") || strings.ContainsAny(r.Path, "?#"):
			return invalidConfig("Schema."+r.field+".Path", "must be a path without slashes around it")
		case r.Type == "":
			return invalidConfig("Schema."+r.field+".Type", "is required")
		}
	}
	return nil
}

func invalidConfig(field, rule string) error {
	return &adcimport.InvalidOptionsError{Field: "securitytrax.Config." + field, Rule: rule}
}
