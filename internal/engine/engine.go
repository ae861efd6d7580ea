// Package engine runs an import: it lists, reads, maps, looks up and creates
// records, each one exactly once, and commits what became of them. It is generic
// over the record and knows no customer, no service and no host: these are in
// the [Flow] and the [Plan] that it is given.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// What a run ends with, and how it may be told to stop. All stop it at a record
// boundary.
var (
	ErrTooManyFailures = errors.New("too many failures")
	ErrInDoubt         = errors.New("records are in doubt")
	ErrBroken          = errors.New("the caller stopped ranging")
	ErrCanceled        = fmt.Errorf("run canceled: %w", context.Canceled)
	ErrHeld            = fmt.Errorf("run interrupted by a person or by its driver: %w", context.Canceled)
	ErrCrashLoop       = errors.New("the run's processes died several times in a row, with nothing done in between")
	ErrNotReady        = errors.New("source or sink cannot be asked now") // to be tried again
	ErrOutage          = errors.New("out of order for too long")
	errOutOfTime       = errors.New("the call took longer than the lease allows")
)

// Config is what all runs of an importer have in common.
type Config struct {
	Account     string // what leases and records belong to: the sink's account
	Store       ledger.StateStore
	Owner       string // of leases; a number is added for each
	Concurrency int    // detail reads in flight
	BatchSize   int
	LeaseTTL    time.Duration
	SettleTime  time.Duration // how long after a lost call or a lost lease the sink may still complete it
	Logger      *slog.Logger
	PausedUntil func(error) (time.Time, bool)          // reports whether an error pauses a run
	Failure     func(error) *ledger.Failure            // says in codes why a run failed or waits
	Doubtful    func(error) bool                       // reports whether a call may have failed for its record alone
	Pause       func(until time.Time, err error) error // an error that pauses a run
	NoReply     error                                  // what updates fail with that the sink says nothing about, twice
	MayPass     func(error) bool                       // reports whether waiting may help an operation that failed
	Busy        func(error) bool                       // reports whether it was told to come back later
	RetryAfter  func(error) time.Duration              // how long it was told to wait; 0: nothing was said
	TooLong     func(since time.Time, err error) error // an error that ends a run which waited for MaxOutage: it is ErrOutage, and pauses none
	MaxPause    time.Duration                          // how long a run waits for an operation that is out of order, before it pauses
	MaxOutage   time.Duration                          // how long it does in all
	RestAfter   int                                    // runs that blame a record before it rests

	attempts atomic.Int64 // leases that were asked for
}

// Mode says what a run does with records that are done already.
type Mode int

// The modes.
const (
	CreateOnly   Mode = iota
	Upsert            // reads known records again and updates those that changed
	LinkExisting      // creates nothing
)

// Options of a run.
type Options struct {
	Preview         bool // writes neither sink nor state
	Mode            Mode
	Limit           int     // at most so many new records; 0: all
	MaxFailures     int     // more end the run as stopped; 0: no limit; -1: none tolerated
	MaxFailureShare float64 // of the records tried, once 100 were; 0: no limit
}

// Progress of a run.
type Progress struct {
	Counts ledger.Counts
	Total  int // records in the listing; 0: not known
}

// Hooks tell the host of a run; an error of one ends the run. Their context has
// the values of the one that the run was begun with, and does not end.
type Hooks struct {
	Started    func(ctx context.Context) error
	PageRead   func(ctx context.Context, p Progress) error
	Waiting    func(ctx context.Context, d time.Duration, why *ledger.Failure) error // nil: records in doubt
	RecordDone func(ctx context.Context, o *ledger.Outcome) error
	Committed  func(ctx context.Context, p Progress) error
	Ended      func(ctx context.Context, s ledger.Summary, err error)
}

// Plan is a run before it begins: what it is, and what it does. Nothing changes
// it once it has begun.
type Plan struct {
	Options Options
	State   ledger.RunState // of a new run, or of the one to go on with
	Resumed bool
	RetryOf string            // the run whose failed records are taken instead of a listing
	Setup   string            // hash of mapping and options: what was blamed under another one is tried anew
	Records []string          // with RetryOf: these records are taken, whatever became of them there
	Decided map[string]string // decisions on single records, that come with the run, beside those that are stored
	Remarks []string          // to be among the summary's warnings
	Able    []slog.Attr       // what both ends can do, for the log

	// Background says that the run goes on by itself: what passes interrupts it, and
	// does not fail it. One in the foreground is held then, until its caller goes on
	// with it. Due says that the run goes on by itself now, and nobody asked for it;
	// with CrashLoop, not when so many of its leases brought nothing.
	// Driven is a run in the foreground whose caller goes on with it by itself.
	Background bool
	Driven     bool
	Due        bool
	CrashLoop  int
	Queue      bool // a new run that is opened also while another link's run holds the lease; it goes on by itself

	Hooks    Hooks
	Ready    func(ctx context.Context) error                               // asked under the lease, before anything is done
	Work     func(ctx context.Context, r *Run) error                       // made by [Work]
	Warnings func(ctx context.Context, s ledger.Summary) ([]string, error) // of source and sink, at the end
	Notify   func(ctx context.Context, st *ledger.RunState)                // of an end that is stored
}

// Page is a part of a listing.
type Page[S any] struct {
	Items   []S
	Next    ledger.Cursor // empty: this was the last page
	Partial bool          // items hold ids only
	Total   int           // 0: not known
}

// Status says what became of one write. The zero value is the cautious one.
type Status int

// What became of a write.
const (
	Unknown  Status = iota // may or may not have happened: in doubt
	Written                // created or updated
	Exists                 // was there already
	Rejected               // for good; the fault says why
	NotSent                // certainly did not happen; may be sent again
)

// Result is what became of one record of a write.
type Result struct {
	Status Status
	ID     string   // the destination's
	Fault  *Fault   // of a rejected one
	Kept   []string // fields of an updated one that were to be emptied, and keep what they had
}

// Fault is why one record fails, and no other. It carries no values of it.
type Fault struct {
	Reason ledger.Reason
	Fields []ledger.FieldError
	Err    error // what said so, for its call and its codes; nil: nothing did
}

// NewFault makes a fault of what a source or a sink says of a record. Reasons
// that the ledger does not keep, or that mean success, are not a failure's:
// otherwise takes their place, and that of none.
func NewFault(reason ledger.Reason, fields []ledger.FieldError, otherwise ledger.Reason) *Fault {
	if reason == "" || !(&ledger.Outcome{Reason: reason}).Stored(true) || reason == ledger.ReasonInDoubtResolved {
		reason = otherwise
	}
	return &Fault{Reason: reason, Fields: fields}
}
