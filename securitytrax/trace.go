package securitytrax

import (
	"context"
	"errors"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/jsonapi"
)

const opTraceCustomers = "look for customers without their id"

// TraceCustomers looks for customers that a create may have left without their
// Alarm.com id: with the record's names and, as far as SecurityTrax tells them, its
// phone and address, at least one of them. Leads are none, and neither is who has a
// connection, or another Alarm.com id.
func (s *Sink) TraceCustomers(ctx context.Context, recs []adcimport.CustomerRecord) (map[string][]string, error) {
	copies := hits{}
	var groups [][]term
	for i := range recs {
		terms := s.traceTerms(&recs[i])
		if len(terms) == 0 {
			return nil, &APIError{Op: opTraceCustomers, ID: recs[i].AlarmComID, Err: errUnaskable}
		}
		groups = append(groups, terms)
	}
	l := lookup{path: s.schema.Customers.Path}
	if s.schema.CustomerID == IDInConnection {
		l.include = s.schema.Customer.Connections
	}
	err := s.findBy(ctx, opTraceCustomers, l, groups, func(r jsonapi.Resource) error {
		for i := range recs {
			if s.mayBe(r, &recs[i]) {
				copies.add(recs[i].AlarmComID, r.ID)
			}
		}
		return nil
	})
	return copies, err
}

// findBy looks groups of terms up and hands over each resource of the reply.
func (s *Sink) findBy(ctx context.Context, op string, l lookup, groups [][]term, do func(jsonapi.Resource) error) error {
	for len(groups) > 0 {
		n, address := s.client.fit(l, groups)
		if err := s.client.each(ctx, op, address, do); err != nil {
			return err
		}
		groups = groups[n:]
	}
	return nil
}

// traceTerms are what a record is looked for by. A filter has no AND within a
// group, so that a reply holds more than is meant.
func (s *Sink) traceTerms(rec *adcimport.CustomerRecord) []term {
	n := s.schema.Customer
	var terms []term
	for _, t := range []term{{n.Phone, rec.Phone1}, {n.Address1, rec.Address1}} {
		if t.attribute != "" && t.value != "" && quotable(t.value) {
			terms = append(terms, t)
		}
	}
	if len(terms) == 0 && rec.LastName != "" && quotable(rec.LastName) {
		terms = []term{{n.LastName, rec.LastName}}
	}
	return terms
}

// mayBe reports whether a customer may be one that was made of a record.
func (s *Sink) mayBe(r jsonapi.Resource, rec *adcimport.CustomerRecord) bool {
	n := s.schema.Customer
	if t := r.Text(n.RecordType); t != "" && t != n.RecordTypeValue || len(r.Relationships[n.Connections]) > 0 {
		return false
	}
	if id := r.Text(n.AlarmComID); s.schema.CustomerID == IDInAttribute && id != "" && id != rec.AlarmComID {
		return false
	}
	for _, name := range [][2]string{{r.Text(n.FirstName), rec.FirstName}, {r.Text(n.LastName), rec.LastName}} {
		if !sameText(name[0], name[1]) {
			return false
		}
	}
	phone, address := digits(r.Text(n.Phone)), r.Text(n.Address1)
	same := phone != "" && phone == digits(rec.Phone1) || address != "" && sameText(address, rec.Address1)
	other := phone != "" && phone != digits(rec.Phone1) || address != "" && !sameText(address, rec.Address1)
	return same && !other
}

func sameText(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

// digits are those of a phone, however it is written.
func digits(phone string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
}

var errUnaskable = errors.New("neither phone nor address nor last name can stand in a filter expression")
