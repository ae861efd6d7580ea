package engine

import (
	"maps"
	"slices"

	"github.com/securitytrax/adcimport/ledger"
)

// tally counts a run. What the ledger stores is counted when it is committed;
// skips that are not stored are counted when the cursor moves past their page.
// So a page that is delivered again after a crash is never counted twice.
type tally struct {
	counts   ledger.Counts
	reasons  map[ledger.Reason]int
	unstored map[ledger.Reason]int // since the cursor last moved
	started  ledger.Counts         // where this process began: budgets count from here
	warnings []string
}

func newTally(s ledger.Summary) *tally {
	t := &tally{counts: s.Counts, reasons: maps.Clone(s.ByReason), started: s.Counts, warnings: slices.Clone(s.Warnings)}
	if t.reasons == nil {
		t.reasons = make(map[ledger.Reason]int)
	}
	t.unstored = make(map[ledger.Reason]int)
	return t
}

// clone is what to go back to when a commit fails.
func (t *tally) clone() *tally {
	c := *t
	c.reasons, c.unstored = maps.Clone(t.reasons), maps.Clone(t.unstored)
	c.warnings = slices.Clone(t.warnings)
	return &c
}

// verdict is what a run counted a record as.
type verdict struct {
	action ledger.Action
	reason ledger.Reason
}

func (t *tally) add(o *ledger.Outcome) {
	if !o.Stored(false) {
		t.unstored[o.Reason]++
		return
	}
	t.count(verdict{o.Action, o.Reason}, 1)
}

func (t *tally) count(v verdict, n int) {
	t.counts.AddN(v.action, n)
	if v.reason == "" {
		return
	}
	if t.reasons[v.reason] += n; t.reasons[v.reason] == 0 {
		delete(t.reasons, v.reason)
	}
}

// passed counts the unstored skips: the cursor moves past them.
func (t *tally) passed() {
	for r, n := range t.unstored {
		t.counts.Read += n
		t.counts.Skipped += n
		t.reasons[r] += n
	}
	clear(t.unstored)
}

// forget takes back the unstored skips: the listing is read from its beginning.
func (t *tally) forget() {
	for _, r := range []ledger.Reason{ledger.ReasonAlreadyImported, ledger.ReasonDuplicateInSource} {
		t.counts.Read -= t.reasons[r]
		t.counts.Skipped -= t.reasons[r]
		delete(t.reasons, r)
	}
}

func (t *tally) warn(texts ...string) {
	for _, w := range texts {
		if !slices.Contains(t.warnings, w) {
			t.warnings = append(t.warnings, w)
		}
	}
}

func (t *tally) fill(s *ledger.Summary) {
	s.Counts = t.counts
	s.ByReason = maps.Clone(t.reasons)
	s.Warnings = slices.Clone(t.warnings)
}

// minTried is the number of records after which a share of failures means
// something.
const minTried = 100

// overBudget says whether the failures of this process exceed what the host
// allows.
func (t *tally) overBudget(o Options) bool {
	failed := t.counts.Failed - t.started.Failed
	switch {
	case failed == 0:
		return false
	case o.MaxFailures == -1, o.MaxFailures > 0 && failed > o.MaxFailures:
		return true
	}
	tried := t.counts.Read - t.counts.Skipped - (t.started.Read - t.started.Skipped)
	return o.MaxFailureShare > 0 && tried >= minTried && float64(failed) > o.MaxFailureShare*float64(tried)
}
