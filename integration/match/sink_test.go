package match_test

import (
	"net/url"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport/integration/match/invented"
	"github.com/securitytrax/adcimport/internal/matching"
	"github.com/securitytrax/adcimport/match"
)

// sink is a SecurityTrax that finds by exact values, without regard to case, as its
// filter does, and counts how often it is asked.
type sink struct {
	byID    map[string]match.CustomerCandidate
	byField map[matching.Field]map[string][]string // ids by value
	lookups int
}

// attributes are the names of the fields in a filter.
var attributes = map[matching.Field]string{
	matching.FieldPhone: "primary_phone", matching.FieldEmail: "email", matching.FieldAccount: "account_num",
	matching.FieldLastName: "lname", matching.FieldFirstName: "fname", matching.FieldBusiness: "business_name", matching.FieldCity: "city", matching.FieldZip: "zip",
}

func newSink(typed []invented.Typed, formatted bool) *sink {
	s := &sink{byID: make(map[string]match.CustomerCandidate), byField: make(map[matching.Field]map[string][]string)}
	for field := range attributes {
		s.byField[field] = make(map[string][]string)
	}
	for _, t := range typed {
		c := match.CustomerCandidate{
			ID: t.ID, AlarmComIDs: t.AlarmComIDs, Lead: t.Lead, Inactive: t.Inactive, Customer: factsOf("", t.Record),
		}
		if formatted { // the sink writes numbers in one form
			for i, p := range c.Customer.Phones {
				digits := strings.NewReplacer("(", "", ")", "", "-", "", ".", "", " ", "", "+1", "").Replace(p)
				c.Customer.Phones[i] = digits
			}
		}
		s.byID[t.ID] = c
		s.index(c)
	}
	return s
}

func (s *sink) index(c match.CustomerCandidate) {
	put := func(f matching.Field, values ...string) {
		for _, v := range values {
			if v = strings.ToLower(v); v != "" {
				s.byField[f][v] = append(s.byField[f][v], c.ID)
			}
		}
	}
	f := c.Customer
	if len(f.Phones) > 0 {
		put(matching.FieldPhone, f.Phones[0]) // the primary one
	}
	put(matching.FieldEmail, f.Emails...)
	put(matching.FieldAccount, f.AccountNumber)
	put(matching.FieldLastName, f.LastName)
	put(matching.FieldFirstName, f.FirstName)
	put(matching.FieldBusiness, f.BusinessName)
	put(matching.FieldCity, f.Address.City)
	put(matching.FieldZip, f.Address.Zip)
}

// find is one look-up.
func (s *sink) find(asks []matching.Ask) []match.CustomerCandidate {
	s.lookups++
	var list []match.CustomerCandidate
	for _, a := range asks {
		for _, v := range a.Values {
			for _, id := range s.byField[a.Field][strings.ToLower(v)] {
				if a.And == "" || slices.Contains(s.byField[a.And][strings.ToLower(a.AndValue)], id) {
					list = append(list, s.byID[id])
				}
			}
		}
	}
	return list
}

// What a look-up may hold, as in the default Schema of the real one.
const (
	maxURL  = 6000
	baseURL = "https://api.securitytrax.com/some-dealers-name/user/v1/customers?filter="
)

// cost is what an ask takes in the URL of a look-up.
func cost(a matching.Ask) int {
	terms := make([]string, len(a.Values))
	for i, v := range a.Values {
		terms[i] = attributes[a.Field] + " = '" + v + "'"
	}
	text := strings.Join(terms, " OR ")
	if a.And != "" {
		text = "(" + attributes[a.And] + " = '" + a.AndValue + "' AND (" + text + "))"
	}
	return len(strings.ReplaceAll(url.QueryEscape(text+" OR "), "+", "%20"))
}

// idLookups is how many look-ups by Alarm.com ids a batch takes.
func idLookups(batch []match.Customer) int {
	n, room := 0, 0
	for _, c := range batch {
		text := "isp_customer_id = '" + c.ID + "' OR "
		need := len(strings.ReplaceAll(url.QueryEscape(text), "+", "%20"))
		if need > room {
			n, room = n+1, maxURL-len(baseURL)
		}
		room -= need
	}
	return n
}

func limits(batch []match.Customer, formatted bool) matching.Limits {
	forms := []string{"digits"}
	if !formatted {
		forms = []string{"digits", "dashes", "national"}
	}
	fields := slices.Collect(func(yield func(matching.Field) bool) {
		for f := range attributes {
			if !yield(f) {
				return
			}
		}
	})
	return matching.Limits{
		Lookups: *times * idLookups(batch), Bytes: maxURL - len(baseURL), Cost: cost, Fields: fields, PhoneForms: forms,
		Askable: func(v string) bool { return !strings.ContainsAny(v, `'\`) },
	}
}

func factsOf(id string, r invented.Record) match.Customer {
	return match.Customer{
		ID: id, FirstName: r.First, LastName: r.Last, BusinessName: r.Business,
		Phones: slices.Clone(r.Phones), Emails: slices.Clone(r.Emails),
		Address:       match.Address{Street1: r.Street1, Street2: r.Street2, City: r.City, State: r.State, Zip: r.Zip},
		AccountNumber: r.Account, ReceiverNumber: r.Receiver,
	}
}
