package storetest

import (
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func pruneRules() []rule {
	return []rule{
		{"prune", "Prune deletes the runs of the link that finished before, with their outcomes, and returns how many", prune},
		{"prune_keeps", "Prune keeps records, the open batch and the epoch", pruneKeeps},
		{"prune_unended", "Prune keeps runs that are not ended", pruneUnended},
		{"prune_child", "Prune keeps a run that an unended one retries, for as long as it does", pruneChild},
		{"prune_new", "a new run with the id of a pruned one has decided nothing yet", pruneNew},
	}
}

func prune(t *trial) {
	other := t.request("other")
	other.Account, other.Link = "link-2", "link-2"
	t.release(t.acquireFor(other), ledger.StatusCompleted)
	for _, status := range []ledger.RunStatus{ledger.StatusCompleted, ledger.StatusStopped, ledger.StatusCanceled} {
		l := t.acquire(string(status))
		t.set(l, ledger.StateFailed, "1")
		t.release(l, status)
	}
	t.advance(time.Hour)
	l := t.acquire("failed")
	t.set(l, ledger.StateFailed, "1")
	st := t.release(l, ledger.StatusFailed)
	t.equal("how many are pruned", t.prune(st.Finished), 3)
	t.equal("how many the second time", t.prune(st.Finished), 0)
	t.equal("runs", t.runIDs(ledger.RunQuery{}), []string{"failed", "other"})
	t.equal("outcomes of the run that stays", t.ledger("failed"), []string{"1:failed:not_sent"})
	t.refused("Run of a pruned one", ledger.ErrNotFound, func() error {
		_, err := t.store.Run(t.ctx, "completed")
		return err
	})
	t.refused("Outcomes of a pruned run", ledger.ErrNotFound, func() error { return lastError(t, "completed", 0) })
	t.acquireRefused("of a pruned run", ledger.ErrNotFound, t.asked("canceled"))
}

// later is after whatever the store did so far.
func (t *trial) later(runID string) time.Time { return t.run(runID).Finished.Add(time.Hour) }

func pruneKeeps(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "1")
	t.set(l, ledger.StateParked, "2")
	t.commit(l, ledger.Commit{Intents: intents("3"), Matched: []string{"rule"}})
	t.release(l, ledger.StatusFailed)
	t.equal("how many are pruned", t.prune(t.later("run-1")), 1)
	t.equal("known", t.listed(ledger.Query{Known: true}), []string{"1"})
	next := t.acquire("run-2")
	t.equal("epoch, First and matched", []any{next.Epoch, next.First, next.Matched}, []any{l.Epoch + 1, false, []string{"rule"}})
	t.equal("states", t.send(next, "1", "2", "3"), []ledger.IntentState{isDuplicate, isParked, isOpen})
}

func pruneUnended(t *trial) {
	for _, status := range []ledger.RunStatus{ledger.StatusInterrupted, ledger.StatusHeld} {
		t.whole(string(status), status)
	}
	t.releaseAs(t.acquire("paused"), ledger.End{Status: ledger.StatusPaused})
	t.acquire("running")
	t.equal("how many are pruned", t.prune(t.later("paused")), 0)
	t.equal("runs", t.runIDs(ledger.RunQuery{}), []string{"running", "paused", "held", "interrupted"})
}

func pruneChild(t *trial) {
	t.whole("grandparent", ledger.StatusCompleted)
	parent, child := t.request("parent"), t.request("child")
	parent.State.RetryOf, child.State.RetryOf = "grandparent", "parent"
	t.release(t.acquireFor(parent), ledger.StatusCompleted)
	t.release(t.acquireFor(child), ledger.StatusInterrupted)
	t.equal("how many are pruned", t.prune(t.later("child")), 1)
	t.equal("runs", t.runIDs(ledger.RunQuery{}), []string{"child", "parent"})
	t.release(t.resume("child"), ledger.StatusCompleted)
	t.equal("how many are pruned when the child has ended", t.prune(t.later("child")), 2)
}

func pruneNew(t *trial) {
	l := t.acquire("run-1")
	t.set(l, ledger.StateFailed, "1")
	t.know(l, "2")
	t.release(l, ledger.StatusStopped)
	t.mark("what was told", "run-1", ledger.Mark{Told: "mail"}, true)
	t.equal("how many are pruned", t.prune(t.later("run-1")), 1)
	l = t.acquire("run-1")
	found := t.records("run-1", "1", "2")
	t.equal("outcomes, notices and Here", []any{len(t.ledger("run-1")), len(t.run("run-1").Notices), found["1"].Here, found["2"].Here},
		[]any{0, 0, ledger.Verdict{}, ledger.Verdict{}})
	t.equal("states", t.send(l, "1", "2"), []ledger.IntentState{isFresh, isDuplicate})
	t.mark("a claim", "run-1", ledger.Mark{Claim: "mail", For: time.Hour}, true)
}
