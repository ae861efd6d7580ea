package matching

import (
	"slices"
	"strings"

	"github.com/securitytrax/adcimport/match"
)

// user has the facts of a user as they are compared.
type user struct {
	id       string
	person   person
	username string
	emails   []string
}

// user reads a user. The dealer's own domain is that of its people here, and tells
// them apart.
func (j *Judge) user(u match.User) user {
	return user{u.ID, j.folder.personOf(u.FirstName, u.LastName), strings.ToLower(strings.TrimSpace(u.Username)), emails(u.Email, nil)}
}

func (u *user) evidence(v *user, shared *Shared) []match.Evidence {
	var list []match.Evidence
	if u.username != "" && u.username == v.username {
		list = append(list, match.EvidenceUsername)
	}
	if common(u.emails, v.emails, shared.email) {
		list = append(list, match.EvidenceEmail)
	}
	if u.person.same(v.person) {
		list = append(list, match.EvidenceName)
	}
	return list
}

// userCandidate is a candidate as it is compared.
type userCandidate struct {
	match.UserCandidate

	facts user
}

// Users weighs a batch of records against what was found for it. It counts the
// values of both sides into shared first, which may be nil.
func (j *Judge) Users(records []match.User, found []match.UserCandidate, shared *Shared) []match.Result {
	shared = shared.orNew()
	facts := make([]user, len(records))
	for i, r := range records {
		facts[i] = j.user(r)
		for _, h := range shared.of(nil, facts[i].emails) {
			h.records = another(h.records, r.ID)
		}
	}
	index := j.newUserIndex(found)
	for _, c := range index.list {
		for _, h := range shared.of(nil, c.facts.emails) {
			h.candidates = another(h.candidates, c.ID)
		}
	}
	results := make([]match.Result, len(records))
	for i := range facts {
		candidates := index.of(&facts[i])
		results[i] = j.weighUsers(&facts[i], candidates, shared)
		for _, c := range candidates {
			if proposes(results[i], c.ID) {
				shared.noteBasis(facts[i].id, c.ID, [2][]string{}, [2][]string{facts[i].emails, c.facts.emails})
			}
		}
	}
	return results
}

func (j *Judge) weighUsers(record *user, candidates []*userCandidate, shared *Shared) match.Result {
	var list []weighing
	for _, c := range candidates {
		if w := j.weighUser(record, c, shared); w.Verdict != match.Different {
			list = append(list, w)
		}
	}
	return settled(list)
}

// userIndex finds candidates by what they have in common with a record.
type userIndex struct {
	list  []*userCandidate
	byKey map[string][]*userCandidate
}

// newUserIndex takes each candidate once.
func (j *Judge) newUserIndex(found []match.UserCandidate) *userIndex {
	x, ids := &userIndex{byKey: make(map[string][]*userCandidate)}, make(map[string]bool)
	for _, f := range found {
		if ids[f.ID] {
			continue
		}
		ids[f.ID] = true
		c := &userCandidate{f, j.user(f.User)}
		x.list = append(x.list, c)
		for _, key := range c.facts.keys() {
			x.byKey[key] = append(x.byKey[key], c)
		}
	}
	return x
}

// of returns the candidates that share a key with a record, each once.
func (x *userIndex) of(record *user) []*userCandidate {
	var list []*userCandidate
	for _, key := range record.keys() {
		for _, c := range x.byKey[key] {
			if !slices.Contains(list, c) {
				list = append(list, c)
			}
		}
	}
	return list
}

func (u *user) keys() []string {
	keys := prefixed("e", u.emails)
	if u.username != "" {
		keys = append(keys, "u"+u.username)
	}
	return keys
}

// User weighs one record against candidates, which it counts into shared, as
// [Judge.Users] does.
func (j *Judge) User(u match.User, candidates []match.UserCandidate, shared *Shared) match.Result {
	return j.Users([]match.User{u}, candidates, shared)[0]
}

// weighUser weighs one candidate, as if it were the only one.
func (j *Judge) weighUser(record *user, c *userCandidate, shared *Shared) weighing {
	w := weighing{Weighed: match.Weighed{ID: c.ID, Verdict: match.Different}}
	w.Evidence = record.evidence(&c.facts, shared)
	link, login := enough(j.rules.LinkUsers, w.Evidence), slices.Contains(w.Evidence, match.EvidenceUsername)
	if !link && !enough(j.rules.ProposeUsers, w.Evidence) {
		if login {
			w.Verdict = match.Taken
		}
		return w
	}
	foreign := foreign(record.id, c.AlarmComIDs)
	if foreign {
		w.Vetoes = append(w.Vetoes, match.VetoAlarmComID)
	}
	if c.Inactive {
		w.Vetoes = append(w.Vetoes, match.VetoInactive)
	}
	if c.Deleted {
		w.Vetoes = append(w.Vetoes, match.VetoDeleted)
	}
	switch {
	case foreign && !login && record.username != "" && c.facts.username != "":
		w.Verdict = match.Elsewhere
	case link && len(w.Vetoes) == 0:
		w.Verdict = match.Link
	default:
		w.Verdict = match.Propose
	}
	return w
}
