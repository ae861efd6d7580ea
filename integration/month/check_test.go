package month_test

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// mostSends is how often a create is sent before its record rests.
const mostSends = 3

// restLeast is how long a record rests at least.
const restLeast = 20 * time.Hour

// slack is for what a night itself takes.
const slack = 12 * time.Hour

// check looks at everything at a night's end.
func (w *world) check(ctx context.Context) {
	w.clock.tick()
	w.checkOffice()
	for _, k := range []adcimport.Kind{adcimport.KindUser, adcimport.KindCustomer} {
		runs, err := w.tonights(ctx, k)
		if err != nil {
			w.tell("%v", err)
			w.violate("the store", "%v", err)
			return
		}
		completed := 0
		for _, run := range runs {
			w.tell("%s is %s: %v %v", run.RunID, run.Status, run.Counts, run.ByReason)
			if run.Status == adcimport.StatusCompleted {
				completed++
				w.checkRun(ctx, k, run)
			} else {
				w.checkFailure(k, run)
			}
		}
		if completed == 0 {
			w.checkExcuse(k, runs)
		}
		w.once(k)
		w.checkWaiting(ctx, k, runs)
	}
	w.look(ctx)
	w.allTold()
	w.mails()
	w.bounds()
	w.sends()
}

func (w *world) violate(rule, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.breach(rule, format, args...)
}

// tonights are the runs of a kind that were at work tonight, or wait.
func (w *world) tonights(ctx context.Context, k adcimport.Kind) ([]ledger.RunState, error) {
	var list []ledger.RunState
	for st, err := range w.store.Runs(ctx, ledger.RunQuery{Kind: k}) {
		if err != nil {
			return nil, err
		}
		if !st.Finished.IsZero() && st.Finished.Before(w.tonight().began) {
			continue
		}
		list = append(list, st)
	}
	slices.Reverse(list)
	return list, nil
}

// excuses are what was out of order for a kind of record between two times, and
// was met. A service that is merely slow is no excuse.
func (w *world) excuses(k adcimport.Kind, from, to time.Time) []*trouble {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []*trouble
	for _, t := range w.troubles {
		if t.owner == ofRecord || t.limited() || !t.within(from, to) || !t.concerns(k) {
			continue
		}
		everybody := t.owner == ofService || t.owner == ofLogin || t.on == opCheck // whoever met it first, the others are told
		if slices.ContainsFunc(t.met, func(m meeting) bool {
			return m.at.Before(to) && (everybody || !m.at.Before(from) && m.kind == k)
		}) {
			list = append(list, t)
		}
	}
	return list
}

// checkExcuse: only what is out of order for everybody keeps a night from being
// completed; where no run had been begun in the background, also a killed host, and
// the database.
func (w *world) checkExcuse(k adcimport.Kind, runs []ledger.RunState) {
	n := w.tonight()
	if len(w.excuses(k, n.began, time.Now())) == 0 && (n.begun[k] || !n.killed && !w.awayTonight()) {
		w.violate("a night for all"+w.forbidden(runs...), "no import of %ss was completed, and nothing but records was out of order", k)
	}
}

// checkFailure: a run that did not complete says why, and is right.
func (w *world) checkFailure(k adcimport.Kind, run ledger.RunState) {
	n := w.tonight()
	if run.Started.Before(n.began) || run.Alive || n.killed && run.Status != adcimport.StatusPaused && run.Status != adcimport.StatusFailed {
		return
	}
	if w.awayTonight() && (run.Failure == nil || run.Failure.End == "store") { // what ended while it was away could not be kept
		return
	}
	if run.Failure == nil {
		w.violate("a failure is told", "%s is %s, and does not say why", run.RunID, run.Status)
		return
	}
	met := w.excuses(k, n.began, time.Now())
	if !slices.ContainsFunc(met, func(t *trouble) bool { return t.end == run.Failure.End }) {
		w.violate("a failure is told"+w.forbidden(run), "%s is %s for %+v, where that was in order", run.RunID, run.Status, *run.Failure)
	}
}

// forbidden says that a run failed for one 403.
func (w *world) forbidden(runs ...ledger.RunState) string {
	if slices.ContainsFunc(runs, func(run ledger.RunState) bool {
		return run.Failure != nil && run.Failure.Status == http.StatusForbidden
	}) {
		return " (403)"
	}
	return ""
}

// checkRun: whoever is well is in by the end of a completed run, and everybody else
// has a reason.
func (w *world) checkRun(ctx context.Context, k adcimport.Kind, run ledger.RunState) {
	outcomes, known, err := w.said(ctx, k, run.RunID)
	if err != nil {
		w.violate("the store", "%v", err)
		return
	}
	whole, _, first := w.inSink(k)
	c := run.Counts
	if c.Read != c.Created+c.Linked+c.Updated+c.Unchanged+c.Skipped+c.Failed {
		w.violate("sums", "%s: %v", run.RunID, c)
	}
	for _, p := range w.of(k) {
		if !p.born.Before(run.Started) {
			continue
		}
		o, has := outcomes[p.id]
		rec := known[p.id]
		if w.byPeople(p, o, whole[p.id], run) {
			continue
		}
		if whole[p.id] > 0 && rec.Known && o.Action != adcimport.ActionFailed && o.Reason != adcimport.ReasonResting {
			p.row = 0
			resolved := o.Reason == adcimport.ReasonInDoubtResolved // as it was sent: the next night compares
			if w.upsert && p.edited.Before(run.Started) && !p.edited.Before(p.joined) && first[p.id] != p.first && o.Action != "" && !resolved {
				w.violate("kept up"+keyOf(w.excuses(k, run.Started, run.Finished)), "%v is %s, and in SecurityTrax as it was before", p, o.Action)
			}
			continue
		}
		if !has {
			w.violate("everybody has a reason", "%v is not in (%s), and %s says nothing of it", p, rec.State, run.RunID)
			continue
		}
		w.checkReason(p, o, rec, run)
	}
}

// look keeps what has ended so far.
func (w *world) look(ctx context.Context) {
	var list []ledger.RunState
	for st, err := range w.store.Runs(ctx, ledger.RunQuery{}) {
		if err != nil {
			w.violate("the store", "%v", err)
			return
		}
		if st.Status.Ended() {
			list = append(list, st)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seenEnds = list
}

// said are the outcomes of a run, and what the store has of everybody.
func (w *world) said(ctx context.Context, k adcimport.Kind, runID string) (map[string]adcimport.Outcome, map[string]ledger.Record, error) {
	outcomes := make(map[string]adcimport.Outcome)
	for o, err := range w.store.Outcomes(ctx, runID, 0) {
		if err != nil {
			return nil, nil, err
		}
		outcomes[o.SourceID] = o
	}
	var ids []string
	for _, p := range w.of(k) {
		ids = append(ids, p.id)
	}
	known, err := w.store.Records(ctx, scope(k), "", ids)
	return outcomes, known, err
}

// checkReason looks at what is said of somebody who is not in, or not kept up.
func (w *world) checkReason(p *person, o adcimport.Outcome, rec ledger.Record, run ledger.RunState) {
	var sick []*trouble
	var last time.Time // until when it may be blamed
	for _, t := range p.troubles {
		if last = later(last, t.over); t.within(run.Started.Add(-time.Second), run.Finished) {
			sick = append(sick, t)
		}
	}
	w.mu.Lock()
	lost, doubtful := len(p.lost)+p.unlinked, p.doubtful
	w.mu.Unlock()
	inVain := lost+w.kills >= mostSends // what a killed host was about to send counts as well: whosever fault it was, it is not sent any more for some days
	if inVain {
		last = later(last, doubtful)
	}
	met := w.excuses(p.kind, run.Started, run.Finished)
	switch {
	case o.Reason == adcimport.ReasonInDoubt:
		if !w.mayDoubt(p, rec) {
			w.violate("parked", "%v is in_doubt, though its absence could be proved", p)
		}
	case o.Reason == adcimport.ReasonResting:
		p.rested, p.row = p.rested+1, 0
		switch {
		case last.IsZero():
			w.violate("nobody rests for another's fault"+keyOf(met), "%v, who is well, rests", p)
		case run.Started.After(last.Add(restMax + slack)):
			w.violate("in within a week"+keyOf(p.troubles), "%v, who is well since %s, still rests", p, last.Format("2 15:04"))
		}
	case o.Action != adcimport.ActionFailed:
		w.violate("everybody has a reason", "%v is %s/%s and not in", p, o.Action, o.Reason)
	case len(sick) > 0:
		if p.failed++; len(met) > 0 {
			p.row = 0
		}
		w.checkRow(p, o, sick)
	case inVain && o.Reason == adcimport.ReasonSinkFailed && run.Started.Before(last.Add(restMax+slack)):
	case o.Reason == adcimport.ReasonNotSent && len(met) > 0:
		w.violate("updates wait for their operation", "%v, who is well, is failed/%s", p, o.Reason)
	case p.failed > 0 && len(met) > 0 && run.Started.Before(last.Add(restMax+slack)): // known to be bad: it gets one attempt
	case len(met) > 0 && len(o.Fields) > 0 && o.Reason == adcimport.ReasonSinkFailed:
		w.violate("nobody is blamed for a look-up of all", "%v, who is well, is failed/%s for %s", p, o.Reason, o.Fields[0].Field)
	case !w.unproved(p, run) && len(met) > 0:
		w.violate("nobody is blamed for another's fault: "+string(o.Reason)+keyOf(met), "%v, who is well, is failed/%s", p, o.Reason)
	case !w.unproved(p, run):
		w.violate("healed", "%v, who is well since %s, is failed/%s", p, last.Format("2 15:04"), o.Reason)
	case rec.Attempts > 0 && len(p.troubles) == 0:
		w.violate("an attempt is proved", "%v, who is well, has %d attempts", p, rec.Attempts)
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// checkRow: who failed doubtfully in many runs in a row rests.
func (w *world) checkRow(p *person, o adcimport.Outcome, sick []*trouble) {
	if o.Reason != adcimport.ReasonSourceFailed && o.Reason != adcimport.ReasonSinkFailed {
		return
	}
	if p.row++; p.row > 8 {
		w.violate("rests"+keyOf(sick), "%v failed in %d completed runs in a row, and does not rest", p, p.row)
	}
}

// unproved reports whether nobody could tell whose failure it was, while the
// operation was out of order: no other record was there to ask for, or none came
// to be created afterwards.
func (w *world) unproved(p *person, run ledger.RunState) bool {
	if len(w.excuses(p.kind, run.Started, run.Finished)) == 0 {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	alone := !slices.ContainsFunc(w.made[p.kind], func(at time.Time) bool { return at.Before(run.Started) })
	last := !slices.ContainsFunc(w.made[p.kind], func(at time.Time) bool { return at.After(p.doubtful) && at.Before(run.Finished) })
	return alone || last && p.doubtful.After(run.Started)
}

// mayDoubt reports whether a record may be parked for a person: a copy was made
// halves, or it can log in and its create ended doubtfully, or nobody was confirmed
// after it was sent.
func (w *world) mayDoubt(p *person, rec ledger.Record) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.halves > 0 {
		return true
	}
	sent := later(p.doubtful, p.intended)
	if sent.IsZero() {
		return false
	}
	if p.kind == adcimport.KindUser && w.logins {
		return true
	}
	return !slices.ContainsFunc(w.made[p.kind], func(at time.Time) bool { return at.After(sent) && at.Before(rec.Since) })
}

// once: nobody is there twice.
func (w *world) once(k adcimport.Kind) {
	whole, copies, _ := w.inSink(k)
	for _, p := range w.of(k) {
		switch {
		case whole[p.id] > 1:
			w.violate("twice", "%v is in SecurityTrax %d times", p, whole[p.id])
		case copies[family+p.id] > 1 && !p.apart:
			w.violate("half-made twice", "%v is in SecurityTrax %d times, %d of them without an Alarm.com id", p, copies[family+p.id], p.halves)
		}
	}
}

// mails: a login is mailed once, for ever.
func (w *world) mails() {
	n := make(map[string]int)
	for _, p := range w.of(adcimport.KindUser) { // who was forgotten is told again
		n["rep"+p.id] = -p.forgets
	}
	for _, m := range w.crm.Emails() {
		if n[m.Username]++; n[m.Username] == 2 {
			w.violate("one mail", "%s got a login twice", m.Username)
		}
	}
}

// bounds: a night in which only records are out of order costs the list, the
// details of new and of troubled ones, and a few witnesses.
func (w *world) bounds() {
	n := w.tonight()
	w.mu.Lock()
	defer w.mu.Unlock()
	if n.killed || n.deploy || !n.quiet || w.db.met {
		return
	}
	fresh, sick, known := n.absent, 0, 0
	for _, t := range w.troubles {
		if t.owner != ofRecord && t.within(n.began.Add(-day), time.Now()) {
			return
		}
		if t.owner == ofRecord && !t.began.IsZero() && t.over.After(n.began.Add(-restMax-2*day)) {
			sick++
		}
	}
	for _, p := range w.people {
		if w.upsert && p.kind == adcimport.KindCustomer {
			known++
		}
	}
	sick++ // for what the night before left
	for on, most := range map[operation]int{
		opList: 8, opDetail: known + fresh + 12*sick + 6, opCreate: fresh + 3*sick, opFind: 12 + 40*sick, opUpdate: 2*known + 6*sick,
	} {
		if w.counts[on] > most {
			w.breach("bounded "+string(on), "%d calls of %s, want at most %d for %d new and %d troubled ones", w.counts[on], on, most, fresh, sick)
		}
	}
}

// sends: a create that comes to nothing is sent three times before its record
// rests, and once more after each rest. What a killed host sent in vain, nobody
// could count but by its intent.
func (w *world) sends() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.people {
		for i := mostSends + p.spared; i < len(p.lost); i++ {
			if gap := p.lost[i].Sub(p.lost[i-1]); gap < restLeast {
				w.breach("sent three times", "%v was sent %d times without a clear word, the last time after %v", p, len(p.lost), gap.Round(time.Second))
				break
			}
		}
	}
}
