package storetest

import "github.com/securitytrax/adcimport/ledger"

func amendRules() []rule {
	return []rule{
		{
			"forget", "AmendForget makes a record unknown, with nothing left but its Generation, which grows by one; it may be sent again",
			forgetRecord,
		},
		{
			"retry", "AmendRetry makes what failed, is deferred, rests or is parked failed, without attempts and sends; Unproved stays",
			retryRecord,
		},
		{"decide", "AmendDecide stores a decision, and takes it back where it is empty", decideRecord},
		{"amend_held", "Amend is refused as a whole with ErrRunInProgress while a lease of the scope is held", amendHeld},
		{"amend_decisions", "where all are decisions, Amend is allowed beside a run, which reads them", amendDecisions},
		{"amend_expired", "a lease that expired does not keep a person's word out", amendExpired},
		{"amend_missing", "Amend leaves alone what nothing is stored of", amendMissing},
		{"amend_open", "what a dead epoch left open can be forgotten, and stays so", amendOpen},
		{"amend_invalid", "an amendment that Validate refuses is an *InvalidRequestError, and none of the call is carried out", amendInvalid},
	}
}

func forgetRecord(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "1", "2")
	t.set(l, ledger.StateParked, "3")
	t.release(l, ledger.StatusInterrupted)
	t.amend(forget("1"), forget("3"))
	t.equal("known", t.listed(ledger.Query{Known: true}), []string{"2"})
	t.equal("newest", t.listed(ledger.Query{Newest: true}), []string{"2"})
	t.equal("exceptions", len(t.listed(ledger.Query{})), 0)
	t.equal("what is stored", t.records("run-1", "1", "3"),
		map[string]ledger.Record{"1": {ID: "1", Generation: 1}, "3": {ID: "3", Generation: 1}})
	t.equal("outcomes", len(t.ledger("run-1")), 3)
	l = t.resume("run-1")
	t.equal("states", t.send(l, "1", "2", "3"), []ledger.IntentState{isFresh, isDuplicate, isFresh})
	t.know(l, "1")
	t.equal("Here when it is decided again", t.records("run-1", "1")["1"].Here.Action, ledger.ActionCreated)
	t.equal("outcomes", t.ledger("run-1"), []string{"1:created", "2:created", "3:failed:not_sent"})
	t.release(l, ledger.StatusCompleted)
	t.amend(forget("1"))
	t.equal("the generation of what was forgotten twice", t.records("", "1")["1"], ledger.Record{ID: "1", Generation: 2})
}

func retryRecord(t *trial) {
	l := t.acquire("run-1")
	states := map[ledger.RecordState]ledger.RecordState{
		ledger.StateFailed: ledger.StateFailed, ledger.StateDeferred: ledger.StateFailed, ledger.StateResting: ledger.StateFailed,
		ledger.StateParked: ledger.StateFailed, ledger.StateReview: ledger.StateReview, ledger.StateOpen: ledger.StateOpen,
	}
	for state := range states {
		t.set(l, state, string(state))
	}
	t.know(l, "known")
	t.release(l, ledger.StatusCompleted)
	for state, becomes := range states {
		before := t.records("", string(state))[string(state)]
		t.amend(retry(string(state)))
		if becomes == ledger.StateFailed {
			before.State, before.Sent, before.Attempts = ledger.StateFailed, 0, 0
		}
		t.record("after a retry", before)
	}
	t.amend(retry("known"))
	t.equal("known", t.listed(ledger.Query{Known: true}), []string{"known"})
	t.equal("failed", len(t.listed(inState(ledger.StateFailed))), 4)
	l = t.acquire("run-2")
	t.equal("states", t.send(l, "parked", "resting"), []ledger.IntentState{isFresh, isFresh})
}

func decideRecord(t *trial) {
	l := t.acquire("run-1")
	t.set(l, ledger.StateReview, "1")
	t.know(l, "2")
	t.release(l, ledger.StatusCompleted)
	want := t.records("", "1")["1"]
	for _, decision := range []string{ledger.DecisionCreate, "sink-9", ""} {
		t.amend(decide("1", decision), decide("2", decision))
		want.Decision = decision
		t.record("after a decision", want)
		t.equal("the decision about a known one", t.records("", "2")["2"].Decision, decision)
	}
	t.equal("in review", t.listed(inState(ledger.StateReview)), []string{"1"})
}

func amendHeld(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "1")
	t.set(l, ledger.StateFailed, "2")
	for what, list := range map[string][]ledger.Amendment{
		"forget": {forget("1")}, "retry": {retry("2")}, "a decision and forget": {decide("2", ledger.DecisionCreate), forget("1")},
	} {
		t.refused("Amend with "+what+" while the lease is held", ledger.ErrRunInProgress, func() error {
			return t.store.Amend(t.ctx, scope, list)
		})
	}
	found := t.records("", "1", "2")
	t.equal("what is stored", []any{found["1"].Known, found["2"].Attempts, found["2"].Decision}, []any{true, 1, ""})
	t.release(l, ledger.StatusCompleted)
	t.amend(forget("1"))
	t.equal("known", len(t.knownIDs("1")), 0)
}

func amendDecisions(t *trial) {
	l := t.acquire("run-1")
	t.set(l, ledger.StateReview, "1", "2")
	t.send(l, "3")
	t.amend(decide("1", ledger.DecisionCreate), decide("2", "sink-2"), decide("3", ledger.DecisionCreate))
	t.amend()
	found := t.records("run-1", "1", "2", "3")
	t.equal("decisions", []string{found["1"].Decision, found["2"].Decision, found["3"].Decision},
		[]string{ledger.DecisionCreate, "sink-2", ledger.DecisionCreate})
	t.equal("open", t.open(), []string{"3"})
	t.equal("how often it was sent", found["3"].Sent, 1)
	t.commit(l, ledger.Commit{Withdrawn: []string{"3"}})
	t.equal("the decision about what was not sent", t.records("", "3")["3"].Decision, ledger.DecisionCreate)
}

func amendExpired(t *trial) {
	t.know(t.acquire("run-1"), "1")
	t.equal("known before", t.knownIDs("1"), []string{"1"})
	t.advance(2 * leaseTTL)
	t.amend(forget("1"))
	t.equal("known", len(t.knownIDs("1")), 0)
}

func amendMissing(t *trial) {
	t.amend(forget("1"), retry("1"), decide("1", ledger.DecisionCreate))
	l := t.acquire("run-1")
	t.know(l, "2")
	t.release(l, ledger.StatusCompleted)
	t.amend(forget("1"), retry("1"), decide("1", ledger.DecisionCreate))
	t.equal("how many are stored", len(t.records("", "1", "2")), 1)
	t.equal("exceptions", len(t.listed(ledger.Query{})), 0)
}

func amendOpen(t *trial) {
	l := t.acquire("run-1")
	t.send(l, "1", "2", "3")
	t.release(l, ledger.StatusInterrupted)
	t.amend(forget("1"), retry("2"), decide("3", ledger.DecisionCreate))
	t.equal("open", t.open(), []string{"2", "3"})
	l = t.acquire("run-2")
	t.equal("open in the next epoch", t.open(), []string{"2", "3"})
	found := t.records("", "1", "2", "3")
	t.equal("what is forgotten", found["1"], ledger.Record{ID: "1", Generation: 1})
	t.equal("sent and decided", []any{found["2"].Sent, found["3"].Sent, found["3"].Decision}, []any{1, 1, ledger.DecisionCreate})
	t.equal("states", t.send(l, "1", "2"), []ledger.IntentState{isFresh, isOpen})
}

func amendInvalid(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "1")
	t.release(l, ledger.StatusCompleted)
	for what, a := range map[string]ledger.Amendment{
		"no id": {Op: ledger.AmendForget}, "no operation": {ID: "1"}, "a NUL": decide("1", "a\x00"), "an id that is no text": forget("\xff"),
	} {
		t.invalid("Amend with "+what, func() error { return t.store.Amend(t.ctx, scope, []ledger.Amendment{forget("1"), a}) })
	}
	t.equal("known", t.knownIDs("1"), []string{"1"})
}
