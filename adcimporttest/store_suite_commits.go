package adcimporttest

import (
	"strconv"

	"github.com/securitytrax/adcimport"
)

func storeCommitRules() []storeRule {
	return []storeRule{
		{"commit_whole", "Commit stores outcomes, clears intents, and moves cursor and counts", storeCommitWhole},
		{"commit_empty", "Commit moves cursor and counts also without an outcome", storeCommitEmpty},
		{"commit_repeated", "the same Commit twice leaves the same as once", storeCommitRepeated},
		{"commit_totals", "counts are the totals that the last Commit gave, not sums", storeCommitTotals},
		{"not_stored", "already_imported and duplicate_in_source are not stored, clear no intent and make nothing known", storeNotStored},
		{"supersede", "a later outcome of one run and record takes the place of the earlier one", storeSupersede},
		{"outcome_order", "Outcomes come in the order of their first commit, however many there are", storeOutcomeOrder},
	}
}

func storeCommitWhole(t *storeTrial) {
	l := t.acquire("run-1")
	t.intend(l, "1", "2", "3", "4")
	c := adcimport.Commit{
		Outcomes: []adcimport.Outcome{storeCreated("1"), storeFailed("2", adcimport.ReasonInvalidRecord)},
		Known:    map[string]adcimport.Known{"1": {SinkID: "sink-1", Fingerprint: "fp"}},
		Cursor:   "c\x00\xff", Listed: true,
		Counts:   adcimport.Counts{Read: 2, Created: 1, Failed: 1},
		ByReason: map[adcimport.Reason]int{adcimport.ReasonInvalidRecord: 1},
	}
	c.Withdrawn = []string{"3"}
	t.commit(l, c)
	t.equal("outcomes", t.ledger("run-1"), []string{"1:created", "2:failed:invalid_record"})
	t.equal("in doubt", t.inDoubt(), []string{"4"})
	t.equal("known", t.known("1", "2", "3", "4"), map[string]adcimport.Known{"1": {SinkID: "sink-1", Fingerprint: "fp", RunID: "run-1"}})
	st := t.run("run-1")
	t.equal("cursor, counts and reasons", []any{st.Cursor, st.Listed, st.Counts, st.ByReason}, []any{c.Cursor, true, c.Counts, c.ByReason})
}

func storeCommitEmpty(t *storeTrial) {
	l := t.acquire("run-1")
	t.commit(l, adcimport.Commit{Cursor: "c", Counts: adcimport.Counts{Read: 5, Skipped: 5}})
	st := t.run("run-1")
	t.equal("cursor and counts", []any{st.Cursor, st.Counts.Skipped}, []any{"c", 5})
	t.commit(l, adcimport.Commit{})
	st = t.run("run-1")
	t.equal("cursor and counts after an empty one", []any{st.Cursor, st.Counts.Skipped}, []any{"", 0})
}

func storeCommitRepeated(t *storeTrial) {
	l := t.acquire("run-1")
	t.intend(l, "1", "2", "3")
	c := adcimport.Commit{
		Outcomes:  []adcimport.Outcome{storeCreated("1"), storeFailed("2", adcimport.ReasonInDoubt)},
		Withdrawn: []string{"3"}, Cursor: "c", Counts: adcimport.Counts{Read: 2, Created: 1, Failed: 1},
	}
	t.commit(l, c)
	want := t.run("run-1")
	t.commit(l, c)
	t.sameRun(t.run("run-1"), want)
	t.equal("outcomes", t.ledger("run-1"), []string{"1:created", "2:failed:in_doubt"})
	t.equal("known", t.knownIDs("1", "2", "3"), []string{"1"})
	t.equal("in doubt", len(t.inDoubt()), 0)
}

func storeCommitTotals(t *storeTrial) {
	l := t.acquire("run-1")
	for i := range 3 {
		n := i + 1
		t.commit(l, adcimport.Commit{
			Outcomes: []adcimport.Outcome{storeCreated(strconv.Itoa(n))},
			Counts:   adcimport.Counts{Read: n, Created: n},
			ByReason: map[adcimport.Reason]int{adcimport.ReasonAlreadyImported: n},
		})
	}
	st := t.run("run-1")
	t.equal("counts", []any{st.Counts, st.ByReason},
		[]any{adcimport.Counts{Read: 3, Created: 3}, map[adcimport.Reason]int{adcimport.ReasonAlreadyImported: 3}})
}

func storeNotStored(t *storeTrial) {
	l := t.acquire("run-1")
	t.intend(l, "1", "2")
	t.outcomes(l, storeSkipped("1", adcimport.ReasonAlreadyImported), storeSkipped("2", adcimport.ReasonDuplicateInSource))
	t.equal("outcomes", len(t.ledger("run-1")), 0)
	t.equal("in doubt", t.inDoubt(), []string{"1", "2"})
	t.equal("known", len(t.known("1", "2")), 0)
	t.outcomes(l, storeCreated("1"))
	t.outcomes(l, storeSkipped("1", adcimport.ReasonDuplicateInSource))
	t.equal("outcomes after a create", t.ledger("run-1"), []string{"1:created"})
}

func storeSupersede(t *storeTrial) {
	l := t.acquire("run-1")
	t.outcomes(l, storeFailed("1", adcimport.ReasonRejectedBySink), storeFailed("2", adcimport.ReasonInvalidRecord), storeCreated("2"))
	t.outcomes(l, storeCreated("3"), storeCreated("1"))
	t.equal("outcomes", t.ledger("run-1"), []string{"1:created", "2:created", "3:created"})
	t.release(l, adcimport.StatusCompleted, storeMoment())
	t.outcomes(t.acquire("run-2"), storeSkipped("1", adcimport.ReasonFilteredOut))
	t.equal("outcomes after another run's", t.ledger("run-1"), []string{"1:created", "2:created", "3:created"})
}

func storeOutcomeOrder(t *storeTrial) {
	l := t.acquire("run-1")
	var want []string
	ids := storeIDs(1300)
	for from := len(ids); from > 0; from -= 100 { // against the order of the ids
		var list []adcimport.Outcome
		for _, id := range ids[from-100 : from] {
			list = append(list, storeCreated(id))
			want = append(want, id+":created")
		}
		t.outcomes(l, list...)
	}
	t.equal("outcomes", t.ledger("run-1"), want)
}

func storeKnownRules() []storeRule {
	return []storeRule{
		{"known_done", "records are known by created, linked, updated and unchanged, and by nothing else", storeKnownDone},
		{"known_entry", "a done outcome is known by its entry, or else by its SinkID; an entry without a done outcome is ignored", storeKnownEntry},
		{"known_stays", "a known record stays known when it fails or is skipped, and is known by its last done outcome", storeKnownStays},
		{"known_many", "Known answers ten thousand ids in one call, and none for no ids", storeKnownMany},
	}
}

func storeKnownDone(t *storeTrial) {
	l := t.acquire("run-1")
	var list []adcimport.Outcome
	for _, a := range []adcimport.Action{
		adcimport.ActionCreated, adcimport.ActionLinked, adcimport.ActionUpdated, adcimport.ActionUnchanged,
		adcimport.ActionSkipped, adcimport.ActionFailed,
	} {
		list = append(list, adcimport.Outcome{SourceID: string(a), SinkID: "s", Action: a})
	}
	t.outcomes(l, list...)
	t.equal("known", t.knownIDs("created", "linked", "updated", "unchanged", "skipped", "failed"),
		[]string{"created", "linked", "unchanged", "updated"})
}

func storeKnownEntry(t *storeTrial) {
	l := t.acquire("run-1")
	t.commit(l, adcimport.Commit{
		Outcomes: []adcimport.Outcome{storeCreated("1"), storeCreated("2"), storeFailed("3", adcimport.ReasonInvalidRecord)},
		Known:    map[string]adcimport.Known{"1": {SinkID: "s", Fingerprint: "fp", RunID: "ignored"}, "3": {SinkID: "x"}, "4": {SinkID: "x"}},
	})
	t.equal("known", t.known("1", "2", "3", "4"), map[string]adcimport.Known{
		"1": {SinkID: "s", Fingerprint: "fp", RunID: "run-1"}, "2": {SinkID: "sink-2", RunID: "run-1"},
	})
}

func storeKnownStays(t *storeTrial) {
	l := t.acquire("run-1")
	t.outcomes(l, storeCreated("1"))
	t.release(l, adcimport.StatusCompleted, storeMoment())
	l = t.acquire("run-2")
	t.outcomes(l, storeFailed("1", adcimport.ReasonRejectedBySink))
	want := map[string]adcimport.Known{"1": {SinkID: "sink-1", RunID: "run-1"}}
	t.equal("known after a failure", t.known("1"), want)
	t.commit(l, adcimport.Commit{
		Outcomes: []adcimport.Outcome{{SourceID: "1", Action: adcimport.ActionUpdated}},
		Known:    map[string]adcimport.Known{"1": {SinkID: "sink-1", Fingerprint: "new"}},
	})
	t.equal("known after an update", t.known("1"), map[string]adcimport.Known{"1": {SinkID: "sink-1", Fingerprint: "new", RunID: "run-2"}})
}

func storeKnownMany(t *storeTrial) {
	t.equal("known of an empty store", len(t.known("1")), 0)
	ids := storeIDs(10_000)
	l := t.acquire("run-1")
	var list []adcimport.Outcome
	for i := 0; i < len(ids); i += 20 {
		list = append(list, storeCreated(ids[i]))
	}
	t.outcomes(l, list...)
	found := t.known(ids...)
	t.equal("how many are known", len(found), len(list))
	for _, o := range list {
		t.equal("what is known of "+o.SourceID, found[o.SourceID].SinkID, o.SinkID)
	}
	t.equal("known of no ids", len(t.known()), 0)
}
