package adcimporttest

import (
	"context"
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/clone"
)

// What people do at the destination between two runs.

// EditCustomer lets a person change the customer with this id of the sink, and
// reports whether there is one.
func (s *Sink) EditCustomer(id string, edit func(rec *adcimport.CustomerRecord)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.customerAt(id)
	if at >= 0 {
		edit(&s.customers[at].Record)
		s.customers[at].Record = clone.CustomerRecord(s.customers[at].Record)
		s.reindex()
	}
	return at >= 0
}

// EditUser does for users what [Sink.EditCustomer] does for customers.
func (s *Sink) EditUser(id string, edit func(rec *adcimport.UserRecord)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.userAt(id)
	if at >= 0 {
		edit(&s.users[at].Record)
		s.users[at].Record = clone.UserRecord(s.users[at].Record)
		s.reindex()
	}
	return at >= 0
}

// DeleteCustomers deletes the customers with these ids of the sink. Idempotency keys
// stay remembered, as a service's do.
func (s *Sink) DeleteCustomers(ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.customers = slices.DeleteFunc(s.customers, func(c SinkCustomer) bool { return slices.Contains(ids, c.ID) })
	s.reindex()
}

// DeleteUsers does for users what [Sink.DeleteCustomers] does for customers.
func (s *Sink) DeleteUsers(ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users = slices.DeleteFunc(s.users, func(u SinkUser) bool { return slices.Contains(ids, u.ID) })
	s.reindex()
}

// Holds returns which of these ids of the sink are there, for an audit.
func (s *Sink) Holds(ctx context.Context, k adcimport.Kind, ids []string) (map[string]bool, error) {
	defer s.begin("Holds", ids)()
	there := make(map[string]bool)
	for _, id := range ids {
		if k == adcimport.KindCustomer && s.customerAt(id) >= 0 || k == adcimport.KindUser && s.userAt(id) >= 0 {
			there[id] = true
		}
	}
	return there, context.Cause(ctx)
}

// customerAt is the place of a customer; -1: there is none. The lock is held.
func (s *Sink) customerAt(id string) int {
	return slices.IndexFunc(s.customers, func(c SinkCustomer) bool { return c.ID == id })
}

// userAt is the place of a user; -1: there is none. The lock is held.
func (s *Sink) userAt(id string) int {
	return slices.IndexFunc(s.users, func(u SinkUser) bool { return u.ID == id })
}

// reindex is for records that people have changed or deleted. The lock is held.
func (s *Sink) reindex() {
	clear(s.byID)
	clear(s.byName)
	clear(s.byKeys)
	s.keyed = 0
	for i := range s.customers {
		s.index(adcimport.KindCustomer, s.customers[i].Record.AlarmComID, i)
	}
	for i := range s.users {
		s.index(adcimport.KindUser, s.users[i].Record.AlarmComID, i)
		s.indexName(s.users[i].Record.Username, i)
	}
}

// indexName remembers whose user name it is: the first one's. The lock is held.
func (s *Sink) indexName(name string, place int) {
	if s.byName == nil {
		s.byName = make(map[string]int)
	}
	if _, ok := s.byName[name]; !ok && name != "" {
		s.byName[name] = place
	}
}
