package ledger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/securitytrax/adcimport/ledger"
)

var (
	earlier = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	now     = earlier.Add(time.Hour)
)

func created(id string) ledger.Outcome {
	return ledger.Outcome{SourceID: id, SinkID: "s" + id, Action: ledger.ActionCreated}
}

// applyCase has one record "1" as stored, which may be in the open batch, and
// what a commit makes of it.
type applyCase struct {
	stored *ledger.Record
	open   bool // in the open batch, sent at earlier, as "fp"
	commit ledger.Commit
	want   []ledger.Record // changed ones
	states []ledger.IntentState
	opened []string // ids of the new open batch
}

func TestApply(t *testing.T) {
	t.Parallel()
	for _, part := range []map[string]applyCase{recordCases(), keptCases(), batchCases(), intentCases()} {
		for name, c := range part {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				checkApply(t, c)
			})
		}
	}
}

func checkApply(t *testing.T, c applyCase) {
	t.Helper()
	b := ledger.Before{RunID: "run-2", Now: now, Records: make(map[string]ledger.Record)}
	if c.stored != nil {
		b.Records[c.stored.ID] = *c.stored
	}
	if c.open {
		b.Open = []ledger.OpenIntent{{ID: "1", Fingerprint: "fp", Since: earlier}}
	}
	got := ledger.Apply(b, c.commit)
	var opened []string
	for _, o := range got.Open {
		opened = append(opened, o.ID)
		if !o.Since.Equal(now) || o.Fingerprint != "fp-"+o.ID {
			t.Errorf("the intent is open as %+v", o)
		}
	}
	for what, diff := range map[string]string{
		"records": cmp.Diff(c.want, got.Records, cmpopts.EquateEmpty()),
		"states":  cmp.Diff(c.states, got.States, cmpopts.EquateEmpty()),
		"open":    cmp.Diff(c.opened, opened),
	} {
		if diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
}

func recordsOf(list ...ledger.Record) ledger.Commit { return ledger.Commit{Records: list} }

func recordCases() map[string]applyCase {
	deferred := ledger.Record{ID: "1", State: ledger.StateDeferred, Since: earlier}
	return map[string]applyCase{
		"an outcome alone changes no state, but says who decided": {
			stored: &deferred, commit: ledger.Commit{Outcomes: []ledger.Outcome{created("1")}},
			want: []ledger.Record{{
				ID: "1", State: ledger.StateDeferred, Since: earlier, RunID: "run-2", Here: ledger.Verdict{Action: ledger.ActionCreated},
			}},
		},
		"the later of two outcomes counts": {
			commit: ledger.Commit{Outcomes: []ledger.Outcome{
				{SourceID: "1", Action: ledger.ActionFailed, Reason: ledger.ReasonNotSent, Ahead: true}, created("1"),
			}},
			want: []ledger.Record{{ID: "1", RunID: "run-2", Here: ledger.Verdict{Action: ledger.ActionCreated}}},
		},
		"a record takes the fields that count": {
			commit: recordsOf(ledger.Record{
				ID: "1", Known: true, SinkID: "s", Fingerprint: "f", State: ledger.StateFailed, Since: earlier, Sent: 2, Unproved: 1,
				Attempts: 3, Setup: "x", Evidence: "e", Decision: "no", Generation: 9, RunID: "no", Here: ledger.Verdict{Action: "no"},
			}),
			want: []ledger.Record{{
				ID: "1", Known: true, SinkID: "s", Fingerprint: "f", State: ledger.StateFailed, Since: now, Sent: 2, Unproved: 1,
				Attempts: 3, Setup: "x", Evidence: "e",
			}},
		},
		"the later of two records of an id counts, once": {
			commit: recordsOf(ledger.Record{ID: "1", State: ledger.StateFailed}, ledger.Record{ID: "1", State: ledger.StateParked}),
			want:   []ledger.Record{{ID: "1", State: ledger.StateParked, Since: now}},
		},
		"Since stays while the state does": {
			stored: &deferred, commit: recordsOf(ledger.Record{ID: "1", State: ledger.StateDeferred, Attempts: 2}),
			want: []ledger.Record{{ID: "1", State: ledger.StateDeferred, Since: earlier, Attempts: 2}},
		},
		"Since begins with another state": {
			stored: &deferred, commit: recordsOf(ledger.Record{ID: "1", State: ledger.StateFailed}),
			want: []ledger.Record{{ID: "1", State: ledger.StateFailed, Since: now}},
		},
		"a record without a state has no Since": {
			stored: &deferred, commit: recordsOf(ledger.Record{ID: "1", Known: true, SinkID: "s", Since: earlier}),
			want: []ledger.Record{{ID: "1", Known: true, SinkID: "s"}},
		},
		"Since of an open record is when it was sent": {
			open: true, commit: recordsOf(ledger.Record{ID: "1", State: ledger.StateOpen, Sent: 1}),
			want: []ledger.Record{{ID: "1", State: ledger.StateOpen, Since: earlier, Sent: 1}},
		},
	}
}

func keptCases() map[string]applyCase {
	known := ledger.Record{ID: "1", Known: true, SinkID: "s", Fingerprint: "f"}
	decided := ledger.Record{ID: "1", State: ledger.StateReview, Since: earlier, Decision: ledger.DecisionCreate, Generation: 2}
	here := ledger.Record{ID: "1", RunID: "run-9", Here: ledger.Verdict{Action: ledger.ActionFailed}}
	return map[string]applyCase{
		"a known record stays known when it fails": {
			stored: &known, commit: recordsOf(ledger.Record{ID: "1", SinkID: "other", Fingerprint: "other", State: ledger.StateFailed}),
			want: []ledger.Record{{ID: "1", Known: true, SinkID: "s", Fingerprint: "f", State: ledger.StateFailed, Since: now}},
		},
		"a known record gets a new fingerprint": {
			stored: &known, commit: recordsOf(ledger.Record{ID: "1", Known: true, SinkID: "s", Fingerprint: "new"}),
			want: []ledger.Record{{ID: "1", Known: true, SinkID: "s", Fingerprint: "new"}},
		},
		"decision and generation stay": {
			stored: &decided, commit: recordsOf(ledger.Record{ID: "1", State: ledger.StateFailed, Decision: "x", Generation: 7}),
			want: []ledger.Record{{ID: "1", State: ledger.StateFailed, Since: now, Decision: ledger.DecisionCreate, Generation: 2}},
		},
		"a decision is carried out by what becomes known": {
			stored: &decided, commit: recordsOf(ledger.Record{ID: "1", Known: true, SinkID: "s"}),
			want: []ledger.Record{{ID: "1", Known: true, SinkID: "s", Generation: 2}},
		},
		"a decision about a known record stays": {
			stored: &ledger.Record{ID: "1", Known: true, SinkID: "s", Decision: "t"},
			commit: recordsOf(ledger.Record{ID: "1", Known: true, SinkID: "s"}),
			want:   []ledger.Record{{ID: "1", Known: true, SinkID: "s", Decision: "t"}},
		},
		"run and verdict stay without an outcome": {
			stored: &here, commit: recordsOf(ledger.Record{ID: "1", State: ledger.StateFailed}),
			want: []ledger.Record{{ID: "1", State: ledger.StateFailed, Since: now, RunID: "run-9", Here: ledger.Verdict{Action: ledger.ActionFailed}}},
		},
	}
}

// An id of the open batch is cleared by name, or becomes an open record.
func batchCases() map[string]applyCase {
	overNothing := ledger.Record{ID: "1", State: ledger.StateOpen, Since: earlier, Fingerprint: "fp", Sent: 1, Unproved: 1}
	return map[string]applyCase{
		"silence clears nothing": {open: true, want: []ledger.Record{overNothing}},
		"an outcome alone clears nothing": {
			open: true, commit: ledger.Commit{Outcomes: []ledger.Outcome{created("1")}},
			want: []ledger.Record{{
				ID: "1", State: ledger.StateOpen, Since: earlier, Fingerprint: "fp", Sent: 1, Unproved: 1,
				RunID: "run-2", Here: ledger.Verdict{Action: ledger.ActionCreated},
			}},
		},
		"what was withdrawn is as it was": {
			open: true, stored: &ledger.Record{ID: "1", State: ledger.StateFailed, Since: earlier, Sent: 1},
			commit: ledger.Commit{Withdrawn: []string{"1"}},
		},
		"a record clears": {
			open: true, commit: recordsOf(ledger.Record{ID: "1", Known: true, SinkID: "s"}),
			want: []ledger.Record{{ID: "1", Known: true, SinkID: "s"}},
		},
		"sends grow, and a known record keeps its fingerprint": {
			open: true, stored: &ledger.Record{ID: "1", Known: true, Fingerprint: "f", SinkID: "s", Sent: 2, Unproved: 1, Decision: "d"},
			want: []ledger.Record{{
				ID: "1", Known: true, Fingerprint: "f", SinkID: "s", State: ledger.StateOpen, Since: earlier, Sent: 3, Unproved: 2, Decision: "d",
			}},
		},
		"what is left open is open for an intent of the same commit": {
			open: true, commit: ledger.Commit{Intents: intents("1")},
			want: []ledger.Record{overNothing}, states: []ledger.IntentState{ledger.IntentOpen},
		},
		"what is withdrawn may be sent again by the same commit": {
			open: true, commit: ledger.Commit{Withdrawn: []string{"1"}, Intents: intents("1")},
			states: []ledger.IntentState{ledger.IntentFresh}, opened: []string{"1"},
		},
	}
}

func intents(ids ...string) []ledger.Intent {
	var list []ledger.Intent
	for _, id := range ids {
		list = append(list, ledger.Intent{ID: id, Fingerprint: "fp-" + id})
	}
	return list
}

func again(ids ...string) []ledger.Intent {
	list := intents(ids...)
	for i := range list {
		list[i].Again = true
	}
	return list
}

// The table of what an intent meets.
func intentCases() map[string]applyCase {
	failed := ledger.Verdict{Action: ledger.ActionFailed}
	cases := map[string]applyCase{
		"an id that came before in the commit": {
			commit: ledger.Commit{Intents: intents("1", "2", "1")}, opened: []string{"1", "2"},
			states: []ledger.IntentState{ledger.IntentFresh, ledger.IntentFresh, ledger.IntentDuplicate},
		},
		"an outcome of the same commit": {
			commit: ledger.Commit{Outcomes: []ledger.Outcome{created("1")}, Intents: intents("1")},
			want:   []ledger.Record{{ID: "1", RunID: "run-2", Here: ledger.Verdict{Action: ledger.ActionCreated}}},
			states: []ledger.IntentState{ledger.IntentDuplicate},
		},
	}
	for name, c := range map[string]struct {
		stored       ledger.Record
		first, again ledger.IntentState
	}{
		"nothing stored":   {ledger.Record{}, ledger.IntentFresh, ledger.IntentFresh},
		"known":            {ledger.Record{Known: true}, ledger.IntentDuplicate, ledger.IntentDuplicate},
		"known and open":   {ledger.Record{Known: true, State: ledger.StateOpen}, ledger.IntentDuplicate, ledger.IntentDuplicate},
		"open":             {ledger.Record{State: ledger.StateOpen}, ledger.IntentOpen, ledger.IntentFresh},
		"open, decided":    {ledger.Record{State: ledger.StateOpen, Here: failed}, ledger.IntentOpen, ledger.IntentFresh},
		"parked":           {ledger.Record{State: ledger.StateParked}, ledger.IntentParked, ledger.IntentFresh},
		"parked, decided":  {ledger.Record{State: ledger.StateParked, Here: failed}, ledger.IntentParked, ledger.IntentFresh},
		"decided here":     {ledger.Record{State: ledger.StateFailed, Here: failed}, ledger.IntentDuplicate, ledger.IntentFresh},
		"failed elsewhere": {ledger.Record{State: ledger.StateFailed, RunID: "run-1"}, ledger.IntentFresh, ledger.IntentFresh},
		"deferred":         {ledger.Record{State: ledger.StateDeferred}, ledger.IntentFresh, ledger.IntentFresh},
		"resting":          {ledger.Record{State: ledger.StateResting}, ledger.IntentFresh, ledger.IntentFresh},
		"review":           {ledger.Record{State: ledger.StateReview}, ledger.IntentFresh, ledger.IntentFresh},
	} {
		c.stored.ID = "1"
		for how, in := range map[string]struct {
			list []ledger.Intent
			want ledger.IntentState
		}{"": {intents("1"), c.first}, ", again": {again("1"), c.again}} {
			one := applyCase{stored: &c.stored, commit: ledger.Commit{Intents: in.list}, states: []ledger.IntentState{in.want}}
			if in.want == ledger.IntentFresh {
				one.opened = []string{"1"}
			}
			cases["intent of: "+name+how] = one
		}
	}
	return cases
}
