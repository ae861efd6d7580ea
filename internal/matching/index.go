package matching

import (
	"slices"

	"github.com/securitytrax/adcimport/match"
)

// customerIndex finds candidates by what they have in common with a record.
type customerIndex struct {
	list  []*customerCandidate
	byKey map[string][]*customerCandidate
	ids   map[string]bool
}

func (j *Judge) newCustomerIndex(found []match.CustomerCandidate) *customerIndex {
	x := &customerIndex{byKey: make(map[string][]*customerCandidate), ids: make(map[string]bool)}
	for _, c := range found {
		x.add(j, c)
	}
	return x
}

// add adds a candidate, once.
func (x *customerIndex) add(j *Judge, c match.CustomerCandidate) {
	if x.ids[c.ID] {
		return
	}
	x.ids[c.ID] = true
	candidate := &customerCandidate{c, j.customer(c.Customer)}
	x.list = append(x.list, candidate)
	for _, key := range candidate.facts.keys() {
		x.byKey[key] = append(x.byKey[key], candidate)
	}
}

// of returns the candidates that share a key with a record, each once. Whoever shares
// none has no evidence that counts.
func (x *customerIndex) of(record *customer) []*customerCandidate {
	var list []*customerCandidate
	for _, key := range record.keys() {
		for _, c := range x.byKey[key] {
			if !slices.Contains(list, c) {
				list = append(list, c)
			}
		}
	}
	return list
}

// keys are what two customers have in common who have any evidence that counts: a
// name alone does not, and the surname only with the address.
func (c *customer) keys() []string {
	var keys []string
	for _, v := range c.phones {
		keys = append(keys, "p"+v)
	}
	for _, v := range c.emails {
		keys = append(keys, "e"+v)
	}
	if c.account != "" {
		keys = append(keys, "a"+c.account)
	}
	if c.place.isSet() {
		keys = append(keys, "l"+c.place.zip+" "+c.place.number+" "+c.place.street)
	}
	return keys
}
