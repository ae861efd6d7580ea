package ledger

import (
	"errors"
	"fmt"
	"time"
)

// What a caller can match with [errors.Is]. Messages are not API.
var (
	ErrRunInProgress = errors.New("a run of this account and kind is in progress")
	ErrLeaseLost     = errors.New("lease lost")
	ErrNotFound      = errors.New("not found")
	ErrRunExists     = errors.New("a run with this id exists")
	ErrRunEnded      = errors.New("the run has ended")
	ErrNotDue        = errors.New("the run does not go on by itself now")
)

// RunInProgressError is [ErrRunInProgress] with who holds the lease.
type RunInProgressError struct {
	Account   string
	Link      string // of the run that holds it; another one's where links share an account
	Kind      Kind
	RunID     string
	Owner     string
	Heartbeat time.Time     // the last one, by the store's clock
	EndsIn    time.Duration // how long from now the lease lasts, unless it is renewed; by the store's clock
}

func (e *RunInProgressError) Error() string {
	alive := ""
	if !e.Heartbeat.IsZero() {
		alive = ", last heartbeat " + e.Heartbeat.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("run %s of %s %ss by %s%s: %v", e.RunID, e.Link, e.Kind, e.Owner, alive, ErrRunInProgress)
}

// Is matches [ErrRunInProgress].
func (e *RunInProgressError) Is(target error) bool { return target == ErrRunInProgress }

// InvalidRequestError names a field of what a store was asked for, and the rule
// it breaks. Nothing was written.
type InvalidRequestError struct {
	Field string // as in LeaseRequest.TTL
	Rule  string
}

func (e *InvalidRequestError) Error() string {
	return fmt.Sprintf("invalid request: %s: %s", e.Field, e.Rule)
}

// StateError says that stored state cannot be read. It is never taken for "no
// state": a run with it does not start over.
type StateError struct {
	RunID string
	What  string // what was found, as in "filter version 7, this version reads 1"
	Err   error
}

func (e *StateError) Error() string {
	msg := fmt.Sprintf("state of run %s: %s", e.RunID, e.What)
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	return msg
}

func (e *StateError) Unwrap() error { return e.Err }
