package ledger

import "time"

// Kind is what a run imports.
type Kind string

// The two kinds.
const (
	KindCustomer Kind = "customer"
	KindUser     Kind = "user"
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
	ReasonFilteredOut       Reason = "filtered_out"        // skipped: the filter or the source's settings leave it out
	ReasonDuplicateInSource Reason = "duplicate_in_source" // skipped: came before in this run; counted and yielded, not stored
	ReasonNotInSink         Reason = "not_in_sink"         // skipped: LinkExisting, and the sink does not have it
	ReasonInvalidRecord     Reason = "invalid_record"      // failed: fields break rules, see Outcome.Fields
	ReasonRejectedBySink    Reason = "rejected_by_sink"    // failed: the sink refused it for good
	ReasonUsernameTaken     Reason = "username_taken"      // failed: another user has the login name
	ReasonSourceNotFound    Reason = "source_not_found"    // failed: the source has no such record
	ReasonSourceDenied      Reason = "source_denied"       // failed: the source's login may not see it
	ReasonSourceFailed      Reason = "source_failed"       // failed: the source can be read for others, not for this one
	ReasonInDoubt           Reason = "in_doubt"            // failed: may have been created and cannot be looked up
	ReasonInDoubtResolved   Reason = "in_doubt_resolved"   // linked: an earlier create whose reply was lost was found
	ReasonAmbiguousMatch    Reason = "ambiguous_match"     // failed: the sink has several records for it
	ReasonNotSent           Reason = "not_sent"            // failed: the sink did not send it, may work later
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
}

// Stored reports whether a store keeps the outcome. What is known already, or
// came before in the same run, is counted with the cursor and has no row. named
// says that the run's filter names the record; it has no effect yet.
func (o Outcome) Stored(named bool) bool {
	_ = named
	return o.Reason != ReasonAlreadyImported && o.Reason != ReasonDuplicateInSource
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
