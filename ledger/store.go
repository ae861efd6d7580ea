package ledger

import (
	"context"
	"iter"
	"time"
)

// StateStore keeps runs, intents and outcomes. Package sqlstore has durable
// ones, [MemoryStore] is for tests.
//
// Every write that takes a [Lease] is refused with [ErrLeaseLost] when a later
// epoch of its link and kind exists, or when the lease was released. Expiry is
// judged by the store's clock. Each method is one transaction. A store keeps no
// slice or map of a call, and is safe for concurrent use. Iterators yield a
// single error, last, with a zero value; cancellation is such an error. A caller
// may call any other method while it ranges.
type StateStore interface {
	// Acquire opens a new run, or takes over a run that exists. It fails with
	// ErrRunInProgress (a *RunInProgressError) while a lease on (link, kind) is
	// neither expired nor released. It sets the run to running (and its Finished
	// and PausedUntil to zero), gives the next epoch, and marks a running run of
	// another id, whose lease expired, as interrupted. A run that exists keeps
	// all else that is stored of it; req.State is for a new one only. A request
	// without link, kind, run id or TTL, or with the id of a run of another link
	// or kind, is an *InvalidRequestError.
	Acquire(ctx context.Context, req LeaseRequest) (Lease, error)
	// Renew extends the lease by its TTL from now. A lease that expired and that
	// nobody took can be renewed.
	Renew(ctx context.Context, l Lease) (Lease, error)
	// Release gives the lease back and stores the run's summary: its end, or its
	// interruption. Filter, options, Cursor, Listed and Notified stay as they
	// are stored.
	Release(ctx context.Context, l Lease, end RunState) error

	// Known returns the records that are done (created, linked, updated,
	// unchanged).
	Known(ctx context.Context, link string, k Kind, ids []string) (map[string]Known, error)
	// Intend records, durably, that creates are about to be sent. It inserts if
	// absent, by (link, kind, id): the only arbiter when an id is in flight
	// twice. An intent of an earlier epoch becomes one of this lease, with a new
	// Since; a parked record stays parked. One state per intent, in order, by the
	// first of these that holds: open in this epoch (IntentDuplicate), open from
	// an earlier one (IntentEarlier), known (IntentDuplicate), parked
	// (IntentParked; IntentEarlier with Unpark), has an outcome in this run
	// (IntentDuplicate; not with Unpark), else IntentFresh.
	Intend(ctx context.Context, l Lease, in []Intent) ([]IntentState, error)
	// Commit stores outcomes, clears their intents and the withdrawn ones, and
	// moves the cursor and the counts, all at once. A later outcome of one run
	// and record takes the place of the earlier one. Outcomes that are not to be
	// stored (see Outcome.Stored) are left out and clear nothing. A done outcome
	// without an entry in Known is known by its SinkID; an entry without a done
	// outcome is ignored. An outcome failed/in_doubt parks the record; only a done
	// outcome ends that, so that a parked record whose retry is withdrawn or fails
	// is parked again. A known record stays known when it fails. Outcomes are
	// stored with the run and the kind of the lease. It is idempotent: counts are
	// totals.
	Commit(ctx context.Context, l Lease, c Commit) error
	// InDoubt returns the open intents of any epoch, with those of parked records
	// that are being retried, without the other parked ones.
	InDoubt(ctx context.Context, link string, k Kind) iter.Seq2[Intent, error]

	// Run returns a run, or ErrNotFound.
	Run(ctx context.Context, id string) (RunState, error)
	// Runs returns the runs of a link, newest first, by the order they were
	// opened in.
	Runs(ctx context.Context, link string) iter.Seq2[RunState, error]
	// Outcomes returns the stored outcomes of a run, in the order of their
	// first commit, or ErrNotFound.
	Outcomes(ctx context.Context, runID string) iter.Seq2[Outcome, error]
	// MarkNotified records that a notifier was told; RunState.Notified has it,
	// once. A run that does not exist is ErrNotFound.
	MarkNotified(ctx context.Context, runID, notifier string) error
	// Prune deletes runs that finished before olderThan, with their outcomes,
	// and returns how many. Known, in-doubt and parked records stay, and so do
	// runs that can be resumed automatically (running, interrupted, paused) or
	// have no Finished. Epochs go on from where they were.
	Prune(ctx context.Context, link string, olderThan time.Time) (int, error)
}

// LeaseRequest asks for the lease on (Link, Kind).
type LeaseRequest struct {
	Link  string
	Kind  Kind
	RunID string // a new id, or that of the run to take over
	Owner string
	TTL   time.Duration
	State RunState // for a new run: summary so far, filter, options
}

// Validate refuses a request without link, kind, run id or TTL with an
// [*InvalidRequestError]. A store calls it first in Acquire.
func (r LeaseRequest) Validate() error {
	for _, f := range []struct {
		name    string
		missing bool
	}{{"Link", r.Link == ""}, {"Kind", r.Kind == ""}, {"RunID", r.RunID == ""}} {
		if f.missing {
			return &InvalidRequestError{Field: "LeaseRequest." + f.name, Rule: "is required"}
		}
	}
	if r.TTL <= 0 {
		return &InvalidRequestError{Field: "LeaseRequest.TTL", Rule: "must be positive"}
	}
	return nil
}

// Lease is the right to write for (Link, Kind), until Expires by the store's
// clock, fenced by Epoch.
type Lease struct {
	Link     string
	Kind     Kind
	RunID    string
	Epoch    int64     // grows with every Acquire on (Link, Kind)
	Expires  time.Time // by the store's clock
	Previous time.Time // when the former holder's lease expired or was released, by the store's clock; zero: there was none
	TTL      time.Duration
}

// Known is a record that is done.
type Known struct {
	SinkID      string
	Fingerprint string
	RunID       string // the run of its last outcome; filled by the store
}

// Intent tells that a create of ID is about to be sent.
type Intent struct {
	ID          string
	Fingerprint string
	Since       time.Time // by the store's clock; filled by the store
	Unpark      bool      // for Intend: an explicit retry of a record that is parked or failed in this run
}

// IntentState is what [StateStore.Intend] returns for an intent.
type IntentState int

const (
	// IntentFresh is new: the create may be sent.
	IntentFresh IntentState = iota
	// IntentEarlier was open from an earlier epoch and belongs to this lease now.
	IntentEarlier
	// IntentDuplicate is open in this epoch (or came before in the same call), is
	// known, or has an outcome in this run already.
	IntentDuplicate
	// IntentParked ended as failed/in_doubt: it is never created again by itself.
	IntentParked
)

// Commit is one checkpoint.
type Commit struct {
	Outcomes  []Outcome        // see StateStore.Commit for what is stored
	Known     map[string]Known // by record id, for the outcomes that are done
	Withdrawn []string         // intents whose create was certainly not sent
	Cursor    Cursor
	Listed    bool           // the listing is finished
	Counts    Counts         // totals of the run
	ByReason  map[Reason]int // totals of the run
}
