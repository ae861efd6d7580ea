package storetest

import (
	"slices"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func adoptionRules() []rule {
	return []rule{
		{
			"adopt", "where Account is not Link, Acquire moves records, open batch, matched rules and runs of the link's scope into the account's",
			adopt,
		},
		{"adopt_epoch", "epochs go on from the higher one", adoptEpoch},
		{"adopt_quiet", "Quiet is counted from the later end of both scopes' leases", adoptQuiet},
		{
			"adopt_closed", "a scope that was moved is closed for good, also where it held nothing: a request for it is an *InvalidRequestError",
			adoptClosed,
		},
		{"adopt_held", "Acquire fails with ErrRunInProgress while a lease of the link's scope is held, and moves nothing", adoptHeld},
		{"adopt_fence", "a lease of a scope that was moved is lost", adoptFence},
		{"adopt_two", "a record that both scopes know under different sink ids is in review, others are the better of both", adoptTwo},
		{"adopt_run", "a run of the moved scope goes on: exactly where no other came in between, else from the beginning", adoptRun},
	}
}

// sharing is a request for the account of link-1.
func (t *trial) sharing(runID string) ledger.LeaseRequest {
	req := t.request(runID)
	req.Account = "account"
	return req
}

// accounts is the scope that link-1 is moved to.
var accounts = ledger.Scope{Account: "account", Kind: ledger.KindCustomer}

func adopt(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "1", "2")
	t.set(l, ledger.StateParked, "3")
	t.commit(l, ledger.Commit{Intents: intents("4"), Matched: []string{"rule"}})
	t.release(l, ledger.StatusInterrupted)
	t.amend(forget("2"))
	before := t.records("run-1", "1", "2", "3", "4")
	t.equal("how many are stored", len(before), 4)
	next := t.acquireFor(t.sharing("run-2"))
	t.equal("First and matched", []any{next.First, next.Matched}, []any{false, []string{"rule"}})
	t.equal("records", t.recordsOf(accounts, "run-1", "1", "2", "3", "4"), before)
	t.equal("records of the former scope", len(t.records("", "1", "2", "3", "4")), 0)
	t.equal("states", t.send(next, "1", "2", "3", "4"), []ledger.IntentState{isDuplicate, isFresh, isParked, isOpen})
	t.equal("newest", len(collect(t, "List", t.store.List(t.ctx, accounts, ledger.Query{Newest: true}))), 1)
	t.equal("outcomes", len(t.ledger("run-1")), 3)
	t.release(next, ledger.StatusCompleted)
	t.equal("records after another lease", t.acquireFor(t.sharing("run-3")).Epoch, next.Epoch+1)
}

func adoptEpoch(t *trial) {
	for _, id := range []string{"run-1", "run-2", "run-3"} {
		t.whole(id, ledger.StatusCompleted)
	}
	other := t.sharing("run-4")
	other.Link = "link-2"
	t.release(t.acquireFor(other), ledger.StatusCompleted)
	t.equal("the epoch", t.acquireFor(t.sharing("run-5")).Epoch, 4)
}

func adoptQuiet(t *trial) {
	for _, kind := range []ledger.Kind{ledger.KindCustomer, ledger.KindUser} {
		of := func(req ledger.LeaseRequest, n string) ledger.LeaseRequest {
			req.Kind, req.RunID = kind, string(kind)+n
			return req
		}
		other := of(t.sharing(""), "-other")
		other.Link = "link-2"
		two := []ledger.LeaseRequest{of(t.request(""), "-own"), other}
		if kind == ledger.KindUser {
			slices.Reverse(two)
		}
		for _, req := range two {
			t.advance(20 * time.Second)
			t.release(t.acquireFor(req), ledger.StatusCompleted)
		}
		t.advance(30 * time.Second)
		t.about("Quiet after "+two[1].RunID, t.acquireFor(of(t.sharing(""), "-both")).Quiet, 30*time.Second)
	}
}

func adoptClosed(t *trial) {
	users := t.sharing("run-1")
	users.Kind = ledger.KindUser
	t.release(t.acquireFor(users), ledger.StatusCompleted)
	t.release(t.acquireFor(t.sharing("run-2")), ledger.StatusInterrupted)
	for _, kind := range []ledger.Kind{ledger.KindCustomer, ledger.KindUser} {
		req := t.request("run-3")
		req.Kind = kind
		t.invalid("Acquire of a scope that was moved", func() error {
			_, err := t.store.Acquire(t.ctx, req)
			return err
		})
	}
	t.invalid("Acquire of it for a run that goes on", func() error {
		_, err := t.store.Acquire(t.ctx, t.asked("run-2"))
		return err
	})
	t.equal("runs", t.runIDs(ledger.RunQuery{}), []string{"run-2", "run-1"})
	t.acquireFor(t.sharing("run-3"))
}

func adoptHeld(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "1")
	t.acquireRefused("for the account while the link's scope is held", ledger.ErrRunInProgress, t.sharing("run-2"))
	t.know(l, "2")
	t.release(l, ledger.StatusCompleted)
	t.acquireFor(t.sharing("run-2"))
	t.equal("known in the account", len(t.recordsOf(accounts, "", "1", "2")), 2)
}

func adoptFence(t *trial) {
	l := t.acquire("run-1")
	t.advance(2 * leaseTTL)
	t.acquireFor(t.sharing("run-2"))
	t.equal("the former run's status", t.run("run-1").Status, ledger.StatusInterrupted)
	t.refused("Commit with a lease of the moved scope", ledger.ErrLeaseLost, func() error {
		c := known("1")
		c.Seq = 1
		_, err := t.store.Commit(t.ctx, l, c)
		return err
	})
	t.refused("Renew of it", ledger.ErrLeaseLost, func() error {
		_, err := t.store.Renew(t.ctx, l)
		return err
	})
}

func adoptTwo(t *trial) {
	other := t.sharing("run-1")
	other.Link = "link-2"
	l := t.acquireFor(other)
	t.know(l, "1", "2")
	t.set(l, ledger.StateFailed, "3")
	t.release(l, ledger.StatusCompleted)
	own := t.acquire("run-2")
	t.know(own, "2", "3")
	t.set(own, ledger.StateParked, "4")
	t.commit(own, ledger.Commit{Records: []ledger.Record{{ID: "1", Known: true, SinkID: "another"}}})
	t.release(own, ledger.StatusCompleted)
	t.acquireFor(t.sharing("run-3"))
	found := t.recordsOf(accounts, "", "1", "2", "3", "4")
	for id, want := range map[string][]any{
		"1": {true, "sink-1", ledger.StateReview}, "2": {true, "sink-2", ledger.StateNone},
		"3": {true, "sink-3", ledger.StateNone}, "4": {false, "", ledger.StateParked},
	} {
		t.equal("what is stored of "+id, []any{found[id].Known, found[id].SinkID, found[id].State}, want)
	}
	review := collect(t, "List", t.store.List(t.ctx, accounts, inState(ledger.StateReview)))
	t.equal("how many are in review", len(review), 1)
}

func adoptRun(t *trial) {
	l := t.acquire("run-1")
	t.commit(l, goneFar())
	t.release(l, ledger.StatusInterrupted)
	goOn := t.sharing("run-1")
	goOn.Resume = ledger.ResumeDue
	l = t.acquireFor(goOn)
	t.equal("pass and place", []any{l.State.Pass, string(l.State.Cursor)}, []any{0, "c-7"})
	t.equal("Here", t.recordsOf(accounts, "run-1", "1")["1"].Here.Action, ledger.ActionCreated)
	t.release(l, ledger.StatusInterrupted)
	other := t.sharing("run-2")
	other.Link = "link-2"
	t.release(t.acquireFor(other), ledger.StatusCompleted)
	again := t.sharing("run-1")
	again.Resume = ledger.ResumeDue
	t.advanceIfPossible(time.Second)
	l = t.acquireFor(again)
	t.equal("pass and place after another link's run", []any{l.State.Pass, string(l.State.Cursor)}, []any{1, ""})
	t.adoptBoth()
}

// adoptBoth has a lease in either scope before one is moved, the account's later.
func (t *trial) adoptBoth() {
	users := func(req ledger.LeaseRequest, link string) ledger.LeaseRequest {
		req.Kind, req.Link = ledger.KindUser, link
		return req
	}
	own := t.request("run-3")
	own.Kind = ledger.KindUser
	l := t.acquireFor(own)
	t.commit(l, goneFar())
	t.release(l, ledger.StatusInterrupted)
	again := t.asked("run-3")
	again.Kind = ledger.KindUser
	t.release(t.acquireFor(again), ledger.StatusInterrupted)
	t.release(t.acquireFor(users(t.sharing("run-4"), "link-2")), ledger.StatusCompleted)
	goOn := users(t.sharing("run-3"), linkName)
	goOn.Resume = ledger.ResumeDue
	l = t.acquireFor(goOn)
	t.equal("pass and place after a run of the account, which had fewer leases", []any{l.State.Pass, string(l.State.Cursor)}, []any{1, ""})
}
