package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// How long a call waits between attempts: at random up to the first, doubled
// each time, at most the last.
const (
	firstWait = 20 * time.Millisecond
	lastWait  = time.Second
)

// retry runs do until it succeeds, fails for good, or the time is up. The time
// counts from the first failure: a connection may take minutes to break.
func (s *Store) retry(ctx context.Context, doing string, do func(context.Context) error) error {
	var failed time.Time
	for attempt := 1; ; attempt++ {
		err := do(ctx)
		if err == nil {
			return nil
		}
		if cause := context.Cause(ctx); cause != nil {
			return fmt.Errorf("%s: %w", doing, errors.Join(cause, err))
		}
		if settled(err) || !s.dialect.transient(err) {
			return fmt.Errorf("%s: %w", doing, err)
		}
		if failed.IsZero() {
			failed = time.Now()
		}
		if spent := time.Since(failed); spent >= s.retryFor {
			return fmt.Errorf("%s: gave up after %d attempts in %s: %w", doing, attempt, spent.Round(time.Millisecond), err)
		}
		wait(ctx, attempt)
	}
}

// settled reports what the store itself says of what it read. Every other error
// is of the driver or of the server.
func settled(err error) bool {
	for _, verdict := range []error{
		ledger.ErrLeaseLost, ledger.ErrRunInProgress, ledger.ErrNotFound, ledger.ErrRunExists, ledger.ErrRunEnded,
		ledger.ErrNotDue, sql.ErrNoRows,
	} {
		if errors.Is(err, verdict) {
			return true
		}
	}
	_, invalid := errors.AsType[*ledger.InvalidRequestError](err)
	_, damaged := errors.AsType[*ledger.StateError](err)
	_, newer := errors.AsType[*SchemaVersionError](err)
	return invalid || damaged || newer
}

// wait sleeps before the attempt after this one, or until ctx ends.
func wait(ctx context.Context, attempt int) {
	longest := min(firstWait<<min(attempt-1, 10), lastWait)
	t := time.NewTimer(rand.N(longest) + 1) //nolint:gosec // G404: jitter needs no secret
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
