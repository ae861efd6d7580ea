package storetest

import (
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func markRules() []rule {
	return []rule{
		{"told", "a notice is told once: the first Mark takes effect, and Notices has it from then on, in order", told},
		{"claim", "a claim takes effect when nobody sent the notice, and nobody claimed it within For", claim},
		{"claim_again", "a claim takes effect again after For by the store's clock", claimAgain},
		{"ask", "what a run's holder is asked it sees at its next Renew; the last word counts, and the end of its stay is the end of it", ask},
		{"ask_waiting", "a run that waits can be asked: ResumeDue brings it along, ResumeAsked forgets it", askWaiting},
		{"ask_ended", "nothing is asked of a run that ended", askEnded},
		{"mark_invalid", "a mark that Validate refuses is an *InvalidRequestError", markInvalid},
	}
}

func told(t *trial) {
	l := t.acquire("run-1")
	t.mark("a notice of a running run", "run-1", ledger.Mark{Told: "mail"}, true)
	t.release(l, ledger.StatusCompleted)
	t.mark("another notice", "run-1", ledger.Mark{Told: "chat"}, true)
	t.mark("a notice again", "run-1", ledger.Mark{Told: "mail"}, false)
	t.equal("Notices", t.run("run-1").Notices, []string{"mail", "chat"})
	t.whole("run-2", ledger.StatusCompleted)
	t.mark("the same notice of another run", "run-2", ledger.Mark{Told: "mail"}, true)
}

func claim(t *trial) {
	t.whole("run-1", ledger.StatusCompleted)
	t.whole("run-2", ledger.StatusCompleted)
	mail, chat := ledger.Mark{Claim: "mail", For: time.Hour}, ledger.Mark{Claim: "chat", For: time.Hour}
	t.mark("a claim", "run-1", mail, true)
	t.mark("a second claim", "run-1", mail, false)
	t.mark("a claim of another notice", "run-1", chat, true)
	t.mark("a claim of another run's", "run-2", mail, true)
	t.equal("Notices", len(t.run("run-1").Notices), 0)
	t.mark("the notice", "run-1", ledger.Mark{Told: "mail"}, true)
	mail.For = 0
	t.mark("a claim of what was sent", "run-1", mail, false)
	t.equal("Notices", t.run("run-1").Notices, []string{"mail"})
}

func claimAgain(t *trial) {
	t.whole("run-1", ledger.StatusCompleted)
	mail := ledger.Mark{Claim: "mail", For: time.Minute}
	t.mark("a claim", "run-1", mail, true)
	t.advance(50 * time.Second)
	t.mark("a claim before a minute is over", "run-1", mail, false)
	t.advance(11 * time.Second)
	t.mark("a claim after it", "run-1", mail, true)
	t.mark("a claim after that", "run-1", mail, false)
}

func ask(t *trial) {
	l := t.acquire("run-1")
	t.equal("what is asked of a new run", t.renew(l).Asked, ledger.AskNothing)
	t.mark("an ask", "run-1", ledger.Mark{Ask: ledger.AskInterrupt}, true)
	t.equal("what is asked", []ledger.Ask{t.run("run-1").Asked, t.renew(l).Asked, t.renew(l).Asked},
		[]ledger.Ask{ledger.AskInterrupt, ledger.AskInterrupt, ledger.AskInterrupt})
	t.mark("another ask", "run-1", ledger.Mark{Ask: ledger.AskCancel}, true)
	t.commit(l, ledger.Commit{})
	t.equal("what is asked then", t.renew(l).Asked, ledger.AskCancel)
	t.equal("what is asked after the end", t.release(l, ledger.StatusHeld).Asked, ledger.AskNothing)
}

func askWaiting(t *trial) {
	t.whole("run-1", ledger.StatusInterrupted)
	for _, req := range []ledger.LeaseRequest{t.due("run-1"), t.asked("run-1")} {
		t.mark("an ask", "run-1", ledger.Mark{Ask: ledger.AskCancel}, true)
		want := ledger.AskCancel
		if req.Resume == ledger.ResumeAsked {
			want = ledger.AskNothing
		}
		l := t.acquireFor(req)
		t.equal("what is asked", []ledger.Ask{l.Asked, l.State.Asked, t.renew(l).Asked}, []ledger.Ask{want, want, want})
		t.release(l, ledger.StatusInterrupted)
	}
}

func askEnded(t *trial) {
	for _, status := range []ledger.RunStatus{ledger.StatusCompleted, ledger.StatusStopped, ledger.StatusCanceled, ledger.StatusFailed} {
		t.whole(string(status), status)
		t.mark("an ask of a run that is "+string(status), string(status), ledger.Mark{Ask: ledger.AskCancel}, false)
		t.equal("what is asked", t.run(string(status)).Asked, ledger.AskNothing)
	}
	t.whole("held", ledger.StatusHeld)
	t.mark("an ask of a run that is held", "held", ledger.Mark{Ask: ledger.AskCancel}, true)
}

func markInvalid(t *trial) {
	t.whole("run-1", ledger.StatusCompleted)
	for what, m := range map[string]ledger.Mark{
		"nothing": {}, "two things": {Told: "mail", Ask: ledger.AskCancel}, "a NUL": {Told: "a\x00"}, "no text": {Claim: "\xff"},
	} {
		t.invalid("Mark with "+what, func() error {
			_, err := t.store.Mark(t.ctx, "run-1", m)
			return err
		})
	}
	t.equal("Notices", len(t.run("run-1").Notices), 0)
}
