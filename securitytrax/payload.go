package securitytrax

import (
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/jsonapi"
)

// members collects attributes or relationships; a name that a Schema leaves
// empty is not sent.
type members map[string]any

func (m members) set(name string, value any) {
	if name != "" {
		m[name] = value
	}
}

// text sets what is not empty: an update, too, leaves alone what Alarm.com does
// not have.
func (m members) text(name, value string) {
	if value != "" {
		m.set(name, value)
	}
}

// customerAttributes are those that come from Alarm.com.
func (s *Sink) customerAttributes(rec adcimport.CustomerRecord) members {
	n, m := s.schema.Customer, members{}
	for name, value := range rec.Custom {
		m.set(name, value)
	}
	m.set(n.RecordType, n.RecordTypeValue)
	m.text(n.FirstName, rec.FirstName)
	m.text(n.LastName, rec.LastName)
	m.text(n.Phone, rec.Phone1)
	m.text(n.Email, rec.Email)
	m.text(n.Address1, rec.Address1)
	m.text(n.City, rec.City)
	m.text(n.State, rec.State)
	m.text(n.Zip, rec.Zip)
	m.text(n.SaleDate, rec.SaleDate)
	m.set(n.TwoWayVoice, rec.ServiceTwoWayVoice)
	m.text(n.AccountNumber, rec.AccountNumber)
	m.text(n.ReceiverNumber, rec.ReceiverNumber)
	if rec.BusinessName == "" {
		m.text(n.AccountType, n.AccountResidential)
		return m
	}
	m.text(n.AccountType, n.AccountBusiness)
	m.text(n.BusinessName, rec.BusinessName)
	m.text(n.BusinessContact, strings.TrimSpace(rec.FirstName+" "+rec.LastName))
	return m
}

// newCustomer is the whole customer, its ISP connection along with it: one
// request, so that no customer is ever left without its Alarm.com id.
func (s *Sink) newCustomer(rec adcimport.CustomerRecord) jsonapi.New {
	n := s.schema.Customer
	attributes := s.customerAttributes(rec)
	if s.schema.CustomerID == IDInAttribute {
		attributes.set(n.AlarmComID, rec.AlarmComID)
	}
	related := members{}
	related.set(n.Location, jsonapi.ToOne(s.schema.Locations.Type, rec.OfficeID))
	if rec.RepID != "" {
		related.set(n.Rep, jsonapi.ToOne(s.schema.Reps.Type, rec.RepID))
	}
	if len(rec.TagIDs) > 0 {
		related.set(n.Tags, jsonapi.ToMany(s.schema.CustomerTags.Type, rec.TagIDs))
	}
	if s.cfg.ispID != "" {
		related.set(n.Connections, jsonapi.Nested(s.connection(rec.AlarmComID)))
	}
	return jsonapi.New{Type: s.schema.Customers.Type, Attributes: attributes, Relationships: related}
}

// connection attaches a customer to the link.
func (s *Sink) connection(alarmComID string) jsonapi.New {
	n := s.schema.Connection
	return jsonapi.New{
		Type:          s.schema.ISPConnections.Type,
		Attributes:    map[string]any{n.AlarmComID: alarmComID},
		Relationships: map[string]any{n.ISP: jsonapi.ToOne(s.schema.ISPs.Type, s.cfg.ispID)},
	}
}

// changedCustomer is an update: what comes from Alarm.com, the rep included.
// Office and tags are choices of the import and may have been changed since.
func (s *Sink) changedCustomer(id string, rec adcimport.CustomerRecord) jsonapi.New {
	related := members{}
	if rec.RepID != "" {
		related.set(s.schema.Customer.Rep, jsonapi.ToOne(s.schema.Reps.Type, rec.RepID))
	}
	return jsonapi.New{
		Type: s.schema.Customers.Type, ID: id,
		Attributes: s.customerAttributes(rec), Relationships: related,
	}
}

// userAttributes are those that come from Alarm.com, without the login.
func (s *Sink) userAttributes(rec adcimport.UserRecord) members {
	n, m := s.schema.User, members{}
	for name, value := range rec.Custom {
		m.set(name, value)
	}
	m.text(n.FirstName, rec.FirstName)
	m.text(n.LastName, rec.LastName)
	m.text(n.Email, rec.Email)
	m.text(n.CellPhone, rec.CellPhone)
	m.text(n.Address1, rec.Address.Street1)
	m.text(n.Address2, rec.Address.Street2)
	m.text(n.City, rec.Address.City)
	m.text(n.State, rec.Address.State)
	m.text(n.Zip, rec.Address.Zip)
	return m
}

// newUser is the whole user. The login and its e-mail are part of this one
// request, so that the e-mail cannot be sent twice.
func (s *Sink) newUser(rec adcimport.UserRecord, tagIDs []string) jsonapi.New {
	n, m := s.schema.User, s.userAttributes(rec)
	m.set(n.Username, rec.Username)
	m.set(n.Active, rec.Active)
	m.set(n.CanLogin, rec.CanLogin)
	if rec.CanLogin {
		m.set(n.SendLoginEmail, true)
	}
	m.set(n.AlarmComID, rec.AlarmComID)
	related := members{}
	related.set(n.PermissionGroup, jsonapi.ToOne(s.schema.PermissionGroups.Type, rec.PermissionGroupID))
	if len(tagIDs) > 0 {
		related.set(n.Tags, jsonapi.ToMany(s.schema.UserTags.Type, tagIDs))
	}
	return jsonapi.New{Type: s.schema.Users.Type, Attributes: m, Relationships: related}
}

// changedUser is an update. It has no user name, no login, and neither of the
// choices that may have been changed since: active, permission group and tags.
func (s *Sink) changedUser(id string, rec adcimport.UserRecord) jsonapi.New {
	m := s.userAttributes(rec)
	for _, login := range s.loginNames() {
		delete(m, login)
	}
	return jsonapi.New{Type: s.schema.Users.Type, ID: id, Attributes: m}
}

func (s *Sink) loginNames() []string {
	n := s.schema.User
	return []string{n.Username, n.CanLogin, n.SendLoginEmail, n.Active, n.AlarmComID}
}
