package adcimporttest

import (
	"github.com/securitytrax/adcimport"
)

func storeIntentRules() []storeRule {
	return []storeRule{
		{"intend_order", "Intend answers one state per intent, in order; an id that came before in the call is IntentDuplicate", storeIntendOrder},
		{"intend_open", "an intent that is open in this epoch is IntentDuplicate", storeIntendOpen},
		{"intend_known", "an intent of a known record is IntentDuplicate", storeIntendKnown},
		{"intend_outcome", "an intent of a record with an outcome in this run is IntentDuplicate; an outcome of another run does not count", storeIntendOutcome},
		{"intend_earlier", "an intent of an earlier epoch is IntentEarlier once, with a new Since and fingerprint, then of this epoch", storeIntendEarlier},
		{"intend_earlier_outcome", "an open intent of an earlier epoch is IntentEarlier even where the record has an outcome in this run", storeIntendEarlierOutcome},
		{"parked", "failed/in_doubt parks a record: IntentParked in every run, neither in doubt nor known", storeParked},
		{"unpark", "with Unpark a parked record is IntentEarlier and in doubt, and one that failed in this run is IntentFresh", storeUnpark},
		{"unpark_ends", "a parked record whose retry is withdrawn or fails is parked again; a done outcome ends it", storeUnparkEnds},
		{"withdrawn", "a withdrawn intent is open no more, and may be intended again", storeWithdrawn},
		{"in_doubt", "InDoubt returns every open intent with fingerprint and Since, however many there are", storeInDoubt},
	}
}

const (
	storeIsFresh     = adcimport.IntentFresh
	storeIsEarlier   = adcimport.IntentEarlier
	storeIsDuplicate = adcimport.IntentDuplicate
	storeIsParked    = adcimport.IntentParked
)

func storeIntendOrder(t *storeTrial) {
	l := t.acquire("run-1")
	t.outcomes(l, storeCreated("2"))
	t.equal("states", t.intend(l, "3", "2", "1", "3"), []adcimport.IntentState{storeIsFresh, storeIsDuplicate, storeIsFresh, storeIsDuplicate})
	t.equal("in doubt", t.inDoubt(), []string{"1", "3"})
	t.equal("states of no intents", len(t.intend(l)), 0)
}

func storeIntendOpen(t *storeTrial) {
	l := t.acquire("run-1")
	t.intend(l, "1")
	t.equal("states", t.intend(l, "1", "2"), []adcimport.IntentState{storeIsDuplicate, storeIsFresh})
	t.equal("states after a renewal", t.intend(t.renew(l), "1"), []adcimport.IntentState{storeIsDuplicate})
}

func storeIntendKnown(t *storeTrial) {
	l := t.acquire("run-1")
	t.intend(l, "1")
	t.outcomes(l, storeCreated("1"))
	t.release(l, adcimport.StatusCompleted, storeMoment())
	l = t.acquire("run-2")
	t.equal("states", t.intend(l, "1"), []adcimport.IntentState{storeIsDuplicate})
	t.equal("in doubt", len(t.inDoubt()), 0)
}

func storeIntendOutcome(t *storeTrial) {
	l := t.acquire("run-1")
	t.outcomes(l, storeFailed("1", adcimport.ReasonRejectedBySink), storeSkipped("2", adcimport.ReasonFilteredOut))
	t.equal("states in the run", t.intend(l, "1", "2"), []adcimport.IntentState{storeIsDuplicate, storeIsDuplicate})
	t.equal("in doubt", len(t.inDoubt()), 0)
	t.release(l, adcimport.StatusCompleted, storeMoment())
	t.equal("states in another run", t.intend(t.acquire("run-2"), "1", "2"), []adcimport.IntentState{storeIsFresh, storeIsFresh})
}

func storeIntendEarlier(t *storeTrial) {
	l := t.acquire("run-1")
	t.intend(l, "1")
	before := t.since("1")
	t.advance(2 * storeTTL)
	l = t.acquire("run-2")
	t.equal("states", t.intendAll(l, []adcimport.Intent{{ID: "1", Fingerprint: "other"}}), []adcimport.IntentState{storeIsEarlier})
	after := t.since("1")
	t.equal("the fingerprint", after.Fingerprint, "other")
	if t.err == nil && !after.Since.After(before.Since) {
		t.failf("Since is %s, and was %s before", storeTime(after.Since), storeTime(before.Since))
	}
	t.equal("states of the second time", t.intend(l, "1"), []adcimport.IntentState{storeIsDuplicate})
}

// since is the one intent in doubt.
func (t *storeTrial) since(id string) adcimport.Intent {
	for _, it := range storeCollect(t, "InDoubt", t.store.InDoubt(t.ctx, storeLink, adcimport.KindCustomer)) {
		if it.ID == id {
			return it
		}
	}
	t.failf("%s is not in doubt", id)
	return adcimport.Intent{}
}

func storeIntendEarlierOutcome(t *storeTrial) {
	l := t.acquire("run-1")
	t.outcomes(l, storeFailed("1", adcimport.ReasonNotSent))
	t.unpark(l, "1")
	t.release(l, adcimport.StatusInterrupted, storeMoment())
	t.equal("states", t.intend(t.acquire("run-1"), "1"), []adcimport.IntentState{storeIsEarlier})
}

// parkedLease has a record "1" that was parked by an earlier run.
func (t *storeTrial) parkedLease() adcimport.Lease {
	l := t.acquire("run-1")
	t.intend(l, "1")
	t.outcomes(l, storeFailed("1", adcimport.ReasonInDoubt))
	t.release(l, adcimport.StatusCompleted, storeMoment())
	return t.acquire("run-2")
}

func storeParked(t *storeTrial) {
	l := t.parkedLease()
	t.equal("states", t.intend(l, "1"), []adcimport.IntentState{storeIsParked})
	t.equal("in doubt", len(t.inDoubt()), 0)
	t.equal("known", len(t.known("1")), 0)
	t.outcomes(l, storeFailed("1", adcimport.ReasonInvalidRecord))
	t.equal("states after another failure", t.intend(l, "1"), []adcimport.IntentState{storeIsParked})
}

func storeUnpark(t *storeTrial) {
	l := t.parkedLease()
	t.outcomes(l, storeFailed("2", adcimport.ReasonRejectedBySink), storeCreated("3"))
	t.equal("states", t.unpark(l, "1", "2", "3"), []adcimport.IntentState{storeIsEarlier, storeIsFresh, storeIsDuplicate})
	t.equal("in doubt", t.inDoubt(), []string{"1", "2"})
	t.equal("states of the second time", t.unpark(l, "1"), []adcimport.IntentState{storeIsDuplicate})
}

func storeUnparkEnds(t *storeTrial) {
	l := t.parkedLease()
	t.unpark(l, "1")
	t.commit(l, adcimport.Commit{Withdrawn: []string{"1"}})
	t.equal("in doubt after the withdrawal", len(t.inDoubt()), 0)
	t.equal("states after the withdrawal", t.intend(l, "1"), []adcimport.IntentState{storeIsParked})
	t.unpark(l, "1")
	t.outcomes(l, storeFailed("1", adcimport.ReasonRejectedBySink))
	t.equal("states after the failure", t.intend(l, "1"), []adcimport.IntentState{storeIsParked})
	t.unpark(l, "1")
	t.outcomes(l, storeCreated("1"))
	t.equal("states after the create", t.intend(l, "1"), []adcimport.IntentState{storeIsDuplicate})
}

func storeWithdrawn(t *storeTrial) {
	l := t.acquire("run-1")
	t.intend(l, "1", "2")
	t.commit(l, adcimport.Commit{Withdrawn: []string{"1", "none such"}})
	t.equal("in doubt", t.inDoubt(), []string{"2"})
	t.equal("outcomes", len(t.ledger("run-1")), 0)
	t.equal("states", t.intend(l, "1"), []adcimport.IntentState{storeIsFresh})
}

func storeInDoubt(t *storeTrial) {
	ids := storeIDs(1500)
	l := t.acquire("run-1")
	t.intend(l, ids...)
	t.equal("in doubt", t.inDoubt(), ids)
	it := t.since(ids[7])
	t.equal("the fingerprint", it.Fingerprint, "fp-"+ids[7])
	if t.err == nil && (it.Since.Before(l.Expires.Add(-storeTTL)) || it.Since.After(t.renew(l).Expires.Add(-storeTTL))) {
		t.failf("Since is %s, not by the clock that the lease of %s goes by", storeTime(it.Since), storeTime(l.Expires))
	}
}
