package adcimporttest

import (
	"errors"
	"time"

	"github.com/securitytrax/adcimport"
)

func storeLeaseRules() []storeRule {
	return []storeRule{
		{"acquire_new", "Acquire opens a running run with what the request says of it, and gives a lease that ends a TTL from now", storeAcquireNew},
		{"acquire_held", "Acquire answers a *RunInProgressError with who holds the lease, also to the run that holds it", storeAcquireHeld},
		{"acquire_invalid", "a request without link, kind, run id or TTL, or with the id of a run of another link or kind, is an *InvalidOptionsError", storeAcquireInvalid},
		{"links_apart", "each link and kind has leases, known records and intents of its own", storeLinksApart},
		{"expiry", "a lease holds until it expires by the store's clock, and not longer", storeExpiry},
		{"take_over", "who takes an expired lease gets the next epoch, its expiry as Previous, and the former run is interrupted", storeTakeOver},
		{"take_over_same_run", "a run that is acquired again is running, not finished, and keeps all else that is stored of it", storeTakeOverSameRun},
		{"renew", "Renew extends the lease by its TTL from now, and the heartbeat is now", storeRenew},
		{"renew_expired", "a lease that expired and that nobody took can be renewed", storeRenewExpired},
		{"release", "a released lease can be acquired at once; Previous is the time of the release", storeRelease},
		{"release_summary", "Release stores the summary; filter, options, Cursor, Listed and Notified stay as stored", storeReleaseSummary},
	}
}

func storeAcquireNew(t *storeTrial) {
	req := storeRequest("run-1")
	req.State = adcimport.RunState{
		Summary: adcimport.Summary{
			Started: storeMoment(), Warnings: []string{"w"}, Counts: adcimport.Counts{Read: 1, Skipped: 1},
			ByReason: map[adcimport.Reason]int{adcimport.ReasonFilteredOut: 1},
		},
		Filter: []byte(`{"v":1}`), Options: []byte("{\x00\xff}"), Cursor: "c", Listed: true,
	}
	l := t.acquireFor(req)
	t.equal("the lease's link, kind and run", []any{l.Link, l.Kind, l.RunID, l.TTL}, []any{req.Link, req.Kind, "run-1", storeTTL})
	if t.err == nil && (l.Epoch < 1 || !l.Previous.IsZero() || l.Expires.IsZero()) {
		t.failf("the first lease has epoch %d, Previous %v, Expires %v", l.Epoch, l.Previous, l.Expires)
	}
	want := req.State
	want.RunID, want.Link, want.Kind, want.Status = "run-1", req.Link, req.Kind, adcimport.StatusRunning
	t.sameRun(t.run("run-1"), want)
}

func storeAcquireHeld(t *storeTrial) {
	l := t.acquire("run-1")
	for _, id := range []string{"run-2", "run-1"} {
		var held *adcimport.RunInProgressError
		t.refused("Acquire for "+id+" while run-1 holds the lease", adcimport.ErrRunInProgress, func() error {
			_, err := t.store.Acquire(t.ctx, storeRequest(id))
			if errors.Is(err, adcimport.ErrRunInProgress) && !errors.As(err, &held) {
				t.failf("the error is no *RunInProgressError: %w", err)
			}
			return err
		})
		if t.err != nil {
			return
		}
		t.equal("the error's holder", []any{held.Link, held.Kind, held.RunID, held.Owner},
			[]any{storeLink, adcimport.KindCustomer, "run-1", "host-1"})
		t.equal("the error's heartbeat", storeTime(held.Heartbeat), storeTime(l.Expires.Add(-storeTTL)))
	}
	t.equal("runs", t.runIDs(storeLink), []string{"run-1"})
}

func storeAcquireInvalid(t *storeTrial) {
	l := t.acquire("run-1")
	t.release(l, adcimport.StatusCompleted, storeMoment())
	for what, change := range map[string]func(*adcimport.LeaseRequest){
		"no link":      func(r *adcimport.LeaseRequest) { r.Link = "" },
		"no kind":      func(r *adcimport.LeaseRequest) { r.Kind = "" },
		"no run id":    func(r *adcimport.LeaseRequest) { r.RunID = "" },
		"no TTL":       func(r *adcimport.LeaseRequest) { r.TTL = 0 },
		"negative TTL": func(r *adcimport.LeaseRequest) { r.TTL = -time.Second },
		"other link":   func(r *adcimport.LeaseRequest) { r.Link = "link-2" },
		"other kind":   func(r *adcimport.LeaseRequest) { r.Kind = adcimport.KindUser },
	} {
		req := storeRequest("run-1")
		change(&req)
		if t.err != nil {
			return
		}
		var invalid *adcimport.InvalidOptionsError
		if _, err := t.store.Acquire(t.ctx, req); !errors.As(err, &invalid) {
			t.failf("Acquire with %s answered %v", what, err)
		}
	}
	t.acquire("run-1") // none of them took the lease
}

func storeLinksApart(t *storeTrial) {
	other := storeRequest("run-2")
	other.Link = "link-2"
	users := storeRequest("run-3")
	users.Kind = adcimport.KindUser
	first, second, third := t.acquire("run-1"), t.acquireFor(other), t.acquireFor(users)
	t.outcomes(first, storeCreated("1"))
	t.equal("states at another link", t.intend(second, "1"), []adcimport.IntentState{adcimport.IntentFresh})
	t.equal("states of another kind", t.intend(third, "1"), []adcimport.IntentState{adcimport.IntentFresh})
	t.equal("in doubt at the first link", len(t.inDoubt()), 0)
	t.do("Known at another link", func() error {
		found, err := t.store.Known(t.ctx, "link-2", adcimport.KindCustomer, []string{"1"})
		t.equal("known at another link", len(found), 0)
		return err
	})
	t.do("Known of another kind", func() error {
		found, err := t.store.Known(t.ctx, storeLink, adcimport.KindUser, []string{"1"})
		t.equal("known of another kind", len(found), 0)
		return err
	})
}

func storeExpiry(t *storeTrial) {
	t.acquire("run-1")
	t.advance(storeTTL / 2)
	t.refused("Acquire before the expiry", adcimport.ErrRunInProgress, func() error {
		_, err := t.store.Acquire(t.ctx, storeRequest("run-2"))
		return err
	})
	t.advance(storeTTL)
	t.acquire("run-2")
}

func storeTakeOver(t *storeTrial) {
	first := t.acquire("run-1")
	first = t.renew(first)
	t.commit(first, adcimport.Commit{Cursor: "c-7"})
	t.advance(2 * storeTTL)
	second := t.acquire("run-2")
	t.equal("the epoch", second.Epoch, first.Epoch+1)
	t.equal("Previous", storeTime(second.Previous), storeTime(first.Expires))
	st := t.run("run-1")
	t.equal("the former run", []any{st.Status, st.Cursor}, []any{adcimport.StatusInterrupted, adcimport.Cursor("c-7")})
	t.equal("the new run's status", t.run("run-2").Status, adcimport.StatusRunning)
}

func storeTakeOverSameRun(t *storeTrial) {
	req := storeRequest("run-1")
	req.State = adcimport.RunState{
		Summary: adcimport.Summary{Started: storeMoment()},
		Filter:  []byte("f"), Options: []byte("o"),
	}
	l := t.acquireFor(req)
	t.commit(l, adcimport.Commit{
		Outcomes: []adcimport.Outcome{storeFailed("1", adcimport.ReasonRejectedBySink)},
		Cursor:   "c", Listed: true, Counts: adcimport.Counts{Read: 1, Failed: 1},
		ByReason: map[adcimport.Reason]int{adcimport.ReasonRejectedBySink: 1},
	})
	t.do("MarkNotified", func() error { return t.store.MarkNotified(t.ctx, "run-1", "mail") })
	want := t.run("run-1")
	end := want
	end.Status, end.Finished, end.PausedUntil = adcimport.StatusPaused, storeMoment(), storeMoment()
	t.do("Release", func() error { return t.store.Release(t.ctx, l, end) })
	t.acquire("run-1")
	t.sameRun(t.run("run-1"), want)
	t.equal("outcomes", t.ledger("run-1"), []string{"1:failed:rejected_by_sink"})
}

func storeRenew(t *storeTrial) {
	first := t.acquire("run-1")
	t.advance(storeTTL / 2)
	next := t.renew(first)
	t.equal("the epoch", next.Epoch, first.Epoch)
	if t.err == nil && next.Expires.Before(first.Expires.Add(storeTTL/2)) {
		t.failf("the lease ends %s later, want half of a TTL", next.Expires.Sub(first.Expires))
	}
	t.advance(storeTTL * 3 / 4)
	var held *adcimport.RunInProgressError
	if t.err != nil {
		return
	}
	if _, err := t.store.Acquire(t.ctx, storeRequest("run-2")); !errors.As(err, &held) {
		t.failf("Acquire after the first expiry and before the second answered %v", err)
		return
	}
	t.equal("the heartbeat", storeTime(held.Heartbeat), storeTime(next.Expires.Add(-storeTTL)))
}

func storeRenewExpired(t *storeTrial) {
	l := t.acquire("run-1")
	t.advance(2 * storeTTL)
	l = t.renew(l)
	t.refused("Acquire after the renewal", adcimport.ErrRunInProgress, func() error {
		_, err := t.store.Acquire(t.ctx, storeRequest("run-2"))
		return err
	})
	t.outcomes(l, storeCreated("1"))
}

func storeRelease(t *storeTrial) {
	first := t.acquire("run-1")
	t.release(first, adcimport.StatusInterrupted, storeMoment())
	second := t.acquire("run-2")
	t.equal("the epoch", second.Epoch, first.Epoch+1)
	began, now := first.Expires.Add(-storeTTL), second.Expires.Add(-storeTTL)
	if t.err == nil && (second.Previous.Before(began) || second.Previous.After(now)) {
		t.failf("Previous is %s, want between %s and %s", storeTime(second.Previous), storeTime(began), storeTime(now))
	}
}

func storeReleaseSummary(t *storeTrial) {
	req := storeRequest("run-1")
	req.State = adcimport.RunState{Filter: []byte("f"), Options: []byte("o")}
	l := t.acquireFor(req)
	t.commit(l, adcimport.Commit{Cursor: "committed", Listed: true})
	t.do("MarkNotified", func() error { return t.store.MarkNotified(t.ctx, "run-1", "mail") })
	end := adcimport.RunState{
		Summary: adcimport.Summary{
			RunID: "run-1", Link: storeLink, Kind: adcimport.KindCustomer, Status: adcimport.StatusPaused,
			DryRun: true, Counts: adcimport.Counts{Read: 2, Created: 1, Failed: 1},
			ByReason: map[adcimport.Reason]int{adcimport.ReasonInvalidRecord: 1}, Warnings: []string{"a", "b"},
			Started: storeMoment(), Finished: storeMoment().Add(time.Hour), PausedUntil: storeMoment().Add(2 * time.Hour),
		},
		Filter: []byte("other"), Options: []byte("other"), Cursor: "other", Notified: []string{"other"},
	}
	t.do("Release", func() error { return t.store.Release(t.ctx, l, end) })
	want := end
	want.Filter, want.Options, want.Cursor, want.Listed, want.Notified = []byte("f"), []byte("o"), "committed", true, []string{"mail"}
	t.sameRun(t.run("run-1"), want)
}
