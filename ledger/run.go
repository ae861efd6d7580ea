package ledger

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Cursor marks a place in a listing. Only the source that made it can read it:
// to everybody else it is opaque. Empty means the beginning and nothing else;
// that a listing is finished is kept apart. A cursor that the source cannot read
// is an error, never a restart.
type Cursor string

// RunStatus is where a run stands.
type RunStatus string

// The statuses. A running run whose lease is over was cut off by a crash.
const (
	StatusRunning     RunStatus = "running"
	StatusInterrupted RunStatus = "interrupted" // cut off; goes on by itself
	StatusHeld        RunStatus = "held"        // goes on when a person or its driver says so
	StatusPaused      RunStatus = "paused"      // goes on by itself at PausedUntil
	StatusCompleted   RunStatus = "completed"
	StatusStopped     RunStatus = "stopped" // too many failures
	StatusCanceled    RunStatus = "canceled"
	StatusFailed      RunStatus = "failed" // source, sink or store broke
)

// Ended reports whether a run with this status goes on only when a person
// resumes it: completed, stopped, canceled, failed, or no status at all.
func (s RunStatus) Ended() bool {
	switch s {
	case StatusRunning, StatusInterrupted, StatusHeld, StatusPaused:
		return false
	case StatusCompleted, StatusStopped, StatusCanceled, StatusFailed:
	}
	return true
}

// Summary is what a run did so far, or at its end.
//
//nolint:recvcheck // SetTally changes it, the others read one
type Summary struct {
	RunID       string         `json:"run_id"`
	Link        string         `json:"link"`
	Kind        Kind           `json:"kind"`
	Status      RunStatus      `json:"status"`
	DryRun      bool           `json:"dry_run,omitempty"`
	Counts      Counts         `json:"counts"` // Read = the sum of the others
	ByReason    map[Reason]int `json:"by_reason,omitempty"`
	Excluded    Excluded       `json:"excluded,omitzero"` // what ByReason has as excluded, by what keeps it out
	Warnings    []string       `json:"warnings,omitempty"`
	Failure     *Failure       `json:"failure,omitempty"` // why it failed or waits; nil: it does not
	Started     time.Time      `json:"started"`
	Finished    time.Time      `json:"finished,omitzero"`
	PausedUntil time.Time      `json:"paused_until,omitzero"`
	Notice      string         `json:"notice,omitempty"` // what a notifier is told by it: equal where that is repeated; empty elsewhere
}

// String is one line for a log or a terminal. It says whether it is that of a
// preview, which wrote nothing.
func (s Summary) String() string {
	c, mark, why := s.Counts, "", ""
	if s.DryRun {
		mark = "preview: "
	}
	if s.Failure != nil {
		why = " (" + s.Failure.String() + ")"
	}
	waiting := s.ToReview()
	text := mark + fmt.Sprintf("%ss %s%s: %d read, %d created, %d linked, %d updated, %d unchanged, %d skipped, %d failed",
		cmp.Or(s.Kind, "record"), s.Status, why, c.Read, c.Created, c.Linked, c.Updated, c.Unchanged, c.Skipped-waiting, c.Failed)
	if waiting > 0 {
		text += fmt.Sprintf(", %d to review", waiting)
	}
	return text
}

// ToReview is how many records wait for a person, since the sink may have them without
// their Alarm.com ids. They are among [Counts.Skipped], and are shown apart from it.
func (s Summary) ToReview() int { return s.ByReason[ReasonPossibleMatch] }

// Failure says why a run failed or waits, in stable codes, with nothing
// personal.
type Failure struct {
	End       string    `json:"end"`                 // source, sink, store or host
	Operation string    `json:"operation,omitempty"` // as in GetCustomerList_V2
	Code      string    `json:"code"`                // as in auth or unavailable
	Status    int       `json:"status,omitempty"`    // of HTTP; 0: none
	At        time.Time `json:"at"`
	Since     time.Time `json:"since,omitzero"` // when the run began to wait for that, by the store's clock; zero: it does not wait
}

// String is the codes, as in "source GetCustomerList_V2: unavailable, HTTP 503, since
// 2026-11-26 03:00 UTC".
func (f *Failure) String() string {
	var b strings.Builder
	b.WriteString(f.End)
	if f.Operation != "" {
		b.WriteString(" " + f.Operation)
	}
	b.WriteString(": " + f.Code)
	if f.Status != 0 {
		fmt.Fprintf(&b, ", HTTP %d", f.Status)
	}
	if !f.Since.IsZero() {
		b.WriteString(", since " + f.Since.UTC().Format("2006-01-02 15:04 MST"))
	}
	return b.String()
}

// Tally is what the run counted; it shares ByReason with s.
func (s *Summary) Tally() Tally {
	return Tally{Counts: s.Counts, ByReason: s.ByReason, Excluded: s.Excluded}
}

// SetTally makes it what the run counted; it shares ByReason with t.
func (s *Summary) SetTally(t Tally) {
	s.Counts, s.ByReason, s.Excluded = t.Counts, t.ByReason, t.Excluded
}

// RunState is a run as a store keeps it.
type RunState struct {
	Summary                   // without the caller's clock: Started, Finished and PausedUntil are the store's
	Filter, Options []byte    // versioned JSON of the importer's; opaque here
	Labels          Labels    // the host's own marks
	RetryOf         string    // the run whose failed records it takes; empty: none
	Driver          Driver    // who goes on with it
	Cursor          Cursor    // where the listing goes on
	Listed          bool      // the listing is finished
	Pass            int       // of the listing: how often it began anew because another run came in between
	Total           int       // records in the listing; 0: not known
	Passing         Tally     // the part of Counts, ByReason and Excluded without stored outcomes of their own, of this pass
	Notices         []string  // that were sent, see Mark
	Asked           Ask       // what its holder has not done yet
	Epoch           int64     // of its last lease
	Starts          int       // leases since it last committed or was given back: its holders died, or lost touch
	Progress        Progress  // of the last renewal or commit
	Owner           string    // who held it last
	Heartbeat       time.Time // last renewal or commit

	// Alive says that its lease is held, when the run was read. DueIn is how long
	// from then until somebody may go on with a run that is not ended: until the
	// end of its lease, or until PausedUntil; 0 or less: now.
	Alive bool
	DueIn time.Duration
}

// Labels are a host's marks on a run: opaque ids, nothing personal.
type Labels map[string]string

// Driver says who goes on with a run that is not ended.
type Driver string

// The drivers.
const (
	DriverImporter Driver = "importer" // the importer itself, in the background
	DriverHost     Driver = "host"     // whoever called it: a foreground call, a job queue
)

// Progress is how far a run is: what it has looked at, committed or not.
type Progress struct {
	Read  int `json:"read"`
	Total int `json:"total"` // 0: not known
}

// RunQuery selects runs; all given criteria must match. The zero value selects
// all.
type RunQuery struct {
	Link    string // empty: of every link
	Kind    Kind   // empty: of either kind
	Unended bool   // only those that are not ended
	Limit   int    // at most so many; 0: all
}

// Ask is what a run's holder is asked to do. It sees it at its next renewal.
type Ask string

// What can be asked.
const (
	AskNothing   Ask = ""
	AskInterrupt Ask = "interrupt" // to end as held
	AskCancel    Ask = "cancel"    // to end as canceled
)

// Mark is one note about a run; exactly one of Claim, Told and Ask is set.
type Mark struct {
	// Claim is the name of a notice that the caller is about to send. It takes
	// effect when nobody has sent it, and nobody claimed it within For, by the
	// store's clock: two hosts do not both send it.
	Claim string
	For   time.Duration
	// Told is the name of a notice that was sent: RunState.Notices has it from
	// then on, once. It takes effect the first time.
	Told string
	// Ask takes effect on a run that is not ended.
	Ask Ask
}

// End is the end of a run, or of its stay with a holder. Counts and cursor are
// those of the last commit.
type End struct {
	Status   RunStatus
	Wait     time.Duration // of StatusPaused: PausedUntil is so long after now
	Failure  *Failure
	Warnings []string
}
