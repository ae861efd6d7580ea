// Package ledger is what a run of adcimport is and keeps: its lease, its
// records, its outcomes, and the [StateStore] that makes them durable. Whoever
// writes a store reads this package alone; it imports the standard library only.
//
// A store keeps, for each [Scope], one lease, one row for each record that is
// known, one row (an exception) for each record that is not simply known, and
// the open batch: the intents whose sinks have not answered yet. For each link
// it keeps runs, and for each run its outcomes. What a commit makes of records
// is decided by [Apply], so that all stores decide alike.
//
// [MemoryStore] is the reference, for tests and previews. Package sqlstore has
// durable ones, and package storetest the rules as a test suite.
package ledger

import (
	"context"
	"iter"
	"time"
)

// Kind is what a run imports.
type Kind string

// The two kinds.
const (
	KindCustomer Kind = "customer"
	KindUser     Kind = "user"
)

// Scope is what leases, records and intents belong to: one kind of record in one
// account of the destination. Links that share an account share its scopes, so
// that none of them creates what another has created.
type Scope struct {
	Account string
	Kind    Kind
}

// StateStore keeps the state of runs. It is safe for concurrent use, and many
// stores over one database may work at the same time.
//
// Each method is one transaction, and may be repeated when its reply was lost.
// Time is the store's own: no method asks the caller's clock. A write that takes
// a [Lease] is refused as a whole with [ErrLeaseLost] when a later epoch of its
// scope exists or the lease was released; a lease that expired and that nobody
// took still counts. A store keeps no slice, map or pointer of a call and
// returns none that it goes on using. Text that is not valid UTF-8, or that
// holds a NUL, is refused before anything is written.
//
// Iterators yield a single error, last, with a zero value; the end of ctx is
// such an error, and an end without one means complete. A caller may call any
// method while it ranges, and may stop at any time.
//
// Cost: a commit is one transaction with a constant number of statements, a
// look-up of any number of ids is one statement, and neither grows with what was
// stored before.
type StateStore interface {
	// Acquire opens a new run, or goes on with one that exists, under a lease of
	// its scope with the next epoch. It fails with [ErrRunInProgress] (a
	// [*RunInProgressError]) while another lease of the scope is neither expired
	// nor released; the owner who holds the lease for the same run gets the same
	// one again, renewed, so that a lost reply can be repeated. See [LeaseRequest]
	// for what else is refused. In its one transaction it also
	//   - sets the run to running, without Finished and PausedUntil, and without
	//     Failure, except that a run that had not ended keeps one that has Since;
	//   - turns what the open batch still holds into open records;
	//   - marks another run of the scope that is still running as interrupted;
	//   - when another run of the scope held a lease since this one did, raises
	//     the run's Pass, empties its Cursor and Listed, and takes its Passing
	//     off its Counts, ByReason and Excluded;
	//   - raises Starts;
	//   - where Account is not Link, moves what the scope of Link and Kind holds
	//     into the scope (see [Merged]), and closes that scope for good: a request
	//     for it is an [*InvalidRequestError] from then on. While a lease of that
	//     scope is held, this fails with [ErrRunInProgress]. Epochs of the scope go
	//     on from the higher one.
	Acquire(ctx context.Context, req LeaseRequest) (Lease, error)
	// Renew makes the lease end a TTL from now. It stores l.Progress for lists of
	// runs, and returns what was asked of the run meanwhile.
	Renew(ctx context.Context, l Lease) (Lease, error)
	// Release ends the run, or its stay with this holder, and gives the lease
	// back. It returns the run as it is stored then. Repeated under the same
	// epoch it changes nothing.
	Release(ctx context.Context, l Lease, end End) (RunState, error)

	// Records returns what is stored of ids: known ones and exceptions. Those of
	// the open batch are among them as [OpenIntent.Over] makes them. An id of which
	// nothing is stored is missing from the map. Here is filled for runID, which
	// may be empty.
	Records(ctx context.Context, s Scope, runID string, ids []string) (map[string]Record, error)
	// List yields the records that q selects, with those of the open batch as in
	// Records.
	List(ctx context.Context, s Scope, q Query) iter.Seq2[Record, error]
	// Commit is one checkpoint: outcomes of what was decided, the new state of
	// records, the place in the listing, and the intents of what is sent next, in
	// one transaction. It returns one state for each intent, in order. A commit
	// with the number of the last one is a repetition: it changes nothing and
	// returns the same states. Any other number but the next one is an
	// [*InvalidRequestError], as is what [Commit.Validate] refuses. One that mends
	// (see [Commit.Mends]) ends the run's Failure.
	Commit(ctx context.Context, l Lease, c Commit) ([]IntentState, error)
	// Amend changes records by a person's word. It is refused as a whole with
	// [ErrRunInProgress] while a lease of the scope is held, except when all of a
	// are decisions. An id of which nothing is stored is left alone.
	Amend(ctx context.Context, s Scope, a []Amendment) error

	// Run returns a run, or [ErrNotFound].
	Run(ctx context.Context, id string) (RunState, error)
	// Runs yields runs, newest first by the order they were opened in.
	Runs(ctx context.Context, q RunQuery) iter.Seq2[RunState, error]
	// Outcomes yields the stored outcomes of a run from place from on, in the
	// order of their first commit: the nth one has place n, counted from 0, and
	// keeps it. It fails with [ErrNotFound] for a run that is not there, or that
	// vanishes meanwhile: a list is never short in silence.
	Outcomes(ctx context.Context, runID string, from int) iter.Seq2[Outcome, error]
	// Mark notes something about a run beside its lease, and reports whether it
	// took effect. It fails with [ErrNotFound] for a run that is not there.
	Mark(ctx context.Context, runID string, m Mark) (bool, error)
	// Prune deletes the runs of a link that finished before olderThan, with their
	// outcomes, and returns how many. Records stay. Runs that are not ended stay,
	// and so do runs that one of these retries.
	Prune(ctx context.Context, link string, olderThan time.Time) (int, error)
}
