package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// request is for a new run. Each has an owner of its own, as each attempt has.
func (t *trial) request(runID string) ledger.LeaseRequest {
	t.attempts++
	return ledger.LeaseRequest{
		Scope: scope, Link: linkName, RunID: runID, Owner: fmt.Sprintf("host-%d", t.attempts), TTL: leaseTTL,
		State: ledger.RunState{Driver: ledger.DriverImporter},
	}
}

// asked is a request to go on with a run because a person says so.
func (t *trial) asked(runID string) ledger.LeaseRequest {
	req := t.request(runID)
	req.Resume = ledger.ResumeAsked
	return req
}

func (t *trial) acquire(runID string) ledger.Lease { return t.acquireFor(t.request(runID)) }

func (t *trial) resume(runID string) ledger.Lease { return t.acquireFor(t.asked(runID)) }

func (t *trial) acquireFor(req ledger.LeaseRequest) (l ledger.Lease) {
	t.do("Acquire for run "+req.RunID, func() (err error) {
		l, err = t.store.Acquire(t.ctx, req)
		return err
	})
	return l
}

// acquireRefused wants an Acquire to fail with an error that matches target.
func (t *trial) acquireRefused(doing string, target error, req ledger.LeaseRequest) {
	t.refused("Acquire "+doing, target, func() error {
		_, err := t.store.Acquire(t.ctx, req)
		return err
	})
}

func (t *trial) renew(l ledger.Lease) (next ledger.Lease) {
	t.do("Renew", func() (err error) {
		next, err = t.store.Renew(t.ctx, l)
		return err
	})
	return next
}

func (t *trial) release(l ledger.Lease, status ledger.RunStatus) ledger.RunState {
	return t.releaseAs(l, ledger.End{Status: status})
}

func (t *trial) releaseAs(l ledger.Lease, end ledger.End) (st ledger.RunState) {
	t.do("Release of run "+l.RunID, func() (err error) {
		st, err = t.store.Release(t.ctx, l, end)
		return err
	})
	return st
}

// whole is a run from its beginning to its end, without a commit.
func (t *trial) whole(runID string, status ledger.RunStatus) {
	t.release(t.acquire(runID), status)
}

// lease names a lease among all of a store.
type lease struct {
	scope ledger.Scope
	epoch int64
}

// commit numbers the commit by itself.
func (t *trial) commit(l ledger.Lease, c ledger.Commit) (states []ledger.IntentState) {
	key := lease{l.Scope, l.Epoch}
	t.seqs[key]++
	c.Seq = t.seqs[key]
	return t.commitAs(l, c)
}

// commitAs leaves the number as it is.
func (t *trial) commitAs(l ledger.Lease, c ledger.Commit) (states []ledger.IntentState) {
	t.do("Commit", func() (err error) {
		states, err = t.store.Commit(t.ctx, l, c)
		return err
	})
	return states
}

// send commits intents and nothing else.
func (t *trial) send(l ledger.Lease, ids ...string) []ledger.IntentState {
	return t.commit(l, ledger.Commit{Intents: intents(ids...)})
}

// outcomes commits outcomes and nothing else.
func (t *trial) outcomes(l ledger.Lease, list ...ledger.Outcome) {
	t.commit(l, ledger.Commit{Outcomes: list})
}

// know makes records known, by a create each.
func (t *trial) know(l ledger.Lease, ids ...string) { t.commit(l, known(ids...)) }

// set gives records a state, by a failure each.
func (t *trial) set(l ledger.Lease, state ledger.RecordState, ids ...string) {
	var c ledger.Commit
	for _, id := range ids {
		c.Outcomes = append(c.Outcomes, failed(id, ledger.ReasonNotSent))
		c.Records = append(c.Records, ledger.Record{ID: id, State: state, Sent: 1, Unproved: 1, Attempts: 1, Setup: "setup"})
	}
	t.commit(l, c)
}

func (t *trial) run(id string) (st ledger.RunState) {
	t.do("Run "+id, func() (err error) {
		st, err = t.store.Run(t.ctx, id)
		return err
	})
	return st
}

// records are those of the scope, with Here of a run.
func (t *trial) records(runID string, ids ...string) map[string]ledger.Record {
	return t.recordsOf(scope, runID, ids...)
}

func (t *trial) recordsOf(s ledger.Scope, runID string, ids ...string) (found map[string]ledger.Record) {
	t.do("Records", func() (err error) {
		found, err = t.store.Records(t.ctx, s, runID, ids)
		return err
	})
	return found
}

// record wants what is stored of an id, but for Since.
func (t *trial) record(what string, want ledger.Record) {
	got := t.records("", want.ID)[want.ID]
	got.Since = want.Since
	t.equal("what is stored of "+want.ID+" "+what, got, want)
}

// knownIDs are the ids among the given ones that are known, sorted.
func (t *trial) knownIDs(ids ...string) []string {
	var list []string
	for id, r := range t.records("", ids...) {
		if r.Known {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

func (t *trial) list(q ledger.Query) []ledger.Record {
	return collect(t, "List", t.store.List(t.ctx, scope, q))
}

func (t *trial) listed(q ledger.Query) []string {
	var ids []string
	for _, r := range t.list(q) {
		ids = append(ids, r.ID)
	}
	return ids
}

// open are the ids that are open, sorted.
func (t *trial) open() []string {
	ids := t.listed(inState(ledger.StateOpen))
	slices.Sort(ids)
	return ids
}

// amend changes records by a person's word.
func (t *trial) amend(list ...ledger.Amendment) {
	t.do("Amend", func() error { return t.store.Amend(t.ctx, scope, list) })
}

// mark wants a mark to take effect, or not to.
func (t *trial) mark(what, runID string, m ledger.Mark, want bool) {
	t.do("Mark", func() error {
		got, err := t.store.Mark(t.ctx, runID, m)
		t.equal("whether "+what+" takes effect", got, want)
		return err
	})
}

func (t *trial) prune(olderThan time.Time) (n int) {
	t.do("Prune", func() (err error) {
		n, err = t.store.Prune(t.ctx, linkName, olderThan)
		return err
	})
	return n
}

// ledger is the stored outcomes of a run, one word each.
func (t *trial) ledger(runID string) []string {
	var list []string
	for _, o := range collect(t, "Outcomes", t.store.Outcomes(t.ctx, runID, 0)) {
		list = append(list, outcomeWord(o))
	}
	return list
}

func (t *trial) runIDs(q ledger.RunQuery) []string {
	var ids []string
	for _, st := range collect(t, "Runs", t.store.Runs(t.ctx, q)) {
		ids = append(ids, st.RunID)
	}
	return ids
}
