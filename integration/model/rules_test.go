package model_test

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// aside is a context for looking at the store from outside of any runner.
func (w *world) aside() context.Context { return context.WithoutCancel(w.ctx) }

// granted notes a lease.
func (w *world) granted(r *runner, l ledger.Lease, ttl time.Duration) {
	w.taint()
	w.mu.Lock()
	w.epochs[l.Kind] = max(w.epochs[l.Kind], l.Epoch)
	w.mu.Unlock()
	r.epochs[l.Kind], r.leaseEnds[l.Kind] = l.Epoch, time.Now().Add(ttl)
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

// ended checks that a run completes only when nothing is in doubt (invariant 4).
func (w *world) ended(l ledger.Lease, end ledger.RunState) {
	if end.Status != adcimport.StatusCompleted {
		return
	}
	if open := w.openIntents(l.Kind); len(open) > 0 {
		w.violate("run %s completed with open intents %v", l.RunID, open)
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
		for id, known := range w.known(k) {
			if len(content[id]) == 0 || content[id][0] != known.SinkID {
				w.violate("%s %s is known as %q, the sink has %v", k, id, known.SinkID, content[id])
			}
		}
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

// overtaken says whether another run brought the intent of a record to an end,
// by its own filter and mode, that this one had passed. A run that is resumed
// after that lists again, so it may not complete without the record.
func (w *world) overtaken(st ledger.RunState, id string) bool {
	if st.Status == adcimport.StatusCompleted {
		return false
	}
	for _, other := range w.runs() {
		if other.RunID == st.RunID || other.Kind != st.Kind {
			continue
		}
		outcomes, err := collect(w.store.Outcomes(w.aside(), other.RunID))
		if err != nil {
			w.violate("outcomes: %v", err)
		}
		if slices.ContainsFunc(outcomes, func(o adcimport.Outcome) bool { return o.SourceID == id }) {
			return true
		}
	}
	return false
}

// checkRun compares a run with its ledger: counts (invariants 4 and 5), and that
// the cursor passed nothing without a trace (invariant 4).
func (w *world) checkRun(st ledger.RunState) {
	var kept adcimport.Counts
	have := make(map[string]bool)
	outcomes, err := collect(w.store.Outcomes(w.aside(), st.RunID))
	if err != nil {
		w.violate("outcomes: %v", err)
	}
	for _, o := range outcomes {
		if have[o.SourceID] {
			w.violate("run %s has two outcomes of %s", st.RunID, o.SourceID)
		}
		have[o.SourceID] = true
		kept.Add(o.Action)
	}
	unstored := st.ByReason[adcimport.ReasonAlreadyImported] + st.ByReason[adcimport.ReasonDuplicateInSource]
	kept.Read += unstored
	kept.Skipped += unstored
	if kept != st.Counts || !sumHolds(st.Counts) {
		w.violate("run %s counts %+v, its ledger has %+v", st.RunID, st.Counts, kept)
	}
	known, open := w.known(st.Kind), w.openIntents(st.Kind)
	for _, id := range w.steady(st.Kind) {
		if _, done := known[id]; passed(st, id) && !done && !have[id] && !slices.Contains(open, id) && !w.overtaken(st, id) {
			w.violate("run %s: the cursor %q (listed %v) passed %s, which has neither outcome nor intent", st.RunID, st.Cursor, st.Listed, id)
		}
	}
}

// checkRuns is for the time when all runs ended: what a completed run promises.
func (w *world) checkRuns() {
	for _, st := range w.runs() {
		if st.Status != adcimport.StatusCompleted {
			continue
		}
		if !st.Listed && !w.limited[st.RunID] {
			w.violate("run %s is completed and not listed", st.RunID)
		}
	}
}

// checkComplete is for the time after an undisturbed run: everything importable
// is in the sink, exactly once, and known.
func (w *world) checkComplete(k adcimport.Kind) {
	if open := w.openIntents(k); len(open) > 0 {
		w.violate("%ss %v are in doubt after an undisturbed run", k, open)
	}
	if st := w.runs()[0]; st.Kind != k || st.Status != adcimport.StatusCompleted {
		w.violate("the undisturbed run %s of %ss is %s", st.RunID, st.Kind, st.Status)
	}
	content, known := w.content(k), w.known(k)
	for _, id := range w.importable(k) {
		if _, ok := known[id]; len(content[id]) != 1 || !ok {
			w.violate("%s %s is in the sink %d times, known: %v", k, id, len(content[id]), ok)
		}
	}
	if n, want := len(w.sink.Emails()), w.logins(); k == adcimport.KindUser && n != want {
		w.violate("%d emails for %d users who can log in", n, want)
	}
}

// content answers the sink's ids by Alarm.com id.
func (w *world) content(k adcimport.Kind) map[string][]string {
	content := make(map[string][]string)
	if k == adcimport.KindCustomer {
		for _, c := range w.sink.Customers() {
			content[c.Record.AlarmComID] = append(content[c.Record.AlarmComID], c.ID)
		}
		return content
	}
	for _, u := range w.sink.Users() {
		content[u.Record.AlarmComID] = append(content[u.Record.AlarmComID], u.ID)
	}
	return content
}

// logins counts the sink's users who can log in.
func (w *world) logins() int {
	n := 0
	for _, u := range w.sink.Users() {
		if u.Record.CanLogin {
			n++
		}
	}
	return n
}

// known answers what the store takes for done, of all ids there ever were.
func (w *world) known(k adcimport.Kind) map[string]ledger.Known {
	known, err := w.store.Known(w.aside(), w.link, k, w.everID)
	if err != nil {
		w.violate("known: %v", err)
	}
	return known
}

func (w *world) openIntents(k adcimport.Kind) []string {
	open, err := collect(w.store.InDoubt(w.aside(), w.link, k))
	if err != nil {
		w.violate("in doubt: %v", err)
	}
	out := make([]string, len(open))
	for i, in := range open {
		out[i] = in.ID
	}
	return out
}

// runs answers the stored runs, newest first.
func (w *world) runs() []ledger.RunState {
	runs, err := collect(w.store.Runs(w.aside(), w.link))
	if err != nil {
		w.violate("runs: %v", err)
	}
	return runs
}

// unfinished are the runs that a host's start would go on with.
func (w *world) unfinished() []string {
	var out []string
	for _, st := range w.runs() {
		if st.Status == adcimport.StatusRunning || st.Status == adcimport.StatusInterrupted {
			out = append(out, st.RunID)
		}
	}
	return out
}

// importable are the records that belong in the sink now.
func (w *world) importable(k adcimport.Kind) []string {
	return slices.DeleteFunc(w.listed(k), func(id string) bool {
		return k == adcimport.KindUser && id == userWithoutEmail
	})
}

// listed are the records that the source lists now.
func (w *world) listed(k adcimport.Kind) []string {
	var out []string
	w.source.Update(func(d *adcimporttest.Dealer) {
		if k == adcimport.KindUser {
			for _, u := range d.Users {
				out = append(out, u.ID)
			}
			return
		}
		for _, c := range d.Customers {
			if !c.Terminated && !c.Demo {
				out = append(out, c.ID)
			}
		}
	})
	return out
}

// steady are the listed records that the schedule never touched.
func (w *world) steady(k adcimport.Kind) []string {
	return slices.DeleteFunc(w.listed(k), func(id string) bool { return w.moved[string(k)+"/"+id] })
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
