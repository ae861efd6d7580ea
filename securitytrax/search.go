package securitytrax

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/securitytrax/adcimport/internal/jsonapi"
)

// search looks many records up at once.
type search struct {
	client *client
	op     string
	lookup lookup
	names  string // the attribute that has names, as people type them
	// take is handed each resource that was asked for, with the record and the term
	// that it fits.
	take func(r jsonapi.Resource, id string, t term) error
}

// wanted is what is asked for one record. What its first term finds is the record;
// what another one finds is something that the record may collide with.
type wanted struct {
	id    string
	terms []term
}

// all asks for records, so many at a time as a request and its reply may hold. A
// request that is too long is made of fewer, from then on.
func (s *search) all(ctx context.Context, records []wanted) error {
	groups := make([][]term, len(records))
	for i, w := range records {
		groups[i] = w.terms
	}
	for len(records) > 0 {
		n, address := s.client.fit(s.lookup, groups)
		err := s.some(ctx, records[:n], address)
		switch {
		case n > 1 && isTooLong(err) && s.client.sizes.shorten(len(address)):
			continue
		case err != nil:
			return err
		}
		records, groups = records[n:], groups[n:]
	}
	return nil
}

// is reports whether a text of a resource is the value of a term. Somebody may have
// typed it in, with a space at its end.
func (s *search) is(t term, text string) bool {
	if t.attribute == s.names {
		return fold(text) == fold(t.value)
	}
	return strings.TrimSpace(text) == strings.TrimSpace(t.value)
}

// some asks for records by one request. Where some are found and others are not,
// the reply may have been cut, without a word of it: the others are asked for alone
// until there are no more.
func (s *search) some(ctx context.Context, records []wanted, address string) error {
	held := 0 // resources in the reply before
	for {
		missing, n, err := s.once(ctx, records, address)
		if err != nil {
			return err
		}
		if len(missing) < len(records) && held > 0 {
			s.client.sizes.cut(held)
		}
		if len(missing) == len(records) || len(missing) == 0 {
			return nil
		}
		records, held, address = missing, n, s.client.address(s.lookup, termsOf(missing))
	}
}

// once makes one request. It returns what was not found, and how many resources
// the reply held. Those that nobody asked for are left out: a service may compare
// names as it likes, and take José for Jose. They are an error when they are the
// most: then the reply does not fit the filter.
func (s *search) once(ctx context.Context, records []wanted, address string) (missing []wanted, held int, err error) {
	a := answer{search: s, records: records, found: make([]bool, len(records))}
	a.places, a.attributes = placesOf(records)
	if err := s.client.each(ctx, s.op, address, a.add); err != nil {
		return nil, 0, err
	}
	if a.odd() {
		return nil, 0, &APIError{Op: s.op, Err: errFilterIgnored}
	}
	for i, w := range records {
		if !a.found[i] {
			missing = append(missing, w)
		}
	}
	return missing, a.held, nil
}

// answer is the reply to one request, as it comes in.
type answer struct {
	*search

	records    []wanted
	places     map[string][]place
	attributes []string
	found      []bool // by record
	held       int    // resources
	strange    int    // resources that nobody asked for
}

func (a *answer) odd() bool { return a.strange > a.held-a.strange }

func (a *answer) add(r jsonapi.Resource) error {
	a.held++
	fits, err := a.match(r)
	if err != nil {
		return err
	}
	if !fits && !resembles(r, a.records) {
		a.strange++
	}
	if a.strange > maxStrange && a.odd() {
		return errFilterIgnored // there may be many more
	}
	return nil
}

// match hands a resource over for each term that it fits.
func (a *answer) match(r jsonapi.Resource) (fits bool, err error) {
	for _, attribute := range a.attributes {
		text := r.Text(attribute)
		for _, p := range a.places[keyOf(attribute, text)] {
			record := a.records[p.record]
			if !a.is(record.terms[p.term], text) {
				continue
			}
			fits, a.found[p.record] = true, a.found[p.record] || p.term == 0
			if err := a.take(r, record.id, record.terms[p.term]); err != nil {
				return fits, err
			}
		}
	}
	return fits, nil
}

// maxStrange is how many resources that nobody asked for are read before the reply
// is held against the filter.
const maxStrange = 100

// place is that of a term.
type place struct{ record, term int }

// keyOf is the same for all texts that a term may fit.
func keyOf(attribute, text string) string { return attribute + "\x00" + fold(text) }

// placesOf finds terms by their keys, and returns the attributes that they name.
func placesOf(records []wanted) (places map[string][]place, attributes []string) {
	places = make(map[string][]place, len(records))
	for i, w := range records {
		for j, t := range w.terms {
			key := keyOf(t.attribute, t.value)
			places[key] = append(places[key], place{i, j})
			if !slices.Contains(attributes, t.attribute) {
				attributes = append(attributes, t.attribute)
			}
		}
	}
	return places, attributes
}

func termsOf(records []wanted) []term {
	var terms []term
	for _, w := range records {
		terms = append(terms, w.terms...)
	}
	return terms
}

// resembles reports whether a resource may be what a service takes for one of the
// records, though it is another.
func resembles(r jsonapi.Resource, records []wanted) bool {
	return slices.ContainsFunc(records, func(w wanted) bool {
		return slices.ContainsFunc(w.terms, func(t term) bool { return alike(r.Text(t.attribute), t.value) })
	})
}

// isTooLong reports whether a request was longer than the service takes.
func isTooLong(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && tooLong(e.Status)
}

func tooLong(status int) bool {
	switch status {
	case http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		return true
	}
	return false
}

// sizes are what look-ups were found to hold, for as long as the Sink lives.
type sizes struct {
	mu      sync.Mutex
	records int // 0: as Schema.FindChunk says
	bytes   int // of a URL; 0: as Schema.MaxURLBytes says
}

// leastCut is the smallest number of resources that a reply is taken to be cut at.
// With fewer, something new is more likely to have come between two requests.
const leastCut = 10

// cut notes that a reply held so many resources, and not all that were asked for.
func (s *sizes) cut(held int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held = max(held, leastCut); s.records == 0 || held < s.records {
		s.records = held
	}
}

// shorten notes that a URL of so many bytes was too long. False: it is not its
// length, or a service that takes no shorter one.
func (s *sizes) shorten(bytes int) bool {
	if bytes <= minURLBytes {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if half := max(bytes/2, minURLBytes); s.bytes == 0 || half < s.bytes {
		s.bytes = half
	}
	return true
}

// within returns what a look-up may hold, of what it would hold otherwise.
func (s *sizes) within(records, bytes int) (int, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return min(records, cmp.Or(s.records, records)), min(bytes, cmp.Or(s.bytes, bytes))
}

// cutAt is the number of resources at which replies are cut; 0: they are not.
func (s *sizes) cutAt() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records
}
