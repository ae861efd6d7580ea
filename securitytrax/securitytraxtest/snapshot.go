package securitytraxtest

import (
	"slices"
	"time"
)

// Record is a resource as the server keeps it. It is the caller's.
type Record struct {
	ID            string
	AlarmComID    string // where it was given: of a customer's ISP connection or attribute, of a user's attribute
	ISPID         string // link of a customer's ISP connection
	Attributes    map[string]any
	Relationships map[string][]string // ids by name
	Created       time.Time
}

// Text is an attribute as text; a boolean is "true" or "false".
func (r Record) Text(name string) string { return textOf(r.Attributes[name]) }

// Email is a login that SecurityTrax would have mailed.
type Email struct{ UserID, Username, To string }

// Customers are all customers in the order of their creation, those that are
// not visible yet among them.
func (s *Server) Customers() []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records("customers", func(r *row, rec *Record) {
		rec.AlarmComID = textOf(r.attributes["external_id"])
		for _, to := range r.related["isp_connections"] {
			connection := s.tables["isp_connections"].byID[to.ID]
			rec.AlarmComID = textOf(connection.attributes["isp_customer_id"])
			rec.ISPID = textOf(connection.attributes["isp_id"])
		}
	})
}

// Users are all users, reps among them.
func (s *Server) Users() []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records("users", func(r *row, rec *Record) {
		rec.AlarmComID = textOf(r.attributes["external_id"])
	})
}

// Records are all resources of a type, as in "user_tags".
func (s *Server) Records(typ string) []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records(typ, func(*row, *Record) {})
}

func (s *Server) records(typ string, more func(*row, *Record)) []Record {
	t := s.tables[typ]
	if t == nil {
		return nil
	}
	list := make([]Record, len(t.rows))
	for i, r := range t.rows {
		list[i] = r.record()
		more(r, &list[i])
	}
	return list
}

// Emails are the logins mailed so far, one for each user that was created with
// a login, or given one later.
func (s *Server) Emails() []Email {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.emails)
}
