package storetest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func runRules() []rule {
	return []rule{
		{"runs", "Runs returns the runs of a link, newest first, however many there are", runsOfLink},
		{"not_found", "Run, Outcomes and MarkNotified return ErrNotFound for a run that does not exist", notFound},
		{"notified", "MarkNotified adds a notifier once, at any time, in order", notified},
		{"prune", "Prune deletes the runs of the link that finished before, with their outcomes, and returns how many", prune},
		{"prune_keeps", "Prune keeps known, in-doubt and parked records, and the epoch", pruneKeeps},
		{"prune_resumable", "Prune keeps runs that are running, interrupted or paused, or have no Finished", pruneResumable},
	}
}

func runsOfLink(t *trial) {
	var want []string
	for i := range 60 {
		id := fmt.Sprintf("run-%d", (i*7)%1000) // not in the order of the ids
		l := t.acquire(id)
		t.release(l, ledger.StatusCompleted, moment())
		want = append(want, id)
	}
	other := request("other")
	other.Link = "link-2"
	t.acquireFor(other)
	slices.Reverse(want)
	t.equal("runs", t.runIDs(linkName), want)
	t.equal("runs of a link without any", len(t.runIDs("link-3")), 0)
	t.acquire(want[len(want)-1])
	t.equal("runs after the oldest was resumed", t.runIDs(linkName), want)
}

func notFound(t *trial) {
	t.refused("Run", ledger.ErrNotFound, func() error {
		_, err := t.store.Run(t.ctx, "none such")
		return err
	})
	t.refused("MarkNotified", ledger.ErrNotFound, func() error { return t.store.MarkNotified(t.ctx, "none such", "mail") })
	t.refused("Outcomes", ledger.ErrNotFound, func() error {
		for _, err := range t.store.Outcomes(t.ctx, "none such") {
			return err
		}
		return nil
	})
}

func notified(t *trial) {
	l := t.acquire("run-1")
	t.release(l, ledger.StatusCompleted, moment())
	for _, n := range []string{"mail", "chat", "mail"} {
		t.do("MarkNotified", func() error { return t.store.MarkNotified(t.ctx, "run-1", n) })
	}
	t.equal("Notified", t.run("run-1").Notified, []string{"mail", "chat"})
}

func prune(t *trial) {
	other := request("other")
	other.Link = "link-2"
	t.release(t.acquireFor(other), ledger.StatusCompleted, moment())
	for i, status := range []ledger.RunStatus{
		ledger.StatusCompleted, ledger.StatusStopped, ledger.StatusCanceled, ledger.StatusFailed,
	} {
		l := t.acquire(string(status))
		t.outcomes(l, failed("1", ledger.ReasonRejectedBySink))
		t.release(l, status, moment().Add(time.Duration(i)*time.Hour))
	}
	t.do("Prune", func() error {
		n, err := t.store.Prune(t.ctx, linkName, moment().Add(3*time.Hour))
		t.equal("how many were pruned", n, 3)
		return err
	})
	t.equal("runs", t.runIDs(linkName), []string{"failed"})
	t.equal("runs of another link", t.runIDs("link-2"), []string{"other"})
	t.equal("outcomes of the run that stays", t.ledger("failed"), []string{"1:failed:rejected_by_sink"})
	t.refused("Outcomes of a pruned run", ledger.ErrNotFound, func() error {
		for _, err := range t.store.Outcomes(t.ctx, "completed") {
			return err
		}
		return nil
	})
	l := t.acquire("completed")
	t.equal("outcomes of a new run with the id of a pruned one", len(t.ledger("completed")), 0)
	t.equal("states in it", t.intend(l, "1"), []ledger.IntentState{isFresh})
}

func pruneKeeps(t *trial) {
	l := t.acquire("run-1")
	t.intend(l, "1", "2", "3")
	t.outcomes(l, created("1"), failed("2", ledger.ReasonInDoubt))
	t.release(l, ledger.StatusFailed, moment())
	t.do("Prune", func() error {
		n, err := t.store.Prune(t.ctx, linkName, moment().Add(time.Hour))
		t.equal("how many were pruned", n, 1)
		return err
	})
	t.equal("known", t.known("1"), map[string]ledger.Known{"1": {SinkID: "sink-1", RunID: "run-1"}})
	t.equal("in doubt", t.inDoubt(), []string{"3"})
	next := t.acquire("run-2")
	t.equal("the epoch", next.Epoch, l.Epoch+1)
	t.equal("states", t.intend(next, "1", "2", "3"), []ledger.IntentState{isDuplicate, isParked, isEarlier})
}

func pruneResumable(t *trial) {
	for _, status := range []ledger.RunStatus{ledger.StatusInterrupted, ledger.StatusPaused} {
		t.release(t.acquire(string(status)), status, moment())
	}
	t.release(t.acquire("unfinished"), ledger.StatusCompleted, time.Time{})
	t.acquire("running")
	t.do("Prune", func() error {
		n, err := t.store.Prune(t.ctx, linkName, moment().Add(time.Hour))
		t.equal("how many were pruned", n, 0)
		return err
	})
	t.equal("runs", t.runIDs(linkName), []string{"running", "unfinished", "paused", "interrupted"})
}

func iteratorRules() []rule {
	return []rule{
		{"iterator_break", "a loop over Runs, Outcomes or InDoubt may break, and another begins at the beginning", iteratorBreak},
		{"iterator_cancel", "a canceled context ends an iterator with its error, last, with a zero value; never in silence", iteratorCancel},
		{"iterator_nested", "any other method may be called while an iterator is ranged over", iteratorNested},
	}
}

// iteratorCase has three runs, three outcomes and three intents.
func (t *trial) iteratorCase() ledger.Lease {
	for _, id := range []string{"run-1", "run-2"} {
		t.release(t.acquire(id), ledger.StatusCompleted, moment())
	}
	l := t.acquire("run-3")
	t.outcomes(l, created("1"), created("2"), created("3"))
	t.intend(l, "4", "5", "6")
	return l
}

// iterators are all there are, made with a context of their own.
func (t *trial) iterators(ctx context.Context) map[string]iter.Seq2[string, error] {
	return map[string]iter.Seq2[string, error]{
		"Runs":     namesOf(t.store.Runs(ctx, linkName), func(st ledger.RunState) string { return st.RunID }),
		"Outcomes": namesOf(t.store.Outcomes(ctx, "run-3"), func(o ledger.Outcome) string { return o.SourceID }),
		"InDoubt": namesOf(t.store.InDoubt(ctx, linkName, ledger.KindCustomer),
			func(it ledger.Intent) string { return it.ID }),
	}
}

func namesOf[T any](seq iter.Seq2[T, error], name func(T) string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for v, err := range seq {
			if !yield(name(v), err) {
				return
			}
		}
	}
}

func iteratorBreak(t *trial) {
	t.iteratorCase()
	for name, seq := range t.iterators(t.ctx) {
		t.do(name, func() error {
			for _, err := range seq {
				if err != nil {
					return err
				}
				break
			}
			return nil
		})
		first, again := collect(t, name, seq), collect(t, name, seq)
		t.equal("how many "+name+" after a break", len(first), 3)
		t.equal(name+" of the second time", again, first)
	}
}

func iteratorCancel(t *trial) {
	t.iteratorCase()
	ctx, cancel := context.WithCancel(t.ctx)
	defer cancel()
	seqs := t.iterators(ctx)
	cancel()
	for name, seq := range seqs {
		var failed, after int
		for v, err := range seq {
			if failed > 0 {
				after++
			}
			if err != nil {
				failed++
				t.equal("the value with the error of "+name, v, "")
			}
		}
		t.equal("errors and items after one, of "+name, []int{failed, after}, []int{1, 0})
	}
	t.cancelInside()
}

// cancelInside cancels while an iterator is in the middle: what it has read
// before may still come, but an end without an error means all of it.
func (t *trial) cancelInside() {
	for _, name := range []string{"Runs", "Outcomes", "InDoubt"} {
		ctx, cancel := context.WithCancel(t.ctx)
		var (
			last  error
			items int
		)
		for _, err := range t.iterators(ctx)[name] {
			last = err
			items++
			cancel()
		}
		cancel()
		if t.err == nil && last == nil && items < 3 {
			t.failf("%s ended in silence after %d of 3 when it was canceled in the middle", name, items)
		}
	}
}

func iteratorNested(t *trial) {
	l := t.iteratorCase()
	t.intend(l, manyIDs(600)...)
	var seen int
	t.do("InDoubt", func() error {
		for it, err := range t.store.InDoubt(t.ctx, linkName, ledger.KindCustomer) {
			if err != nil {
				return err
			}
			seen++
			if seen%100 == 1 { // writes of what is ranged over
				t.outcomes(l, created(it.ID))
				t.known(it.ID)
			}
		}
		return nil
	})
	t.equal("how many were in doubt", seen, 603)
	t.equal("how many are in doubt now", len(t.inDoubt()), 603-7)
	for _, name := range []string{"Runs", "Outcomes"} {
		t.do(name, func() error {
			for _, err := range t.iterators(t.ctx)[name] {
				if err != nil {
					return err
				}
				t.renew(l)
				t.run("run-3")
				t.runIDs(linkName)
			}
			return nil
		})
	}
}
