package storetest

import (
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func recordRules() []rule {
	return []rule{
		{"record_alone", "outcomes alone change no record but for the run and its verdict: known is what a record says", recordAlone},
		{"record_known", "a known record stays known, as what it was, when a later record says otherwise", recordKnown},
		{"record_decision", "decision and generation stay as stored, but for the decision about what becomes known", recordDecision},
		{"record_since", "Since stays while the state does, and begins with another one", recordSince},
		{"records_missing", "Records has no entry for an id of which nothing is stored", recordsMissing},
		{"records_many", "Records returns ten thousand ids in one call, and none for no ids", recordsMany},
	}
}

func recordAlone(t *trial) {
	l := t.acquire("run-1")
	t.outcomes(l, created("1"), failed("2", ledger.ReasonNotSent))
	t.equal("known", len(t.knownIDs("1", "2")), 0)
	t.equal("exceptions", len(t.listed(ledger.Query{})), 0)
	t.equal("known in a list", len(t.listed(ledger.Query{Known: true})), 0)
	r := t.records("run-1", "1")["1"]
	t.equal("run and verdict", []any{r.RunID, r.Here.Action}, []any{"run-1", ledger.ActionCreated})
	t.know(l, "1")
	t.commit(l, ledger.Commit{Outcomes: []ledger.Outcome{{SourceID: "1", Action: ledger.ActionUpdated}}})
	t.equal("known afterwards", t.knownIDs("1", "2"), []string{"1"})
}

func recordKnown(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "1")
	t.release(l, ledger.StatusCompleted)
	l = t.acquire("run-2")
	t.commit(l, ledger.Commit{
		Outcomes: []ledger.Outcome{failed("1", ledger.ReasonRejectedBySink)},
		Records:  []ledger.Record{{ID: "1", SinkID: "other", Fingerprint: "other", State: ledger.StateFailed}},
	})
	want := knownRecord("1")
	want.State, want.RunID = ledger.StateFailed, "run-2"
	t.record("after a failure", want)
	t.equal("known in a list", t.listed(ledger.Query{Known: true}), []string{"1"})
	want.State, want.Fingerprint = ledger.StateNone, ""
	t.commit(l, ledger.Commit{Records: []ledger.Record{want}})
	t.record("after an update", want)
	t.equal("exceptions", len(t.listed(ledger.Query{})), 0)
}

func recordDecision(t *trial) {
	l := t.acquire("run-1")
	t.set(l, ledger.StateReview, "1")
	t.release(l, ledger.StatusCompleted)
	t.amend(forget("1"))
	t.amend(decide("1", "sink-9"))
	l = t.acquire("run-2")
	t.commit(l, ledger.Commit{Records: []ledger.Record{{ID: "1", State: ledger.StateReview, Decision: "no", Generation: 9}}})
	t.record("after a review", ledger.Record{ID: "1", State: ledger.StateReview, Decision: "sink-9", Generation: 1})
	t.know(l, "1")
	want := knownRecord("1")
	want.Generation, want.RunID = 1, "run-2"
	t.record("when it is known", want)
	t.amend(decide("1", ledger.DecisionCreate))
	t.know(l, "1")
	want.Decision = ledger.DecisionCreate
	t.record("when it was known already", want)
}

func recordSince(t *trial) {
	l := t.acquire("run-1")
	t.set(l, ledger.StateFailed, "1")
	first := t.records("", "1")["1"].Since
	t.advance(time.Second)
	t.set(l, ledger.StateFailed, "1")
	t.equal("Since in the same state", printTime(t.records("", "1")["1"].Since), printTime(first))
	t.set(l, ledger.StateResting, "1")
	t.about("how much later Since is in another state", t.records("", "1")["1"].Since.Sub(first), time.Second)
	if t.err == nil && !t.records("", "1")["1"].Since.After(first) {
		t.failf("Since is the same in another state")
	}
	t.know(l, "1")
	t.equal("Since without a state", printTime(t.records("", "1")["1"].Since), "none")
}

func recordsMissing(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "1")
	found := t.records("run-1", "1", "2", "")
	_, missing := found["2"]
	t.equal("how many are found, and 2 among them", []any{len(found), missing}, []any{1, false})
	t.equal("records of a scope without any", len(t.recordsOf(ledger.Scope{Account: "none such", Kind: ledger.KindUser}, "", "1")), 0)
}

func recordsMany(t *trial) {
	ids := manyIDs(10_000)
	l := t.acquire("run-1")
	var some []string
	for i := 0; i < len(ids); i += 20 {
		some = append(some, ids[i])
	}
	t.know(l, some...)
	found := t.records("run-1", ids...)
	t.equal("how many are found", len(found), len(some))
	for _, id := range some {
		t.equal("what is known of "+id, found[id].SinkID, "sink-"+id)
	}
	t.equal("records of no ids", len(t.records("run-1")), 0)
}
