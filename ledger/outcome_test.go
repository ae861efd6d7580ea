package ledger_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/ledger"
)

var allActions = []ledger.Action{
	ledger.ActionCreated, ledger.ActionLinked, ledger.ActionUpdated, ledger.ActionUnchanged, ledger.ActionSkipped, ledger.ActionFailed,
}

// What merely passes has no row, whoever keeps the ledger.
func TestOutcome_Stored(t *testing.T) {
	t.Parallel()
	type stored struct{ passing, named bool }
	byReason := map[ledger.Reason]stored{
		ledger.ReasonAlreadyImported: {}, ledger.ReasonDuplicateInSource: {}, ledger.ReasonFilteredOut: {named: true},
	}
	for _, reason := range []ledger.Reason{
		"", ledger.ReasonAlreadyImported, ledger.ReasonFilteredOut, ledger.ReasonDuplicateInSource, ledger.ReasonNotInSink,
		ledger.ReasonInvalidRecord, ledger.ReasonRejectedBySink, ledger.ReasonUsernameTaken, ledger.ReasonSourceNotFound,
		ledger.ReasonSourceDenied, ledger.ReasonSourceFailed, ledger.ReasonInDoubt, ledger.ReasonInDoubtResolved,
		ledger.ReasonAmbiguousMatch, ledger.ReasonNotSent, ledger.ReasonUnconfirmed, ledger.ReasonNotCleared, ledger.ReasonGoneInSink, "of_a_later_version",
	} {
		want, passes := byReason[reason]
		if !passes {
			want = stored{true, true}
		}
		o := ledger.Outcome{Action: ledger.ActionSkipped, Reason: reason}
		if got := (stored{o.Stored(false), o.Stored(true)}); got != want {
			t.Errorf("an outcome with reason %q is stored, passing and named: %v, want %v", reason, got, want)
		}
	}
	for _, a := range allActions {
		o := ledger.Outcome{Action: a}
		if got := o.Stored(false); got != (a != ledger.ActionUnchanged) || !o.Stored(true) {
			t.Errorf("%s is stored in passing: %v", a, got)
		}
	}
}

func TestAction_Done(t *testing.T) {
	t.Parallel()
	for _, a := range append(allActions, "of_a_later_version") {
		want := a == ledger.ActionCreated || a == ledger.ActionLinked || a == ledger.ActionUpdated || a == ledger.ActionUnchanged
		if a.Done() != want {
			t.Errorf("%s is done: %v", a, a.Done())
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	var c ledger.Counts
	for i, a := range allActions {
		c.AddN(a, i+2)
		c.Add(a)
		c.AddN(a, -1)
	}
	want := ledger.Counts{Read: 27, Created: 2, Linked: 3, Updated: 4, Unchanged: 5, Skipped: 6, Failed: 7}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestTally(t *testing.T) {
	t.Parallel()
	var a, b ledger.Tally
	a.Add(ledger.Verdict{Action: ledger.ActionFailed, Reason: ledger.ReasonNotSent}, 3)
	a.Add(ledger.Verdict{Action: ledger.ActionCreated}, 2)
	b.Add(ledger.Verdict{Action: ledger.ActionFailed, Reason: ledger.ReasonNotSent}, 1)
	b.Add(ledger.Verdict{Action: ledger.ActionLinked, Reason: ledger.ReasonInDoubtResolved}, 4)
	copied := a.Clone()
	sum := ledger.Tally{
		Counts:   ledger.Counts{Read: 10, Created: 2, Linked: 4, Failed: 4},
		ByReason: map[ledger.Reason]int{ledger.ReasonNotSent: 4, ledger.ReasonInDoubtResolved: 4},
	}
	for what, diff := range map[string]string{
		"a plus b":         cmp.Diff(sum, a.Plus(b)),
		"a plus b minus b": cmp.Diff(a, a.Plus(b).Minus(b)),
		"a afterwards":     cmp.Diff(copied, a),
	} {
		if diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	a.Add(ledger.Verdict{Action: ledger.ActionFailed, Reason: ledger.ReasonNotSent}, -3)
	if len(a.ByReason) != 0 || copied.ByReason[ledger.ReasonNotSent] != 3 {
		t.Errorf("taken back: %v, its clone: %v", a.ByReason, copied.ByReason)
	}
	empty := ledger.Tally{}
	if got := empty.Plus(b); !cmp.Equal(got, b) {
		t.Errorf("nothing plus b is %+v", got)
	}
}
