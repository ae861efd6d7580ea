package engine

import (
	"errors"

	"github.com/securitytrax/adcimport/ledger"
)

// storeError marks what a store failed with: a run in the background waits for a
// store that is away, and does not wait for a source or a sink.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// OfStore marks an error as a store's; nil stays nil.
func OfStore(err error) error {
	if err == nil {
		return nil
	}
	return &storeError{err}
}

// OfStoreIs reports whether an error is a store's.
func OfStoreIs(err error) bool {
	_, ok := errors.AsType[*storeError](err)
	return ok
}

// StoreAway reports whether err is of a store that may work again later. The
// library cannot know a database's errors: all pass but those that say what is.
func StoreAway(err error) bool {
	failed, ok := errors.AsType[*storeError](err)
	if !ok {
		return false
	}
	for _, lasting := range []error{
		ledger.ErrLeaseLost, ledger.ErrRunInProgress, ledger.ErrNotFound,
		ledger.ErrRunExists, ledger.ErrRunEnded, ledger.ErrNotDue, errors.ErrUnsupported,
	} {
		if errors.Is(failed.err, lasting) {
			return false
		}
	}
	_, unreadable := errors.AsType[*ledger.StateError](failed.err)
	_, invalid := errors.AsType[*ledger.InvalidRequestError](failed.err)
	return !unreadable && !invalid
}
