package adcimporttest

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/securitytrax/adcimport"
)

func storeValueRules() []storeRule {
	return []storeRule{
		{"ids_exact", "ids are compared byte for byte: case, spaces, zeros, accents and length count", storeIDsExact},
		{"outcome_values", "an outcome comes back as it was committed, with run and kind of the lease", storeOutcomeValues},
		{"copies_in", "a store keeps no slice or map of a call", storeCopiesIn},
		{"copies_out", "what a store answers is the caller's: changing it changes nothing in the store", storeCopiesOut},
	}
}

func storeIDsExact(t *storeTrial) {
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
			t.outcomes(l, adcimport.Outcome{SourceID: id, SinkID: "sink of " + id, Action: adcimport.ActionCreated})
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

func storeOutcomeValues(t *storeTrial) {
	l := t.acquire("run-1")
	want := adcimport.Outcome{
		SourceID: "1", SinkID: "9", Action: adcimport.ActionFailed, Reason: adcimport.ReasonInvalidRecord,
		Fields: []adcimport.FieldError{{Field: "State", Rule: "must be one of 72"}, {Field: "Zip", Rule: `"quoted" <rule>`}},
		At:     storeMoment(),
	}
	t.outcomes(l, want, adcimport.Outcome{RunID: "other", Kind: adcimport.KindUser, SourceID: "2", Action: adcimport.ActionLinked})
	want.RunID, want.Kind = "run-1", adcimport.KindCustomer
	second := adcimport.Outcome{RunID: "run-1", Kind: adcimport.KindCustomer, SourceID: "2", Action: adcimport.ActionLinked}
	list := storeCollect(t, "Outcomes", t.store.Outcomes(t.ctx, "run-1"))
	t.equal("outcomes", storeOutcomes(list), storeOutcomes([]adcimport.Outcome{want, second}))
}

// storeOutcomes prints outcomes with times as every store must keep them.
func storeOutcomes(list []adcimport.Outcome) []string {
	var texts []string
	for _, o := range list {
		at := storeTime(o.At)
		o.At = storeMoment()
		texts = append(texts, fmt.Sprintf("%+v at %s", o, at))
	}
	return texts
}

func storeCopiesIn(t *storeTrial) {
	req := storeRequest("run-1")
	req.State = adcimport.RunState{
		Summary: adcimport.Summary{Warnings: []string{"w"}, ByReason: map[adcimport.Reason]int{"r": 1}},
		Filter:  []byte("f"), Options: []byte("o"),
	}
	l := t.acquireFor(req)
	req.State.Warnings[0], req.State.ByReason["r"], req.State.Filter[0], req.State.Options[0] = "x", 9, 'x', 'x'
	st := t.run("run-1")
	t.equal("the run", []any{st.Warnings, st.ByReason, string(st.Filter), string(st.Options)},
		[]any{[]string{"w"}, map[adcimport.Reason]int{"r": 1}, "f", "o"})

	c := adcimport.Commit{
		Outcomes: []adcimport.Outcome{{SourceID: "1", Action: adcimport.ActionCreated, Fields: []adcimport.FieldError{{Field: "F"}}}},
		Known:    map[string]adcimport.Known{"1": {SinkID: "s"}},
		ByReason: map[adcimport.Reason]int{"r": 2},
	}
	t.commit(l, c)
	c.Outcomes[0].Fields[0].Field, c.Outcomes[0].Action, c.ByReason["r"] = "x", adcimport.ActionFailed, 9
	c.Known["1"] = adcimport.Known{SinkID: "x"}
	list := storeCollect(t, "Outcomes", t.store.Outcomes(t.ctx, "run-1"))
	t.equal("the outcomes", fmt.Sprint(list), fmt.Sprint([]adcimport.Outcome{{
		RunID: "run-1", Kind: adcimport.KindCustomer, SourceID: "1", Action: adcimport.ActionCreated, Fields: []adcimport.FieldError{{Field: "F"}},
	}}))
	t.equal("known", t.known("1")["1"].SinkID, "s")
	t.equal("the reasons", t.run("run-1").ByReason, map[adcimport.Reason]int{"r": 2})

	end := adcimport.RunState{Summary: adcimport.Summary{Status: adcimport.StatusCompleted, Warnings: []string{"w"}}}
	t.do("Release", func() error { return t.store.Release(t.ctx, l, end) })
	end.Warnings[0] = "x"
	t.equal("the warnings", t.run("run-1").Warnings, []string{"w"})
}

func storeCopiesOut(t *storeTrial) {
	req := storeRequest("run-1")
	req.State = adcimport.RunState{
		Summary: adcimport.Summary{Warnings: []string{"w"}, ByReason: map[adcimport.Reason]int{"r": 1}},
		Filter:  []byte("f"), Options: []byte("o"), Notified: []string{"n"},
	}
	l := t.acquireFor(req)
	for _, st := range append(storeCollect(t, "Runs", t.store.Runs(t.ctx, storeLink)), t.run("run-1")) {
		if t.err != nil {
			return
		}
		st.Warnings[0], st.ByReason["r"], st.Filter[0], st.Options[0], st.Notified[0] = "x", 9, 'x', 'x', "x"
	}
	want := req.State
	want.RunID, want.Link, want.Kind, want.Status = "run-1", storeLink, adcimport.KindCustomer, adcimport.StatusRunning
	t.sameRun(t.run("run-1"), want)

	t.outcomes(l, adcimport.Outcome{SourceID: "1", Action: adcimport.ActionCreated, Fields: []adcimport.FieldError{{Field: "F"}}})
	for range 2 {
		for _, o := range storeCollect(t, "Outcomes", t.store.Outcomes(t.ctx, "run-1")) {
			t.equal("the fields", o.Fields, []adcimport.FieldError{{Field: "F"}})
			o.Fields[0].Field = "x"
		}
	}
	if found := t.known("1"); t.err == nil {
		found["1"] = adcimport.Known{SinkID: "x"}
		found["2"] = adcimport.Known{}
	}
	t.equal("known", len(t.known("1", "2")), 1)
}

func storeRaceRules() []storeRule {
	return []storeRule{
		{"race_acquire", "of many that acquire one lease at the same time, exactly one gets it", storeRaceAcquire},
		{"race_intend", "of many that intend one id at the same time, exactly one is IntentFresh", storeRaceIntend},
		{"race_commit", "commits at the same time are all stored", storeRaceCommit},
	}
}

const storeRacers = 8

// race runs step on as many goroutines as there are racers and waits for them.
func (t *storeTrial) race(step func(i int) error) {
	if t.err != nil {
		return
	}
	var (
		wg    sync.WaitGroup
		errs  = make([]error, storeRacers)
		start = make(chan struct{})
	)
	for i := range storeRacers {
		wg.Go(func() {
			<-start
			errs[i] = step(i)
		})
	}
	close(start)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.failf("one of %d at the same time: %w", storeRacers, err)
		}
	}
}
