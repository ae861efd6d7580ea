package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// How long a call waits between attempts: at random up to the first, doubled
// each time, at most the last.
const (
	firstWait = 20 * time.Millisecond
	lastWait  = time.Second
)

// retry runs do until it succeeds, fails for good, or the time is up. What the
// store answers (ErrLeaseLost and the like) is for good.
func (s *Store) retry(ctx context.Context, doing string, do func(context.Context) error) error {
	begun := time.Now()
	for attempt := 1; ; attempt++ {
		err := do(ctx)
		if err == nil {
			return nil
		}
		if cause := context.Cause(ctx); cause != nil {
			return fmt.Errorf("%s: %w", doing, errors.Join(cause, err))
		}
		if !s.dialect.transient(err) {
			return fmt.Errorf("%s: %w", doing, err)
		}
		if spent := time.Since(begun); spent >= s.retryFor {
			return fmt.Errorf("%s: gave up after %d attempts in %s: %w", doing, attempt, spent.Round(time.Millisecond), err)
		}
		wait(ctx, attempt)
	}
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
