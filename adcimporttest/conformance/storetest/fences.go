package storetest

import "github.com/securitytrax/adcimport/ledger"

func fenceRules() []rule {
	return []rule{
		{"fence_renew", "Renew with the lease of an earlier epoch, or a released one, is ErrLeaseLost", fenceRenew},
		{"fence_release", "Release with the lease of an earlier epoch is ErrLeaseLost and changes nothing", fenceRelease},
		{"fence_commit", "Commit with the lease of an earlier epoch, or a released one, is ErrLeaseLost and stores nothing", fenceCommit},
		{"fence_same_run", "a lease of an earlier epoch is lost also where the later one is of the same run", fenceSameRun},
	}
}

// lostLease is the lease of run-1 after run-2 has acquired the next one.
func (t *trial) lostLease() ledger.Lease {
	l := t.acquire("run-1")
	t.release(l, ledger.StatusInterrupted)
	t.acquire("run-2")
	return l
}

// releasedLease is the lease of run-3, of another link, after its release.
func (t *trial) releasedLease() ledger.Lease {
	req := t.request("run-3")
	req.Account, req.Link = "link-2", "link-2"
	l := t.acquireFor(req)
	t.release(l, ledger.StatusInterrupted)
	return l
}

func fenceRenew(t *trial) {
	for what, l := range map[string]ledger.Lease{"an earlier epoch's lease": t.lostLease(), "a released lease": t.releasedLease()} {
		t.refused("Renew with "+what, ledger.ErrLeaseLost, func() error {
			_, err := t.store.Renew(t.ctx, l)
			return err
		})
	}
}

func fenceRelease(t *trial) {
	l := t.lostLease()
	t.refused("Release with an earlier epoch's lease", ledger.ErrLeaseLost, func() error {
		_, err := t.store.Release(t.ctx, l, ledger.End{Status: ledger.StatusCompleted})
		return err
	})
	t.equal("the status of the run that lost its lease", t.run("run-1").Status, ledger.StatusInterrupted)
	t.acquireRefused("while run-2 holds the lease", ledger.ErrRunInProgress, t.request("run-4"))
}

func fenceCommit(t *trial) {
	for what, l := range map[string]ledger.Lease{"an earlier epoch's lease": t.lostLease(), "a released lease": t.releasedLease()} {
		before := t.run(l.RunID)
		c := known("1")
		c.Seq, c.Intents, c.Cursor, c.Tally.Counts = 1, intents("2"), new(ledger.Cursor("c")), ledger.Counts{Read: 1, Created: 1}
		c.Matched = []string{"rule"}
		t.refused("Commit with "+what, ledger.ErrLeaseLost, func() error {
			_, err := t.store.Commit(t.ctx, l, c)
			return err
		})
		t.equal("records", len(t.recordsOf(l.Scope, l.RunID, "1", "2")), 0)
		t.equal("outcomes", len(t.ledger(l.RunID)), 0)
		t.sameRun("the run", t.run(l.RunID), before)
	}
}

func fenceSameRun(t *trial) {
	first := t.acquire("run-1")
	t.release(first, ledger.StatusInterrupted)
	second := t.resume("run-1")
	t.refused("Commit with the earlier lease", ledger.ErrLeaseLost, func() error {
		_, err := t.store.Commit(t.ctx, first, ledger.Commit{Seq: 1, Cursor: new(ledger.Cursor("c"))})
		return err
	})
	t.commit(second, ledger.Commit{Cursor: new(ledger.Cursor("c"))})
}
