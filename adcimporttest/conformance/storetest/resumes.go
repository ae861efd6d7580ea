package storetest

import (
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func resumeRules() []rule {
	return []rule{
		{
			"resume_state", "a run that goes on is running, without Finished, PausedUntil and a Failure that has no Since; all else stays",
			resumeState,
		},
		{
			"resume_waiting", "a failure that has Since stays with a run that goes on, until a commit mends it; not where the run had ended",
			resumeWaiting,
		},
		{"resume_driver", "who drives a run that goes on is the request's Driver; where that is empty it stays", resumeDriver},
		{
			"resume_exact", "a run that goes on with no other run of the scope in between keeps its pass, place and passing counts, and Listed",
			resumeExact,
		},
		{"resume_pass", "where another run of the scope held a lease in between, Pass is raised, and Cursor and Listed are empty", resumePass},
		{"resume_passing", "then Passing is taken off counts and reasons, and is nothing", resumePassing},
		{"resume_elsewhere", "runs of other scopes do not come in between", resumeElsewhere},
	}
}

// goneFar is a commit in the middle of a listing: five records of it passed.
func goneFar() ledger.Commit {
	c := known("1", "2")
	c.Cursor, c.Listed = new(ledger.Cursor("c-7")), true
	c.Tally = ledger.Tally{
		Counts:   ledger.Counts{Read: 7, Created: 2, Skipped: 5},
		ByReason: map[ledger.Reason]int{ledger.ReasonAlreadyImported: 4, ledger.ReasonFilteredOut: 1},
	}
	c.Passing = ledger.Tally{
		Counts: ledger.Counts{Read: 4, Skipped: 4}, ByReason: map[ledger.Reason]int{ledger.ReasonAlreadyImported: 4},
	}
	c.Progress = ledger.Progress{Read: 9, Total: 40}
	return c
}

func resumeState(t *trial) {
	req := t.request("run-1")
	req.State = ledger.RunState{
		Summary: ledger.Summary{DryRun: true}, Filter: []byte("f"), Options: []byte("o"),
		Labels: ledger.Labels{"job": "7"}, RetryOf: "run-0", Driver: ledger.DriverHost,
	}
	l := t.acquireFor(req)
	t.commit(l, goneFar())
	t.mark("what was told", "run-1", ledger.Mark{Told: "mail"}, true)
	want := t.releaseAs(l, ledger.End{
		Status: ledger.StatusPaused, Wait: time.Hour, Warnings: []string{"w"}, Failure: &ledger.Failure{Code: "auth", At: moment()},
	})
	goOn := t.asked("run-1")
	next := t.acquireFor(goOn)
	want.Reopen(goOn)
	want.Epoch, want.Owner, want.Starts, want.Heartbeat = l.Epoch+1, goOn.Owner, 1, next.State.Heartbeat
	t.sameRun("the lease's state", next.State, want)
	t.sameRun("the run", t.run("run-1"), want)
	t.equal("outcomes", t.ledger("run-1"), []string{"1:created", "2:created"})
}

func resumeWaiting(t *trial) {
	waits := ledger.Failure{End: "source", Operation: "list", Code: "unavailable", At: moment(), Since: moment()}
	since := func(st ledger.RunState) string {
		if st.Failure == nil {
			return "none"
		}
		return st.Failure.Operation + " " + printTime(st.Failure.Since)
	}
	want := "list " + printTime(waits.Since)
	l := t.acquire("run-1")
	for _, status := range []ledger.RunStatus{ledger.StatusPaused, ledger.StatusInterrupted, ledger.StatusHeld} {
		t.releaseAs(l, ledger.End{Status: status, Failure: &waits})
		l = t.resume("run-1")
		t.equal("what a run waits for that was "+string(status), since(l.State), want)
		t.outcomes(l, failed("1", ledger.ReasonSourceFailed))
		t.equal("that, after a commit that mends nothing", since(t.run("run-1")), want)
	}
	t.outcomes(l, created("1"))
	t.equal("that, after a commit that mends it", since(t.run("run-1")), "none")
	t.releaseAs(l, ledger.End{Status: ledger.StatusInterrupted})
	l = t.resume("run-1")
	t.equal("that, in the next stretch", since(l.State), "none")
	t.release(l, ledger.StatusInterrupted)
	t.releaseAs(t.acquire("run-2"), ledger.End{Status: ledger.StatusFailed, Failure: &waits})
	t.equal("what a run waited for that had ended", since(t.resume("run-2").State), "none")
}

func resumeDriver(t *trial) {
	t.whole("run-1", ledger.StatusHeld)
	goOn := t.asked("run-1")
	goOn.Driver = ledger.DriverHost
	t.release(t.acquireFor(goOn), ledger.StatusHeld)
	t.equal("the driver", t.run("run-1").Driver, ledger.DriverHost)
	t.equal("the driver that stays", t.resume("run-1").State.Driver, ledger.DriverHost)
}

func resumeExact(t *trial) {
	l := t.acquire("run-1")
	t.commit(l, goneFar())
	for range 3 {
		t.release(l, ledger.StatusInterrupted)
		l = t.acquireFor(t.due("run-1"))
		st := l.State
		t.equal("pass, place and counts", []any{st.Pass, string(st.Cursor), st.Listed, st.Counts.Read, st.Passing.Counts.Read},
			[]any{0, "c-7", true, 7, 4})
	}
}

func resumePass(t *trial) {
	l := t.acquire("run-1")
	t.commit(l, goneFar())
	t.release(l, ledger.StatusInterrupted)
	t.whole("run-2", ledger.StatusCompleted)
	t.whole("run-3", ledger.StatusFailed)
	l = t.resume("run-1")
	t.equal("pass, cursor and Listed", []any{l.State.Pass, string(l.State.Cursor), l.State.Listed}, []any{1, "", false})
	t.equal("the run's pass", t.run("run-1").Pass, 1)
	t.release(l, ledger.StatusInterrupted)
	t.equal("pass with nobody in between", t.resume("run-1").State.Pass, 1)
}

func resumePassing(t *trial) {
	l := t.acquire("run-1")
	t.commit(l, goneFar())
	t.release(l, ledger.StatusInterrupted)
	t.whole("run-2", ledger.StatusHeld)
	t.resume("run-1")
	st := t.run("run-1")
	t.equal("counts and reasons", []any{st.Counts, st.ByReason, st.Passing.Counts, len(st.Passing.ByReason)},
		[]any{ledger.Counts{Read: 3, Created: 2, Skipped: 1}, map[ledger.Reason]int{ledger.ReasonFilteredOut: 1}, ledger.Counts{}, 0})
	t.equal("total", st.Total, 40)
}

func resumeElsewhere(t *trial) {
	l := t.acquire("run-1")
	t.commit(l, goneFar())
	t.release(l, ledger.StatusInterrupted)
	users, other := t.request("run-2"), t.request("run-3")
	users.Kind = ledger.KindUser
	other.Account, other.Link = "link-2", "link-2"
	t.acquireFor(users)
	t.acquireFor(other)
	st := t.resume("run-1").State
	t.equal("pass and place", []any{st.Pass, string(st.Cursor)}, []any{0, "c-7"})
}
