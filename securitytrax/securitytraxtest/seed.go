package securitytraxtest

import (
	"maps"

	"github.com/securitytrax/adcimport"
)

func (s *Server) seed() {
	s.ispID = s.add("isps", map[string]any{"name": "Alarm.com", "active": true})
	for _, list := range []struct { // in this order: a server of the same options has the same ids
		typ   string
		names []string
	}{
		{"locations", s.settings.offices},
		{"permission_groups", s.settings.groups},
		{"customer_tags", s.settings.customerTags},
		{"user_tags", s.settings.userTags},
	} {
		for _, name := range list.names {
			s.add(list.typ, map[string]any{"name": name})
		}
	}
}

// add makes a resource that is visible at once.
func (s *Server) add(typ string, attributes map[string]any) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.insert(typ, attributes, nil)
	r.visible = r.created
	return r.id
}

// TypeInCustomer adds a customer as somebody does by hand, with attributes by their
// names, and returns its id.
func (s *Server) TypeInCustomer(attributes map[string]any) string {
	return s.add("customers", maps.Clone(attributes))
}

// TypeInUser adds a user as somebody does by hand, and mails nobody.
func (s *Server) TypeInUser(attributes map[string]any) string {
	return s.add("users", maps.Clone(attributes))
}

// AddOffice adds an office location and returns its id.
func (s *Server) AddOffice(name string) string { return s.add("locations", named(name)) }

// AddCustomerTag adds a customer tag and returns its id.
func (s *Server) AddCustomerTag(name string) string { return s.add("customer_tags", named(name)) }

// AddUserTag adds a user tag and returns its id.
func (s *Server) AddUserTag(name string) string { return s.add("user_tags", named(name)) }

// AddPermissionGroup adds a permission group and returns its id.
func (s *Server) AddPermissionGroup(name string) string {
	return s.add("permission_groups", named(name))
}

// AddISP adds a link and returns its id.
func (s *Server) AddISP(name string, active bool) string {
	return s.add("isps", map[string]any{"name": name, "active": active})
}

// AddRep adds a user who can be the rep of customers, and returns its id.
func (s *Server) AddRep(username, firstName, lastName string) string {
	return s.add("users", map[string]any{
		"username": username, "fname": firstName, "lname": lastName, "is_rep": true, "active": true,
	})
}

// AddUser adds a user as if someone had made it by hand, without a mail, and
// returns its id. An empty support id is none.
func (s *Server) AddUser(username, supportID string) string {
	attributes := map[string]any{"username": username, "fname": "By", "lname": "Hand", "active": true}
	if supportID != "" {
		attributes["external_id"] = supportID
	}
	return s.add("users", attributes)
}

func named(name string) map[string]any { return map[string]any{"name": name} }

// Choices are the resources of a type by name, as in "locations".
func (s *Server) Choices(typ string) []adcimport.Choice {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []adcimport.Choice
	if t := s.tables[typ]; t != nil {
		for _, r := range t.rows {
			list = append(list, adcimport.Choice{ID: r.id, Name: textOf(r.attributes["name"])})
		}
	}
	return list
}
