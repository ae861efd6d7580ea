package ledger_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/ledger"
)

func TestAmended(t *testing.T) {
	t.Parallel()
	full := ledger.Record{
		ID: "1", Known: true, SinkID: "s", Fingerprint: "f", State: ledger.StateFailed, Since: earlier, Sent: 3, Unproved: 2, Attempts: 4,
		Setup: "x", Evidence: "e", Decision: "d", Generation: 2, RunID: "run-1", Here: ledger.Verdict{Action: ledger.ActionFailed},
	}
	change := func(f func(*ledger.Record)) ledger.Record {
		r := full
		f(&r)
		return r
	}
	inState := func(s ledger.RecordState) ledger.Record { return change(func(r *ledger.Record) { r.State = s }) }
	retried := change(func(r *ledger.Record) { r.Since, r.Sent, r.Attempts = now, 0, 0 })
	retry := ledger.Amendment{Op: ledger.AmendRetry}
	for name, c := range map[string]struct {
		stored ledger.Record
		amend  ledger.Amendment
		want   ledger.Record
	}{
		"forget leaves the generation, which grows": {full, ledger.Amendment{Op: ledger.AmendForget}, ledger.Record{ID: "1", Generation: 3}},
		"retry of a failed one":                     {full, retry, retried},
		"retry of a deferred one":                   {inState(ledger.StateDeferred), retry, retried},
		"retry of a resting one":                    {inState(ledger.StateResting), retry, retried},
		"retry of a parked one keeps Unproved":      {inState(ledger.StateParked), retry, retried},
		"retry of an open one":                      {inState(ledger.StateOpen), retry, inState(ledger.StateOpen)},
		"retry of one in review":                    {inState(ledger.StateReview), retry, inState(ledger.StateReview)},
		"retry of one without a state":              {inState(ledger.StateNone), retry, inState(ledger.StateNone)},
		"decide": {
			full,
			ledger.Amendment{Op: ledger.AmendDecide, Decision: ledger.DecisionCreate},
			change(func(r *ledger.Record) { r.Decision = ledger.DecisionCreate }),
		},
		"decide takes a decision back": {
			full, ledger.Amendment{Op: ledger.AmendDecide}, change(func(r *ledger.Record) { r.Decision = "" }),
		},
	} {
		if diff := cmp.Diff(c.want, ledger.Amended(c.stored, c.amend, now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMerged(t *testing.T) {
	t.Parallel()
	known := ledger.Record{ID: "1", Known: true, SinkID: "s", Fingerprint: "a"}
	same := ledger.Record{ID: "1", Known: true, SinkID: "s", Fingerprint: "b", Generation: 2}
	other := ledger.Record{ID: "1", Known: true, SinkID: "t", Generation: 3}
	failed := ledger.Record{ID: "1", State: ledger.StateFailed, Since: earlier, Generation: 1}
	forgotten := ledger.Record{ID: "1", Generation: 4}
	for name, c := range map[string]struct{ a, b, want ledger.Record }{
		"the same sink id": {known, same, ledger.Record{ID: "1", Known: true, SinkID: "s", Fingerprint: "a", Generation: 2}},
		"two sink ids are for a person": {
			known, other,
			ledger.Record{ID: "1", Known: true, SinkID: "s", Fingerprint: "a", State: ledger.StateReview, Since: now, Generation: 3},
		},
		"known is more than failed":            {failed, known, ledger.Record{ID: "1", Known: true, SinkID: "s", Fingerprint: "a", Generation: 1}},
		"known is more than failed, reversed":  {known, failed, ledger.Record{ID: "1", Known: true, SinkID: "s", Fingerprint: "a", Generation: 1}},
		"a state is more than nothing":         {forgotten, failed, ledger.Record{ID: "1", State: ledger.StateFailed, Since: earlier, Generation: 4}},
		"a state is more than nothing, revers": {failed, forgotten, ledger.Record{ID: "1", State: ledger.StateFailed, Since: earlier, Generation: 4}},
	} {
		if diff := cmp.Diff(c.want, ledger.Merged(c.a, c.b, now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRecord_Simple(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		r    ledger.Record
		want bool
	}{
		"known":     {ledger.Record{Known: true, SinkID: "s", Fingerprint: "f", RunID: "r"}, true},
		"unknown":   {ledger.Record{}, false},
		"in state":  {ledger.Record{Known: true, State: ledger.StateFailed}, false},
		"decided":   {ledger.Record{Known: true, Decision: "t"}, false},
		"forgotten": {ledger.Record{Known: true, Generation: 1}, false},
	} {
		if got := c.r.Simple(); got != c.want {
			t.Errorf("%s: Simple is %v", name, got)
		}
	}
}

func TestCommit_IDs(t *testing.T) {
	t.Parallel()
	c := ledger.Commit{
		Outcomes: []ledger.Outcome{created("7")}, Records: []ledger.Record{{ID: "2"}}, Intents: intents("3"), Withdrawn: []string{"4"},
	}
	if diff := cmp.Diff([]string{"7", "2", "3"}, c.IDs()); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}
