package matching

import (
	"slices"
	"strings"

	"github.com/securitytrax/adcimport/internal/textform"
	"github.com/securitytrax/adcimport/match"
)

// CustomerSearch finds the candidates of a batch with few look-ups: it says what to
// ask, is told what came, and asks next for those who were not found yet. One
// goroutine at a time may use it.
type CustomerSearch struct {
	judge   *Judge
	facts   []customer
	shared  *Shared
	index   *customerIndex
	packer  *packer
	current []finding // of each record; nil: to be weighed anew
	unasked []string  // ids of records that cannot be asked for
}

// NewCustomerSearch begins the search for a batch. It counts the batch's values into
// shared, which may be nil, and asks for none that is shared.
func (j *Judge) NewCustomerSearch(records []match.Customer, lim Limits, shared *Shared) *CustomerSearch {
	s := &CustomerSearch{judge: j, shared: shared.orNew(), index: j.newCustomerIndex(nil), packer: newPacker(lim)}
	for _, r := range records {
		f := j.customer(r)
		s.shared.record(&f)
		s.facts = append(s.facts, f)
	}
	for i, r := range records {
		if s.wish(i, r); s.facts[i].business+s.facts[i].person.last != "" && !s.packer.wishesFor(i) {
			s.unasked = append(s.unasked, r.ID)
		}
	}
	return s
}

// Unasked are the ids of records that have a name, and nothing by which the sink can be
// asked for them.
func (s *CustomerSearch) Unasked() []string { return s.unasked }

// wish adds what is worth asking for one record.
func (s *CustomerSearch) wish(i int, r match.Customer) {
	f, p := &s.facts[i], s.packer
	s.wishName(i, r)
	for _, number := range f.phones {
		if !s.shared.phone(number) {
			p.addPhones(i, number)
		}
	}
	for _, e := range f.emails {
		if !s.shared.email(e) {
			p.add(i, byEmail, Ask{Field: FieldEmail, Values: []string{e}})
		}
	}
	if f.account != "" {
		p.add(i, byAccount, Ask{Field: FieldAccount, Values: []string{strings.TrimSpace(r.AccountNumber)}})
	}
}

// wishName asks by the business or the last name, in the town: people write a ZIP
// code in more ways than its town, and get it wrong more often. Where there is no
// town to ask for, the ZIP code or the first name narrows it down.
func (s *CustomerSearch) wishName(i int, r match.Customer) {
	f, p := &s.facts[i], s.packer
	city, zip, kind := textform.Collapse(r.Address.City), zip5(r.Address.Zip), byName
	first := textform.Collapse(r.FirstName)
	narrowed := func(kind wishKind, field Field, values ...string) {
		for _, and := range [][2]string{{string(FieldCity), city}, {string(FieldZip), zip}, {string(FieldFirstName), first}} {
			if p.add(i, kind, Ask{field, values, Field(and[0]), and[1]}) {
				return
			}
		}
	}
	if f.business != "" {
		narrowed(byName, FieldBusiness, businessForms(r.BusinessName)...)
		kind = byOtherName
	}
	if f.person.last == "" {
		return
	}
	names := surnameForms(r.LastName)
	narrowed(kind, FieldLastName, names...)
	if p.Askable != nil && !p.Askable(straight(names[0])) { // as O'Brien, who may be there as such
		narrowed(kind, FieldFirstName, first)
	}
	p.add(i, byOtherName, Ask{FieldLastName, names, FieldZip, zip})
}

// straight is a name with the apostrophe of a typewriter.
func straight(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("’‘ʼ`´", r) {
			return '\''
		}
		return r
	}, name)
}

// surnameForms are the ways in which somebody may have typed a last name: as it is,
// and without accents, apostrophes and hyphens; both without Jr and the like.
func surnameForms(name string) []string {
	name = textform.Collapse(name)
	if i := strings.LastIndex(name, " "); i > 0 && generations[folded(name[i:])] != "" {
		name = strings.TrimRight(name[:i], ", ")
	}
	if easy := easilyTyped(name); easy != name && easy != "" {
		return []string{name, easy}
	}
	return []string{name}
}

// businessForms are the ways in which somebody may have typed the name of a business:
// as it is, and without Inc and the like at its end.
func businessForms(name string) []string {
	name = textform.Collapse(name)
	list := strings.Split(name, " ")
	for len(list) > 1 && slices.Contains(forms, folded(list[len(list)-1])) {
		list = list[:len(list)-1]
	}
	short := strings.TrimRight(strings.Join(list, " "), ", ")
	if short == name || short == "" {
		return []string{name}
	}
	return []string{name, short}
}

// Next is what to ask next, in one look-up; empty: nothing more. The answer goes to
// [CustomerSearch.Found] first.
func (s *CustomerSearch) Next() []Ask {
	if s.current == nil {
		s.current = make([]finding, len(s.facts))
		for i := range s.facts {
			s.current[i] = s.finding(i)
		}
	}
	return s.packer.next(func(i int) finding { return s.current[i] })
}

func (s *CustomerSearch) finding(i int) finding {
	r := s.judge.weighCustomer(&s.facts[i], s.index.of(&s.facts[i]), s.shared)
	switch {
	case r.Verdict == match.Link:
		return foundLink
	case toReview(r.Verdict):
		return foundProposal
	}
	return foundNobody
}

// Found takes what a look-up found, in whatever order, also what nobody asked for.
func (s *CustomerSearch) Found(found []match.CustomerCandidate) {
	known := len(s.index.list)
	for _, c := range found {
		s.index.add(s.judge, c)
	}
	for _, c := range s.index.list[known:] {
		s.shared.candidate(c)
	}
	s.current = nil
}

// Candidates are those of the found that have something in common with a record of
// the batch, or share a value with one that has, each once.
func (s *CustomerSearch) Candidates() []match.CustomerCandidate {
	wanted := make(map[string]bool)
	for i := range s.facts {
		for _, key := range s.facts[i].keys() {
			wanted[key] = true
		}
	}
	var list []match.CustomerCandidate
	for _, c := range s.index.list {
		if slices.ContainsFunc(c.facts.keys(), func(k string) bool { return wanted[k] }) {
			list = append(list, c.CustomerCandidate)
		}
	}
	return list
}

// Left is how many values there was no room to ask for.
func (s *CustomerSearch) Left() int { return s.packer.left() }

// UserAsks are the look-ups that find the candidates of a batch of users: by their
// user names, then by their e-mail addresses.
func (j *Judge) UserAsks(records []match.User, lim Limits, shared *Shared) [][]Ask {
	p := newPacker(lim)
	for i, r := range records {
		p.add(i, byName, Ask{Field: FieldUsername, Values: []string{strings.TrimSpace(r.Username)}})
		for _, e := range j.user(r).emails {
			if !shared.email(e) {
				p.add(i, byEmail, Ask{Field: FieldEmail, Values: []string{e}})
			}
		}
	}
	var lookups [][]Ask
	for {
		asks := p.next(func(int) finding { return foundNobody })
		if len(asks) == 0 {
			return lookups
		}
		lookups = append(lookups, asks)
	}
}
