package ledger

import (
	"maps"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/match"
)

// Action says what a run did with a record.
type Action string

// The actions. Created, linked, updated and unchanged records are known from
// then on; skipped and failed ones are looked at again by a later run.
const (
	ActionCreated   Action = "created"
	ActionLinked    Action = "linked" // found in the sink
	ActionUpdated   Action = "updated"
	ActionUnchanged Action = "unchanged"
	ActionSkipped   Action = "skipped"
	ActionFailed    Action = "failed"
)

// Done reports whether a record with this action is known from then on.
func (a Action) Done() bool {
	switch a {
	case ActionCreated, ActionLinked, ActionUpdated, ActionUnchanged:
		return true
	case ActionSkipped, ActionFailed:
		return false
	}
	return false
}

// Reason is a stable code that says why an [Action] was taken. It is empty for
// what needs no reason.
type Reason string

// The reasons.
const (
	ReasonAlreadyImported   Reason = "already_imported"    // skipped: known; counted and yielded, not stored
	ReasonFilteredOut       Reason = "filtered_out"        // skipped: the filter or the source's settings leave it out; stored where named
	ReasonExcluded          Reason = "excluded"            // skipped: the filter includes no such accounts, see Fields; stored where named
	ReasonDuplicateInSource Reason = "duplicate_in_source" // skipped: came before in this run; counted and yielded, not stored
	ReasonNotInSink         Reason = "not_in_sink"         // skipped: LinkExisting, and the sink does not have it
	ReasonInvalidRecord     Reason = "invalid_record"      // failed: fields break rules, see Outcome.Fields
	ReasonRejectedBySink    Reason = "rejected_by_sink"    // failed: the sink refused it for good
	ReasonUsernameTaken     Reason = "username_taken"      // failed: another user has the login name
	ReasonSourceNotFound    Reason = "source_not_found"    // failed: the source has no such record
	ReasonSourceDenied      Reason = "source_denied"       // failed: the source's login may not see it
	ReasonSourceFailed      Reason = "source_failed"       // failed: the source can be read for others, not for this one
	ReasonSinkFailed        Reason = "sink_failed"         // failed: the sink takes others, and not this one
	ReasonResting           Reason = "resting"             // skipped: failed often, and is tried again in some days
	ReasonInDoubt           Reason = "in_doubt"            // failed: may have been created, and nothing proves that it was not
	ReasonInDoubtResolved   Reason = "in_doubt_resolved"   // linked: an earlier create whose reply was lost was found
	ReasonAmbiguousMatch    Reason = "ambiguous_match"     // failed: the sink has several records for it
	ReasonNotSent           Reason = "not_sent"            // failed: the sink did not send it, may work later
	ReasonPossibleMatch     Reason = "possible_match"      // skipped: the sink may have it without its id; a person decides, see Candidates
	ReasonMatched           Reason = "matched"             // linked: to one that the sink had without the id, by a rule or by a person
	ReasonUnconfirmed       Reason = "unconfirmed"         // failed: it was updated, perhaps: no reply came, however often it was sent
	ReasonGoneInSink        Reason = "gone_in_sink"        // failed: it was imported, and the sink does not have it any more
	ReasonNotCleared        Reason = "not_cleared"         // unchanged: the sink cannot clear fields that were emptied, see Outcome.Fields
	ReasonBusy              Reason = "busy"                // failed: told to come back later for minutes, while others were served
)

// Outcome is what became of one record in one run.
type Outcome struct {
	RunID    string       `json:"run_id"`
	Kind     Kind         `json:"kind"`
	SourceID string       `json:"source_id"` // Alarm.com's id: customer id, support id
	SinkID   string       `json:"sink_id,omitempty"`
	Action   Action       `json:"action"`
	Reason   Reason       `json:"reason,omitempty"`
	Fields   []FieldError `json:"fields,omitempty"` // names and rules, never values
	At       time.Time    `json:"at"`

	// Candidates are those of the sink that the record may be, or is taken for somebody
	// else than: ids and names of evidence, never values.
	Candidates []match.Weighed `json:"candidates,omitempty"`

	// Ahead says that it was decided before the listing came to the record, as
	// what an earlier run had left open is: the listing passes it by.
	Ahead bool `json:"ahead,omitempty"`
}

func cloneWeighed(list []match.Weighed) []match.Weighed {
	list = slices.Clone(list)
	for i := range list {
		list[i].Evidence, list[i].Vetoes = slices.Clone(list[i].Evidence), slices.Clone(list[i].Vetoes)
	}
	return list
}

// Stored reports whether a store keeps the outcome. What merely passes is counted
// with the cursor and has no row: what is known already, came before in the same
// run, is filtered out, excluded or unchanged without a reason. Of these, the last three
// have one where the run's filter names the record by its id.
func (o *Outcome) Stored(named bool) bool {
	switch {
	case o.Reason == ReasonAlreadyImported, o.Reason == ReasonDuplicateInSource:
		return false
	case o.Reason == ReasonFilteredOut, o.Reason == ReasonExcluded, o.Action == ActionUnchanged && o.Reason == "":
		return named
	}
	return true
}

// Verdict is the outcome without its details.
func (o *Outcome) Verdict() Verdict {
	v := Verdict{Action: o.Action, Reason: o.Reason, Ahead: o.Ahead}
	if o.Reason == ReasonExcluded && len(o.Fields) > 0 {
		v.Excluded = o.Fields[0].Field
	}
	return v
}

// Verdict is what a run decided about a record, in short. The zero value is
// nothing.
type Verdict struct {
	Action Action
	Reason Reason
	Ahead  bool // see Outcome.Ahead

	// Excluded is the field that keeps a record with ReasonExcluded out: Terminated,
	// Demo or Commitment. It is empty with any other reason.
	Excluded string
}

// FieldError names a field and the rule it breaks. It never holds a value.
type FieldError struct {
	Field string `json:"field"`
	Rule  string `json:"rule"`
}

// Counts of records. Read is the sum of the others.
type Counts struct {
	Read      int `json:"read"`
	Created   int `json:"created"`
	Linked    int `json:"linked"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Skipped   int `json:"skipped"`
	Failed    int `json:"failed"`
}

// Add counts one record with action a.
func (c *Counts) Add(a Action) { c.AddN(a, 1) }

// AddN counts n records with action a, or takes them back where n is negative.
func (c *Counts) AddN(a Action, n int) {
	c.Read += n
	switch a {
	case ActionCreated:
		c.Created += n
	case ActionLinked:
		c.Linked += n
	case ActionUpdated:
		c.Updated += n
	case ActionUnchanged:
		c.Unchanged += n
	case ActionSkipped:
		c.Skipped += n
	case ActionFailed:
		c.Failed += n
	}
}

// Excluded counts the records with [ReasonExcluded], by what keeps them out. One
// that several things keep out is counted by the first.
type Excluded struct {
	Terminated int `json:"terminated,omitempty"`
	Demo       int `json:"demo,omitempty"`
	Commitment int `json:"commitment,omitempty"`
}

// Add counts n records that a field keeps out: Terminated, Demo or Commitment. It
// takes them back where n is negative.
func (e *Excluded) Add(field string, n int) {
	switch field {
	case "Terminated":
		e.Terminated += n
	case "Demo":
		e.Demo += n
	case "Commitment":
		e.Commitment += n
	}
}

// Tally is how many records a run counted, and why.
//
//nolint:recvcheck // Add changes it, the others return one
type Tally struct {
	Counts   Counts         `json:"counts"`
	ByReason map[Reason]int `json:"by_reason,omitempty"`
	Excluded Excluded       `json:"excluded,omitzero"` // what ByReason has as excluded
}

// Add counts n records with v, or takes them back where n is negative.
func (t *Tally) Add(v Verdict, n int) {
	t.Counts.AddN(v.Action, n)
	t.Excluded.Add(v.Excluded, n)
	if v.Reason == "" || n == 0 {
		return
	}
	if t.ByReason == nil {
		t.ByReason = make(map[Reason]int)
	}
	if t.ByReason[v.Reason] += n; t.ByReason[v.Reason] == 0 {
		delete(t.ByReason, v.Reason)
	}
}

// Clone shares nothing with t.
func (t Tally) Clone() Tally {
	t.ByReason = maps.Clone(t.ByReason)
	return t
}

// Minus is what is left of t without other.
func (t Tally) Minus(other Tally) Tally {
	left := t.Clone()
	c, o := &left.Counts, other.Counts
	c.Read -= o.Read
	c.Created -= o.Created
	c.Linked -= o.Linked
	c.Updated -= o.Updated
	c.Unchanged -= o.Unchanged
	c.Skipped -= o.Skipped
	c.Failed -= o.Failed
	left.Excluded.Terminated -= other.Excluded.Terminated
	left.Excluded.Demo -= other.Excluded.Demo
	left.Excluded.Commitment -= other.Excluded.Commitment
	for reason, n := range other.ByReason {
		if left.ByReason == nil {
			left.ByReason = make(map[Reason]int)
		}
		if left.ByReason[reason] -= n; left.ByReason[reason] == 0 {
			delete(left.ByReason, reason)
		}
	}
	if len(left.ByReason) == 0 {
		left.ByReason = nil
	}
	return left
}

// Plus is t with other.
func (t Tally) Plus(other Tally) Tally {
	zero := Tally{}
	return t.Minus(zero.Minus(other))
}
