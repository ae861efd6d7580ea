package securitytrax

import (
	"slices"
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

// text sets what is not empty: an update leaves alone what it does not name.
func (m members) text(name, value string) {
	if value != "" {
		m.set(name, value)
	}
}

// customerAttributes are those that come from Alarm.com, and are not left alone.
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
	s.schema.ofCustomer().set(m, &rec)
	m.text(n.BusinessName, rec.BusinessName)
	return m
}

// accountType says whether a new customer is a business. Afterwards that is people's
// choice, and so is whom to ask for there.
func (s *Sink) accountType(m members, rec adcimport.CustomerRecord) {
	n := s.schema.Customer
	if rec.BusinessName == "" {
		m.text(n.AccountType, n.AccountResidential)
		return
	}
	m.text(n.AccountType, n.AccountBusiness)
	m.text(n.BusinessContact, strings.TrimSpace(rec.FirstName+" "+rec.LastName))
}

// newCustomer is the whole customer, its ISP connection and what has the data of its
// central station along with it: one request, so that no customer is ever left without its Alarm.com id.
func (s *Sink) newCustomer(rec adcimport.CustomerRecord) jsonapi.New {
	n := s.schema.Customer
	attributes := s.customerAttributes(rec)
	s.accountType(attributes, rec)
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
	s.nestMonitoring(related, &rec)
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

// changedCustomer is an update: what comes from Alarm.com, the rep included, and what
// was emptied there. Office and tags are choices of the import and may have been
// changed since. A business must have a name: one that loses it is none any more.
func (s *Sink) changedCustomer(id string, rec adcimport.CustomerRecord) (_ jsonapi.New, cleared []string) {
	n, attributes, related := s.schema.Customer, s.customerAttributes(rec), members{}
	if rec.RepID != "" {
		related.set(n.Rep, jsonapi.ToOne(s.schema.Reps.Type, rec.RepID))
	}
	c, station := clearer{by: s.schema.Clear}, s.schema.ofCustomer()
	for _, f := range []struct{ field, name string }{
		{"Email", n.Email},
		{"Address1", n.Address1},
		{"Zip", n.Zip},
		{"AccountNumber", station.accountNumber},
		{"ReceiverNumber", station.receiverNumber},
	} {
		if slices.Contains(rec.Clear, f.field) && f.name != "" {
			c.attribute(attributes, f.field, f.name)
		}
	}
	if slices.Contains(rec.Clear, "BusinessName") && c.attribute(attributes, "BusinessName", n.BusinessName) {
		attributes.text(n.AccountType, n.AccountResidential)
	}
	if slices.Contains(rec.Clear, "RepID") && c.by != ClearNever {
		related.set(n.Rep, jsonapi.ToNone())
		c.cleared = append(c.cleared, "RepID")
	}
	c.customs(attributes, rec.Clear)
	return jsonapi.New{Type: s.schema.Customers.Type, ID: id, Attributes: attributes, Relationships: related}, c.cleared
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
func (s *Sink) changedUser(id string, rec adcimport.UserRecord) (_ jsonapi.New, cleared []string) {
	n, m := s.schema.User, s.userAttributes(rec)
	c := clearer{by: s.schema.Clear}
	for _, f := range []struct{ field, name string }{
		{"Email", n.Email},
		{"CellPhone", n.CellPhone},
		{"Address.Street1", n.Address1},
		{"Address.Street2", n.Address2},
		{"Address.City", n.City},
		{"Address.State", n.State},
		{"Address.Zip", n.Zip},
		{"Address.Country", ""},
	} {
		if slices.Contains(rec.Clear, f.field) {
			c.attribute(m, f.field, f.name)
		}
	}
	c.customs(m, rec.Clear)
	for _, login := range s.loginNames() {
		delete(m, login)
	}
	return jsonapi.New{Type: s.schema.Users.Type, ID: id, Attributes: m}, c.cleared
}

func (s *Sink) loginNames() []string {
	n := s.schema.User
	return []string{n.Username, n.CanLogin, n.SendLoginEmail, n.Active, n.AlarmComID}
}
