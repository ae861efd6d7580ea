package storetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/securitytrax/adcimport/ledger"
)

func valueRules() []rule {
	return []rule{
		{"ids_exact", "ids are compared byte for byte: case, spaces, zeros, accents and length count", idsExact},
		{"outcome_values", "an outcome comes back as it was committed, with run and kind of the lease", outcomeValues},
		{"copies_in", "a store keeps no slice or map of a call", copiesIn},
		{"copies_out", "what a store returns is the caller's: changing it changes nothing in the store", copiesOut},
	}
}

func idsExact(t *trial) {
	ids := []string{
		"1", "01", "1 ", " 1", "9223372036854775808", "a", "A", "é", "e\u0301", "ﬁ", "fi", "ß", "ss", "日本語", "🏠",
		`quote'"\`, "100%", "per_cent", "$1", "?", "{p}", "null", "<&>\u2028", "tab\tline\n", strings.Repeat("ж", 250),
	}
	l := t.acquire("run-1")
	t.intend(l, ids...)
	slices.Sort(ids)
	t.equal("in doubt", t.inDoubt(), ids)
	for i, id := range ids {
		if i%2 == 0 {
			t.outcomes(l, ledger.Outcome{SourceID: id, SinkID: "sink of " + id, Action: ledger.ActionCreated})
		}
	}
	found := t.known(ids...)
	for i, id := range ids {
		k, ok := found[id]
		t.equal(fmt.Sprintf("whether %q is known", id), ok, i%2 == 0)
		if ok {
			t.equal(fmt.Sprintf("what is known of %q", id), k.SinkID, "sink of "+id)
		}
	}
}

func outcomeValues(t *trial) {
	l := t.acquire("run-1")
	want := ledger.Outcome{
		SourceID: "1", SinkID: "9", Action: ledger.ActionFailed, Reason: ledger.ReasonInvalidRecord,
		Fields: []ledger.FieldError{{Field: "State", Rule: "must be one of 72"}, {Field: "Zip", Rule: `"quoted" <rule>`}},
		At:     moment(),
	}
	t.outcomes(l, want, ledger.Outcome{RunID: "other", Kind: ledger.KindUser, SourceID: "2", Action: ledger.ActionLinked})
	want.RunID, want.Kind = "run-1", ledger.KindCustomer
	second := ledger.Outcome{RunID: "run-1", Kind: ledger.KindCustomer, SourceID: "2", Action: ledger.ActionLinked}
	list := collect(t, "Outcomes", t.store.Outcomes(t.ctx, "run-1"))
	t.equal("outcomes", outcomeTexts(list), outcomeTexts([]ledger.Outcome{want, second}))
}

// outcomeTexts prints outcomes with times as every store must keep them.
func outcomeTexts(list []ledger.Outcome) []string {
	var texts []string
	for _, o := range list {
		at := printTime(o.At)
		o.At = moment()
		texts = append(texts, fmt.Sprintf("%+v at %s", o, at))
	}
	return texts
}

func copiesIn(t *trial) {
	req := request("run-1")
	req.State = ledger.RunState{
		Summary: ledger.Summary{Warnings: []string{"w"}, ByReason: map[ledger.Reason]int{"r": 1}},
		Filter:  []byte("f"), Options: []byte("o"),
	}
	l := t.acquireFor(req)
	req.State.Warnings[0], req.State.ByReason["r"], req.State.Filter[0], req.State.Options[0] = "x", 9, 'x', 'x'
	st := t.run("run-1")
	t.equal("the run", []any{st.Warnings, st.ByReason, string(st.Filter), string(st.Options)},
		[]any{[]string{"w"}, map[ledger.Reason]int{"r": 1}, "f", "o"})

	c := ledger.Commit{
		Outcomes: []ledger.Outcome{{SourceID: "1", Action: ledger.ActionCreated, Fields: []ledger.FieldError{{Field: "F"}}}},
		Known:    map[string]ledger.Known{"1": {SinkID: "s"}},
		ByReason: map[ledger.Reason]int{"r": 2},
	}
	t.commit(l, c)
	c.Outcomes[0].Fields[0].Field, c.Outcomes[0].Action, c.ByReason["r"] = "x", ledger.ActionFailed, 9
	c.Known["1"] = ledger.Known{SinkID: "x"}
	list := collect(t, "Outcomes", t.store.Outcomes(t.ctx, "run-1"))
	t.equal("the outcomes", fmt.Sprint(list), fmt.Sprint([]ledger.Outcome{{
		RunID: "run-1", Kind: ledger.KindCustomer, SourceID: "1", Action: ledger.ActionCreated, Fields: []ledger.FieldError{{Field: "F"}},
	}}))
	t.equal("known", t.known("1")["1"].SinkID, "s")
	t.equal("the reasons", t.run("run-1").ByReason, map[ledger.Reason]int{"r": 2})

	end := ledger.RunState{Summary: ledger.Summary{Status: ledger.StatusCompleted, Warnings: []string{"w"}}}
	t.do("Release", func() error { return t.store.Release(t.ctx, l, end) })
	end.Warnings[0] = "x"
	t.equal("the warnings", t.run("run-1").Warnings, []string{"w"})
}

func copiesOut(t *trial) {
	req := request("run-1")
	req.State = ledger.RunState{
		Summary: ledger.Summary{Warnings: []string{"w"}, ByReason: map[ledger.Reason]int{"r": 1}},
		Filter:  []byte("f"), Options: []byte("o"), Notified: []string{"n"},
	}
	l := t.acquireFor(req)
	for _, st := range append(collect(t, "Runs", t.store.Runs(t.ctx, linkName)), t.run("run-1")) {
		t.equal("warnings", st.Warnings, req.State.Warnings)
		t.equal("reasons", st.ByReason, req.State.ByReason)
		t.equal("filter, options and notified", []any{st.Filter, st.Options, st.Notified},
			[]any{req.State.Filter, req.State.Options, req.State.Notified})
		if t.err != nil {
			return
		}
		st.Warnings[0], st.ByReason["r"], st.Filter[0], st.Options[0], st.Notified[0] = "x", 9, 'x', 'x', "x"
	}
	want := req.State
	want.RunID, want.Link, want.Kind, want.Status = "run-1", linkName, ledger.KindCustomer, ledger.StatusRunning
	t.sameRun(t.run("run-1"), want)

	t.outcomes(l, ledger.Outcome{SourceID: "1", Action: ledger.ActionCreated, Fields: []ledger.FieldError{{Field: "F"}}})
	for range 2 {
		for _, o := range collect(t, "Outcomes", t.store.Outcomes(t.ctx, "run-1")) {
			t.equal("the fields", o.Fields, []ledger.FieldError{{Field: "F"}})
			for i := range o.Fields {
				o.Fields[i].Field = "x"
			}
		}
	}
	if found := t.known("1"); found != nil {
		found["1"] = ledger.Known{SinkID: "x"}
		found["2"] = ledger.Known{}
	}
	t.equal("known", len(t.known("1", "2")), 1)
}

func raceRules() []rule {
	return []rule{
		{"race_acquire", "of many that acquire one lease at the same time, exactly one gets it", raceAcquire},
		{"race_intend", "of many that intend one id at the same time, exactly one is IntentFresh", raceIntend},
		{"race_commit", "commits at the same time are all stored", raceCommit},
	}
}

const racers = 8

// race runs step on as many goroutines as there are racers and waits for them.
func (t *trial) race(step func(i int) error) {
	if t.err != nil {
		return
	}
	var (
		wg    sync.WaitGroup
		errs  = make([]error, racers)
		start = make(chan struct{})
	)
	for i := range racers {
		wg.Go(func() {
			<-start
			errs[i] = step(i)
		})
	}
	close(start)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.failf("one of %d at the same time: %w", racers, err)
		}
	}
}
