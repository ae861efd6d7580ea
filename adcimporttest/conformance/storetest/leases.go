package storetest

import (
	"errors"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func leaseRules() []rule {
	return []rule{
		{"acquire_new", "Acquire opens a running run with what the request says of it, and gives a lease that ends a TTL from now", acquireNew},
		{"acquire_held", "Acquire returns a *RunInProgressError with who holds the lease, also to the run that holds it", acquireHeld},
		{
			"acquire_invalid", "a request without link, kind, run id or TTL, or with a run id of another link or kind, is an *InvalidRequestError",
			acquireInvalid,
		},
		{"links_apart", "each link and kind has leases, known records and intents of its own", linksApart},
		{"expiry", "a lease holds until it expires by the store's clock, and not longer", expiry},
		{"take_over", "who takes an expired lease gets the next epoch, its expiry as Previous, and the former run is interrupted", takeOver},
		{"take_over_same_run", "a run that is acquired again is running, not finished, and keeps all else that is stored of it", takeOverSameRun},
		{"renew", "Renew extends the lease by its TTL from now, and the heartbeat is now", renew},
		{"renew_expired", "a lease that expired and that nobody took can be renewed", renewExpired},
		{"release", "a released lease can be acquired at once; Previous is the time of the release", release},
		{"release_summary", "Release stores the summary; filter, options, Cursor, Listed and Notified stay as stored", releaseSummary},
	}
}

func acquireNew(t *trial) {
	req := request("run-1")
	req.State = ledger.RunState{
		Summary: ledger.Summary{
			Started: moment(), Warnings: []string{"w"}, Counts: ledger.Counts{Read: 1, Skipped: 1},
			ByReason: map[ledger.Reason]int{ledger.ReasonFilteredOut: 1},
		},
		Filter: []byte(`{"v":1}`), Options: []byte("{\x00\xff}"), Cursor: "c", Listed: true,
	}
	l := t.acquireFor(req)
	t.equal("the lease's link, kind and run", []any{l.Link, l.Kind, l.RunID, l.TTL}, []any{req.Link, req.Kind, "run-1", leaseTTL})
	if t.err == nil && (l.Epoch < 1 || !l.Previous.IsZero() || l.Expires.IsZero()) {
		t.failf("the first lease has epoch %d, Previous %v, Expires %v", l.Epoch, l.Previous, l.Expires)
	}
	want := req.State
	want.RunID, want.Link, want.Kind, want.Status = "run-1", req.Link, req.Kind, ledger.StatusRunning
	t.sameRun(t.run("run-1"), want)
}

func acquireHeld(t *trial) {
	l := t.acquire("run-1")
	for _, id := range []string{"run-2", "run-1"} {
		var held *ledger.RunInProgressError
		t.refused("Acquire for "+id+" while run-1 holds the lease", ledger.ErrRunInProgress, func() error {
			_, err := t.store.Acquire(t.ctx, request(id))
			if errors.Is(err, ledger.ErrRunInProgress) && !errors.As(err, &held) {
				t.failf("the error is no *RunInProgressError: %w", err)
			}
			return err
		})
		if t.err != nil {
			return
		}
		t.equal("the error's holder", []any{held.Link, held.Kind, held.RunID, held.Owner},
			[]any{linkName, ledger.KindCustomer, "run-1", "host-1"})
		t.equal("the error's heartbeat", printTime(held.Heartbeat), printTime(l.Expires.Add(-leaseTTL)))
	}
	t.equal("runs", t.runIDs(linkName), []string{"run-1"})
}

func acquireInvalid(t *trial) {
	l := t.acquire("run-1")
	t.release(l, ledger.StatusCompleted, moment())
	for what, change := range map[string]func(*ledger.LeaseRequest){
		"no link":      func(r *ledger.LeaseRequest) { r.Link = "" },
		"no kind":      func(r *ledger.LeaseRequest) { r.Kind = "" },
		"no run id":    func(r *ledger.LeaseRequest) { r.RunID = "" },
		"no TTL":       func(r *ledger.LeaseRequest) { r.TTL = 0 },
		"negative TTL": func(r *ledger.LeaseRequest) { r.TTL = -time.Second },
		"other link":   func(r *ledger.LeaseRequest) { r.Link = "link-2" },
		"other kind":   func(r *ledger.LeaseRequest) { r.Kind = ledger.KindUser },
	} {
		req := request("run-1")
		change(&req)
		if t.err != nil {
			return
		}
		var invalid *ledger.InvalidRequestError
		if _, err := t.store.Acquire(t.ctx, req); !errors.As(err, &invalid) {
			t.failf("Acquire with %s returned %v", what, err)
		}
	}
	t.acquire("run-1") // none of them took the lease
}

func linksApart(t *trial) {
	other := request("run-2")
	other.Link = "link-2"
	users := request("run-3")
	users.Kind = ledger.KindUser
	first, second, third := t.acquire("run-1"), t.acquireFor(other), t.acquireFor(users)
	t.outcomes(first, created("1"))
	t.equal("states at another link", t.intend(second, "1"), []ledger.IntentState{ledger.IntentFresh})
	t.equal("states of another kind", t.intend(third, "1"), []ledger.IntentState{ledger.IntentFresh})
	t.equal("in doubt at the first link", len(t.inDoubt()), 0)
	t.do("Known at another link", func() error {
		found, err := t.store.Known(t.ctx, "link-2", ledger.KindCustomer, []string{"1"})
		t.equal("known at another link", len(found), 0)
		return err
	})
	t.do("Known of another kind", func() error {
		found, err := t.store.Known(t.ctx, linkName, ledger.KindUser, []string{"1"})
		t.equal("known of another kind", len(found), 0)
		return err
	})
}

func expiry(t *trial) {
	t.acquire("run-1")
	t.advance(leaseTTL / 2)
	t.refused("Acquire before the expiry", ledger.ErrRunInProgress, func() error {
		_, err := t.store.Acquire(t.ctx, request("run-2"))
		return err
	})
	t.advance(leaseTTL)
	t.acquire("run-2")
}

func takeOver(t *trial) {
	first := t.acquire("run-1")
	first = t.renew(first)
	t.commit(first, ledger.Commit{Cursor: "c-7"})
	t.advance(2 * leaseTTL)
	second := t.acquire("run-2")
	t.equal("the epoch", second.Epoch, first.Epoch+1)
	t.equal("Previous", printTime(second.Previous), printTime(first.Expires))
	st := t.run("run-1")
	t.equal("the former run", []any{st.Status, st.Cursor}, []any{ledger.StatusInterrupted, ledger.Cursor("c-7")})
	t.equal("the new run's status", t.run("run-2").Status, ledger.StatusRunning)
}

func takeOverSameRun(t *trial) {
	req := request("run-1")
	req.State = ledger.RunState{
		Summary: ledger.Summary{Started: moment()},
		Filter:  []byte("f"), Options: []byte("o"),
	}
	l := t.acquireFor(req)
	t.commit(l, ledger.Commit{
		Outcomes: []ledger.Outcome{failed("1", ledger.ReasonRejectedBySink)},
		Cursor:   "c", Listed: true, Counts: ledger.Counts{Read: 1, Failed: 1},
		ByReason: map[ledger.Reason]int{ledger.ReasonRejectedBySink: 1},
	})
	t.do("MarkNotified", func() error { return t.store.MarkNotified(t.ctx, "run-1", "mail") })
	want := t.run("run-1")
	end := want
	end.Status, end.Finished, end.PausedUntil = ledger.StatusPaused, moment(), moment()
	t.do("Release", func() error { return t.store.Release(t.ctx, l, end) })
	t.acquire("run-1")
	t.sameRun(t.run("run-1"), want)
	t.equal("outcomes", t.ledger("run-1"), []string{"1:failed:rejected_by_sink"})
}

func renew(t *trial) {
	first := t.acquire("run-1")
	t.advance(leaseTTL / 2)
	next := t.renew(first)
	t.equal("the epoch", next.Epoch, first.Epoch)
	if t.err == nil && next.Expires.Before(first.Expires.Add(leaseTTL/2)) {
		t.failf("the lease ends %s later, want half of a TTL", next.Expires.Sub(first.Expires))
	}
	t.advance(leaseTTL * 3 / 4)
	var held *ledger.RunInProgressError
	if t.err != nil {
		return
	}
	if _, err := t.store.Acquire(t.ctx, request("run-2")); !errors.As(err, &held) {
		t.failf("Acquire after the first expiry and before the second returned %v", err)
		return
	}
	t.equal("the heartbeat", printTime(held.Heartbeat), printTime(next.Expires.Add(-leaseTTL)))
}

func renewExpired(t *trial) {
	l := t.acquire("run-1")
	t.advance(2 * leaseTTL)
	l = t.renew(l)
	t.refused("Acquire after the renewal", ledger.ErrRunInProgress, func() error {
		_, err := t.store.Acquire(t.ctx, request("run-2"))
		return err
	})
	t.outcomes(l, created("1"))
}

func release(t *trial) {
	first := t.acquire("run-1")
	t.release(first, ledger.StatusInterrupted, moment())
	second := t.acquire("run-2")
	t.equal("the epoch", second.Epoch, first.Epoch+1)
	began, now := first.Expires.Add(-leaseTTL), second.Expires.Add(-leaseTTL)
	if t.err == nil && (second.Previous.Before(began) || second.Previous.After(now)) {
		t.failf("Previous is %s, want between %s and %s", printTime(second.Previous), printTime(began), printTime(now))
	}
}

func releaseSummary(t *trial) {
	req := request("run-1")
	req.State = ledger.RunState{Filter: []byte("f"), Options: []byte("o")}
	l := t.acquireFor(req)
	t.commit(l, ledger.Commit{Cursor: "committed", Listed: true})
	t.do("MarkNotified", func() error { return t.store.MarkNotified(t.ctx, "run-1", "mail") })
	end := ledger.RunState{
		Summary: ledger.Summary{
			RunID: "run-1", Link: linkName, Kind: ledger.KindCustomer, Status: ledger.StatusPaused,
			DryRun: true, Counts: ledger.Counts{Read: 2, Created: 1, Failed: 1},
			ByReason: map[ledger.Reason]int{ledger.ReasonInvalidRecord: 1}, Warnings: []string{"a", "b"},
			Started: moment(), Finished: moment().Add(time.Hour), PausedUntil: moment().Add(2 * time.Hour),
		},
		Filter: []byte("other"), Options: []byte("other"), Cursor: "other", Notified: []string{"other"},
	}
	t.do("Release", func() error { return t.store.Release(t.ctx, l, end) })
	want := end
	want.Filter, want.Options, want.Cursor, want.Listed, want.Notified = []byte("f"), []byte("o"), "committed", true, []string{"mail"}
	t.sameRun(t.run("run-1"), want)
}
