package storetest

import (
	"strconv"

	"github.com/securitytrax/adcimport/ledger"
)

func commitRules() []rule {
	return []rule{
		{"commit_whole", "Commit stores outcomes, clears intents, and moves cursor and counts", commitWhole},
		{"commit_empty", "Commit moves cursor and counts also without an outcome", commitEmpty},
		{"commit_repeated", "the same Commit twice leaves the same as once", commitRepeated},
		{"commit_totals", "counts are the totals that the last Commit gave, not sums", commitTotals},
		{"not_stored", "already_imported and duplicate_in_source are not stored, clear no intent and make nothing known", notStored},
		{"supersede", "a later outcome of one run and record takes the place of the earlier one", supersede},
		{"outcome_order", "Outcomes come in the order of their first commit, however many there are", outcomeOrder},
	}
}

func commitWhole(t *trial) {
	l := t.acquire("run-1")
	t.intend(l, "1", "2", "3", "4")
	c := ledger.Commit{
		Outcomes: []ledger.Outcome{created("1"), failed("2", ledger.ReasonInvalidRecord)},
		Known:    map[string]ledger.Known{"1": {SinkID: "sink-1", Fingerprint: "fp"}},
		Cursor:   "c\x00\xff", Listed: true,
		Counts:   ledger.Counts{Read: 2, Created: 1, Failed: 1},
		ByReason: map[ledger.Reason]int{ledger.ReasonInvalidRecord: 1},
	}
	c.Withdrawn = []string{"3"}
	t.commit(l, c)
	t.equal("outcomes", t.ledger("run-1"), []string{"1:created", "2:failed:invalid_record"})
	t.equal("in doubt", t.inDoubt(), []string{"4"})
	t.equal("known", t.known("1", "2", "3", "4"), map[string]ledger.Known{"1": {SinkID: "sink-1", Fingerprint: "fp", RunID: "run-1"}})
	st := t.run("run-1")
	t.equal("cursor, counts and reasons", []any{st.Cursor, st.Listed, st.Counts, st.ByReason}, []any{c.Cursor, true, c.Counts, c.ByReason})
}

func commitEmpty(t *trial) {
	l := t.acquire("run-1")
	t.commit(l, ledger.Commit{Cursor: "c", Counts: ledger.Counts{Read: 5, Skipped: 5}})
	st := t.run("run-1")
	t.equal("cursor and counts", []any{st.Cursor, st.Counts.Skipped}, []any{"c", 5})
	t.commit(l, ledger.Commit{})
	st = t.run("run-1")
	t.equal("cursor and counts after an empty one", []any{st.Cursor, st.Counts.Skipped}, []any{"", 0})
}

func commitRepeated(t *trial) {
	l := t.acquire("run-1")
	t.intend(l, "1", "2", "3")
	c := ledger.Commit{
		Outcomes:  []ledger.Outcome{created("1"), failed("2", ledger.ReasonInDoubt)},
		Withdrawn: []string{"3"}, Cursor: "c", Counts: ledger.Counts{Read: 2, Created: 1, Failed: 1},
	}
	t.commit(l, c)
	want := t.run("run-1")
	t.commit(l, c)
	t.sameRun(t.run("run-1"), want)
	t.equal("outcomes", t.ledger("run-1"), []string{"1:created", "2:failed:in_doubt"})
	t.equal("known", t.knownIDs("1", "2", "3"), []string{"1"})
	t.equal("in doubt", len(t.inDoubt()), 0)
}

func commitTotals(t *trial) {
	l := t.acquire("run-1")
	for i := range 3 {
		n := i + 1
		t.commit(l, ledger.Commit{
			Outcomes: []ledger.Outcome{created(strconv.Itoa(n))},
			Counts:   ledger.Counts{Read: n, Created: n},
			ByReason: map[ledger.Reason]int{ledger.ReasonAlreadyImported: n},
		})
	}
	st := t.run("run-1")
	t.equal("counts", []any{st.Counts, st.ByReason},
		[]any{ledger.Counts{Read: 3, Created: 3}, map[ledger.Reason]int{ledger.ReasonAlreadyImported: 3}})
}

func notStored(t *trial) {
	l := t.acquire("run-1")
	t.intend(l, "1", "2")
	t.outcomes(l, skipped("1", ledger.ReasonAlreadyImported), skipped("2", ledger.ReasonDuplicateInSource))
	t.equal("outcomes", len(t.ledger("run-1")), 0)
	t.equal("in doubt", t.inDoubt(), []string{"1", "2"})
	t.equal("known", len(t.known("1", "2")), 0)
	t.outcomes(l, created("1"))
	t.outcomes(l, skipped("1", ledger.ReasonDuplicateInSource))
	t.equal("outcomes after a create", t.ledger("run-1"), []string{"1:created"})
}

func supersede(t *trial) {
	l := t.acquire("run-1")
	t.outcomes(l, failed("1", ledger.ReasonRejectedBySink), failed("2", ledger.ReasonInvalidRecord), created("2"))
	t.outcomes(l, created("3"), created("1"))
	t.equal("outcomes", t.ledger("run-1"), []string{"1:created", "2:created", "3:created"})
	t.release(l, ledger.StatusCompleted, moment())
	t.outcomes(t.acquire("run-2"), skipped("1", ledger.ReasonFilteredOut))
	t.equal("outcomes after another run's", t.ledger("run-1"), []string{"1:created", "2:created", "3:created"})
}

func outcomeOrder(t *trial) {
	l := t.acquire("run-1")
	var want []string
	ids := manyIDs(1300)
	for from := len(ids); from > 0; from -= 100 { // against the order of the ids
		var list []ledger.Outcome
		for _, id := range ids[from-100 : from] {
			list = append(list, created(id))
			want = append(want, id+":created")
		}
		t.outcomes(l, list...)
	}
	t.equal("outcomes", t.ledger("run-1"), want)
}

func knownRules() []rule {
	return []rule{
		{"known_done", "records are known by created, linked, updated and unchanged, and by nothing else", knownDone},
		{"known_entry", "a done outcome is known by its entry, or else by its SinkID; an entry without a done outcome is ignored", knownEntry},
		{"known_stays", "a known record stays known when it fails or is skipped, and is known by its last done outcome", knownStays},
		{"known_many", "Known returns ten thousand ids in one call, and none for no ids", knownMany},
	}
}

func knownDone(t *trial) {
	l := t.acquire("run-1")
	var list []ledger.Outcome
	for _, a := range []ledger.Action{
		ledger.ActionCreated, ledger.ActionLinked, ledger.ActionUpdated, ledger.ActionUnchanged,
		ledger.ActionSkipped, ledger.ActionFailed,
	} {
		list = append(list, ledger.Outcome{SourceID: string(a), SinkID: "s", Action: a})
	}
	t.outcomes(l, list...)
	t.equal("known", t.knownIDs("created", "linked", "updated", "unchanged", "skipped", "failed"),
		[]string{"created", "linked", "unchanged", "updated"})
}

func knownEntry(t *trial) {
	l := t.acquire("run-1")
	t.commit(l, ledger.Commit{
		Outcomes: []ledger.Outcome{created("1"), created("2"), failed("3", ledger.ReasonInvalidRecord)},
		Known:    map[string]ledger.Known{"1": {SinkID: "s", Fingerprint: "fp", RunID: "ignored"}, "3": {SinkID: "x"}, "4": {SinkID: "x"}},
	})
	t.equal("known", t.known("1", "2", "3", "4"), map[string]ledger.Known{
		"1": {SinkID: "s", Fingerprint: "fp", RunID: "run-1"}, "2": {SinkID: "sink-2", RunID: "run-1"},
	})
}

func knownStays(t *trial) {
	l := t.acquire("run-1")
	t.outcomes(l, created("1"))
	t.release(l, ledger.StatusCompleted, moment())
	l = t.acquire("run-2")
	t.outcomes(l, failed("1", ledger.ReasonRejectedBySink))
	want := map[string]ledger.Known{"1": {SinkID: "sink-1", RunID: "run-1"}}
	t.equal("known after a failure", t.known("1"), want)
	t.commit(l, ledger.Commit{
		Outcomes: []ledger.Outcome{{SourceID: "1", Action: ledger.ActionUpdated}},
		Known:    map[string]ledger.Known{"1": {SinkID: "sink-1", Fingerprint: "new"}},
	})
	t.equal("known after an update", t.known("1"), map[string]ledger.Known{"1": {SinkID: "sink-1", Fingerprint: "new", RunID: "run-2"}})
}

func knownMany(t *trial) {
	t.equal("known of an empty store", len(t.known("1")), 0)
	ids := manyIDs(10_000)
	l := t.acquire("run-1")
	var list []ledger.Outcome
	for i := 0; i < len(ids); i += 20 {
		list = append(list, created(ids[i]))
	}
	t.outcomes(l, list...)
	found := t.known(ids...)
	t.equal("how many are known", len(found), len(list))
	for _, o := range list {
		t.equal("what is known of "+o.SourceID, found[o.SourceID].SinkID, o.SinkID)
	}
	t.equal("known of no ids", len(t.known()), 0)
}
