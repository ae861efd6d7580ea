package ledger

import "time"

// Before is what a store has when a commit comes.
type Before struct {
	RunID string
	Now   time.Time    // by the store's clock
	Open  []OpenIntent // the open batch
	// Records of every id of the commit and of the open batch, as stored, with Here
	// of this run; one of which nothing is stored may be missing.
	Records map[string]Record
}

// After is what a store has when the commit is done.
type After struct {
	Records []Record      // changed ones, each whole, at most once: they take the place of what was stored
	Open    []OpenIntent  // the new open batch
	States  []IntentState // of the commit's intents, in order
}

// OpenIntent is an intent of the open batch.
type OpenIntent struct {
	ID          string    `json:"id"`
	Fingerprint string    `json:"fingerprint,omitempty"`
	Since       time.Time `json:"since"`
}

// Over is the open record that the intent makes of what is stored: one more
// create was sent, as far as anybody knows.
func (o OpenIntent) Over(stored Record) Record {
	r := stored
	r.ID, r.State, r.Since = o.ID, StateOpen, o.Since
	if !r.Known {
		r.Fingerprint = o.Fingerprint
	}
	r.Sent++
	r.Unproved++
	return r
}

// Apply says what a commit makes of records and of the open batch. It is a pure
// function of its arguments, and the same for all stores.
//
// Of a [Record] in c.Records, these fields count: ID, Known, SinkID,
// Fingerprint, State, Sent, Unproved, Attempts, Setup and Evidence. Decision and
// Generation stay as they are stored, but for the decision of a record that
// becomes known: it was carried out. Since stays while the state does. A record
// that is known stays known, with its sink id and fingerprint, when c.Records
// says otherwise: only [AmendForget] ends that. RunID and Here follow the
// outcomes.
func Apply(b Before, c Commit) After {
	size := max(len(c.Outcomes), len(c.Records), len(b.Open)) // mostly of the same ids
	a := applying{before: b, commit: &c, at: make(map[string]int, size)}
	a.after.Records = make([]Record, 0, size)
	a.outcomes()
	a.records()
	a.formerBatch()
	a.intents()
	return a.after
}

// IDs are the ids that a commit names, each at least once: what a store looks up
// for [Before].
func (c *Commit) IDs() []string {
	ids := make([]string, 0, len(c.Outcomes)+len(c.Records)+len(c.Intents))
	for i := range c.Outcomes {
		ids = append(ids, c.Outcomes[i].SourceID)
	}
	for i := range c.Records {
		ids = append(ids, c.Records[i].ID)
	}
	for i := range c.Intents {
		ids = append(ids, c.Intents[i].ID)
	}
	return ids
}

type applying struct {
	before Before
	commit *Commit
	after  After
	at     map[string]int // places in after.Records
}

// current is a record as it is by now: changed by this commit, or as stored.
func (a *applying) current(id string) Record {
	if i, ok := a.at[id]; ok {
		return a.after.Records[i]
	}
	r := a.before.Records[id]
	r.ID = id
	return r
}

func (a *applying) change(r Record) {
	if i, ok := a.at[r.ID]; ok {
		a.after.Records[i] = r
		return
	}
	a.at[r.ID] = len(a.after.Records)
	a.after.Records = append(a.after.Records, r)
}

func (a *applying) outcomes() {
	for i := range a.commit.Outcomes {
		o := &a.commit.Outcomes[i]
		r := a.current(o.SourceID)
		r.RunID, r.Here = a.before.RunID, o.Verdict()
		a.change(r)
	}
}

func (a *applying) records() {
	sent := make(map[string]time.Time, len(a.before.Open))
	for _, o := range a.before.Open {
		sent[o.ID] = o.Since
	}
	for _, n := range a.commit.Records {
		old := a.current(n.ID)
		n.RunID, n.Here, n.Generation, n.Decision = old.RunID, old.Here, old.Generation, old.Decision
		if old.Known && !n.Known {
			n.Known, n.SinkID, n.Fingerprint = true, old.SinkID, old.Fingerprint
		}
		if n.Known && !old.Known {
			n.Decision = ""
		}
		since, wasSent := sent[n.ID]
		switch {
		case n.State == StateOpen && wasSent:
			n.Since = since
		case n.State == old.State:
			n.Since = old.Since
		case n.State == StateNone:
			n.Since = time.Time{}
		default:
			n.Since = a.before.Now
		}
		a.change(n)
	}
}

// formerBatch keeps what nobody spoke of: it may have been sent.
func (a *applying) formerBatch() {
	cleared := make(map[string]bool, len(a.commit.Records)+len(a.commit.Withdrawn))
	for i := range a.commit.Records {
		cleared[a.commit.Records[i].ID] = true
	}
	for _, id := range a.commit.Withdrawn {
		cleared[id] = true
	}
	for _, o := range a.before.Open {
		if !cleared[o.ID] {
			a.change(o.Over(a.current(o.ID)))
		}
	}
}

func (a *applying) intents() {
	a.after.States = make([]IntentState, len(a.commit.Intents))
	came := make(map[string]bool, len(a.commit.Intents))
	for i, in := range a.commit.Intents {
		state := IntentDuplicate
		if !came[in.ID] {
			state = a.intent(in)
		}
		came[in.ID] = true
		a.after.States[i] = state
		if state == IntentFresh {
			a.after.Open = append(a.after.Open, OpenIntent{ID: in.ID, Fingerprint: in.Fingerprint, Since: a.before.Now})
		}
	}
}

// intent is the table of what an intent meets. What is open is asked first: a
// record in doubt may have an outcome of this run from before.
func (a *applying) intent(in Intent) IntentState {
	r := a.current(in.ID)
	switch {
	case r.Known:
		return IntentDuplicate
	case in.Again:
		return IntentFresh
	case r.State == StateOpen:
		return IntentOpen
	case r.State == StateParked:
		return IntentParked
	case r.Here != Verdict{}:
		return IntentDuplicate
	}
	return IntentFresh
}

// Amended is what an amendment makes of a record.
func Amended(r Record, m Amendment, now time.Time) Record {
	switch m.Op {
	case AmendForget:
		return Record{ID: r.ID, Generation: r.Generation + 1}
	case AmendRetry:
		switch r.State {
		case StateFailed, StateDeferred, StateResting, StateParked:
			r.State, r.Since, r.Sent, r.Attempts = StateFailed, now, 0, 0
		case StateNone, StateOpen, StateReview:
		}
	case AmendDecide:
		r.Decision = m.Decision
	}
	return r
}

// Merged is what becomes of a record that two scopes hold when they become one.
// Two sink ids for one record are for a person to look at.
func Merged(a, b Record, now time.Time) Record {
	switch {
	case a.Known && b.Known && a.SinkID != b.SinkID:
		a.State, a.Since = StateReview, now
	case b.Known && !a.Known, a.State == StateNone && !a.Known:
		b.Generation = max(a.Generation, b.Generation)
		return b
	}
	a.Generation = max(a.Generation, b.Generation)
	return a
}

// Simple reports whether a record is simply known: nothing of it is worth an
// exception's row.
func (r *Record) Simple() bool {
	return r.Known && r.State == StateNone && r.Decision == "" && r.Generation == 0
}
