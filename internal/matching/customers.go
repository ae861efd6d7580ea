package matching

import (
	"slices"

	"github.com/securitytrax/adcimport/match"
)

// customer has the facts of a customer as they are compared. What is no evidence is
// empty.
type customer struct {
	id                string
	person            person
	business          string // folded
	whole             string // first and last name, where a business may have been typed
	phones, emails    []string
	place             address
	account, receiver string
}

func (j *Judge) customer(c match.Customer) customer {
	f := customer{
		id: c.ID, person: j.folder.personOf(c.FirstName, c.LastName), business: j.folder.business(c.BusinessName),
		place: addressOf(c.Address), account: account(c.AccountNumber), receiver: receiver(c.ReceiverNumber),
	}
	f.whole = j.folder.business(c.FirstName + " " + c.LastName)
	for _, text := range c.Phones {
		f.phones = append(f.phones, phones(text)...)
	}
	for _, text := range c.Emails {
		f.emails = append(f.emails, emails(text, j.own)...)
	}
	f.phones, f.emails = distinct(f.phones), distinct(f.emails)
	return f
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// sameName compares people, or the businesses where there are any: one who has two
// businesses is in each of them another customer.
func (c *customer) sameName(d *customer) bool {
	switch {
	case c.business != "" && d.business != "":
		return c.business == d.business
	case c.business != "" && c.business == d.whole, d.business != "" && d.business == c.whole:
		return true
	}
	return c.person.same(d.person)
}

// evidence is what is equal in a record and a candidate.
func (c *customer) evidence(d *customer, shared *Shared) []match.Evidence {
	var list []match.Evidence
	add := func(e match.Evidence, equal bool) {
		if equal {
			list = append(list, e)
		}
	}
	same := c.sameName(d)
	add(match.EvidenceAccount, c.accounts(d) == accountsEqual)
	add(match.EvidencePhone, common(c.phones, d.phones, shared.phone))
	add(match.EvidenceEmail, common(c.emails, d.emails, shared.email))
	add(match.EvidenceAddress, c.place.compare(d.place) == samePlace)
	add(match.EvidenceName, same)
	add(match.EvidenceSurname, !same && c.person.sameSurname(d.person))
	return list
}

// common reports whether two lists have a value in common that is not shared.
func common(a, b []string, shared func(string) bool) bool {
	return slices.ContainsFunc(a, func(v string) bool { return slices.Contains(b, v) && !shared(v) })
}

// accountsCompared is how two account numbers compare.
type accountsCompared int

const (
	accountUnknown accountsCompared = iota // one is not there
	accountsEqual
	accountsDiffer
)

// accounts compares account numbers. One number at two receivers is two accounts.
func (c *customer) accounts(d *customer) accountsCompared {
	switch {
	case c.account == "" || d.account == "":
		return accountUnknown
	case c.account == d.account && (c.receiver == d.receiver || c.receiver == "" || d.receiver == ""):
		return accountsEqual
	}
	return accountsDiffer
}

// customerCandidate is a candidate as it is compared.
type customerCandidate struct {
	match.CustomerCandidate

	facts customer
}

// Customer weighs one record against candidates. Shared may be nil: then nothing is.
func (j *Judge) Customer(c match.Customer, candidates []match.CustomerCandidate, shared *Shared) match.Result {
	record := j.customer(c)
	list := make([]*customerCandidate, len(candidates))
	for i, candidate := range candidates {
		list[i] = &customerCandidate{candidate, j.customer(candidate.Customer)}
	}
	return j.weighCustomer(&record, list, shared)
}

func (j *Judge) weighCustomer(record *customer, candidates []*customerCandidate, shared *Shared) match.Result {
	var list []weighing
	for _, c := range candidates {
		if w := j.weigh(record, c, shared); w.Verdict != match.Different {
			list = append(list, w)
		}
	}
	return settled(list)
}

// weigh weighs one candidate, as if it were the only one.
func (j *Judge) weigh(record *customer, c *customerCandidate, shared *Shared) weighing {
	w := weighing{Weighed: match.Weighed{ID: c.ID, Verdict: match.Different}, place: record.place.compare(c.facts.place)}
	w.Evidence = record.evidence(&c.facts, shared)
	link := enough(j.rules.LinkCustomers, w.Evidence)
	if !link && !enough(j.rules.ProposeCustomers, w.Evidence) {
		return w
	}
	foreign := foreign(record.id, c.AlarmComIDs)
	for _, v := range []struct {
		veto  match.Veto
		holds bool
	}{
		{match.VetoAddress, w.place == otherPlace || w.place == unclearPlace},
		{match.VetoAlarmComID, foreign},
		{match.VetoAccount, record.accounts(&c.facts) == accountsDiffer},
		{match.VetoLead, c.Lead},
		{match.VetoInactive, c.Inactive},
		{match.VetoDeleted, c.Deleted},
	} {
		if v.holds {
			w.Vetoes = append(w.Vetoes, v.veto)
		}
	}
	switch {
	case foreign && w.place == otherPlace:
		w.Verdict = match.Elsewhere
	case link && len(w.Vetoes) == 0:
		w.Verdict = match.Link
	default:
		w.Verdict = match.Propose
	}
	return w
}

// proposes reports whether a candidate is to be linked or proposed.
func proposes(r match.Result, candidate string) bool {
	return slices.ContainsFunc(r.Candidates, func(w match.Weighed) bool { return w.ID == candidate && toReview(w.Verdict) })
}

// Customers weighs a batch of records against what was found for it. Each record is
// weighed against the candidates that have something in common with it. It counts
// the values of both sides into shared first, which may be nil.
func (j *Judge) Customers(records []match.Customer, found []match.CustomerCandidate, shared *Shared) []match.Result {
	facts := make([]customer, len(records))
	for i, r := range records {
		facts[i] = j.customer(r)
	}
	shared = shared.orNew()
	index := j.newCustomerIndex(found)
	for i := range facts {
		shared.record(&facts[i])
	}
	for _, c := range index.list {
		shared.candidate(c)
	}
	results := make([]match.Result, len(records))
	for i := range facts {
		candidates := index.of(&facts[i])
		results[i] = j.weighCustomer(&facts[i], candidates, shared)
		for _, c := range candidates {
			if proposes(results[i], c.ID) {
				shared.noteBasis(facts[i].id, c.ID, [2][]string{facts[i].phones, c.facts.phones}, [2][]string{facts[i].emails, c.facts.emails})
			}
		}
	}
	return results
}
