package storetest

import (
	"errors"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func leaseRules() []rule {
	return []rule{
		{
			"acquire_new", "Acquire opens a running run with what State says of it; the lease is the first one, ends a TTL from now, and shows it",
			acquireNew,
		},
		{"acquire_held", "Acquire returns a *RunInProgressError with who holds the lease, also to the run that holds it", acquireHeld},
		{"acquire_repeated", "the owner who holds the lease for the same run gets the same one again, renewed", acquireRepeated},
		{
			"acquire_invalid", "a request that Validate refuses, or that goes on with a run of another link or kind, is an *InvalidRequestError",
			acquireInvalid,
		},
		{
			"acquire_exists", "a new run's id must not exist, else ErrRunExists; one to go on with must, else ErrNotFound; nothing is written",
			acquireExists,
		},
		{
			"acquire_queued", "a new run that queues is opened beside the lease of another link's run, as interrupted, and goes on by itself",
			acquireQueued,
		},
		{"acquire_asked", "ResumeAsked goes on with every run that is not completed", acquireAsked},
		{"acquire_due", "ResumeDue goes on with what was cut off: other runs are ErrRunEnded or ErrNotDue", acquireDue},
		{"acquire_paused", "a paused run is due at PausedUntil by the store's clock, and not before", acquirePaused},
		{"scopes_apart", "each account and kind has leases, records and an open batch of its own", scopesApart},
		{"account_shared", "links that share an account share its lease and its records", accountShared},
		{"expiry", "a lease holds until it expires by the store's clock, and not longer", expiry},
		{"take_over", "who takes an expired lease gets the next epoch, and the former run is interrupted", takeOver},
		{"quiet", "Quiet is the time from the end of the former lease, which is its release or its expiry, to the beginning of this one", quiet},
	}
}

func acquireNew(t *trial) {
	req := t.request("run-1")
	req.State = ledger.RunState{
		Summary: ledger.Summary{
			RunID: "no", Link: "no", Status: ledger.StatusFailed, DryRun: true, Warnings: []string{"w"}, Counts: ledger.Counts{Read: 1},
		},
		Filter: []byte(`{"v":1}`), Options: []byte("{\x00\xff}"), Labels: ledger.Labels{"job": "7"}, RetryOf: "run-0",
		Driver: ledger.DriverHost, Cursor: "no", Listed: true, Pass: 7, Notices: []string{"no"}, Starts: 7,
	}
	l := t.acquireFor(req)
	t.equal("the lease", []any{l.Scope, l.Link, l.RunID, l.TTL, l.First, l.Quiet, l.Asked, l.Matched},
		[]any{scope, linkName, "run-1", leaseTTL, true, time.Duration(0), ledger.AskNothing, []string{}})
	if t.err == nil && (l.Epoch < 1 || l.Expires.IsZero() || l.State.Started.IsZero()) {
		t.failf("the first lease has epoch %d, Expires %v, and the run Started %v", l.Epoch, l.Expires, l.State.Started)
	}
	want := ledger.NewRunState(req, l.State.Started)
	want.Epoch, want.Starts, want.Owner, want.Heartbeat = l.Epoch, 1, req.Owner, l.State.Heartbeat
	t.sameRun("the run", t.run("run-1"), want)
	t.sameRun("the lease's state", l.State, want)
	t.about("from the heartbeat to the end of the lease", l.Expires.Sub(l.State.Heartbeat), leaseTTL)
}

func acquireHeld(t *trial) {
	l := t.acquire("run-1")
	for _, req := range []ledger.LeaseRequest{t.request("run-2"), t.request("run-1"), t.asked("run-1")} {
		var held *ledger.RunInProgressError
		t.refused("Acquire for "+req.RunID+" while run-1 holds the lease", ledger.ErrRunInProgress, func() error {
			_, err := t.store.Acquire(t.ctx, req)
			if errors.Is(err, ledger.ErrRunInProgress) && !errors.As(err, &held) {
				t.failf("the error is no *RunInProgressError: %w", err)
			}
			return err
		})
		if t.err != nil {
			return
		}
		t.equal("the error's holder", []any{held.Account, held.Link, held.Kind, held.RunID, held.Owner},
			[]any{linkName, linkName, ledger.KindCustomer, "run-1", l.State.Owner})
		t.about("from the error's heartbeat to the end of the lease", l.Expires.Sub(held.Heartbeat), leaseTTL)
		t.about("EndsIn", held.EndsIn, leaseTTL)
	}
	t.equal("runs", t.runIDs(ledger.RunQuery{}), []string{"run-1"})
}

func acquireRepeated(t *trial) {
	req := t.request("run-1")
	first := t.acquireFor(req)
	t.advanceIfPossible(leaseTTL / 2)
	second := t.acquireFor(req)
	t.about("from the second time to the end of the lease", second.Expires.Sub(t.run("run-1").Heartbeat), leaseTTL)
	t.equal("DueIn is almost a TTL", t.run("run-1").DueIn > leaseTTL*3/4, true)
	t.equal("epoch and First of the second time", []any{second.Epoch, second.First}, []any{first.Epoch, true})
	t.equal("the run's starts", t.run("run-1").Starts, 1)
	t.know(second, "1")
	t.release(second, ledger.StatusHeld)

	goOn := t.asked("run-1")
	third := t.acquireFor(goOn)
	t.equal("the epoch", third.Epoch, first.Epoch+1)
	fourth := t.acquireFor(goOn)
	t.equal("epoch, pass and starts of the second time", []any{fourth.Epoch, fourth.State.Pass, fourth.State.Starts}, []any{third.Epoch, 0, 1})
	t.know(third, "2")
}

func acquireQueued(t *trial) {
	l := t.acquireFor(t.sharing("run-1"))
	same := t.sharing("run-2")
	same.Queue = true
	t.acquireRefused("of the same link", ledger.ErrRunInProgress, same)
	req := t.sharing("run-3")
	req.Link = "link-2"
	t.acquireRefused("without Queue", ledger.ErrRunInProgress, req)
	for _, id := range []string{"run-2", "run-3"} {
		t.refused("Run of "+id+", which was not opened,", ledger.ErrNotFound, func() error {
			_, err := t.store.Run(t.ctx, id)
			return err
		})
	}
	req.Queue, req.State = true, ledger.RunState{Filter: []byte("f"), Driver: ledger.DriverImporter}
	for range 2 { // a reply may be lost
		t.acquireRefused("with Queue", ledger.ErrRunInProgress, req)
	}
	st := t.run("run-3")
	t.equal("the run that waits", []any{st.Status, st.Alive, string(st.Filter), st.Epoch, st.Starts, st.Link},
		[]any{ledger.StatusInterrupted, false, "f", 0, 0, "link-2"})
	t.equal("runs", len(collect(t, "Runs", t.store.Runs(t.ctx, ledger.RunQuery{}))), 2)
	t.release(l, ledger.StatusCompleted)
	req.Queue, req.Resume = false, ledger.ResumeDue
	l = t.acquireFor(req)
	t.equal("pass and starts of its first lease", []any{l.State.Pass, l.State.Starts}, []any{0, 1})
}

func acquireInvalid(t *trial) {
	t.release(t.acquire("run-1"), ledger.StatusHeld)
	for what, change := range map[string]func(*ledger.LeaseRequest){
		"no account":   func(r *ledger.LeaseRequest) { r.Account = "" },
		"no link":      func(r *ledger.LeaseRequest) { r.Link = "" },
		"no kind":      func(r *ledger.LeaseRequest) { r.Kind = "" },
		"no run id":    func(r *ledger.LeaseRequest) { r.RunID = "" },
		"no owner":     func(r *ledger.LeaseRequest) { r.Owner = "" },
		"no TTL":       func(r *ledger.LeaseRequest) { r.TTL = 0 },
		"negative TTL": func(r *ledger.LeaseRequest) { r.TTL = -time.Second },
		"no Resume":    func(r *ledger.LeaseRequest) { r.Resume = 9 },
		"other link":   func(r *ledger.LeaseRequest) { r.Link, r.Account = "link-2", "link-2" },
		"other kind":   func(r *ledger.LeaseRequest) { r.Kind = ledger.KindUser },
	} {
		req := t.asked("run-1")
		change(&req)
		t.invalid("Acquire with "+what, func() error {
			_, err := t.store.Acquire(t.ctx, req)
			return err
		})
	}
	st := t.run("run-1")
	t.equal("the run's starts and status", []any{st.Starts, st.Status}, []any{0, ledger.StatusHeld}) // none of them took the lease
}

func acquireExists(t *trial) {
	t.whole("run-1", ledger.StatusCompleted)
	before := t.run("run-1")
	t.acquireRefused("for a new run with the id of another", ledger.ErrRunExists, t.request("run-1"))
	t.acquireRefused("for a run that is not there", ledger.ErrNotFound, t.asked("run-2"))
	due := t.request("run-2")
	due.Resume = ledger.ResumeDue
	t.acquireRefused("for a run that is not there, by itself", ledger.ErrNotFound, due)
	t.equal("runs", t.runIDs(ledger.RunQuery{}), []string{"run-1"})
	t.sameRun("the run", t.run("run-1"), before)
	t.acquire("run-2")
}

func acquireAsked(t *trial) {
	for _, status := range []ledger.RunStatus{
		ledger.StatusInterrupted, ledger.StatusHeld, ledger.StatusStopped, ledger.StatusCanceled, ledger.StatusFailed,
	} {
		t.whole(string(status), status)
		t.release(t.resume(string(status)), status)
	}
	t.releaseAs(t.acquire("paused"), ledger.End{Status: ledger.StatusPaused, Wait: time.Hour})
	t.release(t.resume("paused"), ledger.StatusHeld)
	t.whole("completed", ledger.StatusCompleted)
	t.acquireRefused("for a completed run", ledger.ErrRunEnded, t.asked("completed"))
}

func (t *trial) due(runID string) ledger.LeaseRequest {
	req := t.request(runID)
	req.Resume = ledger.ResumeDue
	return req
}

func acquireDue(t *trial) {
	for status, target := range map[ledger.RunStatus]error{
		ledger.StatusHeld: ledger.ErrNotDue, ledger.StatusCompleted: ledger.ErrRunEnded, ledger.StatusStopped: ledger.ErrRunEnded,
		ledger.StatusCanceled: ledger.ErrRunEnded, ledger.StatusFailed: ledger.ErrRunEnded,
	} {
		t.whole(string(status), status)
		t.acquireRefused("by itself, of a run that is "+string(status), target, t.due(string(status)))
	}
	t.releaseAs(t.acquire("paused"), ledger.End{Status: ledger.StatusPaused, Wait: time.Hour})
	t.acquireRefused("by itself, of a run that is paused for an hour", ledger.ErrNotDue, t.due("paused"))
	hosts := t.request("hosts")
	hosts.State.Driver = ledger.DriverHost
	t.release(t.acquireFor(hosts), ledger.StatusInterrupted)
	t.acquireRefused("by itself, of a run that its host drives", ledger.ErrNotDue, t.due("hosts"))
	t.whole("run-1", ledger.StatusInterrupted)
	t.acquireFor(t.due("run-1"))
}

func acquirePaused(t *trial) {
	t.releaseAs(t.acquire("run-1"), ledger.End{Status: ledger.StatusPaused, Wait: time.Hour})
	t.advance(50 * time.Minute)
	t.acquireRefused("by itself, ten minutes before PausedUntil", ledger.ErrNotDue, t.due("run-1"))
	t.advance(11 * time.Minute)
	t.acquireFor(t.due("run-1"))
}

func scopesApart(t *trial) {
	other, users := t.request("run-2"), t.request("run-3")
	other.Link, other.Account = "link-2", "link-2"
	users.Kind = ledger.KindUser
	first, second, third := t.acquire("run-1"), t.acquireFor(other), t.acquireFor(users)
	t.know(first, "1")
	t.send(first, "2")
	for what, l := range map[string]ledger.Lease{"account": second, "kind": third} {
		t.equal("records of another "+what, len(t.recordsOf(l.Scope, l.RunID, "1", "2")), 0)
		t.equal("states of another "+what, t.send(l, "1", "2"), []ledger.IntentState{ledger.IntentFresh, ledger.IntentFresh})
		t.equal("matched rules of another "+what, len(l.Matched), 0)
	}
	t.equal("open in the first scope", t.open(), []string{"2"})
	t.equal("known in the first scope", t.listed(ledger.Query{Known: true}), []string{"1"})
}

func accountShared(t *trial) {
	for i, link := range []string{"link-2", "link-3"} {
		req := t.request("run-of-" + link)
		req.Account, req.Link = "account", link
		l := t.acquireFor(req)
		t.equal("the epoch", l.Epoch, i+1)
		t.equal("First", l.First, i == 0)
		t.equal("states", t.send(l, "1"), []ledger.IntentState{[]ledger.IntentState{isFresh, isDuplicate}[i]})
		t.know(l, "1")
		next := t.request("run-4")
		next.Account, next.Link = "account", "link-4"
		t.acquireRefused("for another link of the account", ledger.ErrRunInProgress, next)
		t.release(l, ledger.StatusCompleted)
	}
}

func expiry(t *trial) {
	t.acquire("run-1")
	t.advance(leaseTTL / 2)
	t.acquireRefused("before the expiry", ledger.ErrRunInProgress, t.request("run-2"))
	t.advance(leaseTTL)
	t.acquire("run-2")
}

func takeOver(t *trial) {
	users := t.request("run-3")
	users.Kind = ledger.KindUser
	t.acquireFor(users)
	first := t.renew(t.acquire("run-1"))
	t.commit(first, ledger.Commit{Cursor: new(ledger.Cursor("c-7"))})
	t.advance(2 * leaseTTL)
	second := t.acquire("run-2")
	t.equal("the epoch", second.Epoch, first.Epoch+1)
	t.equal("First", second.First, false)
	st := t.run("run-1")
	t.equal("the former run", []any{st.Status, string(st.Cursor), st.Alive}, []any{ledger.StatusInterrupted, "c-7", false})
	t.equal("the new run's status", t.run("run-2").Status, ledger.StatusRunning)
	t.equal("the status of another scope's run", t.run("run-3").Status, ledger.StatusRunning)
}

func quiet(t *trial) {
	l := t.acquire("run-1")
	t.advance(10 * time.Second)
	t.release(l, ledger.StatusCompleted)
	t.advance(20 * time.Second)
	t.about("Quiet after a release", t.acquire("run-2").Quiet, 20*time.Second)
	t.advance(leaseTTL + 30*time.Second)
	t.about("Quiet after an expiry", t.acquire("run-3").Quiet, 30*time.Second)
}
