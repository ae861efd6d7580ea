package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/ledger"
)

// fault 75: a budget counts new failures alone. A run that had 8 and has 7 now, since
// one of them came in after all, was stopped by a budget that tolerates none, and
// whenever somebody went on with it, again.
func TestFault75_tally_countsNewFailures(t *testing.T) {
	t.Parallel()
	none := ledger.Verdict{}
	created := ledger.Verdict{Action: ledger.ActionCreated}
	failed := ledger.Verdict{Action: ledger.ActionFailed, Reason: ledger.ReasonNotSent}
	doubt := ledger.Verdict{Action: ledger.ActionFailed, Reason: ledger.ReasonInDoubt}
	skipped := ledger.Verdict{Action: ledger.ActionSkipped, Reason: ledger.ReasonFilteredOut}
	type change struct{ is, was ledger.Verdict }
	many := func(n int, c change) []change {
		all := make([]change, n)
		for i := range all {
			all[i] = c
		}
		return all
	}
	strict, share := Options{MaxFailures: -1}, Options{MaxFailureShare: 0.1}
	for name, tt := range map[string]struct {
		o       Options
		changes []change
		over    bool
		failed  int // of the run, at the end
	}{
		"nothing":                              {strict, nil, false, 8},
		"one came in after all":                {strict, []change{{created, failed}}, false, 7},
		"one came in, and one is new":          {strict, []change{{created, failed}, {failed, none}}, true, 8},
		"one is new":                           {strict, []change{{failed, none}}, true, 9},
		"one fails again":                      {strict, []change{{failed, failed}}, false, 8},
		"one fails of another reason":          {strict, []change{{doubt, failed}}, false, 8},
		"one that was created fails":           {strict, []change{{failed, created}}, true, 9},
		"as many as allowed":                   {Options{MaxFailures: 3}, many(3, change{failed, none}), false, 11},
		"more than allowed":                    {Options{MaxFailures: 3}, many(4, change{failed, none}), true, 12},
		"no limit":                             {Options{}, many(500, change{failed, none}), false, 508},
		"a share of too few":                   {share, many(99, change{failed, none}), false, 107},
		"a share of a hundred":                 {share, append(many(89, change{created, none}), many(11, change{failed, none})...), true, 19},
		"a share that is kept":                 {share, append(many(90, change{created, none}), many(10, change{failed, none})...), false, 18},
		"what is skipped is not tried":         {share, append(many(500, change{skipped, none}), many(50, change{failed, none})...), false, 58},
		"what is decided anew is counted once": {share, append(many(80, change{created, failed}), many(20, change{failed, none})...), false, -52},
	} {
		tally := newTally(&ledger.RunState{Summary: ledger.Summary{Counts: ledger.Counts{Read: 200, Created: 192, Failed: 8}}})
		for _, c := range tt.changes {
			tally.store(c.is, c.was)
		}
		if over := tally.overBudget(tt.o); over != tt.over {
			t.Errorf("%s: over the budget: %v", name, over)
		}
		if got := tally.all.Counts.Failed; got != tt.failed {
			t.Errorf("%s: %d failed, want %d", name, got, tt.failed)
		}
	}
}

// A share is of all that was tried, also of what comes last and leaves no row.
func TestTally_passNow_isTried(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		verdict ledger.Verdict
		over    bool
	}{
		"unchanged": {ledger.Verdict{Action: ledger.ActionUnchanged}, true},
		"skipped":   {ledger.Verdict{Action: ledger.ActionSkipped, Reason: ledger.ReasonAlreadyImported}, false}, // 11 of 11 are too few to tell
	} {
		tally := newTally(new(ledger.RunState))
		for range 89 {
			tally.passNow(tt.verdict)
		}
		for range 11 {
			tally.store(ledger.Verdict{Action: ledger.ActionFailed, Reason: ledger.ReasonNotSent}, ledger.Verdict{})
		}
		if over := tally.overBudget(Options{MaxFailureShare: 0.1}); over != tt.over {
			t.Errorf("%s: over the budget: %v", name, over)
		}
	}
}

// A run that goes on and whose first commit does not count has what was stored before.
func TestTally_back_beforeTheFirstCommit(t *testing.T) {
	t.Parallel()
	before := ledger.Counts{Read: 20, Created: 20}
	tally := newTally(&ledger.RunState{Summary: ledger.Summary{Counts: before}})
	tally.store(ledger.Verdict{Action: ledger.ActionCreated}, ledger.Verdict{})
	tally.back()
	if diff := cmp.Diff(before, tally.all.Counts); diff != "" {
		t.Errorf("counts (-before +now):\n%s", diff)
	}
}
