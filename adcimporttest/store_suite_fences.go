package adcimporttest

import "github.com/securitytrax/adcimport"

func storeFenceRules() []storeRule {
	return []storeRule{
		{"fence_renew", "Renew with the lease of an earlier epoch, or a released one, is ErrLeaseLost", storeFenceRenew},
		{"fence_release", "Release with the lease of an earlier epoch, or a released one, is ErrLeaseLost and changes nothing", storeFenceRelease},
		{"fence_intend", "Intend with the lease of an earlier epoch, or a released one, is ErrLeaseLost and stores nothing", storeFenceIntend},
		{"fence_commit", "Commit with the lease of an earlier epoch, or a released one, is ErrLeaseLost and stores nothing", storeFenceCommit},
		{"fence_same_run", "a lease of an earlier epoch is lost also where the later one is of the same run", storeFenceSameRun},
	}
}

// lostLease is the lease of run-1 after run-2 has acquired the next one.
func (t *storeTrial) lostLease() adcimport.Lease {
	l := t.acquire("run-1")
	t.release(l, adcimport.StatusInterrupted, storeMoment())
	t.acquire("run-2")
	return l
}

// releasedLease is the lease of run-1 after its release.
func (t *storeTrial) releasedLease() adcimport.Lease {
	l := t.acquireFor(adcimport.LeaseRequest{
		Link: "link-2", Kind: adcimport.KindCustomer, RunID: "run-3", Owner: "host-1", TTL: storeTTL,
	})
	t.release(l, adcimport.StatusInterrupted, storeMoment())
	return l
}

func (t *storeTrial) lost(what string, write func(adcimport.Lease) error) {
	earlier, released := t.lostLease(), t.releasedLease()
	t.refused(what+" with a lease of an earlier epoch", adcimport.ErrLeaseLost, func() error { return write(earlier) })
	t.refused(what+" with a released lease", adcimport.ErrLeaseLost, func() error { return write(released) })
}

func storeFenceRenew(t *storeTrial) {
	t.lost("Renew", func(l adcimport.Lease) error {
		_, err := t.store.Renew(t.ctx, l)
		return err
	})
}

func storeFenceRelease(t *storeTrial) {
	t.lost("Release", func(l adcimport.Lease) error {
		return t.store.Release(t.ctx, l, adcimport.RunState{Summary: adcimport.Summary{Status: adcimport.StatusCompleted}})
	})
	t.equal("the status of the run that lost its lease", t.run("run-1").Status, adcimport.StatusInterrupted)
	t.refused("Acquire while run-2 holds the lease", adcimport.ErrRunInProgress, func() error {
		_, err := t.store.Acquire(t.ctx, storeRequest("run-4"))
		return err
	})
}

func storeFenceIntend(t *storeTrial) {
	t.lost("Intend", func(l adcimport.Lease) error {
		_, err := t.store.Intend(t.ctx, l, storeIntents(false, "1"))
		return err
	})
	t.equal("in doubt", len(t.inDoubt()), 0)
}

func storeFenceCommit(t *storeTrial) {
	t.lost("Commit", func(l adcimport.Lease) error {
		return t.store.Commit(t.ctx, l, adcimport.Commit{
			Outcomes: []adcimport.Outcome{storeCreated("1")}, Cursor: "c", Counts: adcimport.Counts{Read: 1, Created: 1},
		})
	})
	st := t.run("run-1")
	t.equal("known records", t.knownIDs("1"), []string{})
	t.equal("outcomes", len(t.ledger("run-1")), 0)
	t.equal("cursor and counts", []any{st.Cursor, st.Counts.Read}, []any{"", 0})
}

func storeFenceSameRun(t *storeTrial) {
	first := t.acquire("run-1")
	t.release(first, adcimport.StatusInterrupted, storeMoment())
	second := t.acquire("run-1")
	t.refused("Commit with the earlier lease", adcimport.ErrLeaseLost, func() error {
		return t.store.Commit(t.ctx, first, adcimport.Commit{Cursor: "c"})
	})
	t.commit(second, adcimport.Commit{Cursor: "c"})
}
