package adcimporttest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/securitytrax/adcimport"
)

func storeRunRules() []storeRule {
	return []storeRule{
		{"runs", "Runs returns the runs of a link, newest first, however many there are", storeRuns},
		{"not_found", "Run, Outcomes and MarkNotified answer ErrNotFound for a run that does not exist", storeNotFound},
		{"notified", "MarkNotified adds a notifier once, at any time, in order", storeNotified},
		{"prune", "Prune deletes the runs of the link that finished before, with their outcomes, and answers how many", storePrune},
		{"prune_keeps", "Prune keeps known, in-doubt and parked records, and the epoch", storePruneKeeps},
		{"prune_resumable", "Prune keeps runs that are running, interrupted or paused, or have no Finished", storePruneResumable},
	}
}

func storeRuns(t *storeTrial) {
	var want []string
	for i := range 60 {
		id := fmt.Sprintf("run-%d", (i*7)%1000) // not in the order of the ids
		l := t.acquire(id)
		t.release(l, adcimport.StatusCompleted, storeMoment())
		want = append(want, id)
	}
	other := storeRequest("other")
	other.Link = "link-2"
	t.acquireFor(other)
	slices.Reverse(want)
	t.equal("runs", t.runIDs(storeLink), want)
	t.equal("runs of a link without any", len(t.runIDs("link-3")), 0)
	t.acquire(want[len(want)-1])
	t.equal("runs after the oldest was resumed", t.runIDs(storeLink), want)
}

func storeNotFound(t *storeTrial) {
	t.refused("Run", adcimport.ErrNotFound, func() error {
		_, err := t.store.Run(t.ctx, "none such")
		return err
	})
	t.refused("MarkNotified", adcimport.ErrNotFound, func() error { return t.store.MarkNotified(t.ctx, "none such", "mail") })
	t.refused("Outcomes", adcimport.ErrNotFound, func() error {
		for _, err := range t.store.Outcomes(t.ctx, "none such") {
			return err
		}
		return nil
	})
}

func storeNotified(t *storeTrial) {
	l := t.acquire("run-1")
	t.release(l, adcimport.StatusCompleted, storeMoment())
	for _, n := range []string{"mail", "chat", "mail"} {
		t.do("MarkNotified", func() error { return t.store.MarkNotified(t.ctx, "run-1", n) })
	}
	t.equal("Notified", t.run("run-1").Notified, []string{"mail", "chat"})
}

func storePrune(t *storeTrial) {
	other := storeRequest("other")
	other.Link = "link-2"
	t.release(t.acquireFor(other), adcimport.StatusCompleted, storeMoment())
	for i, status := range []adcimport.RunStatus{
		adcimport.StatusCompleted, adcimport.StatusStopped, adcimport.StatusCanceled, adcimport.StatusFailed,
	} {
		l := t.acquire(string(status))
		t.outcomes(l, storeFailed("1", adcimport.ReasonRejectedBySink))
		t.release(l, status, storeMoment().Add(time.Duration(i)*time.Hour))
	}
	t.do("Prune", func() error {
		n, err := t.store.Prune(t.ctx, storeLink, storeMoment().Add(3*time.Hour))
		t.equal("how many were pruned", n, 3)
		return err
	})
	t.equal("runs", t.runIDs(storeLink), []string{"failed"})
	t.equal("runs of another link", t.runIDs("link-2"), []string{"other"})
	t.equal("outcomes of the run that stays", t.ledger("failed"), []string{"1:failed:rejected_by_sink"})
	t.refused("Outcomes of a pruned run", adcimport.ErrNotFound, func() error {
		for _, err := range t.store.Outcomes(t.ctx, "completed") {
			return err
		}
		return nil
	})
	l := t.acquire("completed")
	t.equal("outcomes of a new run with the id of a pruned one", len(t.ledger("completed")), 0)
	t.equal("states in it", t.intend(l, "1"), []adcimport.IntentState{storeIsFresh})
}

func storePruneKeeps(t *storeTrial) {
	l := t.acquire("run-1")
	t.intend(l, "1", "2", "3")
	t.outcomes(l, storeCreated("1"), storeFailed("2", adcimport.ReasonInDoubt))
	t.release(l, adcimport.StatusFailed, storeMoment())
	t.do("Prune", func() error {
		n, err := t.store.Prune(t.ctx, storeLink, storeMoment().Add(time.Hour))
		t.equal("how many were pruned", n, 1)
		return err
	})
	t.equal("known", t.known("1"), map[string]adcimport.Known{"1": {SinkID: "sink-1", RunID: "run-1"}})
	t.equal("in doubt", t.inDoubt(), []string{"3"})
	next := t.acquire("run-2")
	t.equal("the epoch", next.Epoch, l.Epoch+1)
	t.equal("states", t.intend(next, "1", "2", "3"), []adcimport.IntentState{storeIsDuplicate, storeIsParked, storeIsEarlier})
}

func storePruneResumable(t *storeTrial) {
	for _, status := range []adcimport.RunStatus{adcimport.StatusInterrupted, adcimport.StatusPaused} {
		t.release(t.acquire(string(status)), status, storeMoment())
	}
	t.release(t.acquire("unfinished"), adcimport.StatusCompleted, time.Time{})
	t.acquire("running")
	t.do("Prune", func() error {
		n, err := t.store.Prune(t.ctx, storeLink, storeMoment().Add(time.Hour))
		t.equal("how many were pruned", n, 0)
		return err
	})
	t.equal("runs", t.runIDs(storeLink), []string{"running", "unfinished", "paused", "interrupted"})
}

func storeIteratorRules() []storeRule {
	return []storeRule{
		{"iterator_break", "a loop over Runs, Outcomes or InDoubt may break, and another begins at the beginning", storeIteratorBreak},
		{"iterator_cancel", "a canceled context ends an iterator with its error, last, with a zero value; never in silence", storeIteratorCancel},
		{"iterator_nested", "any other method may be called while an iterator is ranged over", storeIteratorNested},
	}
}

// iteratorCase has three runs, three outcomes and three intents.
func (t *storeTrial) iteratorCase() adcimport.Lease {
	for _, id := range []string{"run-1", "run-2"} {
		t.release(t.acquire(id), adcimport.StatusCompleted, storeMoment())
	}
	l := t.acquire("run-3")
	t.outcomes(l, storeCreated("1"), storeCreated("2"), storeCreated("3"))
	t.intend(l, "4", "5", "6")
	return l
}

// iterators are all there are, made with a context of their own.
func (t *storeTrial) iterators(ctx context.Context) map[string]iter.Seq2[string, error] {
	return map[string]iter.Seq2[string, error]{
		"Runs":     storeNames(t.store.Runs(ctx, storeLink), func(st adcimport.RunState) string { return st.RunID }),
		"Outcomes": storeNames(t.store.Outcomes(ctx, "run-3"), func(o adcimport.Outcome) string { return o.SourceID }),
		"InDoubt": storeNames(t.store.InDoubt(ctx, storeLink, adcimport.KindCustomer),
			func(it adcimport.Intent) string { return it.ID }),
	}
}

func storeNames[T any](seq iter.Seq2[T, error], name func(T) string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for v, err := range seq {
			if !yield(name(v), err) {
				return
			}
		}
	}
}

func storeIteratorBreak(t *storeTrial) {
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
		first, again := storeCollect(t, name, seq), storeCollect(t, name, seq)
		t.equal("how many "+name+" after a break", len(first), 3)
		t.equal(name+" of the second time", again, first)
	}
}

func storeIteratorCancel(t *storeTrial) {
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
func (t *storeTrial) cancelInside() {
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

func storeIteratorNested(t *storeTrial) {
	l := t.iteratorCase()
	t.intend(l, storeIDs(600)...)
	var seen int
	t.do("InDoubt", func() error {
		for it, err := range t.store.InDoubt(t.ctx, storeLink, adcimport.KindCustomer) {
			if err != nil {
				return err
			}
			seen++
			if seen%100 == 1 { // writes of what is ranged over
				t.outcomes(l, storeCreated(it.ID))
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
				t.runIDs(storeLink)
			}
			return nil
		})
	}
}
