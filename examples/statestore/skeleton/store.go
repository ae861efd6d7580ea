// Package skeleton is a StateStore to fill in: copy it, and write one method after the
// other until its test, with your store in it, passes. It compiles as it is, and says
// of each method what it must do and which function of package ledger decides it: a
// store reads, calls that, and writes what comes out, in one transaction.
//
// Each rule opens a run first, so until Acquire works all fail of it. Begin with Acquire
// and Run, for which go test -run 'TestStore/acquire_new' asks alone; then Release and
// Renew, then Commit, Records and List, with which a third of the rules pass; the other
// methods may come in any order.
//
// examples/statestore is the same, filled in.
package skeleton

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// Store is yours. It keeps a table of scopes (with the last lease: run, owner, epoch, end,
// released or not, the last commit's number and states), of runs, of outcomes by run
// and place, of records by scope and id, and of the open batch's intents by scope.
type Store struct{}

var _ ledger.StateStore = (*Store)(nil)

// unwritten is what every method says until it is written.
func unwritten(method string) error { return fmt.Errorf("%s: %w", method, errors.ErrUnsupported) }

// Acquire opens a run or goes on with one, under a lease with the next epoch:
// LeaseRequest.Validate first, LeaseRequest.Queued where another has the lease,
// Resume.Allows for a run that is there, NewRunState for a new one, OpenIntent.Over for
// what the open batch still holds, Merged for records of a link that joins an account,
// RunState.Restart where another run had the lease meanwhile, and RunState.Reopen.
func (s *Store) Acquire(context.Context, ledger.LeaseRequest) (ledger.Lease, error) {
	return ledger.Lease{}, unwritten("Acquire")
}

// Renew moves the lease's end to a TTL from now, stores Progress, and returns what was
// asked of the run; a lease of an earlier epoch is ErrLeaseLost. No function is needed.
func (s *Store) Renew(context.Context, ledger.Lease) (ledger.Lease, error) {
	return ledger.Lease{}, unwritten("Renew")
}

// Release ends the run's stay and frees the lease, and does nothing the second time:
// End.Validate, then RunState.Close, and RunState.Seen for what is returned.
func (s *Store) Release(context.Context, ledger.Lease, ledger.End) (ledger.RunState, error) {
	return ledger.RunState{}, unwritten("Release")
}

// Records looks many ids up in one statement, leaving out what is not stored: those of the
// open batch are as OpenIntent.Over makes them, and Here is Outcome.Verdict of the run.
func (s *Store) Records(context.Context, ledger.Scope, string, []string) (map[string]ledger.Record, error) {
	return nil, unwritten("Records")
}

// List yields the records that a query selects, in its order and chunk by chunk, also with
// OpenIntent.Over; Record.Simple tells which are no exceptions.
func (s *Store) List(context.Context, ledger.Scope, ledger.Query) iter.Seq2[ledger.Record, error] {
	return failed[ledger.Record]("List")
}

// Commit is one checkpoint, all or nothing, and the same number again is the same states
// again: Commit.Validate, Commit.IDs for what to read, Apply for what to write,
// Outcome.Stored for which outcomes to keep, and RunState.Checkpoint.
func (s *Store) Commit(context.Context, ledger.Lease, ledger.Commit) ([]ledger.IntentState, error) {
	return nil, unwritten("Commit")
}

// Amend changes records by a person's word, or none while a lease is held, except by
// decisions: Amendment.Validate, then Amended for each record that is stored.
func (s *Store) Amend(context.Context, ledger.Scope, []ledger.Amendment) error {
	return unwritten("Amend")
}

// Run reads a run, or is ErrNotFound: RunState.Seen fills in what the clock tells.
func (s *Store) Run(context.Context, string) (ledger.RunState, error) {
	return ledger.RunState{}, unwritten("Run")
}

// Runs yields the runs that a query selects, the last opened first: RunState.Seen.
func (s *Store) Runs(context.Context, ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	return failed[ledger.RunState]("Runs")
}

// Outcomes yields a run's outcomes from a place on, in the order of their first commit, and
// ends with ErrNotFound where the run vanishes meanwhile. No function is needed.
func (s *Store) Outcomes(context.Context, string, int) iter.Seq2[ledger.Outcome, error] {
	return failed[ledger.Outcome]("Outcomes")
}

// Mark asks something of a run that has not ended, claims a notice or notes that it was
// given, and reports whether that took effect: Mark.Validate, RunStatus.Ended.
func (s *Store) Mark(context.Context, string, ledger.Mark) (bool, error) {
	return false, unwritten("Mark")
}

// Prune deletes a link's old runs and their outcomes, but none that an unended run
// retries, and no record: RunState.Prunable.
func (s *Store) Prune(context.Context, string, time.Time) (int, error) {
	return 0, unwritten("Prune")
}

// failed is a list that ends with an error, with a zero value.
func failed[T any](method string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		yield(none, unwritten(method))
	}
}
