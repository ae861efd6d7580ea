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
	batch := max(len(c.Outcomes), len(c.Records), len(b.Open)) // mostly of the same ids
	a := applying{
		before: b, commit: &c,
		at: make(map[string]int, batch+len(c.Intents)), named: make([]named, 0, batch+len(c.Intents)),
	}
	for i := range b.Open {
		a.name(b.Open[i].ID).open = i + 1
	}
	a.after.Records = make([]Record, 0, batch)
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
		if id := c.Records[i].ID; i >= len(c.Outcomes) || c.Outcomes[i].SourceID != id { // mostly the same
			ids = append(ids, id)
		}
	}
	for i := range c.Intents {
		ids = append(ids, c.Intents[i].ID)
	}
	return ids
}

// applying looks each id up once, and remembers under a number what comes of it.
type applying struct {
	before Before
	commit *Commit
	after  After
	at     map[string]int // places in named
	named  []named
}

// named is what a commit has for an id so far. Places count from one.
type named struct {
	open     int  // in before.Open
	changed  int  // in after.Records
	cleared  bool // this commit says what became of the intent that was open
	intended bool
}

// name is valid until the next name.
func (a *applying) name(id string) *named {
	i, ok := a.at[id]
	if !ok {
		i = len(a.named)
		a.at[id], a.named = i, append(a.named, named{})
	}
	return &a.named[i]
}

// current is a record as it is by now: changed by this commit, or as stored.
func (a *applying) current(id string, n *named) Record {
	if n.changed > 0 {
		return a.after.Records[n.changed-1]
	}
	r := a.before.Records[id]
	r.ID = id
	return r
}

func (a *applying) change(n *named, r Record) {
	if n.changed > 0 {
		a.after.Records[n.changed-1] = r
		return
	}
	a.after.Records = append(a.after.Records, r)
	n.changed = len(a.after.Records)
}

func (a *applying) outcomes() {
	for i := range a.commit.Outcomes {
		o := &a.commit.Outcomes[i]
		n := a.name(o.SourceID)
		r := a.current(o.SourceID, n)
		r.RunID, r.Here = a.before.RunID, o.Verdict()
		a.change(n, r)
	}
}

func (a *applying) records() {
	for _, r := range a.commit.Records {
		n := a.name(r.ID)
		old := a.current(r.ID, n)
		r.RunID, r.Here, r.Generation, r.Decision = old.RunID, old.Here, old.Generation, old.Decision
		if old.Known && !r.Known {
			r.Known, r.SinkID, r.Fingerprint = true, old.SinkID, old.Fingerprint
		}
		if r.Known && !old.Known {
			r.Decision = ""
		}
		n.cleared = true
		switch {
		case r.State == StateOpen && n.open > 0:
			r.Since = a.before.Open[n.open-1].Since
		case r.State == old.State:
			r.Since = old.Since
		case r.State == StateNone:
			r.Since = time.Time{}
		default:
			r.Since = a.before.Now
		}
		a.change(n, r)
	}
}

// formerBatch keeps what nobody spoke of: it may have been sent.
func (a *applying) formerBatch() {
	for _, id := range a.commit.Withdrawn {
		n := a.name(id)
		n.cleared = true
	}
	for _, o := range a.before.Open {
		if n := a.name(o.ID); !n.cleared {
			a.change(n, o.Over(a.current(o.ID, n)))
		}
	}
}

func (a *applying) intents() {
	a.after.States = make([]IntentState, len(a.commit.Intents))
	if n := len(a.commit.Intents); n > 0 {
		a.after.Open = make([]OpenIntent, 0, n)
	}
	for i, in := range a.commit.Intents {
		n, state := a.name(in.ID), IntentDuplicate
		if !n.intended {
			state = a.intent(in, n)
		}
		n.intended = true
		a.after.States[i] = state
		if state == IntentFresh {
			a.after.Open = append(a.after.Open, OpenIntent{ID: in.ID, Fingerprint: in.Fingerprint, Since: a.before.Now})
		}
	}
}

// intent is the table of what an intent meets. What is open is asked first: a
// record in doubt may have an outcome of this run from before.
func (a *applying) intent(in Intent, n *named) IntentState {
	r := a.current(in.ID, n)
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
