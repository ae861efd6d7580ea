package engine

import (
	"slices"

	"github.com/securitytrax/adcimport/ledger"
)

// tally counts a run. What has an outcome stored is counted once, by the verdict
// that stands; what merely passes, or shares its row with others because it has no
// id, is counted when the cursor moves past it. So a
// page that is delivered again after a crash is never counted twice.
type tally struct {
	all      ledger.Tally // of the run
	passing  ledger.Tally // the part of it without stored outcomes
	ahead    ledger.Tally // what passes since the cursor last moved
	stored   ledger.Tally // of the last commit
	spent    Budget       // of what the host allows
	counted  Budget       // that of the last commit
	warnings []string
}

// Budget is what was tried, and failed, of the limits that the options of a run set.
// It begins anew when a person goes on with the run: what failed before was seen.
type Budget struct {
	Tried  int // but for what was skipped
	Failed int // records that had not failed before
}

func newTally(st *ledger.RunState) *tally {
	t := &tally{passing: st.Passing.Clone(), warnings: slices.Clone(st.Warnings)}
	t.reset(st)
	t.stored = t.all.Clone()
	return t
}

// store counts a stored outcome; was is what the run had decided before.
func (t *tally) store(v, was ledger.Verdict) {
	if was != (ledger.Verdict{}) {
		t.all.Add(was, -1)
	}
	t.all.Add(v, 1)
	if was.Action == "" && v.Action != ledger.ActionSkipped {
		t.spent.Tried++
	}
	if v.Action == ledger.ActionFailed && was.Action != ledger.ActionFailed {
		t.spent.Failed++
	}
}

// pass counts what has no outcome stored, once the cursor moves.
func (t *tally) pass(v ledger.Verdict) {
	t.ahead.Add(v, 1)
	t.spend(v)
}

func (t *tally) spend(v ledger.Verdict) {
	if v.Action != ledger.ActionSkipped {
		t.spent.Tried++
	}
	if v.Action == ledger.ActionFailed { // one without an id
		t.spent.Failed++
	}
}

// passNow counts what has no outcome stored, in the commit that stores the rest of it.
func (t *tally) passNow(v ledger.Verdict) {
	t.all.Add(v, 1)
	t.passing.Add(v, 1)
	t.spend(v)
}

// moved counts what passed: the cursor has moved beyond it.
func (t *tally) moved() {
	if t.ahead.Counts.Read == 0 {
		return
	}
	t.all, t.passing = t.all.Plus(t.ahead), t.passing.Plus(t.ahead)
	t.ahead = ledger.Tally{}
}

// commit is how the counts go into a commit.
func (t *tally) commit(c *ledger.Commit) { c.Tally, c.Passing = t.all.Clone(), t.passing.Clone() }

// back goes back to the last commit, when a later one may not count.
func (t *tally) back() { t.all, t.spent = t.stored.Clone(), t.counted }

// reset takes the counts of a run as it is stored.
func (t *tally) reset(st *ledger.RunState) {
	t.all = st.Tally().Clone()
}

func (t *tally) warn(texts ...string) {
	for _, w := range texts {
		if !slices.Contains(t.warnings, w) {
			t.warnings = append(t.warnings, w)
		}
	}
}

func (t *tally) fill(s *ledger.Summary) {
	s.SetTally(t.all.Clone())
	s.Warnings = slices.Clone(t.warnings)
}

// minTried is the number of records after which a share of failures means
// something.
const minTried = 100

// overBudget says whether the new failures exceed what the host allows.
func (t *tally) overBudget(o Options) bool {
	failed := t.spent.Failed
	switch {
	case failed == 0:
		return false
	case o.MaxFailures == -1, o.MaxFailures > 0 && failed > o.MaxFailures:
		return true
	}
	return o.MaxFailureShare > 0 && t.spent.Tried >= minTried && float64(failed) > o.MaxFailureShare*float64(t.spent.Tried)
}
