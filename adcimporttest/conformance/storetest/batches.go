package storetest

import "github.com/securitytrax/adcimport/ledger"

func batchRules() []rule {
	return []rule{
		{
			"intents", "Commit returns one state for each intent, in order: known, decided here or come before in the commit is IntentDuplicate",
			intentStates,
		},
		{
			"intents_doubt", "an intent of an open record is IntentOpen, of a parked one IntentParked, in every run, also where it was decided here",
			intentsDoubt,
		},
		{"intents_elsewhere", "an outcome of another run does not count, and other states may be sent", intentsElsewhere},
		{"intents_again", "with Again, what is open, parked or decided here may be sent; what is known may not", intentsAgain},
		{
			"batch_shown", "ids of the open batch are open records: one more is sent and not proved absent, with the intent's fingerprint and time",
			batchShown,
		},
		{"batch_silence", "an id of the open batch that the next commit does not name becomes an open record and stays one", batchSilence},
		{"batch_withdrawn", "a withdrawn id is as it was before it was sent", batchWithdrawn},
		{"batch_cleared", "a record clears what was open, the same commit's intents come after it", batchCleared},
		{"batch_dead", "what a dead epoch left open is open for the next one, of the same run or another, which cannot withdraw it", batchDead},
		{"sent_grows", "each send counts, in every epoch, until a record says otherwise", sentGrows},
		{"batch_many", "a batch may have a thousand intents", batchMany},
	}
}

const (
	isFresh     = ledger.IntentFresh
	isOpen      = ledger.IntentOpen
	isDuplicate = ledger.IntentDuplicate
	isParked    = ledger.IntentParked
)

func intentStates(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "2")
	t.set(l, ledger.StateFailed, "4")
	t.equal("states", t.send(l, "3", "2", "1", "3", "4"), []ledger.IntentState{isFresh, isDuplicate, isFresh, isDuplicate, isDuplicate})
	t.equal("open", t.open(), []string{"1", "3"})
	t.equal("states of no intents", len(t.send(l)), 0)
}

func intentsDoubt(t *trial) {
	l := t.acquire("run-1")
	t.set(l, ledger.StateOpen, "1")
	t.set(l, ledger.StateParked, "2")
	want := []ledger.IntentState{isOpen, isParked}
	t.equal("states in the run", t.send(l, "1", "2"), want)
	t.release(l, ledger.StatusCompleted)
	t.equal("states in another run", t.send(t.acquire("run-2"), "1", "2"), want)
	t.equal("open", t.open(), []string{"1"})
}

func intentsElsewhere(t *trial) {
	states := []ledger.RecordState{ledger.StateFailed, ledger.StateDeferred, ledger.StateResting, ledger.StateReview, ledger.StateNone}
	l := t.acquire("run-1")
	var ids []string
	for _, state := range states {
		ids = append(ids, "in "+string(state))
		t.set(l, state, "in "+string(state))
	}
	t.equal("states in the run", t.send(l, ids...), []ledger.IntentState{isDuplicate, isDuplicate, isDuplicate, isDuplicate, isDuplicate})
	t.release(l, ledger.StatusCompleted)
	t.equal("states in another run", t.send(t.acquire("run-2"), ids...), []ledger.IntentState{isFresh, isFresh, isFresh, isFresh, isFresh})
}

func intentsAgain(t *trial) {
	l := t.acquire("run-1")
	t.set(l, ledger.StateOpen, "1")
	t.set(l, ledger.StateParked, "2")
	t.set(l, ledger.StateFailed, "3")
	t.know(l, "4")
	t.equal("states", t.commit(l, ledger.Commit{Intents: again("1", "2", "3", "4")}),
		[]ledger.IntentState{isFresh, isFresh, isFresh, isDuplicate})
	t.equal("open", t.open(), []string{"1", "2", "3"})
}

func batchShown(t *trial) {
	l := t.acquire("run-1")
	t.set(l, ledger.StateFailed, "1")
	t.commit(l, ledger.Commit{Intents: again("1", "2")})
	want := map[string]ledger.Record{
		"1": {
			ID: "1", Fingerprint: "fp-1", State: ledger.StateOpen, Sent: 2, Unproved: 2, Attempts: 1, Setup: "setup", RunID: "run-1",
			Here: ledger.Verdict{Action: ledger.ActionFailed, Reason: ledger.ReasonNotSent},
		},
		"2": {ID: "2", Fingerprint: "fp-2", State: ledger.StateOpen, Sent: 1, Unproved: 1},
	}
	found := t.records("run-1", "1", "2")
	for _, r := range t.list(ledger.Query{States: []ledger.RecordState{ledger.StateOpen}, RunID: "run-1"}) {
		t.equal("what is listed and looked up of "+r.ID, r, found[r.ID])
	}
	t.equal("open", t.open(), []string{"1", "2"})
	t.equal("listed as failed", len(t.listed(inState(ledger.StateFailed))), 0)
	for id, r := range found {
		if t.err == nil && (r.Since.Before(l.State.Heartbeat) || r.Since.After(t.run("run-1").Heartbeat)) {
			t.failf("%s is open since %s, not by the clock of the run", id, printTime(r.Since))
		}
		r.Since = want[id].Since
		t.equal("what is stored of "+id, r, want[id])
	}
	t.equal("how many are found", len(found), 2)
}

func batchSilence(t *trial) {
	l := t.acquire("run-1")
	t.set(l, ledger.StateFailed, "2")
	t.commit(l, ledger.Commit{Intents: again("1", "2")})
	sent, sentAgain := t.records("", "1")["1"], t.records("", "2")["2"]
	t.advanceIfPossible(leaseTTL / 4)
	t.commit(l, ledger.Commit{Cursor: new(ledger.Cursor("c")), Intents: intents("3")})
	t.equal("open", t.open(), []string{"1", "2", "3"})
	t.equal("what is stored of 1", t.records("", "1")["1"], sent)
	t.equal("what is stored of 2, which failed before", t.records("", "2")["2"], sentAgain)
	t.know(l, "3")
	t.outcomes(l, created("2")) // an outcome is no record
	t.equal("open after two commits that do not name them", t.open(), []string{"1", "2"})
	t.equal("states", t.send(l, "1", "2"), []ledger.IntentState{isOpen, isOpen})
}

func batchWithdrawn(t *trial) {
	l := t.acquire("run-1")
	t.set(l, ledger.StateFailed, "1")
	before := t.records("run-1", "1")["1"]
	t.commit(l, ledger.Commit{Intents: again("1", "2", "3")})
	t.commit(l, ledger.Commit{Withdrawn: []string{"1", "2", "none such"}})
	t.equal("open", t.open(), []string{"3"})
	t.equal("what is stored of 1", t.records("run-1", "1")["1"], before)
	t.equal("how many of the others are stored", len(t.records("", "2", "none such")), 0)
	t.equal("states", t.send(l, "2"), []ledger.IntentState{isFresh})
}

func batchCleared(t *trial) {
	l := t.acquire("run-1")
	t.send(l, "1", "2", "3")
	c := known("1")
	c.Records = append(c.Records, ledger.Record{ID: "2", State: ledger.StateFailed, Sent: 1})
	c.Withdrawn = []string{"3"}
	c.Intents = intents("1", "2", "3", "4")
	t.equal("states", t.commit(l, c), []ledger.IntentState{isDuplicate, isFresh, isFresh, isFresh})
	t.equal("known", t.listed(ledger.Query{Known: true}), []string{"1"})
	t.equal("open", t.open(), []string{"2", "3", "4"})
	t.commit(l, ledger.Commit{Withdrawn: []string{"2", "3", "4"}})
	t.equal("open when all are withdrawn", len(t.open()), 0)
	t.equal("failed", t.listed(inState(ledger.StateFailed)), []string{"2"})
}

func batchDead(t *trial) {
	l := t.acquire("run-1")
	t.send(l, "1", "2", "3")
	sent := t.records("", "1", "2", "3")
	t.release(l, ledger.StatusInterrupted)
	t.equal("what is stored when the lease was given back", t.records("", "1", "2", "3"), sent)
	l = t.resume("run-1")
	t.equal("what is stored in the next epoch", t.records("", "1", "2", "3"), sent)
	c := ledger.Commit{Withdrawn: []string{"3"}, Intents: intents("1")} // 3 was not sent in this epoch
	t.equal("states of the same run", t.commit(l, c), []ledger.IntentState{isOpen})
	t.release(l, ledger.StatusInterrupted)
	l = t.acquire("run-2")
	t.equal("states of another run", t.send(l, "1", "2"), []ledger.IntentState{isOpen, isOpen})
	t.know(l, "1")
	t.equal("open", t.open(), []string{"2", "3"})
}

func sentGrows(t *trial) {
	for i := range 3 {
		l := t.acquire([]string{"run-1", "run-2", "run-3"}[i])
		t.commit(l, ledger.Commit{Intents: again("1")})
		t.release(l, ledger.StatusInterrupted)
		r := t.records("", "1")["1"]
		t.equal("sent and unproved", []int{r.Sent, r.Unproved}, []int{i + 1, i + 1})
	}
	l := t.acquire("run-4")
	t.commit(l, ledger.Commit{Records: []ledger.Record{{ID: "1", State: ledger.StateFailed, Sent: 3}}})
	t.commit(l, ledger.Commit{Intents: intents("1")})
	r := t.records("", "1")["1"]
	t.equal("sent and unproved after proof of absence", []int{r.Sent, r.Unproved}, []int{4, 1})
}

func batchMany(t *trial) {
	ids := manyIDs(1000)
	l := t.acquire("run-1")
	states := t.send(l, ids...)
	t.equal("how many states there are", len(states), len(ids))
	t.equal("open", t.open(), ids)
	c := known(ids[:990]...)
	t.commit(l, c)
	t.equal("open", t.open(), ids[990:])
}
