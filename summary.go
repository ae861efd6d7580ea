package adcimport

import (
	"context"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// Kind is what a run imports.
type Kind = ledger.Kind

// The two kinds.
const (
	KindCustomer = ledger.KindCustomer
	KindUser     = ledger.KindUser
)

// Action says what a run did with a record. Its method Done reports whether such
// a record is known from then on.
type Action = ledger.Action

// The actions. Created, linked, updated and unchanged records are known from
// then on; skipped and failed ones are looked at again by a later run.
const (
	ActionCreated   = ledger.ActionCreated
	ActionLinked    = ledger.ActionLinked // found in the sink
	ActionUpdated   = ledger.ActionUpdated
	ActionUnchanged = ledger.ActionUnchanged
	ActionSkipped   = ledger.ActionSkipped
	ActionFailed    = ledger.ActionFailed
)

// ActionInFlight is the action of what [Importer.InFlight] lists, in reports
// too. No [Outcome] of a run has it.
const ActionInFlight = "in_flight"

// Reason is a stable code that says why an [Action] was taken. It is empty for
// what needs no reason.
type Reason = ledger.Reason

// The reasons.
const (
	ReasonAlreadyImported   = ledger.ReasonAlreadyImported   // skipped: known; counted and yielded, not stored
	ReasonFilteredOut       = ledger.ReasonFilteredOut       // skipped: the filter or the source's settings leave it out; stored where named
	ReasonExcluded          = ledger.ReasonExcluded          // skipped: the filter includes no such accounts, see Fields; stored where named
	ReasonDuplicateInSource = ledger.ReasonDuplicateInSource // skipped: came before in this run; counted and yielded, not stored
	ReasonNotInSink         = ledger.ReasonNotInSink         // skipped: LinkExisting, and the sink does not have it
	ReasonInvalidRecord     = ledger.ReasonInvalidRecord     // failed: fields break rules, see Outcome.Fields
	ReasonRejectedBySink    = ledger.ReasonRejectedBySink    // failed: the sink refused it for good
	ReasonUsernameTaken     = ledger.ReasonUsernameTaken     // failed: another user has the login name
	ReasonSourceNotFound    = ledger.ReasonSourceNotFound    // failed: the source has no such record
	ReasonSourceDenied      = ledger.ReasonSourceDenied      // failed: the source's login may not see it
	ReasonSourceFailed      = ledger.ReasonSourceFailed      // failed: the source can be read for others, not for this one
	ReasonSinkFailed        = ledger.ReasonSinkFailed        // failed: the sink takes others, and not this one
	ReasonResting           = ledger.ReasonResting           // skipped: failed often, and is tried again in some days
	ReasonPossibleMatch     = ledger.ReasonPossibleMatch     // skipped: the sink may have it without its id; a person decides, see Candidates
	ReasonMatched           = ledger.ReasonMatched           // linked: to one that the sink had without the id, by a rule or by a person
	ReasonInDoubt           = ledger.ReasonInDoubt           // failed: may have been created, and nothing proves that it was not
	ReasonInDoubtResolved   = ledger.ReasonInDoubtResolved   // linked: an earlier create whose reply was lost was found
	ReasonAmbiguousMatch    = ledger.ReasonAmbiguousMatch    // failed: the sink has several records for it
	ReasonNotSent           = ledger.ReasonNotSent           // failed: the sink did not send it, may work later
	ReasonUnconfirmed       = ledger.ReasonUnconfirmed       // failed: it was updated, perhaps: no reply came, however often it was sent
	ReasonGoneInSink        = ledger.ReasonGoneInSink        // failed: it was imported, and the sink has it no more: see Importer.Forget
	ReasonNotCleared        = ledger.ReasonNotCleared        // unchanged: the sink cannot clear fields that were emptied, see Outcome.Fields
	ReasonBusy              = ledger.ReasonBusy              // failed: told to come back later for minutes, while others were served
)

// Outcome is what became of one record in one run.
//
//	type Outcome struct {
//		RunID    string
//		Kind     Kind
//		SourceID string       // Alarm.com's id: customer id, support id
//		SinkID   string
//		Action   Action
//		Reason   Reason
//		Fields   []FieldError // names and rules, never values
//		At       time.Time
//		Candidates []match.Weighed // of the sink, that it may be: ids and names of evidence, never values
//		Ahead    bool // decided before the listing came to the record
//	}
type Outcome = ledger.Outcome

// FieldError names a field and the rule it breaks. It never holds a value.
//
//	type FieldError struct {
//		Field string
//		Rule  string
//	}
type FieldError = ledger.FieldError

// Counts of records. Read is the sum of the others.
//
//	type Counts struct {
//		Read      int
//		Created   int
//		Linked    int
//		Updated   int
//		Unchanged int
//		Skipped   int
//		Failed    int
//	}
type Counts = ledger.Counts

// RunStatus is where a run stands.
type RunStatus = ledger.RunStatus

// The statuses. A running run whose lease expired was interrupted by a crash;
// every status but running and completed can be resumed.
const (
	StatusRunning     = ledger.StatusRunning
	StatusInterrupted = ledger.StatusInterrupted // cut off by a crash, a lost lease or Close; in the background it goes on by itself
	StatusHeld        = ledger.StatusHeld        // by Interrupt, or by the end of a foreground call's context: a person goes on
	StatusCompleted   = ledger.StatusCompleted
	StatusStopped     = ledger.StatusStopped  // too many failures
	StatusCanceled    = ledger.StatusCanceled // by Run.Cancel
	StatusFailed      = ledger.StatusFailed   // source, sink or store broke
	StatusPaused      = ledger.StatusPaused   // until PausedUntil
)

// Summary is what a run did so far, or at its end. Its String is one line for a
// log or a terminal.
//
//	type Summary struct {
//		RunID       string
//		Link        string
//		Kind        Kind
//		Status      RunStatus
//		DryRun      bool
//		Counts      Counts // Read = the sum of the others
//		ByReason    map[Reason]int
//		Excluded    ledger.Excluded // what ByReason has as excluded: Terminated, Demo, Commitment
//		Warnings    []string
//		Failure     *Failure // why it failed or waits; nil: it does not
//		Started     time.Time
//		Finished    time.Time
//		PausedUntil time.Time
//		Notice      string // what a notifier is told by it: equal where that is repeated; empty elsewhere
//	}
type Summary = ledger.Summary

// Failure says why a run failed or waits, in stable codes, with nothing personal.
//
//	type Failure struct {
//		End       string    // source, sink, store or host
//		Operation string    // as in GetCustomerList_V2; empty: not known
//		Code      string    // as in auth or unavailable
//		Status    int       // of HTTP; 0: none
//		At        time.Time
//		Since     time.Time // when the run began to wait for that, by the store's clock; zero: it does not wait
//	}
type Failure = ledger.Failure

// RunInfo is a run as [Importer.Runs] lists it: what it did so far, and what it
// was asked to do. Filter and options are those of its kind; where this version
// of the library cannot read what was stored, they are nil. So they are for a
// [Warner].
type RunInfo struct {
	Summary
	RetryOf         string            `json:"retry_of,omitempty"` // the run whose failed records it took; empty: no retry
	Labels          map[string]string `json:"labels,omitempty"`   // the host's own, see RunOptions.Labels
	Total           int               `json:"total,omitempty"`    // records in the listing; 0: not known
	Owner           string            `json:"owner,omitempty"`    // who held its lease last
	Heartbeat       time.Time         `json:"heartbeat,omitzero"` // the last sign of life, by the store's clock
	Alive           bool              `json:"alive,omitempty"`    // its lease is held
	CustomerFilter  *CustomerFilter   `json:"customer_filter,omitempty"`
	CustomerOptions *CustomerOptions  `json:"customer_options,omitempty"`
	UserFilter      *UserFilter       `json:"user_filter,omitempty"`
	UserOptions     *UserOptions      `json:"user_options,omitempty"`
	Resumed         bool              `json:"-"` // of [Events]: the run was begun before, and this goes on with it
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

// Notifier is told of each end of a run, and once that one in the background has
// been waiting for half an hour. [Summary.Notice] identifies what it is told: of
// several hosts over one store one tells, and a notice is repeated where its
// notifier failed, or its host died before it could remember it, with the same
// Notice; within a quarter of an hour where a host has work in the background, else
// when [Importer.ResumeInterrupted] is called.
//
// One that has a method Name() string is known to the store by that, else by its
// type: of several of one type by their order, too.
//
// A notifier may start and resume runs, and import to the end. Its context ends
// after half a minute: a run that is started with it goes on, one that is
// imported to its end in there needs another. It must not wait for the run that
// it is told of, which is done only after its notices. It may close the importer,
// with its context. One that panics counts as one that failed.
type Notifier interface {
	Notify(ctx context.Context, s Summary) error
}
