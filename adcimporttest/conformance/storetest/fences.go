package storetest

import "github.com/securitytrax/adcimport/ledger"

func fenceRules() []rule {
	return []rule{
		{"fence_renew", "Renew with the lease of an earlier epoch, or a released one, is ErrLeaseLost", fenceRenew},
		{"fence_release", "Release with the lease of an earlier epoch, or a released one, is ErrLeaseLost and changes nothing", fenceRelease},
		{"fence_intend", "Intend with the lease of an earlier epoch, or a released one, is ErrLeaseLost and stores nothing", fenceIntend},
		{"fence_commit", "Commit with the lease of an earlier epoch, or a released one, is ErrLeaseLost and stores nothing", fenceCommit},
		{"fence_same_run", "a lease of an earlier epoch is lost also where the later one is of the same run", fenceSameRun},
	}
}

// lostLease is the lease of run-1 after run-2 has acquired the next one.
func (t *trial) lostLease() ledger.Lease {
	l := t.acquire("run-1")
	t.release(l, ledger.StatusInterrupted, moment())
	t.acquire("run-2")
	return l
}

// releasedLease is the lease of run-1 after its release.
func (t *trial) releasedLease() ledger.Lease {
	l := t.acquireFor(ledger.LeaseRequest{
		Link: "link-2", Kind: ledger.KindCustomer, RunID: "run-3", Owner: "host-1", TTL: leaseTTL,
	})
	t.release(l, ledger.StatusInterrupted, moment())
	return l
}

func (t *trial) lost(what string, write func(ledger.Lease) error) {
	earlier, released := t.lostLease(), t.releasedLease()
	t.refused(what+" with a lease of an earlier epoch", ledger.ErrLeaseLost, func() error { return write(earlier) })
	t.refused(what+" with a released lease", ledger.ErrLeaseLost, func() error { return write(released) })
}

func fenceRenew(t *trial) {
	t.lost("Renew", func(l ledger.Lease) error {
		_, err := t.store.Renew(t.ctx, l)
		return err
	})
}

func fenceRelease(t *trial) {
	t.lost("Release", func(l ledger.Lease) error {
		return t.store.Release(t.ctx, l, ledger.RunState{Summary: ledger.Summary{Status: ledger.StatusCompleted}})
	})
	t.equal("the status of the run that lost its lease", t.run("run-1").Status, ledger.StatusInterrupted)
	t.refused("Acquire while run-2 holds the lease", ledger.ErrRunInProgress, func() error {
		_, err := t.store.Acquire(t.ctx, request("run-4"))
		return err
	})
}

func fenceIntend(t *trial) {
	t.lost("Intend", func(l ledger.Lease) error {
		_, err := t.store.Intend(t.ctx, l, intents(false, "1"))
		return err
	})
	t.equal("in doubt", len(t.inDoubt()), 0)
}

func fenceCommit(t *trial) {
	t.lost("Commit", func(l ledger.Lease) error {
		return t.store.Commit(t.ctx, l, ledger.Commit{
			Outcomes: []ledger.Outcome{created("1")}, Cursor: "c", Counts: ledger.Counts{Read: 1, Created: 1},
		})
	})
	st := t.run("run-1")
	t.equal("known records", t.knownIDs("1"), []string{})
	t.equal("outcomes", len(t.ledger("run-1")), 0)
	t.equal("cursor and counts", []any{st.Cursor, st.Counts.Read}, []any{"", 0})
}

func fenceSameRun(t *trial) {
	first := t.acquire("run-1")
	t.release(first, ledger.StatusInterrupted, moment())
	second := t.acquire("run-1")
	t.refused("Commit with the earlier lease", ledger.ErrLeaseLost, func() error {
		return t.store.Commit(t.ctx, first, ledger.Commit{Cursor: "c"})
	})
	t.commit(second, ledger.Commit{Cursor: "c"})
}
