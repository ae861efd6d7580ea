package storetest

import (
	"slices"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func listRules() []rule {
	return []rule{
		{"list_states", "List selects records by their states; the zero query selects all that are in one", listStates},
		{"list_since", "exceptions come by Since, oldest first, then by id", listSince},
		{"list_known", "known records come by id, byte by byte, after the id After", listKnown},
		{"list_both", "Known or Newest with States selects known records in one of these states", listBoth},
		{"list_newest", "Newest yields the last confirmed first, with the time of the commit that confirmed them", listNewest},
		{"list_pruned", "Newest leaves out what was confirmed by runs that were pruned, Known does not", listPruned},
		{"list_limit", "a list has at most Limit records, the first ones", listLimit},
		{"list_all", "lists are complete, however long", listAll},
	}
}

func listStates(t *trial) {
	l := t.acquire("run-1")
	states := []ledger.RecordState{
		ledger.StateDeferred, ledger.StateFailed, ledger.StateOpen, ledger.StateParked, ledger.StateResting, ledger.StateReview,
	}
	var all []string
	for _, state := range states {
		t.set(l, state, "is "+string(state))
		all = append(all, "is "+string(state))
	}
	t.know(l, "known")
	t.outcomes(l, failed("none", ledger.ReasonNotInSink))
	for i, state := range states {
		t.equal("those that are "+string(state), t.listed(inState(state)), all[i:i+1])
	}
	for _, q := range []ledger.Query{{}, {States: states}} {
		got := t.listed(q)
		slices.Sort(got)
		t.equal("all", got, all)
	}
	t.equal("of two states", len(t.listed(inState(ledger.StateFailed, ledger.StateParked))), 2)
	for _, q := range []ledger.Query{{}, {Known: true}, {Newest: true}} {
		none := ledger.Scope{Account: "none such", Kind: ledger.KindCustomer}
		t.equal("those of another scope", len(collect(t, "List", t.store.List(t.ctx, none, q))), 0)
	}
}

func listSince(t *trial) {
	l := t.acquire("run-1")
	t.set(l, ledger.StateFailed, "5", "3")
	t.advance(time.Second)
	t.set(l, ledger.StateParked, "1", "B", "a", "é")
	t.advance(time.Second)
	t.set(l, ledger.StateDeferred, "0")
	t.send(l, "2") // at the same time, or a little later
	t.advance(time.Second)
	t.set(l, ledger.StateFailed, "3")  // is one already
	t.set(l, ledger.StateResting, "5") // is another one now
	t.equal("exceptions", t.listed(ledger.Query{}), []string{"3", "1", "B", "a", "é", "0", "2", "5"})
}

func listKnown(t *trial) {
	l := t.acquire("run-1")
	ids := []string{"\u00e9", "b", "10", "9", "B", "a", "e\u0301", "_", "日"}
	t.know(l, ids...)
	t.set(l, ledger.StateFailed, "A")
	slices.Sort(ids)
	t.equal("known", t.listed(ledger.Query{Known: true}), ids)
	for i, id := range ids {
		t.equal("known after "+id, t.listed(ledger.Query{Known: true, After: id, Limit: 2}), ids[i+1:min(i+3, len(ids))])
	}
	t.equal("known after one that is not", t.listed(ledger.Query{Known: true, After: "A", Limit: 1}), []string{"B"})
}

func listBoth(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "1", "2", "3")
	t.set(l, ledger.StateFailed, "2", "4")
	t.set(l, ledger.StateReview, "3")
	failedOnes := []ledger.RecordState{ledger.StateFailed}
	t.equal("failed and known", t.listed(ledger.Query{Known: true, States: failedOnes}), []string{"2"})
	t.equal("failed", len(t.listed(ledger.Query{States: failedOnes})), 2)
	t.know(l, "2", "3")
	t.equal("failed and known afterwards", len(t.listed(ledger.Query{Known: true, States: failedOnes})), 0)
	t.set(l, ledger.StateReview, "5")
	t.equal("known ones in review, newest", len(t.listed(ledger.Query{Newest: true, States: []ledger.RecordState{ledger.StateReview}})), 0)
}

func listNewest(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "1")
	t.know(l, "2")
	first := t.run("run-1").Heartbeat
	t.advance(time.Second)
	t.release(l, ledger.StatusCompleted)
	l = t.acquire("run-2")
	t.know(l, "3")
	t.advance(time.Second)
	t.set(l, ledger.StateFailed, "4", "3") // confirms nothing
	t.outcomes(l, ledger.Outcome{SourceID: "1", Action: ledger.ActionUpdated})
	last := t.run("run-2").Heartbeat
	list := t.list(ledger.Query{Newest: true})
	var ids []string
	for _, r := range list {
		ids = append(ids, r.ID)
	}
	t.equal("newest", ids, []string{"1", "3", "2"})
	if t.err == nil {
		for i, want := range map[int]time.Time{0: last, len(list) - 1: first} {
			// Commits at one tick of a coarse clock may be told apart by a little.
			if off := list[i].Since.Sub(want).Abs(); off >= time.Millisecond {
				t.equal("the time of "+ids[i], printTime(list[i].Since), printTime(want))
			}
		}
	}
	t.equal("the newest one", t.listed(ledger.Query{Newest: true, Limit: 1}), []string{"1"})
}

func listPruned(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "1")
	st := t.release(l, ledger.StatusCompleted)
	t.advance(time.Second)
	l = t.acquire("run-2")
	t.know(l, "2")
	t.equal("newest", t.listed(ledger.Query{Newest: true}), []string{"2", "1"})
	t.equal("how many are pruned", t.prune(st.Finished.Add(time.Millisecond)), 1)
	t.equal("newest after the prune", t.listed(ledger.Query{Newest: true}), []string{"2"})
	t.equal("known after the prune", t.listed(ledger.Query{Known: true}), []string{"1", "2"})
}

func listLimit(t *trial) {
	l := t.acquire("run-1")
	t.know(l, "1", "2", "3")
	t.set(l, ledger.StateFailed, "4", "5", "6")
	t.send(l, "7")
	t.equal("exceptions", t.listed(ledger.Query{States: []ledger.RecordState{ledger.StateFailed}, Limit: 2}), []string{"4", "5"})
	t.equal("of all", len(t.listed(ledger.Query{Limit: 3})), 3)
	t.equal("known", t.listed(ledger.Query{Known: true, Limit: 2}), []string{"1", "2"})
	t.equal("newest", len(t.listed(ledger.Query{Newest: true, Limit: 2})), 2)
	t.equal("as many as there are", len(t.listed(ledger.Query{Known: true, Limit: 3})), 3)
}

func listAll(t *trial) {
	l := t.acquire("run-1")
	ids := manyIDs(2400)
	t.know(l, ids[:1200]...)
	t.set(l, ledger.StateFailed, ids[1200:]...)
	t.equal("known", t.listed(ledger.Query{Known: true}), ids[:1200])
	t.equal("exceptions", t.listed(ledger.Query{}), ids[1200:])
	newest := t.listed(ledger.Query{Newest: true})
	slices.Sort(newest)
	t.equal("newest", newest, ids[:1200])
}
