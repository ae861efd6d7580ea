package matching

import (
	"slices"

	"github.com/securitytrax/adcimport/match"
)

// Claims knows which candidates are proposed for, or would be linked to, more than
// one record of a listing. All results of a listing are added before the first one
// is settled, since a son may come long after his father. It keeps ids alone. One
// goroutine at a time may use it.
type Claims struct {
	link, propose []match.Demand
	records       map[string][]string // the first ones, by candidate
}

// NewCustomerClaims returns Claims on customers that hold nothing.
func (j *Judge) NewCustomerClaims() *Claims {
	return &Claims{j.rules.LinkCustomers, j.rules.ProposeCustomers, make(map[string][]string)}
}

// NewUserClaims returns Claims on users that hold nothing.
func (j *Judge) NewUserClaims() *Claims {
	return &Claims{j.rules.LinkUsers, j.rules.ProposeUsers, make(map[string][]string)}
}

// Add notes what was found for a record. To add a record again changes nothing.
func (c *Claims) Add(record string, r match.Result) {
	for _, w := range r.Candidates {
		if toReview(w.Verdict) {
			c.records[w.ID] = another(c.records[w.ID], record)
		}
	}
}

// Settle returns the result of a record as the whole listing leaves it. A phone number
// or an e-mail address that became shared after the record was weighed counts no
// more: a record of which nothing else is enough is created. Shared is the one that
// the listing was weighed with, or nil. A candidate that another record claims too
// has [match.VetoClaimed], and is not linked. Settle shares nothing with r.
func (c *Claims) Settle(record string, r match.Result, shared *Shared) match.Result {
	var list []weighing
	linked := r.Linked()
	for _, w := range r.Proposed().Candidates {
		if w.ID == linked {
			w.Verdict = match.Link
		}
		if toReview(w.Verdict) && !c.settle(&w, record, shared) {
			continue
		}
		place := unknownPlace
		if slices.Contains(w.Evidence, match.EvidenceAddress) {
			place = samePlace
		}
		list = append(list, weighing{w, place})
	}
	out := settled(list)
	out.Left = r.Left
	return out
}

// settle says what the listing leaves of a candidate. False: nothing.
func (c *Claims) settle(w *match.Weighed, record string, shared *Shared) bool {
	before := len(w.Evidence)
	w.Evidence = slices.DeleteFunc(w.Evidence, func(e match.Evidence) bool {
		return e == match.EvidencePhone && shared.overtaken(record, w.ID, "p") ||
			e == match.EvidenceEmail && shared.overtaken(record, w.ID, "e")
	})
	if len(w.Evidence) < before {
		if !enough(c.propose, w.Evidence) {
			return false
		}
		if w.Verdict == match.Link && !enough(c.link, w.Evidence) {
			w.Verdict = match.Propose
		}
	}
	if slices.ContainsFunc(c.records[w.ID], func(r string) bool { return r != record }) {
		veto(w, match.VetoClaimed)
	}
	return true
}
