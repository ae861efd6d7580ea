package storetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/match"
)

func valueRules() []rule {
	return []rule{
		{"ids_exact", "ids are compared byte for byte: case, spaces, zeros, accents and length count", idsExact},
		{"outcome_values", "an outcome comes back as it was committed, with run and kind of the lease", outcomeValues},
		{"run_values", "labels, warnings, filter and options come back byte for byte", runValues},
		{"text_refused", "text that holds a NUL or is not valid UTF-8 is refused before anything is written", textRefused},
		{"copies_in", "a store keeps no slice, map or pointer of a call", copiesIn},
		{"copies_out", "what a store returns is the caller's: changing it changes nothing in the store", copiesOut},
	}
}

func idsExact(t *trial) {
	ids := []string{
		"1", "01", "1 ", " 1", "9223372036854775808", "a", "A", "\u00e9", "e\u0301", "ﬁ", "fi", "ß", "ss", "日本語", "🏠",
		`quote'"\`, "100%", "per_cent", "$1", "?", "{p}", "null", "<&>\u2028", "tab\tline\n", strings.Repeat("ж", 250),
	}
	l := t.acquire("run-1")
	t.send(l, ids...)
	slices.Sort(ids)
	t.equal("open", t.open(), ids)
	var half []string
	for i, id := range ids {
		if i%2 == 0 {
			half = append(half, id)
		}
	}
	t.know(l, half...)
	found := t.records("run-1", ids...)
	for i, id := range ids {
		t.equal(fmt.Sprintf("whether %q is known", id), found[id].Known, i%2 == 0)
		t.equal(fmt.Sprintf("the id of %q", id), found[id].ID, id)
		if i%2 == 0 {
			t.equal(fmt.Sprintf("what is known of %q", id), found[id].SinkID, "sink-"+id)
		}
	}
	t.equal("known", t.listed(ledger.Query{Known: true}), half)
	for i, o := range collect(t, "Outcomes", t.store.Outcomes(t.ctx, "run-1", 0)) {
		t.equal("the id of an outcome", o.SourceID, half[i])
	}
}

func outcomeValues(t *trial) {
	l := t.acquire("run-1")
	want := ledger.Outcome{
		SourceID: "1", SinkID: "9", Action: ledger.ActionFailed, Reason: ledger.ReasonInvalidRecord,
		Fields: []ledger.FieldError{{Field: "State", Rule: "must be one of 72"}, {Field: "Zip", Rule: `"quoted" <rule>`}},
		At:     moment(), Ahead: true,
	}
	waits := ledger.Outcome{
		SourceID: "3", Action: ledger.ActionSkipped, Reason: ledger.ReasonPossibleMatch, At: moment(),
		Candidates: []match.Weighed{
			{ID: `"é"`, Verdict: match.Propose, Evidence: []match.Evidence{match.EvidenceName, match.EvidencePhone}},
			{ID: "8", Vetoes: []match.Veto{match.VetoSeveral}},
		},
	}
	t.outcomes(l, want, ledger.Outcome{RunID: "other", Kind: ledger.KindUser, SourceID: "2", Action: ledger.ActionLinked}, waits)
	second := ledger.Outcome{SourceID: "2", Action: ledger.ActionLinked}
	for _, o := range []*ledger.Outcome{&want, &second, &waits} {
		o.RunID, o.Kind = "run-1", ledger.KindCustomer
	}
	list := collect(t, "Outcomes", t.store.Outcomes(t.ctx, "run-1", 0))
	t.equal("outcomes", outcomeTexts(list), outcomeTexts([]ledger.Outcome{want, second, waits}))
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

func runValues(t *trial) {
	req := t.request("run-1")
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	req.State = ledger.RunState{
		Summary: ledger.Summary{Warnings: []string{"", "a,b", `"c"`, "é\u2028"}},
		Filter:  all, Options: []byte{}, Labels: ledger.Labels{"": "", "job é": "7\n", "a": "<b>"},
	}
	l := t.acquireFor(req)
	st := t.run("run-1")
	t.equal("labels, warnings and options", []any{map[string]string(st.Labels), st.Warnings, len(st.Options)},
		[]any{map[string]string(req.State.Labels), req.State.Warnings, 0})
	t.equal("filter", st.Filter, all)
	failure := &ledger.Failure{End: "é", Operation: "<o>", Code: `"c"`}
	end := ledger.End{Status: ledger.StatusFailed, Warnings: []string{"é", ""}, Failure: failure}
	st = t.releaseAs(l, end)
	if t.err != nil {
		return
	}
	if st.Failure == nil {
		t.failf("the failure is gone")
		return
	}
	t.equal("warnings and failure", []any{st.Warnings, st.Failure.End, st.Failure.Operation, st.Failure.Code},
		[]any{end.Warnings, end.Failure.End, end.Failure.Operation, end.Failure.Code})
}

func textRefused(t *trial) {
	l := t.acquire("run-1")
	t.set(l, ledger.StateReview, "1")
	t.release(l, ledger.StatusHeld)
	before := t.run("run-1")
	for _, bad := range []string{"a\x00b", "\xff"} {
		labeled, owned, owner := t.request("run-2"), t.request(bad), t.asked("run-1")
		labeled.State.Labels = ledger.Labels{"k": bad}
		owner.Owner = bad
		for what, req := range map[string]ledger.LeaseRequest{"label": labeled, "run id": owned, "owner": owner} {
			t.invalid(fmt.Sprintf("Acquire with a %s %q", what, bad), func() error {
				_, err := t.store.Acquire(t.ctx, req)
				return err
			})
		}
		t.invalid(fmt.Sprintf("Amend with %q", bad), func() error {
			return t.store.Amend(t.ctx, scope, []ledger.Amendment{decide("1", "good"), decide("1", bad)})
		})
		t.invalid(fmt.Sprintf("Mark with %q", bad), func() error {
			_, err := t.store.Mark(t.ctx, "run-1", ledger.Mark{Claim: bad})
			return err
		})
	}
	t.equal("runs", t.runIDs(ledger.RunQuery{}), []string{"run-1"})
	t.sameRun("the run", t.run("run-1"), before)
	t.equal("the decision", t.records("", "1")["1"].Decision, "")
	t.equal("the epoch", t.acquire("run-3").Epoch, l.Epoch+1)
}

func copiesIn(t *trial) {
	req := t.request("run-1")
	req.State = ledger.RunState{
		Summary: ledger.Summary{Warnings: []string{"w"}}, Filter: []byte("f"), Options: []byte("o"), Labels: ledger.Labels{"k": "v"},
	}
	l := t.acquireFor(req)
	req.State.Warnings[0], req.State.Filter[0], req.State.Options[0], req.State.Labels["k"] = "x", 'x', 'x', "x"
	st := t.run("run-1")
	t.equal("the run", []any{st.Warnings, string(st.Filter), string(st.Options), st.Labels["k"]}, []any{[]string{"w"}, "f", "o", "v"})

	by, passing := map[ledger.Reason]int{"r": 2}, map[ledger.Reason]int{"p": 3}
	c := known("1")
	c.Outcomes[0].Fields = []ledger.FieldError{{Field: "F"}}
	c.Tally.ByReason, c.Passing.ByReason = by, passing
	c.Tally.Excluded, c.Passing.Excluded = ledger.Excluded{Terminated: 5, Demo: 6, Commitment: 7}, ledger.Excluded{Demo: 1}
	c.Cursor, c.Matched, c.Intents = new(ledger.Cursor("c")), []string{"rule"}, intents("2")
	t.commit(l, c)
	c.Outcomes[0].Fields[0].Field, c.Outcomes[0].Action, c.Records[0].SinkID = "x", ledger.ActionFailed, "x"
	by["r"], passing["p"], *c.Cursor, c.Matched[0], c.Intents[0].ID = 9, 9, "x", "x", "x"
	for _, o := range collect(t, "Outcomes", t.store.Outcomes(t.ctx, "run-1", 0)) {
		t.equal("the outcome", []any{o.Action, o.Fields}, []any{ledger.ActionCreated, []ledger.FieldError{{Field: "F"}}})
	}
	st = t.run("run-1")
	t.equal("reasons and cursor", []any{st.ByReason["r"], st.Passing.ByReason["p"], string(st.Cursor)}, []any{2, 3, "c"})
	t.equal("excluded", st.Excluded, ledger.Excluded{Terminated: 5, Demo: 6, Commitment: 7})
	t.equal("excluded in passing", st.Passing.Excluded, ledger.Excluded{Demo: 1})
	t.equal("sink id and open", []any{t.records("", "1")["1"].SinkID, t.open()}, []any{"sink-1", []string{"2"}})

	end := ledger.End{Status: ledger.StatusFailed, Warnings: []string{"w"}, Failure: &ledger.Failure{Code: "auth"}}
	want := runText(t.releaseAs(l, end))
	end.Warnings[0], end.Failure.Code = "x", "x"
	t.equal("the run", runText(t.run("run-1")), want)
	t.equal("matched", t.acquire("run-2").Matched, []string{"rule"})
}

func copiesOut(t *trial) {
	req := t.request("run-1")
	req.State = ledger.RunState{
		Summary: ledger.Summary{Warnings: []string{"w"}}, Filter: []byte("f"), Options: []byte("o"), Labels: ledger.Labels{"k": "v"},
	}
	l := t.acquireFor(req)
	c := known("1")
	c.Outcomes[0].Fields = []ledger.FieldError{{Field: "F"}}
	c.Tally.ByReason, c.Passing.ByReason = map[ledger.Reason]int{"r": 1}, map[ledger.Reason]int{"r": 1}
	c.Intents, c.Matched = intents("2"), []string{"rule"}
	c.Seq = 1
	states := t.commitAs(l, c)
	t.mark("a notice", "run-1", ledger.Mark{Told: "n"}, true)
	want := t.run("run-1")
	text := runText(want)
	for _, st := range append(collect(t, "Runs", t.store.Runs(t.ctx, ledger.RunQuery{})), t.run("run-1"), l.State) {
		spoil(&st)
	}
	spoil(&want)
	t.equal("the run", runText(t.run("run-1")), text)
	for i := range states {
		states[i] = isParked
	}
	t.equal("states of the repetition", t.commitAs(l, c), []ledger.IntentState{isFresh})
	for range 2 {
		for _, o := range collect(t, "Outcomes", t.store.Outcomes(t.ctx, "run-1", 0)) {
			t.equal("the fields", o.Fields, []ledger.FieldError{{Field: "F"}})
			for i := range o.Fields {
				o.Fields[i].Field = "x"
			}
		}
	}
	if found := t.records("", "1"); found != nil {
		found["1"] = ledger.Record{SinkID: "x"}
		found["7"] = ledger.Record{}
	}
	t.equal("records", []any{len(t.records("", "1", "7")), t.records("", "1")["1"].SinkID}, []any{1, "sink-1"})
	spoiled := t.releaseAs(l, ledger.End{Status: ledger.StatusFailed, Warnings: []string{"w"}, Failure: &ledger.Failure{Code: "auth"}})
	text = runText(spoiled)
	spoil(&spoiled)
	t.equal("the run that Release returned", runText(t.run("run-1")), text)
}

// spoil changes whatever a run refers to.
func spoil(st *ledger.RunState) {
	for _, list := range [][]string{st.Warnings, st.Notices} {
		for i := range list {
			list[i] = "x"
		}
	}
	for _, list := range [][]byte{st.Filter, st.Options} {
		for i := range list {
			list[i] = 'x'
		}
	}
	for _, by := range []map[ledger.Reason]int{st.ByReason, st.Passing.ByReason} {
		for reason := range by {
			by[reason] = 9
		}
	}
	for k := range st.Labels {
		st.Labels[k] = "x"
	}
	if st.Failure != nil {
		st.Failure.Code = "x"
	}
}
