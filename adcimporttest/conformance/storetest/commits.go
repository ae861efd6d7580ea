package storetest

import (
	"strconv"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func commitRules() []rule {
	return []rule{
		{"commit_whole", "Commit stores outcomes and records, and moves place, counts, reasons, passing counts, progress and total", commitWhole},
		{"commit_cursor", "without a Cursor, Cursor and Listed stay; an empty one is the beginning", commitCursor},
		{"commit_repeated", "a commit with the number of the last one changes nothing and returns the same states", commitRepeated},
		{"commit_attempts", "attempts are stored as given, and a repeated commit does not make them grow", commitAttempts},
		{"commit_seq", "a commit with any number but the last and the next is an *InvalidRequestError; each lease begins with 1", commitSeq},
		{"commit_invalid", "what Commit.Validate refuses is an *InvalidRequestError, and nothing of it is stored", commitInvalid},
		{"commit_totals", "counts are the totals that the last Commit gave, not sums", commitTotals},
		{"matched", "mapping rules that matched come back with every later lease of the scope", matched},
		{"supersede", "a later outcome of one run and record takes the place of the earlier one", supersede},
		{"outcome_without_id", "an outcome without an id is kept as that of any other record, once a run", outcomeWithoutID},
		{"outcome_order", "Outcomes come in the order of their first commit, however many there are", outcomeOrder},
	}
}

func commitWhole(t *trial) {
	l := t.acquire("run-1")
	t.send(l, "1", "2", "3")
	c := goneFar()
	c.Outcomes = append(c.Outcomes[:1:1], failed("2", ledger.ReasonInvalidRecord))
	c.Records = []ledger.Record{knownRecord("1"), {ID: "2", State: ledger.StateFailed}}
	c.Withdrawn, c.Intents = []string{"3"}, intents("4")
	before := t.run("run-1")
	t.equal("states", t.commit(l, c), []ledger.IntentState{isFresh})
	t.equal("outcomes", t.ledger("run-1"), []string{"1:created", "2:failed:invalid_record"})
	t.equal("open", t.open(), []string{"4"})
	t.equal("failed", t.listed(inState(ledger.StateFailed)), []string{"2"})
	want := knownRecord("1")
	want.RunID = "run-1"
	t.record("after the commit", want)
	st := t.run("run-1")
	before.Checkpoint(c, st.Heartbeat)
	t.sameRun("the run", st, before)
}

func outcomeWithoutID(t *trial) {
	l := t.acquire("run-1")
	t.commit(l, ledger.Commit{Outcomes: []ledger.Outcome{failed("", ledger.ReasonInvalidRecord), failed("2", ledger.ReasonRejectedBySink)}})
	t.commit(l, ledger.Commit{Outcomes: []ledger.Outcome{failed("", ledger.ReasonInvalidRecord)}})
	t.equal("outcomes", t.ledger("run-1"), []string{":failed:invalid_record", "2:failed:rejected_by_sink"})
}

func commitCursor(t *trial) {
	l := t.acquire("run-1")
	place := func(what string, want ...any) {
		st := t.run("run-1")
		t.equal("place "+what, []any{string(st.Cursor), st.Listed}, want)
	}
	t.commit(l, ledger.Commit{Cursor: new(ledger.Cursor("c é\u2028")), Listed: true})
	place("after a commit with a cursor", "c é\u2028", true)
	t.commit(l, ledger.Commit{Tally: ledger.Tally{Counts: ledger.Counts{Read: 5, Skipped: 5}}})
	place("after a commit without", "c é\u2028", true)
	t.equal("counts", t.run("run-1").Counts.Skipped, 5)
	t.commit(l, ledger.Commit{Cursor: new(ledger.Cursor(""))})
	place("after a commit with an empty one", "", false)
	t.equal("counts", t.run("run-1").Counts.Skipped, 0)
}

func commitRepeated(t *trial) {
	l := t.acquire("run-1")
	t.send(l, "1", "2", "3")
	c := known("1")
	c.Seq, c.Cursor, c.Intents = 2, new(ledger.Cursor("c")), intents("1", "2", "5", "6", "6")
	first := t.commitAs(l, c)
	want, records := t.run("run-1"), t.records("run-1", "1", "2", "3", "5", "6")
	t.advanceIfPossible(time.Second)
	for range 2 {
		t.equal("states of the repetition", t.commitAs(l, c), first)
	}
	t.equal("states", first, []ledger.IntentState{isDuplicate, isOpen, isFresh, isFresh, isDuplicate})
	t.sameRun("the run", t.run("run-1"), want)
	t.equal("records", t.records("run-1", "1", "2", "3", "5", "6"), records)
	t.equal("outcomes", t.ledger("run-1"), []string{"1:created"})
	t.commitAs(l, ledger.Commit{Seq: 3, Withdrawn: []string{"5", "6"}})
	t.equal("open", t.open(), []string{"2", "3"})
}

func commitAttempts(t *trial) {
	l := t.acquire("run-1")
	want := ledger.Record{
		ID: "1", State: ledger.StateResting, Sent: 3, Unproved: 1, Attempts: 5, Setup: "setup", Evidence: "evidence", Fingerprint: "fp",
	}
	c := ledger.Commit{Seq: 1, Records: []ledger.Record{want}}
	for range 3 {
		t.commitAs(l, c)
		t.record("after the commit", want)
	}
	want.Attempts, want.Setup = 1, "another"
	t.commitAs(l, ledger.Commit{Seq: 2, Records: []ledger.Record{want}})
	t.record("under another setup", want)
}

func commitSeq(t *trial) {
	l := t.acquire("run-1")
	refused := func(numbers ...int64) {
		for _, n := range numbers {
			t.invalid("Commit with number "+strconv.FormatInt(n, 10), func() error {
				_, err := t.store.Commit(t.ctx, l, ledger.Commit{Seq: n, Cursor: new(ledger.Cursor("no"))})
				return err
			})
		}
	}
	refused(0, -1, 2, 7)
	t.commit(l, ledger.Commit{Cursor: new(ledger.Cursor("c-1"))})
	refused(0, 3)
	t.commit(l, ledger.Commit{Cursor: new(ledger.Cursor("c-2"))})
	refused(1, 4)
	t.equal("the cursor", string(t.run("run-1").Cursor), "c-2")
	t.release(l, ledger.StatusInterrupted)
	l = t.resume("run-1")
	refused(2, 3)
	t.commitAs(l, ledger.Commit{Seq: 1, Cursor: new(ledger.Cursor("c-3"))})
	t.equal("the cursor", string(t.run("run-1").Cursor), "c-3")
}

func commitInvalid(t *trial) {
	l := t.acquire("run-1")
	before := t.run("run-1")
	for what, change := range map[string]func(*ledger.Commit){
		"a record without an id":        func(c *ledger.Commit) { c.Records = append(c.Records, ledger.Record{}) },
		"an intent without an id":       func(c *ledger.Commit) { c.Intents = append(c.Intents, ledger.Intent{}) },
		"a NUL in an id":                func(c *ledger.Commit) { c.Intents = append(c.Intents, ledger.Intent{ID: "a\x00"}) },
		"a fingerprint that is no text": func(c *ledger.Commit) { c.Records = append(c.Records, ledger.Record{ID: "3", Fingerprint: "\xff"}) },
		"a cursor that is no text":      func(c *ledger.Commit) { c.Cursor = new(ledger.Cursor("\xff")) },
		"a NUL in a rule":               func(c *ledger.Commit) { c.Matched = []string{"a\x00"} },
		"a NUL in a field's rule": func(c *ledger.Commit) {
			c.Outcomes = append(c.Outcomes, ledger.Outcome{SourceID: "3", Fields: []ledger.FieldError{{Field: "F", Rule: "\x00"}}})
		},
	} {
		c := known("1")
		c.Seq, c.Intents, c.Cursor = 1, intents("2"), new(ledger.Cursor("c"))
		change(&c)
		t.invalid("Commit with "+what, func() error {
			_, err := t.store.Commit(t.ctx, l, c)
			return err
		})
	}
	t.equal("records", len(t.records("", "1", "2", "3")), 0)
	t.equal("outcomes", len(t.ledger("run-1")), 0)
	t.sameRun("the run", t.run("run-1"), before)
}

func commitTotals(t *trial) {
	l := t.acquire("run-1")
	for i := range 3 {
		n := i + 1
		t.commit(l, ledger.Commit{
			Outcomes: []ledger.Outcome{created(strconv.Itoa(n))},
			Tally: ledger.Tally{
				Counts: ledger.Counts{Read: n, Created: n}, ByReason: map[ledger.Reason]int{ledger.ReasonAlreadyImported: n},
			},
			Passing: ledger.Tally{Counts: ledger.Counts{Read: n}},
		})
	}
	st := t.run("run-1")
	t.equal("counts", []any{st.Counts, st.ByReason, st.Passing.Counts},
		[]any{ledger.Counts{Read: 3, Created: 3}, map[ledger.Reason]int{ledger.ReasonAlreadyImported: 3}, ledger.Counts{Read: 3}})
}

func matched(t *trial) {
	l := t.acquire("run-1")
	t.commit(l, ledger.Commit{Matched: []string{"rule-2", "rule-1"}})
	t.commit(l, ledger.Commit{})
	t.commit(l, ledger.Commit{Matched: []string{"rule-2", "rule-3"}})
	t.release(l, ledger.StatusCompleted)
	next := t.acquire("run-2")
	seen := make(map[string]int)
	for _, rule := range next.Matched {
		seen[rule]++
	}
	t.equal("matched", seen, map[string]int{"rule-1": 1, "rule-2": 1, "rule-3": 1})
}

func supersede(t *trial) {
	l := t.acquire("run-1")
	t.outcomes(l, failed("1", ledger.ReasonRejectedBySink), failed("2", ledger.ReasonInvalidRecord), created("2"))
	t.outcomes(l, created("3"), created("1"))
	t.equal("outcomes", t.ledger("run-1"), []string{"1:created", "2:created", "3:created"})
	t.release(l, ledger.StatusInterrupted)
	other := t.acquire("run-2")
	t.outcomes(other, failed("1", ledger.ReasonNotSent))
	t.release(other, ledger.StatusCompleted)
	t.equal("outcomes after another run's", t.ledger("run-1"), []string{"1:created", "2:created", "3:created"})
	t.outcomes(t.resume("run-1"), failed("1", ledger.ReasonInDoubt), created("4"))
	t.equal("outcomes in another epoch", t.ledger("run-1"), []string{"1:failed:in_doubt", "2:created", "3:created", "4:created"})
	t.equal("outcomes of the other run", t.ledger("run-2"), []string{"1:failed:not_sent"})
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
