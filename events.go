package adcimport

import "time"

// Events are hooks into runs, as in httptrace.ClientTrace: any may be nil. They
// are called in order, one at a time, and must not block for long, nor close the
// importer. One that panics ends the run with a [*PanicError], except that
// RunEnded cannot change an end that is stored.
type Events struct {
	RunStarted func(RunStarted)
	PageRead   func(PageRead)
	Waiting    func(Waiting)
	RecordDone func(RecordDone)
	Committed  func(Committed)
	RunEnded   func(RunEnded)
}

// RunStarted tells that a run holds its lease: once for each time it goes on.
type RunStarted struct {
	RunID   string
	Link    string
	Kind    Kind
	Epoch   int64 // of the lease; 0 for a preview
	Resumed bool
}

// PageRead tells that a page of the listing came in.
type PageRead struct {
	RunID string
	Items int
	Total int // 0: not known
}

// Waiting tells that a run waits before it looks up records in doubt.
type Waiting struct {
	RunID string
	For   time.Duration
}

// RecordDone tells the outcome of a record, after it was committed.
type RecordDone struct{ Outcome Outcome }

// Committed tells that outcomes and cursor were committed.
type Committed struct {
	RunID  string
	Counts Counts
	Cursor Cursor
	Listed bool
}

// RunEnded tells the end of a run, or, with its status paused or interrupted, of
// a stretch of one that goes on by itself. Err is what the caller gets.
type RunEnded struct {
	Summary Summary
	Err     error
}
