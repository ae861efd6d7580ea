// Package matching weighs records of Alarm.com against those that a sink has: what
// is equal, what keeps a rule from linking, and what follows. It asks nobody; what
// to ask is the result of a [CustomerSearch]. docs/matching.md has the rules in
// words.
package matching

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport/match"
)

// Judge weighs records by the rules of a host. It keeps nothing of them, and may be
// used concurrently.
type Judge struct {
	rules  match.Rules
	text   string // of the rules, for prints
	folder *folder
	own    []string // e-mail domains, in lower case
}

// NewJudge returns a Judge by rules, which it does not keep. The error is that of
// [match.Rules.Check].
func NewJudge(rules match.Rules) (*Judge, error) {
	if err := rules.Check(); err != nil {
		return nil, err
	}
	rules = rules.WithDefaults()
	text, err := json.Marshal(rules)
	if err != nil {
		return nil, err
	}
	j := &Judge{rules: rules, text: string(text), folder: newFolder(rules.Placeholders, rules.OwnNames)}
	for _, d := range rules.OwnDomains {
		j.own = append(j.own, strings.ToLower(strings.TrimSpace(d)))
	}
	return j, nil
}

// foreign reports whether a candidate has an Alarm.com id, and not that of the record.
func foreign(record string, carries []string) bool {
	own := func(id string) bool { return id == record && id != "" }
	return !slices.ContainsFunc(carries, own) && slices.ContainsFunc(carries, func(id string) bool { return id != "" })
}

// weighing is a candidate while it is weighed.
type weighing struct {
	match.Weighed

	place nearness
}

// settled makes a result of what was weighed: more than one to propose, and none is
// certain.
func settled(list []weighing) match.Result {
	proposed := 0
	for _, w := range list {
		if toReview(w.Verdict) {
			proposed++
		}
	}
	if proposed > 1 {
		for i := range list {
			if toReview(list[i].Verdict) {
				veto(&list[i].Weighed, match.VetoSeveral)
			}
		}
	}
	slices.SortFunc(list, likelier)
	r := match.Result{Verdict: match.Different, Left: max(0, len(list)-match.MaxCandidates)}
	for i, w := range list {
		if i == 0 {
			r.Verdict = w.Verdict
		}
		if i < match.MaxCandidates {
			r.Candidates = append(r.Candidates, w.Weighed)
		}
	}
	return r
}

func toReview(v match.Verdict) bool { return v == match.Link || v == match.Propose }

// veto adds a veto, with which nothing is linked.
func veto(w *match.Weighed, v match.Veto) {
	if !slices.Contains(w.Vetoes, v) {
		w.Vetoes = append(w.Vetoes, v)
	}
	if w.Verdict == match.Link {
		w.Verdict = match.Propose
	}
}

// likelier orders candidates: by verdict, then the equal address first, then who has
// more in common and less against it, then by id.
func likelier(a, b weighing) int {
	rank := []match.Verdict{match.Link, match.Propose, match.Taken, match.Elsewhere, match.Different}
	for _, n := range []int{
		slices.Index(rank, a.Verdict) - slices.Index(rank, b.Verdict),
		first(b.place == samePlace) - first(a.place == samePlace),
		len(b.Evidence) - len(a.Evidence),
		len(a.Vetoes) - len(b.Vetoes),
	} {
		if n != 0 {
			return n
		}
	}
	return strings.Compare(a.ID, b.ID)
}

func first(b bool) int {
	if b {
		return 1
	}
	return 0
}

func enough(list []match.Demand, evidence []match.Evidence) bool {
	return slices.ContainsFunc(list, func(d match.Demand) bool { return d.MetBy(evidence) })
}
