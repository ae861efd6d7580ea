package ledger_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/ledger"
)

// fuzzBytes are choices; when they are used up, each is 0.
type fuzzBytes []byte

func (f *fuzzBytes) next(n int) int {
	if len(*f) == 0 {
		return 0
	}
	b := (*f)[0]
	*f = (*f)[1:]
	return int(b) % n
}

func (f *fuzzBytes) id() string { return fmt.Sprint("id-", f.next(5)) }

func (f *fuzzBytes) verdict() ledger.Verdict {
	if f.next(2) == 0 {
		return ledger.Verdict{}
	}
	return ledger.Verdict{Action: allActions[f.next(len(allActions))], Ahead: f.next(2) == 0}
}

func (f *fuzzBytes) record(id string) ledger.Record {
	states := []ledger.RecordState{
		ledger.StateNone, ledger.StateOpen, ledger.StateDeferred, ledger.StateFailed, ledger.StateResting, ledger.StateParked, ledger.StateReview,
	}
	r := ledger.Record{
		ID: id, State: states[f.next(len(states))], Sent: f.next(4), Unproved: f.next(4), Attempts: f.next(4),
		Decision: []string{"", "", ledger.DecisionCreate}[f.next(3)], Generation: f.next(3), Here: f.verdict(),
	}
	if f.next(2) == 1 {
		r.Known, r.SinkID, r.Fingerprint = true, fmt.Sprint("sink-", f.next(3)), fmt.Sprint("fp-", f.next(3))
	}
	if r.State != ledger.StateNone {
		r.Since = earlier.Add(time.Duration(f.next(9)) * time.Second)
	}
	return r
}

func (f *fuzzBytes) before() ledger.Before {
	b := ledger.Before{RunID: "run-2", Now: now, Records: make(map[string]ledger.Record)}
	for range f.next(6) {
		id := f.id()
		b.Records[id] = f.record(id)
	}
	for i := range f.next(4) {
		b.Open = append(b.Open, ledger.OpenIntent{ID: fmt.Sprint("id-", i), Fingerprint: fmt.Sprint("fp-", f.next(3)), Since: earlier})
	}
	return b
}

func (f *fuzzBytes) commit() ledger.Commit {
	c := ledger.Commit{Seq: 1}
	for range f.next(4) {
		c.Outcomes = append(c.Outcomes, ledger.Outcome{SourceID: f.id(), Action: allActions[f.next(len(allActions))]})
	}
	for range f.next(4) {
		c.Records = append(c.Records, f.record(f.id()))
	}
	for range f.next(3) {
		c.Withdrawn = append(c.Withdrawn, f.id())
	}
	for range f.next(5) {
		c.Intents = append(c.Intents, ledger.Intent{ID: f.id(), Fingerprint: "new", Again: f.next(2) == 1})
	}
	return c
}

func FuzzApply(f *testing.F) {
	for _, seed := range []string{"", "\x05abcdefghijklmnopqrstuvwxyz0123456789", "0987654321zyxwvutsrqponmlkjihgfedcba"} {
		f.Add([]byte(seed))
	}
	for i := range 20 {
		seed := make([]byte, 90)
		for k := range seed {
			seed[k] = byte(i*37 + k*k*(i+3))
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in, same := fuzzBytes(data), fuzzBytes(data)
		b, c := in.before(), in.commit()
		after := ledger.Apply(b, c)
		if diff := cmp.Diff(same.before(), b) + cmp.Diff(same.commit(), c); diff != "" {
			t.Fatalf("Apply changed what it was given:\n%s", diff)
		}
		if diff := cmp.Diff(after, ledger.Apply(b, c)); diff != "" {
			t.Fatalf("a second time it is (-first +second):\n%s", diff)
		}
		a := applied{t: t, b: b, c: c, after: after, changed: make(map[string]ledger.Record)}
		a.each()
		a.batch()
		a.records()
		a.intents()
	})
}

// applied is one application, to be checked.
type applied struct {
	t       *testing.T
	b       ledger.Before
	c       ledger.Commit
	after   ledger.After
	changed map[string]ledger.Record
}

// each record is there at most once, and was named by the commit or open.
func (a *applied) each() {
	for _, r := range a.after.Records {
		if _, twice := a.changed[r.ID]; twice || r.ID == "" {
			a.t.Errorf("%q is changed twice", r.ID)
		}
		a.changed[r.ID] = r
		open := slices.ContainsFunc(a.b.Open, func(o ledger.OpenIntent) bool { return o.ID == r.ID })
		if !open && !slices.Contains(a.c.IDs(), r.ID) {
			a.t.Errorf("%s is changed and nobody named it", r.ID)
		}
	}
}

// batch wants that no id of the former open batch vanishes.
func (a *applied) batch() {
	for _, o := range a.b.Open {
		named := slices.ContainsFunc(a.c.Records, func(r ledger.Record) bool { return r.ID == o.ID })
		if named || slices.Contains(a.c.Withdrawn, o.ID) {
			continue
		}
		r := a.changed[o.ID]
		stored := a.b.Records[o.ID]
		if r.State != ledger.StateOpen || !r.Since.Equal(o.Since) || r.Sent != stored.Sent+1 || r.Unproved != stored.Unproved+1 {
			a.t.Errorf("%s was open and is %+v, after %+v", o.ID, r, stored)
		}
	}
}

func (a *applied) records() {
	last, saidKnown := make(map[string]ledger.Record), make(map[string]bool)
	for _, r := range a.c.Records {
		last[r.ID] = r
		saidKnown[r.ID] = saidKnown[r.ID] || r.Known
	}
	for id, r := range a.changed {
		stored, given := a.b.Records[id], last[id]
		becameKnown := r.Known && !stored.Known
		switch {
		case stored.Known && (!r.Known || !saidKnown[id] && (r.SinkID != stored.SinkID || r.Fingerprint != stored.Fingerprint)):
			a.t.Errorf("%s was known as %+v and is %+v", id, stored, r)
		case r.Generation != stored.Generation:
			a.t.Errorf("generation of %s was %d and is %d", id, stored.Generation, r.Generation)
		case becameKnown && r.Decision != "", !becameKnown && r.Decision != stored.Decision:
			a.t.Errorf("decision of %s was %q and is %q", id, stored.Decision, r.Decision)
		case given.ID != "" && (r.Attempts != given.Attempts || r.Sent != given.Sent || r.Unproved != given.Unproved):
			a.t.Errorf("attempts and sends of %s are not as given: %+v", id, r)
		case given.ID == "" && r.Attempts != stored.Attempts:
			a.t.Errorf("attempts of %s changed without a record", id)
		}
		a.verdict(id, r)
	}
}

// verdict wants run and verdict of the last outcome.
func (a *applied) verdict(id string, r ledger.Record) {
	want, run := a.b.Records[id].Here, a.b.Records[id].RunID
	for i := range a.c.Outcomes {
		if a.c.Outcomes[i].SourceID == id {
			want, run = a.c.Outcomes[i].Verdict(), a.b.RunID
		}
	}
	if r.Here != want || r.RunID != run {
		a.t.Errorf("%s was decided by %q: %+v, want %q: %+v", id, r.RunID, r.Here, run, want)
	}
}

func (a *applied) intents() {
	if len(a.after.States) != len(a.c.Intents) {
		a.t.Fatalf("%d states for %d intents", len(a.after.States), len(a.c.Intents))
	}
	var fresh []string
	for i, in := range a.c.Intents {
		r, ok := a.changed[in.ID]
		if !ok {
			r = a.b.Records[in.ID]
		}
		if a.after.States[i] != ledger.IntentFresh {
			continue
		}
		if r.Known || slices.Contains(fresh, in.ID) || !in.Again && (r.State == ledger.StateOpen || r.State == ledger.StateParked) {
			a.t.Errorf("%s may be sent although it is %+v", in.ID, r)
		}
		fresh = append(fresh, in.ID)
	}
	var open []string
	for _, o := range a.after.Open {
		open = append(open, o.ID)
	}
	if !slices.Equal(open, fresh) {
		a.t.Errorf("the open batch is %v, fresh are %v", open, fresh)
	}
}
