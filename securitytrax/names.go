package securitytrax

import (
	"cmp"

	"github.com/securitytrax/adcimport/internal/jsonapi"
)

// customerFields are the fields of adcimport.CustomerRecord by the names of the
// Schema, as the errors of SecurityTrax point at them.
func (s *Sink) customerFields() map[string]string {
	n, m := s.schema.Customer, s.schema.Monitoring
	return fields(
		m.Relationship, "AccountNumber",
		m.TwoWayVoice, "ServiceTwoWayVoice", m.AccountNumber, "AccountNumber", m.ReceiverNumber, "ReceiverNumber",
		n.FirstName, "FirstName", n.LastName, "LastName", n.Phone, "Phone1", n.City, "City",
		n.State, "State", n.SaleDate, "SaleDate", n.BusinessName, "BusinessName",
		n.Address1, "Address1", n.Zip, "Zip", n.Email, "Email",
		n.TwoWayVoice, "ServiceTwoWayVoice", n.AccountNumber, "AccountNumber",
		n.ReceiverNumber, "ReceiverNumber", n.AlarmComID, "AlarmComID",
		n.Location, "OfficeID", n.Rep, "RepID", n.Tags, "TagIDs", n.Connections, "AlarmComID",
	)
}

// userFields are the same for adcimport.UserRecord.
func (s *Sink) userFields() map[string]string {
	n := s.schema.User
	return fields(
		n.FirstName, "FirstName", n.LastName, "LastName", n.Username, "Username", n.Email, "Email",
		n.Address1, "Address", n.Address2, "Address", n.City, "Address", n.State, "Address", n.Zip, "Address",
		n.CellPhone, "CellPhone", n.Active, "Active", n.CanLogin, "CanLogin", n.AlarmComID, "AlarmComID",
		n.PermissionGroup, "PermissionGroupID", n.Tags, "Tags",
	)
}

// fields makes a map of pairs; a name that a Schema leaves empty is none.
func fields(pairs ...string) map[string]string {
	m := make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] != "" {
			m[pairs[i]] = pairs[i+1]
		}
	}
	return m
}

// fieldOf is the record's field that an error points at; a name that is not in
// the Schema stays as it is; empty: none.
func fieldOf(e jsonapi.Error, known map[string]string) string {
	return cmp.Or(known[e.Field()], e.Field())
}

// customerNames are the attributes that the sink writes by itself.
func (s *Sink) customerNames() []string {
	n := s.schema.Customer
	return []string{
		n.FirstName, n.LastName, n.Phone, n.City, n.State, n.RecordType, n.SaleDate, n.BusinessName,
		n.BusinessContact, n.AccountType, n.Address1, n.Zip, n.Email, n.TwoWayVoice,
		n.AccountNumber, n.ReceiverNumber, n.AlarmComID,
	}
}

func (s *Sink) userNames() []string {
	n := s.schema.User
	return []string{
		n.FirstName, n.LastName, n.Username, n.Email, n.Address1, n.Address2, n.City, n.State, n.Zip,
		n.CellPhone, n.Active, n.CanLogin, n.SendLoginEmail, n.AlarmComID,
	}
}
