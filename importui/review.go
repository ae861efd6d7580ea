package importui

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/match"
)

// reviewBody is the page of what may be there already.
type reviewBody struct {
	Waiting int
	Decided []adcimport.Review
	Strong  []string // ids with strong evidence
	Card    *card
	Place   int    // of the card, from 1
	Next    string // the id after which the next card comes, where this one is left
	Again   string // the draft that does what was decided
	Problem string
}

// card is a record beside those that it may be.
type card struct {
	ID         string
	Values     bool // both sides are shown
	Gone       bool // it is not at Alarm.com any more
	Fails      bool // one of the sides could not be read
	Fields     []compared
	Candidates []candidate
}

// compared is a field of both sides.
type compared struct {
	Name   string
	Here   string   // at Alarm.com
	There  []string // of each candidate
	Equals []bool
}

// candidate is one that a record may be.
type candidate struct {
	match.Weighed
	EvidenceWords []string
	VetoWords     []string
}

func (v *visit) review() error {
	v.w.Header().Set("Cache-Control", "no-store")
	body, waiting, err := v.waiting()
	if err != nil {
		return err
	}
	after := v.r.URL.Query().Get("after")
	i := 0
	if after != "" {
		if at := slices.IndexFunc(waiting, func(r adcimport.Review) bool { return r.SourceID == after }); at >= 0 {
			i = (at + 1) % max(len(waiting), 1)
		}
	}
	if id := v.r.URL.Query().Get("id"); id != "" {
		i = max(0, slices.IndexFunc(waiting, func(r adcimport.Review) bool { return r.SourceID == id }))
	}
	if len(waiting) > 0 {
		body.Place, body.Next = i+1, waiting[i].SourceID
		if body.Card, err = v.cardOf(&waiting[i]); err != nil {
			return err
		}
	}
	if v.r.URL.Query().Get("refused") != "" {
		body.Problem = v.views.text("decision_refused")
	}
	return v.show(http.StatusOK, "review", page{Title: v.views.text("may_be_there"), Wide: true, Body: body})
}

// waiting are the records that wait for a choice, and those for which one was made.
func (v *visit) waiting() (body reviewBody, waiting []adcimport.Review, err error) {
	for r, err := range v.imp.ToReview(v.ctx(), v.kind) {
		if err != nil {
			return body, nil, err
		}
		if r.LinkTo != "" || r.Create {
			body.Decided = append(body.Decided, r)
			continue
		}
		waiting = append(waiting, r)
		if strong(v.kind, r.Candidates) {
			body.Strong = append(body.Strong, r.SourceID)
		}
	}
	body.Waiting = len(waiting)
	if len(body.Decided) == 0 || !v.who.MayRun {
		return body, waiting, nil
	}
	newest, err := v.newest()
	if err != nil {
		return body, nil, err
	}
	if last := newest.last(v.kind); last != nil {
		if d, ok := again(v.who.ID, last); ok {
			body.Again, err = v.signer.sign(&d)
		}
	}
	return body, waiting, err
}

// strong reports whether the only candidate has what the rules ask of a link, and
// nothing against it.
func strong(k adcimport.Kind, candidates []match.Weighed) bool {
	if len(candidates) != 1 || len(candidates[0].Vetoes) > 0 {
		return false
	}
	rules := match.Rules{}.WithDefaults()
	demands := rules.LinkCustomers
	if k == adcimport.KindUser {
		demands = rules.LinkUsers
	}
	return candidates[0].Verdict == match.Link ||
		slices.ContainsFunc(demands, func(d match.Demand) bool { return d.MetBy(candidates[0].Evidence) })
}

// cardOf reads both sides of a record, for those who may see them.
func (v *visit) cardOf(r *adcimport.Review) (*card, error) {
	c := &card{ID: r.SourceID}
	for _, w := range r.Candidates {
		c.Candidates = append(c.Candidates, v.candidateOf(w))
	}
	if !v.who.MaySeeRecords {
		return c, nil
	}
	var err error
	if v.kind == adcimport.KindUser {
		err = v.compareUsers(c)
	} else {
		err = v.compareCustomers(c)
	}
	switch {
	case err == nil:
		c.Values = true
	case errors.Is(err, adcimport.ErrNotFound):
		c.Gone = true
	case v.ctx().Err() != nil:
		return nil, err
	default: // the choice can be made without
		c.Fails = true
	}
	return c, nil
}

func (v *visit) candidateOf(w match.Weighed) candidate {
	c := candidate{Weighed: w}
	for _, e := range w.Evidence {
		c.EvidenceWords = append(c.EvidenceWords, v.views.text("evidence_"+string(e)))
	}
	for _, veto := range w.Vetoes {
		c.VetoWords = append(c.VetoWords, v.views.text("veto_"+string(veto)))
	}
	return c
}

func (v *visit) compareCustomers(c *card) error {
	both, err := v.imp.CustomerCandidates(v.ctx(), c.ID)
	if err != nil {
		return err
	}
	there := make(map[string]match.Customer, len(both.Candidates))
	for _, m := range both.Candidates {
		there[m.ID] = m.Customer
	}
	compare(v, c, customerFields, &both.Customer, there)
	return nil
}

func (v *visit) compareUsers(c *card) error {
	both, err := v.imp.UserCandidates(v.ctx(), c.ID)
	if err != nil {
		return err
	}
	there := make(map[string]match.User, len(both.Candidates))
	for _, m := range both.Candidates {
		there[m.ID] = m.User
	}
	compare(v, c, userFields, &both.User, there)
	return nil
}

// shownField is a field of a customer or a user.
type shownField[T any] struct {
	key      string
	evidence match.Evidence
	of       func(*T) string
}

// compare puts the fields of a record and of its candidates, by their ids, on its card.
func compare[T any](v *visit, c *card, fields []shownField[T], here *T, there map[string]T) {
	for _, f := range fields {
		row := compared{Name: v.views.text(f.key), Here: f.of(here)}
		for _, w := range c.Candidates {
			candidate := there[w.ID] // its fields are empty where it is not there any more
			value := f.of(&candidate)
			row.There = append(row.There, value)
			row.Equals = append(row.Equals, alike(row.Here, value, slices.Contains(w.Evidence, f.evidence)))
		}
		c.keep(row)
	}
}

// alike reports whether two values are the same to a reader, or to the rules that found
// the candidate.
func alike(here, there string, evidence bool) bool {
	return here != "" && there != "" && (evidence || strings.EqualFold(here, there))
}

// keep adds a field that one side has at least.
func (c *card) keep(row compared) {
	if row.Here != "" || slices.ContainsFunc(row.There, func(s string) bool { return s != "" }) {
		c.Fields = append(c.Fields, row)
	}
}

// customerFields are what is shown of a customer.
var customerFields = []shownField[match.Customer]{
	{"field_name", match.EvidenceName, func(c *match.Customer) string { return strings.TrimSpace(c.FirstName + " " + c.LastName) }},
	{"field_business", match.EvidenceName, func(c *match.Customer) string { return c.BusinessName }},
	{"field_phone", match.EvidencePhone, func(c *match.Customer) string { return strings.Join(c.Phones, ", ") }},
	{"field_email", match.EvidenceEmail, func(c *match.Customer) string { return strings.Join(c.Emails, ", ") }},
	{"field_address", match.EvidenceAddress, func(c *match.Customer) string {
		a := c.Address
		parts := slices.DeleteFunc([]string{a.Street1, a.Street2, strings.TrimSpace(a.City + " " + a.State + " " + a.Zip)},
			func(s string) bool { return s == "" })
		return strings.Join(parts, ", ")
	}},
	{"field_account", match.EvidenceAccount, func(c *match.Customer) string { return c.AccountNumber }},
}

// userFields are what is shown of a user.
var userFields = []shownField[match.User]{
	{"field_name", match.EvidenceName, func(u *match.User) string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }},
	{"field_username", match.EvidenceUsername, func(u *match.User) string { return u.Username }},
	{"field_email", match.EvidenceEmail, func(u *match.User) string { return u.Email }},
}

// decide stores a choice, or those of all with strong evidence.
func (v *visit) decide() error {
	if err := v.mayRun(); err != nil {
		return err
	}
	form := v.form
	id, choice := form.Get("id"), form.Get("choice")
	back := v.path("review", kinds(v.kind))
	var decisions []adcimport.Decision
	to, links := strings.CutPrefix(choice, "link:")
	switch {
	case choice == "strong":
		for r, err := range v.imp.ToReview(v.ctx(), v.kind) {
			if err != nil {
				return err
			}
			if r.LinkTo == "" && !r.Create && strong(v.kind, r.Candidates) && slices.Contains(form["strong"], r.SourceID) {
				decisions = append(decisions, adcimport.Decision{SourceID: r.SourceID, LinkTo: r.Candidates[0].ID})
			}
		}
	case choice == "create":
		decisions = []adcimport.Decision{{SourceID: id, Create: true}}
	case choice == "undo":
		decisions = []adcimport.Decision{{SourceID: id}}
	case choice == "later":
		return v.see(back + "?after=" + fileName(id))
	case links:
		decisions = []adcimport.Decision{{SourceID: id, LinkTo: to}}
	default:
		return errForm
	}
	next := form.Get("next")
	err := v.imp.Decide(v.ctx(), v.kind, decisions...)
	if _, refused := errors.AsType[*adcimport.DecisionError](err); refused {
		return v.see(back + "?refused=1")
	}
	if err != nil {
		return err
	}
	if next != "" {
		back += "?id=" + fileName(next)
	}
	return v.see(back)
}
