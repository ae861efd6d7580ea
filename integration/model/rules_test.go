package model_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// aside is a context for looking at the store from outside of any runner.
func (w *world) aside() context.Context { return context.WithoutCancel(w.ctx) }

func (w *world) scope(k adcimport.Kind) ledger.Scope {
	return ledger.Scope{Account: w.account, Kind: k}
}

// granted notes a lease, and checks what it made of the run.
func (w *world) granted(r *runner, l ledger.Lease, ttl time.Duration) {
	w.taint()
	w.mu.Lock()
	again := l.Epoch == w.epochs[l.Kind] // its reply was lost
	w.epochs[l.Kind] = max(w.epochs[l.Kind], l.Epoch)
	w.mu.Unlock()
	r.epochs[l.Kind], r.leaseEnds[l.Kind], r.runs[l.Kind] = l.Epoch, time.Now().Add(ttl), l.RunID
	if again {
		return
	}
	w.checkPass(l)
	w.grants[l.Kind] = append(w.grants[l.Kind], l.RunID)
	if _, ok := w.begun[l.RunID]; !ok {
		w.begun[l.RunID], w.repeated[l.RunID] = w.changes, w.repeats
		if from := w.selections[l.RunID].retryOf; from != "" {
			w.begunRetries[from] = w.grantsOf(from)
		}
	}
}

// checkPass checks that the listing of a run begins anew when another run of the
// scope came in between, and only then.
func (w *world) checkPass(l ledger.Lease) {
	grants := w.grants[l.Kind]
	pass := 0
	for i, id := range grants {
		if id == l.RunID && i+1 < len(grants) && grants[i+1] != id {
			pass++
		}
	}
	st, err := w.store.Run(w.aside(), l.RunID)
	if err != nil {
		w.violate("run %s: %v", l.RunID, err)
	}
	if st.Pass != pass {
		w.violate("run %s is in pass %d of its listing, want %d after leases of %v", l.RunID, st.Pass, pass, grants)
	}
	begins := pass > 0 && grants[len(grants)-1] != l.RunID
	if begins && (st.Cursor != "" || st.Listed || st.Passing.Counts != adcimport.Counts{}) {
		w.violate("run %s begins anew at %q (listed %v) with %+v", l.RunID, st.Cursor, st.Listed, st.Passing)
	}
}

// wrote checks that a state write which the store took came from the newest
// lease (invariant 3).
func (w *world) wrote(l ledger.Lease, what string) {
	w.taint()
	w.mu.Lock()
	newest := w.epochs[l.Kind]
	w.mu.Unlock()
	if l.Epoch < newest {
		w.violate("the store took a %s of epoch %d of run %s, epoch %d exists", what, l.Epoch, l.RunID, newest)
	}
}

// putOff notes which records a commit puts off.
func (w *world) putOff(k adcimport.Kind, records []ledger.Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range records {
		if records[i].State == ledger.StateDeferred {
			w.wasPutOff[string(k)+"/"+records[i].ID] = true
		}
	}
}

// amended notes which parked records a person wants tried again.
func (w *world) amended(k adcimport.Kind, amendments []ledger.Amendment) {
	records := w.records(k)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range amendments {
		if a.Op == ledger.AmendRetry && records[a.ID].State == ledger.StateParked {
			w.again[string(k)+"/"+a.ID] = true
		}
	}
}

// ended checks that a run completes only when nothing is in doubt (invariant 4),
// and that it has counted each record of the source once (invariant 5).
func (w *world) ended(l ledger.Lease, end ledger.End) {
	if end.Status != adcimport.StatusCompleted {
		return
	}
	if open := w.openIntents(l.Kind); len(open) > 0 {
		w.violate("run %s completed with open intents %v", l.RunID, open)
	}
	st, err := w.store.Run(w.aside(), l.RunID)
	if err != nil {
		w.violate("run %s: %v", l.RunID, err)
	}
	w.checkWanted(st)
	s := w.selections[l.RunID]
	if s.options.Mode == adcimport.Upsert && s.plain() && st.Listed && w.begun[l.RunID] == w.changes {
		w.checkValues(l.RunID, l.Kind)
	}
}

// sent checks a create at the instant of its effect: within the writer's lease,
// after a durable intent (invariants 2 and 3).
func (w *world) sent(r *runner, k adcimport.Kind, id string) {
	if ends := r.leaseEnds[k]; !time.Now().Before(ends) {
		w.violate("%s %s was sent %s after the writer's lease", k, id, time.Since(ends))
	}
	w.mu.Lock()
	newest := w.epochs[k]
	w.mu.Unlock()
	if r.epochs[k] != newest {
		w.violate("%s %s was sent in epoch %d, epoch %d exists", k, id, r.epochs[k], newest)
	}
	if !slices.Contains(w.openIntents(k), id) {
		w.violate("%s %s was sent without an intent", k, id)
	}
	w.checkDriver(r, r.runs[k])
	s := w.selections[r.runs[k]]
	if len(s.names) > 0 && !slices.Contains(s.names, id) {
		w.violate("%s %s was sent by run %s, which is for %v", k, id, r.runs[k], s.names)
	}
}

// checkDriver checks that nobody but its caller goes on with a run in the foreground.
func (w *world) checkDriver(r *runner, runID string) {
	st, err := w.store.Run(w.aside(), runID)
	if err != nil {
		w.violate("run %s: %v", runID, err)
	}
	if st.Driver == ledger.DriverHost && w.startedBy[runID] != r.number && r.asked != runID {
		w.violate("run %s, which runner %d has in the foreground, goes on at runner %d", runID, w.startedBy[runID], r.number)
	}
}

// answers checks that a create is not sent again by the run that had a clear answer
// to it, and notes the clear ones.
func (w *world) answers(r *runner, k adcimport.Kind, id string, res adcimport.WriteResult) {
	key := fmt.Sprintf("%d/%d/%s/%s", r.number, r.epochs[k], k, id)
	w.mu.Lock()
	again := w.answered[key]
	w.answered[key] = res.Status == adcimport.WriteCreated || res.Status == adcimport.WriteRejected
	w.mu.Unlock()
	if again {
		w.violate("%s %s was sent again after a clear answer", k, id)
	}
}

// returned checks what a caller gets.
func (w *world) returned(sum *adcimport.Summary, err error) {
	switch {
	case sum == nil && err == nil:
		w.violate("neither summary nor error")
	case sum != nil && !sumHolds(sum.Counts):
		w.violate("summary of run %s: %+v do not add up", sum.RunID, sum.Counts)
	}
}

func sumHolds(c adcimport.Counts) bool {
	return c.Read == c.Created+c.Linked+c.Updated+c.Unchanged+c.Skipped+c.Failed
}

// checkAlways are the invariants that hold at every step.
func (w *world) checkAlways() {
	for _, k := range kinds {
		content := w.content(k)
		for id, sinkIDs := range content {
			if len(sinkIDs) > 1 {
				w.violate("%s %s is in the sink %d times", k, id, len(sinkIDs))
			}
		}
		w.checkRecords(k, content)
	}
	mailed := make(map[string]bool)
	for _, m := range w.sink.Emails() {
		if mailed[m.AlarmComID] {
			w.violate("user %s was mailed twice", m.AlarmComID)
		}
		mailed[m.AlarmComID] = true
	}
	for _, st := range w.runs() {
		w.checkRun(st)
	}
}

// checkRecords compares the store's records with the sink.
func (w *world) checkRecords(k adcimport.Kind, content map[string][]string) {
	records := w.records(k)
	for id, r := range records {
		if r.Known && (len(content[id]) == 0 || content[id][0] != r.SinkID) {
			w.violate("%s %s is known as %q, the sink has %v", k, id, r.SinkID, content[id])
		}
	}
	for id, sinkIDs := range content {
		r := records[id]
		waits := r.State == ledger.StateOpen || r.State == ledger.StateParked ||
			r.State == ledger.StateFailed && w.again[string(k)+"/"+id] // a person said so of a parked one
		if !w.hand[string(k)+"/"+id] && !r.Known && !waits {
			w.violate("%s %s is in the sink as %v, and nothing is known of it: %+v", k, id, sinkIDs, r)
		}
	}
}

// overtaken says whether another run brought the intent of a record to an end,
// by its own filter and mode, that this one had passed. A run that is resumed
// after that lists again, so it may not complete without the record.
func (w *world) overtaken(st ledger.RunState, id string) bool {
	if st.Status == adcimport.StatusCompleted {
		return false
	}
	grants := w.grants[st.Kind]
	if another := grants[len(grants)-1] != st.RunID; another && (w.pruned || w.wasPutOff[string(st.Kind)+"/"+id]) {
		return true // perhaps by a run that is gone, or by one whose filter does not select it, which no row says
	}
	for _, other := range w.runs() {
		if other.RunID == st.RunID || other.Kind != st.Kind {
			continue
		}
		if slices.ContainsFunc(w.outcomes(other.RunID), func(o adcimport.Outcome) bool { return o.SourceID == id }) {
			return true
		}
	}
	return false
}

// checkRun compares a run with its ledger: counts (invariants 4 and 5), and that
// the cursor passed nothing without a trace (invariant 4).
func (w *world) checkRun(st ledger.RunState) {
	kept := st.Passing.Clone()
	have := make(map[string]ledger.Verdict)
	for _, o := range w.outcomes(st.RunID) {
		if _, twice := have[o.SourceID]; twice {
			w.violate("run %s has two outcomes of %s", st.RunID, o.SourceID)
		}
		have[o.SourceID] = o.Verdict()
		kept.Add(o.Verdict(), 1)
	}
	if kept.Counts != st.Counts || !maps.Equal(kept.ByReason, st.ByReason) || !sumHolds(st.Counts) {
		w.violate("run %s counts %+v %v, its ledger has %+v %v", st.RunID, st.Counts, st.ByReason, kept.Counts, kept.ByReason)
	}
	records := w.records(st.Kind)
	sel := w.selections[st.RunID]
	for _, id := range w.steady(st.Kind) {
		if !sel.plain() || w.leftOver(&st, &sel) {
			break
		}
		r := records[id]
		_, decided := have[id]
		if passed(st, id) && !r.Known && !decided && !waits(r) && !w.overtaken(st, id) {
			w.violate("run %s: the cursor %q (listed %v) passed %s, which has no outcome and is neither open nor put off", st.RunID, st.Cursor, st.Listed, id)
		}
	}
	for id, r := range records {
		if v, decided := have[id]; decided && r.RunID == st.RunID && !agrees(r, v, w.wasPutOff[string(st.Kind)+"/"+id]) {
			w.violate("run %s decided %+v of %s, its record is %+v", st.RunID, v, id, r)
		}
	}
}

// leftOver reports whether a run has ended at its Limit and another one came since: what
// it had put off was left to that one.
func (w *world) leftOver(st *ledger.RunState, sel *selection) bool {
	grants := w.grants[st.Kind]
	return st.Status == adcimport.StatusCompleted && !st.Listed && sel.options.Limit > 0 && grants[len(grants)-1] != st.RunID
}

// waits reports whether a record has a trace without an outcome: it was sent, or put
// off to the end of the run.
func waits(r ledger.Record) bool {
	return r.State == ledger.StateOpen || r.State == ledger.StateDeferred
}

// agrees reports whether a record is what its last outcome made of it.
func agrees(r ledger.Record, last ledger.Verdict, wasPutOff bool) bool {
	switch {
	case r.State == ledger.StateOpen: // sent again since
		return true
	case r.State == ledger.StateDeferred: // another run put it off since
		return r.Known || !last.Action.Done()
	case last.Action.Done():
		return r.Known && r.State == ledger.StateNone
	case last.Reason == adcimport.ReasonInDoubt:
		asked := r.State == ledger.StateFailed && r.Sent == 0 // a person wants it tried again
		return r.State == ledger.StateParked || asked
	case last.Action == adcimport.ActionFailed:
		switch r.State {
		case ledger.StateFailed, ledger.StateParked, ledger.StateDeferred, ledger.StateResting:
			return true
		case ledger.StateNone: // an Upsert found it unchanged since, or a filter does not select it: no row says so
			return r.Known || wasPutOff
		case ledger.StateOpen, ledger.StateReview:
		}
		return false
	}
	return true
}

// checkRuns is for the time when all runs ended: what a completed run promises.
func (w *world) checkRuns() {
	for _, st := range w.runs() {
		if st.Status != adcimport.StatusCompleted {
			continue
		}
		if !st.Listed && w.selections[st.RunID].options.Limit == 0 {
			w.violate("run %s is completed and not listed", st.RunID)
		}
	}
}

// checkResumed is for the time after a person went on with a run, undisturbed.
func (w *world) checkResumed(runID string) {
	st, err := w.store.Run(w.aside(), runID)
	asked := w.selections[cmp.Or(st.RetryOf, runID)] // a retry has the options of the run that failed
	stops := st.Status == adcimport.StatusStopped && asked.options.MaxFailures != 0
	if err != nil || st.Status != adcimport.StatusCompleted && !stops {
		w.violate("run %s is %s after a person went on with it: %+v (%v)", runID, st.Status, st.Failure, err)
	}
}

// checkComplete is for the time after an undisturbed run: everything importable
// is in the sink, exactly once, and known.
func (w *world) checkComplete(k adcimport.Kind) {
	if open := w.openIntents(k); len(open) > 0 {
		w.violate("%ss %v are in doubt after an undisturbed run", k, open)
	}
	last := w.runners[len(w.runners)-1]
	if st := w.runsOf(last.link)[0]; st.Kind != k || st.Status != adcimport.StatusCompleted {
		w.violate("the undisturbed run %s of %ss is %s", st.RunID, st.Kind, st.Status)
	}
	content, records := w.content(k), w.records(k)
	for _, id := range w.importable(k) {
		r := records[id]
		waits := w.sink.KeepsNoID && r.State == ledger.StateParked // for a person
		if !waits && (len(content[id]) != 1 || !r.Known) {
			w.violate("%s %s is in the sink %d times, known: %v", k, id, len(content[id]), r.Known)
		}
	}
	if n, want := len(w.sink.Emails()), w.logins(); k == adcimport.KindUser && n != want {
		w.violate("%d emails for %d users who can log in", n, want)
	}
}

// passed reports whether a run's cursor is beyond an id.
func passed(st ledger.RunState, id string) bool {
	if st.Listed {
		return true
	}
	at, _ := strconv.Atoi(string(st.Cursor)) // the beginning is no number
	n, _ := strconv.Atoi(id)                 // our own ids are numbers
	return n <= at
}
