package storetest

import "github.com/securitytrax/adcimport/ledger"

func intentRules() []rule {
	return []rule{
		{"intend_order", "Intend returns one state per intent, in order; an id that came before in the call is IntentDuplicate", intendOrder},
		{"intend_open", "an intent that is open in this epoch is IntentDuplicate", intendOpen},
		{"intend_known", "an intent of a known record is IntentDuplicate", intendKnown},
		{
			"intend_outcome", "an intent of a record with an outcome in this run is IntentDuplicate; an outcome of another run does not count",
			intendOutcome,
		},
		{
			"intend_earlier", "an intent of an earlier epoch is IntentEarlier once, with a new Since and fingerprint, then of this epoch",
			intendEarlier,
		},
		{
			"intend_earlier_outcome", "an open intent of an earlier epoch is IntentEarlier even where the record has an outcome in this run",
			intendEarlierOutcome,
		},
		{"parked", "failed/in_doubt parks a record: IntentParked in every run, neither in doubt nor known", parked},
		{"unpark", "with Unpark a parked record is IntentEarlier and in doubt, and one that failed in this run is IntentFresh", unpark},
		{"unpark_ends", "a parked record whose retry is withdrawn or fails is parked again; a done outcome ends it", unparkEnds},
		{"withdrawn", "a withdrawn intent is open no more, and may be intended again", withdrawn},
		{"in_doubt", "InDoubt returns every open intent with fingerprint and Since, however many there are", inDoubt},
	}
}

const (
	isFresh     = ledger.IntentFresh
	isEarlier   = ledger.IntentEarlier
	isDuplicate = ledger.IntentDuplicate
	isParked    = ledger.IntentParked
)

func intendOrder(t *trial) {
	l := t.acquire("run-1")
	t.outcomes(l, created("2"))
	t.equal("states", t.intend(l, "3", "2", "1", "3"), []ledger.IntentState{isFresh, isDuplicate, isFresh, isDuplicate})
	t.equal("in doubt", t.inDoubt(), []string{"1", "3"})
	t.equal("states of no intents", len(t.intend(l)), 0)
}

func intendOpen(t *trial) {
	l := t.acquire("run-1")
	t.intend(l, "1")
	t.equal("states", t.intend(l, "1", "2"), []ledger.IntentState{isDuplicate, isFresh})
	t.equal("states after a renewal", t.intend(t.renew(l), "1"), []ledger.IntentState{isDuplicate})
}

func intendKnown(t *trial) {
	l := t.acquire("run-1")
	t.intend(l, "1")
	t.outcomes(l, created("1"))
	t.release(l, ledger.StatusCompleted, moment())
	l = t.acquire("run-2")
	t.equal("states", t.intend(l, "1"), []ledger.IntentState{isDuplicate})
	t.equal("in doubt", len(t.inDoubt()), 0)
}

func intendOutcome(t *trial) {
	l := t.acquire("run-1")
	t.outcomes(l, failed("1", ledger.ReasonRejectedBySink), skipped("2", ledger.ReasonFilteredOut))
	t.equal("states in the run", t.intend(l, "1", "2"), []ledger.IntentState{isDuplicate, isDuplicate})
	t.equal("in doubt", len(t.inDoubt()), 0)
	t.release(l, ledger.StatusCompleted, moment())
	t.equal("states in another run", t.intend(t.acquire("run-2"), "1", "2"), []ledger.IntentState{isFresh, isFresh})
}

func intendEarlier(t *trial) {
	l := t.acquire("run-1")
	t.intend(l, "1")
	before := t.since("1")
	t.advance(2 * leaseTTL)
	l = t.acquire("run-2")
	t.equal("states", t.intendAll(l, []ledger.Intent{{ID: "1", Fingerprint: "other"}}), []ledger.IntentState{isEarlier})
	after := t.since("1")
	t.equal("the fingerprint", after.Fingerprint, "other")
	if t.err == nil && !after.Since.After(before.Since) {
		t.failf("Since is %s, and was %s before", printTime(after.Since), printTime(before.Since))
	}
	t.equal("states of the second time", t.intend(l, "1"), []ledger.IntentState{isDuplicate})
}

// since is the one intent in doubt.
func (t *trial) since(id string) ledger.Intent {
	for _, it := range collect(t, "InDoubt", t.store.InDoubt(t.ctx, linkName, ledger.KindCustomer)) {
		if it.ID == id {
			return it
		}
	}
	t.failf("%s is not in doubt", id)
	return ledger.Intent{}
}

func intendEarlierOutcome(t *trial) {
	l := t.acquire("run-1")
	t.outcomes(l, failed("1", ledger.ReasonNotSent))
	t.unpark(l, "1")
	t.release(l, ledger.StatusInterrupted, moment())
	t.equal("states", t.intend(t.acquire("run-1"), "1"), []ledger.IntentState{isEarlier})
}

// parkedLease has a record "1" that was parked by an earlier run.
func (t *trial) parkedLease() ledger.Lease {
	l := t.acquire("run-1")
	t.intend(l, "1")
	t.outcomes(l, failed("1", ledger.ReasonInDoubt))
	t.release(l, ledger.StatusCompleted, moment())
	return t.acquire("run-2")
}

func parked(t *trial) {
	l := t.parkedLease()
	t.equal("states", t.intend(l, "1"), []ledger.IntentState{isParked})
	t.equal("in doubt", len(t.inDoubt()), 0)
	t.equal("known", len(t.known("1")), 0)
	t.outcomes(l, failed("1", ledger.ReasonInvalidRecord))
	t.equal("states after another failure", t.intend(l, "1"), []ledger.IntentState{isParked})
}

func unpark(t *trial) {
	l := t.parkedLease()
	t.outcomes(l, failed("2", ledger.ReasonRejectedBySink), created("3"))
	t.equal("states", t.unpark(l, "1", "2", "3"), []ledger.IntentState{isEarlier, isFresh, isDuplicate})
	t.equal("in doubt", t.inDoubt(), []string{"1", "2"})
	t.equal("states of the second time", t.unpark(l, "1"), []ledger.IntentState{isDuplicate})
}

func unparkEnds(t *trial) {
	l := t.parkedLease()
	t.unpark(l, "1")
	t.commit(l, ledger.Commit{Withdrawn: []string{"1"}})
	t.equal("in doubt after the withdrawal", len(t.inDoubt()), 0)
	t.equal("states after the withdrawal", t.intend(l, "1"), []ledger.IntentState{isParked})
	t.unpark(l, "1")
	t.outcomes(l, failed("1", ledger.ReasonRejectedBySink))
	t.equal("states after the failure", t.intend(l, "1"), []ledger.IntentState{isParked})
	t.unpark(l, "1")
	t.outcomes(l, created("1"))
	t.equal("states after the create", t.intend(l, "1"), []ledger.IntentState{isDuplicate})
}

func withdrawn(t *trial) {
	l := t.acquire("run-1")
	t.intend(l, "1", "2")
	t.commit(l, ledger.Commit{Withdrawn: []string{"1", "none such"}})
	t.equal("in doubt", t.inDoubt(), []string{"2"})
	t.equal("outcomes", len(t.ledger("run-1")), 0)
	t.equal("states", t.intend(l, "1"), []ledger.IntentState{isFresh})
}

func inDoubt(t *trial) {
	ids := manyIDs(1500)
	l := t.acquire("run-1")
	t.intend(l, ids...)
	t.equal("in doubt", t.inDoubt(), ids)
	it := t.since(ids[7])
	t.equal("the fingerprint", it.Fingerprint, "fp-"+ids[7])
	if t.err == nil && (it.Since.Before(l.Expires.Add(-leaseTTL)) || it.Since.After(t.renew(l).Expires.Add(-leaseTTL))) {
		t.failf("Since is %s, not by the clock that the lease of %s goes by", printTime(it.Since), printTime(l.Expires))
	}
}
