package adcimporttest

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/clone"
	"github.com/securitytrax/adcimport/match"
)

// TypeInCustomer adds a customer as somebody does by hand, without an Alarm.com id
// unless the record has one. It returns the sink's id.
func (s *Sink) TypeInCustomer(rec adcimport.CustomerRecord) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.newID()
	if rec.AlarmComID != "" {
		s.index(adcimport.KindCustomer, rec.AlarmComID, len(s.customers))
	}
	s.customers = append(s.customers, SinkCustomer{ID: id, Record: clone.CustomerRecord(rec)})
	return id
}

// TypeInUser adds a user as somebody does by hand, and mails nobody.
func (s *Sink) TypeInUser(rec adcimport.UserRecord) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.newID()
	if rec.AlarmComID != "" {
		s.index(adcimport.KindUser, rec.AlarmComID, len(s.users))
	}
	if s.byName == nil {
		s.byName = make(map[string]int)
	}
	if _, ok := s.byName[rec.Username]; !ok && rec.Username != "" {
		s.byName[rec.Username] = len(s.users)
	}
	s.users = append(s.users, SinkUser{ID: id, Record: clone.UserRecord(rec)})
	return id
}

// MatchCustomers returns the customers who share a phone number, an e-mail address, an
// account number, or a last name or business at a ZIP code with one of the records.
func (s *Sink) MatchCustomers(ctx context.Context, records []match.Customer) ([]match.CustomerCandidate, error) {
	ids := make([]string, len(records))
	for i := range records {
		ids[i] = records[i].ID
	}
	defer s.begin("MatchCustomers", ids)()
	for ; s.keyed < len(s.customers); s.keyed++ {
		s.key(s.keyed)
	}
	places := make(map[int]bool)
	for i := range records {
		for _, key := range customerKeys(&records[i]) {
			for _, place := range s.byKeys[key] {
				places[place] = true
			}
		}
	}
	var found []match.CustomerCandidate
	for _, place := range slices.Sorted(maps.Keys(places)) {
		c := &s.customers[place]
		facts := customerFacts(&c.Record)
		candidate := match.CustomerCandidate{ID: c.ID, Customer: facts}
		if id := c.Record.AlarmComID; id != "" {
			candidate.AlarmComIDs = []string{id}
		}
		found = append(found, candidate)
	}
	return found, context.Cause(ctx)
}

// key notes what the customer at place is found by. The lock is held.
func (s *Sink) key(place int) {
	if s.byKeys == nil {
		s.byKeys = make(map[string][]int)
	}
	facts := customerFacts(&s.customers[place].Record)
	for _, key := range customerKeys(&facts) {
		s.byKeys[key] = append(s.byKeys[key], place)
	}
}

func customerFacts(r *adcimport.CustomerRecord) match.Customer {
	return match.Customer{
		FirstName: r.FirstName, LastName: r.LastName, BusinessName: r.BusinessName,
		Phones: []string{r.Phone1}, Emails: []string{r.Email},
		Address:       match.Address{Street1: r.Address1, City: r.City, State: r.State, Zip: r.Zip},
		AccountNumber: r.AccountNumber, ReceiverNumber: r.ReceiverNumber,
	}
}

// customerKeys are what a customer is found by.
func customerKeys(c *match.Customer) []string {
	var keys []string
	add := func(kind, value string, with ...string) {
		if value = strings.ToLower(strings.TrimSpace(value)); value != "" {
			keys = append(keys, kind+strings.Join(append(with, value), "/"))
		}
	}
	for _, phone := range c.Phones {
		digits := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, phone)
		add("phone ", digits[max(0, len(digits)-10):])
	}
	for _, email := range c.Emails {
		add("email ", email)
	}
	add("account ", c.AccountNumber)
	if zip := c.Address.Zip[:min(5, len(c.Address.Zip))]; zip != "" {
		add("name ", c.LastName, zip)
		add("business ", c.BusinessName, zip)
	}
	return keys
}

// LinkCustomers attaches Alarm.com ids to customers without one, and reps to those who
// have none.
func (s *Sink) LinkCustomers(ctx context.Context, links []adcimport.CustomerLink) ([]adcimport.WriteResult, error) {
	ids := make([]string, len(links))
	for i := range links {
		ids[i] = links[i].AlarmComID
	}
	return s.writeEach(ctx, "LinkCustomers", ids, func(i int) adcimport.WriteResult {
		l := links[i]
		at := s.customerAt(l.ID)
		if at < 0 {
			return rejected(l.AlarmComID, adcimport.ReasonRejectedBySink)
		}
		rec := &s.customers[at].Record
		res := attach(&rec.AlarmComID, l.AlarmComID, l.ID)
		if res.Status == adcimport.WriteCreated {
			s.index(adcimport.KindCustomer, l.AlarmComID, at)
			if rec.RepID == "" {
				rec.RepID = l.RepID
			}
		}
		return res
	})
}

// MatchUsers returns the users who have the user name or the e-mail address of one of
// the records.
func (s *Sink) MatchUsers(ctx context.Context, records []match.User) ([]match.UserCandidate, error) {
	ids, wanted := make([]string, len(records)), make(map[string]bool)
	for i := range records {
		ids[i] = records[i].ID
		for _, key := range userKeys(records[i].Username, records[i].Email) {
			wanted[key] = true
		}
	}
	defer s.begin("MatchUsers", ids)()
	var found []match.UserCandidate
	for _, u := range s.users {
		r := &u.Record
		if !slices.ContainsFunc(userKeys(r.Username, r.Email), func(key string) bool { return wanted[key] }) {
			continue
		}
		candidate := match.UserCandidate{
			ID: u.ID, Inactive: !r.Active,
			User: match.User{FirstName: r.FirstName, LastName: r.LastName, Username: r.Username, Email: r.Email},
		}
		if r.AlarmComID != "" {
			candidate.AlarmComIDs = []string{r.AlarmComID}
		}
		found = append(found, candidate)
	}
	return found, context.Cause(ctx)
}

func userKeys(username, email string) []string {
	var keys []string
	for kind, value := range map[string]string{"username ": username, "email ": email} {
		if value = strings.ToLower(strings.TrimSpace(value)); value != "" {
			keys = append(keys, kind+value)
		}
	}
	return keys
}

// LinkUsers attaches support ids to users without one, and mails nobody.
func (s *Sink) LinkUsers(ctx context.Context, links []adcimport.UserLink) ([]adcimport.WriteResult, error) {
	ids := make([]string, len(links))
	for i := range links {
		ids[i] = links[i].AlarmComID
	}
	return s.writeEach(ctx, "LinkUsers", ids, func(i int) adcimport.WriteResult {
		l := links[i]
		at := s.userAt(l.ID)
		if at < 0 {
			return rejected(l.AlarmComID, adcimport.ReasonRejectedBySink)
		}
		res := attach(&s.users[at].Record.AlarmComID, l.AlarmComID, l.ID)
		if res.Status == adcimport.WriteCreated {
			s.index(adcimport.KindUser, l.AlarmComID, at)
		}
		return res
	})
}

// attach writes an id where there is none.
func attach(has *string, id, sinkID string) adcimport.WriteResult {
	switch *has {
	case "":
		*has = id
		return adcimport.WriteResult{Status: adcimport.WriteCreated, ID: sinkID}
	case id:
		return adcimport.WriteResult{Status: adcimport.WriteExists, ID: sinkID}
	}
	return rejected(id, adcimport.ReasonRejectedBySink,
		adcimport.FieldError{Field: "AlarmComID", Rule: sinkID + " has another one"})
}
