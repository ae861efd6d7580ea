package ledger

import (
	"fmt"
	"time"
)

// RunStatus is where a run stands.
type RunStatus string

// The statuses. A running run whose lease expired was interrupted by a crash;
// every status but running and completed can be resumed.
const (
	StatusRunning     RunStatus = "running"
	StatusInterrupted RunStatus = "interrupted" // cut off by a crash, a lost lease, Close, a canceled context or a break
	StatusCompleted   RunStatus = "completed"
	StatusStopped     RunStatus = "stopped"  // too many failures
	StatusCanceled    RunStatus = "canceled" // by Run.Cancel of the importer
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

// String is one line for a log or a terminal. It says whether it is that of a
// preview, which wrote nothing.
func (s Summary) String() string {
	c, mark := s.Counts, ""
	if s.DryRun {
		mark = "preview: "
	}
	return mark + fmt.Sprintf("%ss %s: %d read, %d created, %d linked, %d updated, %d unchanged, %d skipped, %d failed",
		s.Kind, s.Status, c.Read, c.Created, c.Linked, c.Updated, c.Unchanged, c.Skipped, c.Failed)
}

// Cursor marks a place in a listing. Only the source that made it can read it:
// to everybody else it is opaque. Empty means the beginning and nothing else;
// that a listing is finished is kept apart. A cursor that the source cannot read
// is an error, never a restart.
type Cursor string

// RunState is a run as a store keeps it.
type RunState struct {
	Summary
	Filter, Options []byte // versioned JSON
	Cursor          Cursor
	Listed          bool
	Notified        []string // see StateStore.MarkNotified
}
