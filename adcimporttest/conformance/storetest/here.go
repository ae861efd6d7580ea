package storetest

import "github.com/securitytrax/adcimport/ledger"

func hereRules() []rule {
	return []rule{
		{"here", "Here is what the asked run decided, in short; of no run, or one that decided nothing, it is zero", here},
		{"here_kept", "Here of a run that may go on stays when another run decides the record in between", hereKept},
		{"here_known", "Here is there for known records and for those with nothing else stored, in lists too", hereKnown},
		{"run_of_record", "RunID is the run of the last stored outcome", runOfRecord},
	}
}

func here(t *trial) {
	l := t.acquire("run-1")
	t.commit(l, ledger.Commit{
		Outcomes: []ledger.Outcome{{SourceID: "1", Action: ledger.ActionFailed, Reason: ledger.ReasonNotSent, Ahead: true}},
		Records:  []ledger.Record{{ID: "1", State: ledger.StateFailed}, {ID: "2", State: ledger.StateFailed}},
	})
	want := ledger.Verdict{Action: ledger.ActionFailed, Reason: ledger.ReasonNotSent, Ahead: true}
	t.equal("Here", t.records("run-1", "1")["1"].Here, want)
	t.equal("Here without an outcome", t.records("run-1", "2")["2"].Here, ledger.Verdict{})
	for _, runID := range []string{"", "none such", "run-2"} {
		t.equal("Here of run '"+runID+"'", t.records(runID, "1")["1"].Here, ledger.Verdict{})
	}
	users := t.request("run-3")
	users.Kind = ledger.KindUser
	t.know(t.acquireFor(users), "2")
	t.equal("Here of a run of another scope", t.records("run-3", "2")["2"].Here, ledger.Verdict{})
	excluded := ledger.Outcome{
		SourceID: "3", Action: ledger.ActionSkipped, Reason: ledger.ReasonExcluded, Fields: []ledger.FieldError{{Field: "Demo", Rule: "r"}},
	}
	t.outcomes(l, created("1"), excluded)
	t.equal("Here of an excluded record", t.records("run-1", "3")["3"].Here, excluded.Verdict())
	t.equal("Here of a later outcome", t.records("run-1", "1")["1"].Here, ledger.Verdict{Action: ledger.ActionCreated})
}

func hereKept(t *trial) {
	l := t.acquire("run-1")
	t.set(l, ledger.StateFailed, "1", "2")
	t.know(l, "3")
	t.release(l, ledger.StatusInterrupted)
	l = t.acquire("run-2")
	t.know(l, "1", "3")
	t.release(l, ledger.StatusHeld)
	l = t.acquire("run-3")
	t.set(l, ledger.StateFailed, "2", "3")
	notSent := ledger.Verdict{Action: ledger.ActionFailed, Reason: ledger.ReasonNotSent}
	made := ledger.Verdict{Action: ledger.ActionCreated}
	for run, want := range map[string][]ledger.Verdict{
		"run-1": {notSent, notSent, made}, "run-2": {made, {}, made}, "run-3": {{}, notSent, notSent},
	} {
		found := t.records(run, "1", "2", "3")
		t.equal("Here of "+run, []ledger.Verdict{found["1"].Here, found["2"].Here, found["3"].Here}, want)
	}
	t.release(l, ledger.StatusCompleted)
	l = t.resume("run-1")
	t.equal("states", t.send(l, "2"), []ledger.IntentState{isDuplicate})
	t.equal("Here after all", t.records("run-2", "3")["3"].Here, made)
}

func hereKnown(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "1")
	t.outcomes(l, failed("2", ledger.ReasonNotInSink))
	t.set(l, ledger.StateFailed, "3")
	made := ledger.Verdict{Action: ledger.ActionCreated}
	t.equal("Here of a known one", t.records("run-1", "1")["1"].Here, made)
	t.equal("Here of one with nothing else", t.records("run-1", "2")["2"].Here.Reason, ledger.ReasonNotInSink)
	for _, q := range []ledger.Query{
		{Known: true, RunID: "run-1"}, {Newest: true, RunID: "run-1"}, {States: []ledger.RecordState{ledger.StateFailed}, RunID: "run-1"},
	} {
		list := t.list(q)
		t.equal("how many are listed", len(list), 1)
		for _, r := range list {
			if r.Here == (ledger.Verdict{}) {
				t.failf("a list that is asked for run-1 has no Here for %s", r.ID)
			}
		}
		q.RunID = ""
		for _, r := range t.list(q) {
			t.equal("Here of no run", r.Here, ledger.Verdict{})
		}
	}
}

func runOfRecord(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "1", "2")
	t.release(l, ledger.StatusCompleted)
	l = t.acquire("run-2")
	t.outcomes(l, ledger.Outcome{SourceID: "1", Action: ledger.ActionUpdated})
	t.commit(l, ledger.Commit{Records: []ledger.Record{knownRecord("2")}})
	t.release(l, ledger.StatusCompleted)
	found := t.records("", "1", "2")
	t.equal("runs", []string{found["1"].RunID, found["2"].RunID}, []string{"run-2", "run-1"})
}
