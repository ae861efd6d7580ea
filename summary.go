package adcimport

import (
	"context"
	"fmt"
	"time"
)

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

// ActionInFlight is the action of what [Importer.InFlight] lists, in reports
// too. No [Outcome] of a run has it.
const ActionInFlight = "in_flight"

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
	ReasonSourceFailed      Reason = "source_failed"       // failed: the source delivers others, but not this one
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
func (c *Counts) Add(a Action) { c.add(a, 1) }

func (c *Counts) add(a Action, n int) {
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

// RunStatus is where a run stands.
type RunStatus string

// The statuses. A running run whose lease expired was interrupted by a crash;
// every status but running and completed can be resumed.
const (
	StatusRunning     RunStatus = "running"
	StatusInterrupted RunStatus = "interrupted" // cut off by a crash, a lost lease, Close, a canceled context or a break
	StatusCompleted   RunStatus = "completed"
	StatusStopped     RunStatus = "stopped"  // too many failures
	StatusCanceled    RunStatus = "canceled" // by Run.Cancel
	StatusFailed      RunStatus = "failed"   // source, sink or store broke
	StatusPaused      RunStatus = "paused"   // until PausedUntil
)

// Summary is what a run did so far, or at its end.
type Summary struct {
	RunID       string         `json:"run_id"`
	Link        string         `json:"link"`
	Kind        Kind           `json:"kind"`
	Status      RunStatus      `json:"status"`
	DryRun      bool           `json:"dry_run,omitempty"`
	Counts      Counts         `json:"counts"` // Read = the sum of the others
	ByReason    map[Reason]int `json:"by_reason,omitempty"`
	Warnings    []string       `json:"warnings,omitempty"`
	Started     time.Time      `json:"started"`
	Finished    time.Time      `json:"finished"`
	PausedUntil time.Time      `json:"paused_until"`
}

// String is one line for a log or a terminal.
func (s Summary) String() string {
	c := s.Counts
	return fmt.Sprintf("%ss %s: %d read, %d created, %d linked, %d updated, %d unchanged, %d skipped, %d failed",
		s.Kind, s.Status, c.Read, c.Created, c.Linked, c.Updated, c.Unchanged, c.Skipped, c.Failed)
}

// RunInfo is a run as [Importer.Runs] lists it: what it did so far, and what it
// was asked to do. Filter and options are those of its kind; where this version
// of the library cannot read what was stored, they are nil. So they are for a
// [Warner].
type RunInfo struct {
	Summary
	RetryOf         string           `json:"retry_of,omitempty"` // the run whose failed records it took; empty: no retry
	CustomerFilter  *CustomerFilter  `json:"customer_filter,omitempty"`
	CustomerOptions *CustomerOptions `json:"customer_options,omitempty"`
	UserFilter      *UserFilter      `json:"user_filter,omitempty"`
	UserOptions     *UserOptions     `json:"user_options,omitempty"`
}

// RunOptions are those of its options that both kinds have, with the mode; nil
// where there are no options.
func (r RunInfo) RunOptions() *RunOptions {
	switch {
	case r.CustomerOptions != nil:
		return &r.CustomerOptions.RunOptions
	case r.UserOptions != nil:
		return &r.UserOptions.RunOptions
	}
	return nil
}

// Progress of a run.
type Progress struct {
	Counts Counts
	Total  int // records in the listing; 0: not known
}

// Notifier is told when a run ends. It may be told more than once
// of one run; run id and status identify a message. An error is logged and the
// notice is repeated when the next run starts or [Importer.ResumeInterrupted]
// is called.
//
// A notifier may start and resume runs, and import to the end. Its context ends
// after half a minute: a run that is started with it goes on, one that is
// imported to its end in there needs another. It must not wait for the run that
// it is told of, which is done only after its notices. It may close the importer,
// with its context. One that panics counts as one that failed.
type Notifier interface {
	Notify(ctx context.Context, s Summary) error
}
