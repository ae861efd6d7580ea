package storetest

import (
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func survivalRules() []rule {
	return []rule{
		{
			"survive_lease", "a lease and its epoch outlast the process: held until it expires, renewable by its holder, its last commit repeatable",
			surviveLease,
		},
		{"survive_records", "records, the open batch, decisions and Here outlast the process", surviveRecords},
		{"survive_runs", "runs, outcomes, notices, claims and what was asked outlast the process", surviveRuns},
		{"survive_adoption", "a scope that was moved stays closed", surviveAdoption},
	}
}

func surviveLease(t *trial) {
	l := t.acquire("run-1")
	c := ledger.Commit{Seq: 1, Intents: intents("1", "1"), Matched: []string{"rule"}}
	states := t.commitAs(l, c)
	t.reopen()
	t.acquireRefused("after Reopen", ledger.ErrRunInProgress, t.request("run-2"))
	t.renew(l)
	t.equal("states of the commit that is repeated", t.commitAs(l, c), states)
	st := t.release(l, ledger.StatusInterrupted)
	t.reopen()
	t.sameRun("the run that Release returns again", t.releaseAs(l, ledger.End{Status: ledger.StatusFailed}), st)
	next := t.acquire("run-2")
	t.equal("epoch, First and matched", []any{next.Epoch, next.First, next.Matched}, []any{l.Epoch + 1, false, []string{"rule"}})
}

func surviveRecords(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "1", "2")
	t.set(l, ledger.StateParked, "3")
	t.release(l, ledger.StatusInterrupted)
	t.amend(forget("2"), decide("3", "sink-9"))
	l = t.acquire("run-2")
	t.set(l, ledger.StateFailed, "1", "5")
	t.send(l, "4")
	want, wantFirst := t.records("run-2", "1", "2", "3", "4", "5"), t.records("run-1", "1", "2", "3", "4", "5")
	t.reopen()
	t.equal("records", t.records("run-2", "1", "2", "3", "4", "5"), want)
	t.equal("records with Here of run-1", t.records("run-1", "1", "2", "3", "4", "5"), wantFirst)
	t.equal("states", t.send(l, "1", "2", "3", "4", "5"), []ledger.IntentState{isDuplicate, isFresh, isParked, isOpen, isDuplicate})
	t.equal("newest", len(t.listed(ledger.Query{Newest: true})), 1)
}

func surviveRuns(t *trial) {
	req := t.request("run-1")
	req.State = ledger.RunState{Filter: []byte("f"), Options: []byte("o"), Labels: ledger.Labels{"job": "7"}}
	l := t.acquireFor(req)
	t.commit(l, goneFar())
	t.mark("a notice", "run-1", ledger.Mark{Told: "mail"}, true)
	t.mark("a claim", "run-1", ledger.Mark{Claim: "chat", For: time.Hour}, true)
	t.mark("an ask", "run-1", ledger.Mark{Ask: ledger.AskCancel}, true)
	want := t.run("run-1")
	t.reopen()
	t.sameRun("the run", t.run("run-1"), want)
	t.equal("outcomes", t.ledger("run-1"), []string{"1:created", "2:created"})
	t.mark("a second claim", "run-1", ledger.Mark{Claim: "chat", For: time.Hour}, false)
	t.equal("what is asked", t.renew(l).Asked, ledger.AskCancel)
	t.outcomes(l, created("3"), failed("1", ledger.ReasonNotSent))
	t.equal("outcomes after another commit", t.ledger("run-1"), []string{"1:failed:not_sent", "2:created", "3:created"})
	t.release(l, ledger.StatusInterrupted)
	t.whole("run-2", ledger.StatusCompleted)
	t.reopen()
	t.equal("runs", t.runIDs(ledger.RunQuery{}), []string{"run-2", "run-1"})
	t.equal("the pass", t.resume("run-1").State.Pass, 1)
}

func surviveAdoption(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "1")
	t.release(l, ledger.StatusHeld)
	t.acquireFor(t.sharing("run-2"))
	t.reopen()
	t.invalid("Acquire of a scope that was moved", func() error {
		_, err := t.store.Acquire(t.ctx, t.request("run-3"))
		return err
	})
	t.equal("known in the account", len(t.recordsOf(accounts, "", "1")), 1)
}
