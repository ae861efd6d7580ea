package storetest

import (
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func stayRules() []rule {
	return []rule{
		{"renew", "Renew makes the lease end a TTL from now, and the heartbeat is now", renew},
		{"renew_expired", "a lease that expired and that nobody took still counts: it can be renewed and written under", renewExpired},
		{"renew_progress", "Renew stores Progress for lists of runs, and Run tells it, the owner and that the lease is held", renewProgress},
		{"release", "a released lease can be acquired at once, with the next epoch", release},
		{"release_end", "Release stores the end and returns the run as stored; counts and cursor are those of the last commit", releaseEnd},
		{"release_paused", "PausedUntil is Wait after now by the store's clock, of a paused run only", releasePaused},
		{"release_repeated", "Release repeated under the same epoch changes nothing and returns the run as stored", releaseRepeated},
		{"release_invalid", "an end that Validate refuses is an *InvalidRequestError, and the lease stays", releaseInvalid},
		{"starts", "Starts is how many leases a run had since it last committed or was given back", starts},
	}
}

func renew(t *trial) {
	first := t.acquire("run-1")
	t.advance(leaseTTL / 2)
	next := t.renew(first)
	t.equal("the epoch", next.Epoch, first.Epoch)
	t.about("how much later the lease ends", next.Expires.Sub(first.Expires), leaseTTL/2)
	t.about("how much later the heartbeat is", t.run("run-1").Heartbeat.Sub(first.State.Heartbeat), leaseTTL/2)
	t.advance(leaseTTL * 3 / 4)
	t.acquireRefused("after the first expiry and before the second", ledger.ErrRunInProgress, t.request("run-2"))
}

func renewExpired(t *trial) {
	l := t.acquire("run-1")
	t.advance(2 * leaseTTL)
	t.know(l, "1")
	l = t.renew(l)
	t.acquireRefused("after the renewal", ledger.ErrRunInProgress, t.request("run-2"))
	t.know(l, "2")
}

func renewProgress(t *trial) {
	l := t.acquire("run-1")
	l.Progress = ledger.Progress{Read: 70, Total: 900}
	t.renew(l)
	for _, st := range append(collect(t, "Runs", t.store.Runs(t.ctx, ledger.RunQuery{})), t.run("run-1")) {
		t.equal("progress, owner and whether it is alive", []any{st.Progress, st.Owner, st.Alive, st.Counts.Read},
			[]any{l.Progress, l.State.Owner, true, 0})
	}
}

func release(t *trial) {
	first := t.acquire("run-1")
	t.release(first, ledger.StatusInterrupted)
	t.equal("whether the run is alive", t.run("run-1").Alive, false)
	t.equal("the epoch", t.acquire("run-2").Epoch, first.Epoch+1)
}

func releaseEnd(t *trial) {
	req := t.request("run-1")
	req.State.Warnings = []string{"before"}
	l := t.acquireFor(req)
	by := map[ledger.Reason]int{ledger.ReasonInvalidRecord: 1}
	t.commit(l, ledger.Commit{
		Cursor: new(ledger.Cursor("c")), Listed: true, Tally: ledger.Tally{Counts: ledger.Counts{Read: 2, Created: 1, Failed: 1}, ByReason: by},
	})
	t.mark("what was told", "run-1", ledger.Mark{Told: "mail"}, true)
	t.mark("an ask", "run-1", ledger.Mark{Ask: ledger.AskCancel}, true)
	want := t.run("run-1")
	end := ledger.End{
		Status: ledger.StatusFailed, Warnings: []string{"a", "b"},
		Failure: &ledger.Failure{End: "sink", Operation: "create", Code: "auth", Status: 401, At: moment(), Since: moment()},
	}
	got := t.releaseAs(l, end)
	if t.err == nil && got.Finished.Before(want.Started) {
		t.failf("Finished is %s, before Started", printTime(got.Finished))
	}
	want.Close(end, got.Finished)
	t.sameRun("the run that Release returns", got, want)
	t.sameRun("the run as stored", t.run("run-1"), want)
}

func releasePaused(t *trial) {
	st := t.releaseAs(t.acquire("run-1"), ledger.End{Status: ledger.StatusPaused, Wait: time.Hour})
	t.about("from Finished to PausedUntil", st.PausedUntil.Sub(st.Finished), time.Hour)
	t.about("DueIn", st.DueIn, time.Hour)
	st = t.releaseAs(t.acquire("run-2"), ledger.End{Status: ledger.StatusHeld, Wait: time.Hour})
	t.equal("PausedUntil of a held run", printTime(st.PausedUntil), "none")
}

func releaseRepeated(t *trial) {
	l := t.acquire("run-1")
	want := t.releaseAs(l, ledger.End{Status: ledger.StatusHeld, Warnings: []string{"w"}})
	t.advanceIfPossible(time.Second)
	t.sameRun("the run that Release returns again", t.releaseAs(l, ledger.End{Status: ledger.StatusFailed}), want)
	t.sameRun("the run as stored", t.run("run-1"), want)
	t.resume("run-1")
	t.refused("Release when the next lease was taken", ledger.ErrLeaseLost, func() error {
		_, err := t.store.Release(t.ctx, l, ledger.End{Status: ledger.StatusHeld})
		return err
	})
}

func releaseInvalid(t *trial) {
	l := t.acquire("run-1")
	for what, end := range map[string]ledger.End{
		"no status":       {},
		"status running":  {Status: ledger.StatusRunning},
		"a negative wait": {Status: ledger.StatusPaused, Wait: -1},
		"a NUL":           {Status: ledger.StatusFailed, Warnings: []string{"a\x00"}},
	} {
		t.invalid("Release with "+what, func() error {
			_, err := t.store.Release(t.ctx, l, end)
			return err
		})
	}
	t.know(l, "1")
}

func starts(t *trial) {
	t.acquire("run-1")
	t.advance(2 * leaseTTL)
	t.resume("run-1")
	t.advance(2 * leaseTTL)
	l := t.resume("run-1")
	t.equal("starts without a commit", []any{l.State.Starts, t.run("run-1").Starts}, []any{3, 3})
	t.commit(l, ledger.Commit{})
	t.equal("starts after a commit", t.run("run-1").Starts, 0)
	t.advance(2 * leaseTTL)
	t.equal("starts since then", t.resume("run-1").State.Starts, 1)
	t.advance(2 * leaseTTL)
	t.release(t.resume("run-1"), ledger.StatusInterrupted)
	t.equal("starts after it was given back", t.run("run-1").Starts, 0)
}
