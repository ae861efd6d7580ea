package matching

import (
	"cmp"
	"maps"
	"slices"
)

// mostValues is how many values are remembered by default.
const mostValues = 100_000

// manyHave is how many records of one side make a value shared.
const manyHave = 3

// Shared knows the phone numbers and e-mail addresses that many have, and that are
// therefore no evidence. It may live as long as a batch, or as long as a run, which
// knows more. One goroutine at a time may use it; a nil Shared knows none.
type Shared struct {
	// Limit is how many values are remembered, so that memory does not grow with a
	// listing; 0: 100,000. Beyond it those that are not shared are forgotten, and all
	// of them where more than half are shared: there would be no room to learn more.
	Limit int

	holders map[string]*holders
	bases   map[[2]string][]string // values that a record and a candidate have in common
}

// holders are the first ids, of either side, that have a value.
type holders struct{ records, candidates []string }

// NewShared returns a Shared that knows nothing.
func NewShared() *Shared {
	return &Shared{holders: make(map[string]*holders), bases: make(map[[2]string][]string)}
}

func (s *Shared) orNew() *Shared {
	if s == nil {
		return NewShared()
	}
	return s
}

func (s *Shared) record(c *customer) {
	for _, h := range s.of(c.phones, c.emails) {
		h.records = another(h.records, c.id)
	}
}

func (s *Shared) candidate(c *customerCandidate) {
	for _, h := range s.of(c.facts.phones, c.facts.emails) {
		h.candidates = another(h.candidates, c.ID)
	}
}

// another adds an id, as long as it matters.
func another(ids []string, id string) []string {
	if len(ids) >= manyHave || slices.Contains(ids, id) {
		return ids
	}
	return append(ids, id)
}

func (s *Shared) of(phones, emails []string) []*holders {
	s.forget()
	var list []*holders
	for _, keys := range [][]string{prefixed("p", phones), prefixed("e", emails)} {
		for _, key := range keys {
			h := s.holders[key]
			if h == nil {
				h = &holders{}
				s.holders[key] = h
			}
			list = append(list, h)
		}
	}
	return list
}

// noteBasis notes what a record and a candidate have in common that was not shared
// when they were weighed. It may be, before the listing is over.
func (s *Shared) noteBasis(record, candidate string, phones, emails [2][]string) {
	var basis []string
	for _, keys := range [][2][]string{
		{prefixed("p", phones[0]), prefixed("p", phones[1])}, {prefixed("e", emails[0]), prefixed("e", emails[1])},
	} {
		for _, key := range keys[0] {
			if slices.Contains(keys[1], key) && !s.has(key) {
				basis = append(basis, key)
			}
		}
	}
	s.bases[[2]string{record, candidate}] = basis
}

// overtaken reports whether all values of one sort, of those that a record and a
// candidate have in common, became shared since they were weighed.
func (s *Shared) overtaken(record, candidate, sort string) bool {
	if s == nil {
		return false
	}
	found := false
	for _, key := range s.bases[[2]string{record, candidate}] {
		if key[:1] == sort {
			if found = true; !s.has(key) {
				return false
			}
		}
	}
	return found
}

// Values is how many values are remembered.
func (s *Shared) Values() int { return len(s.holders) }

// forget makes room.
func (s *Shared) forget() {
	limit := cmp.Or(s.Limit, mostValues)
	if len(s.holders) > limit {
		maps.DeleteFunc(s.holders, func(key string, _ *holders) bool { return !s.has(key) })
		if len(s.holders) > limit/2 {
			clear(s.holders)
		}
	}
	if len(s.bases) > limit {
		clear(s.bases)
	}
}

func prefixed(prefix string, list []string) []string {
	keys := make([]string, len(list))
	for i, v := range list {
		keys[i] = prefix + v
	}
	return keys
}

func (s *Shared) phone(number string) bool { return s.has("p" + number) }

func (s *Shared) email(address string) bool { return s.has("e" + address) }

func (s *Shared) has(key string) bool {
	if s == nil {
		return false
	}
	h := s.holders[key]
	return h != nil && (len(h.records) >= manyHave || len(h.candidates) >= manyHave)
}
