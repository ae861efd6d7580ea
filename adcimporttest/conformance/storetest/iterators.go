package storetest

import (
	"context"
	"iter"

	"github.com/securitytrax/adcimport/ledger"
)

func iteratorRules() []rule {
	return []rule{
		{"iterator_break", "a loop over a list may stop at any time, and another begins at the beginning", iteratorBreak},
		{"iterator_cancel", "a canceled context ends an iterator with its error, last, with a zero value; never in silence", iteratorCancel},
		{"iterator_nested", "any other method may be called while an iterator is ranged over", iteratorNested},
		{"context_ended", "a call whose context has ended is an error, and writes nothing", contextEnded},
	}
}

// iteratorCase has three of everything that is listed.
func (t *trial) iteratorCase() ledger.Lease {
	t.whole("run-1", ledger.StatusCompleted)
	t.whole("run-2", ledger.StatusCompleted)
	l := t.acquire("run-3")
	t.know(l, "1", "2", "3")
	t.set(l, ledger.StateFailed, "7")
	t.send(l, "4", "5")
	return l
}

// iterators are all there are, made with a context of their own.
func (t *trial) iterators(ctx context.Context) map[string]iter.Seq2[string, error] {
	record := func(r ledger.Record) string { return r.ID }
	return map[string]iter.Seq2[string, error]{
		"Runs":           namesOf(t.store.Runs(ctx, ledger.RunQuery{}), func(st ledger.RunState) string { return st.RunID }),
		"List":           namesOf(t.store.List(ctx, scope, ledger.Query{}), record),
		"List of known":  namesOf(t.store.List(ctx, scope, ledger.Query{Known: true}), record),
		"List of newest": namesOf(t.store.List(ctx, scope, ledger.Query{Newest: true}), record),
		"Outcomes":       namesOf(t.store.Outcomes(ctx, "run-3", 1), func(o ledger.Outcome) string { return o.SourceID }),
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
		t.equal("how many of "+name+" after a break", len(first), 3)
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
	t.cancelInside(seqs)
}

// cancelInside cancels while an iterator is in the middle: what it has read
// before may still come, but an end without an error means all of it.
func (t *trial) cancelInside(names map[string]iter.Seq2[string, error]) {
	for name := range names {
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
	ids := manyIDs(600)
	t.send(l, ids...)
	var seen int
	t.do("List", func() error {
		for r, err := range t.store.List(t.ctx, scope, inState(ledger.StateOpen)) {
			if err != nil {
				return err
			}
			seen++
			if seen%100 == 1 { // writes of what is ranged over
				t.know(l, r.ID)
				t.records("run-3", r.ID)
			}
		}
		return nil
	})
	t.equal("how many were open", seen, 602)
	t.equal("how many are open now", len(t.open()), 602-7)
	for _, name := range []string{"Runs", "Outcomes", "List of known", "List of newest"} {
		t.do(name, func() error {
			for _, err := range t.iterators(t.ctx)[name] {
				if err != nil {
					return err
				}
				t.renew(l)
				t.run("run-3")
				t.runIDs(ledger.RunQuery{})
				t.set(l, ledger.StateFailed, "7")
			}
			return nil
		})
	}
}

func contextEnded(t *trial) {
	l := t.iteratorCase()
	before, open := t.run("run-3"), t.open()
	ctx, cancel := context.WithCancel(t.ctx)
	cancel()
	calls := map[string]func() error{
		"Acquire": func() error { _, err := t.store.Acquire(ctx, t.sharing("run-4")); return err },
		"Renew":   func() error { _, err := t.store.Renew(ctx, l); return err },
		"Release": func() error { _, err := t.store.Release(ctx, l, ledger.End{Status: ledger.StatusFailed}); return err },
		"Records": func() error { _, err := t.store.Records(ctx, scope, "", []string{"1"}); return err },
		"Commit": func() error {
			c := known("4")
			c.Seq = t.seqs[lease{l.Scope, l.Epoch}] + 1
			_, err := t.store.Commit(ctx, l, c)
			return err
		},
		"Amend": func() error { return t.store.Amend(ctx, scope, []ledger.Amendment{decide("7", "x")}) },
		"Run":   func() error { _, err := t.store.Run(ctx, "run-3"); return err },
		"Mark":  func() error { _, err := t.store.Mark(ctx, "run-3", ledger.Mark{Ask: ledger.AskCancel}); return err },
		"Prune": func() error { _, err := t.store.Prune(ctx, linkName, before.Started.Add(leaseTTL)); return err },
	}
	for name, call := range calls {
		if t.err == nil && call() == nil {
			t.failf("%s returned no error although its context had ended", name)
		}
	}
	t.sameRun("the run", t.run("run-3"), before)
	t.equal("runs", len(t.runIDs(ledger.RunQuery{})), 3)
	t.equal("open", t.open(), open)
	t.equal("the decision", t.records("", "7")["7"].Decision, "")
}
