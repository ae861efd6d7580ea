package account

import (
	"context"
	"time"
)

// Remembered keeps the result of a call that many need: one asks, the others
// wait for its result. It holds for a time, 0 is for good; an error for a time of
// its own, so that all who wait share it. Init comes first.
type Remembered[T any] struct {
	turn         chan struct{} // holds one: whoever may look and ask
	okTTL, noTTL time.Duration

	known bool
	until time.Time // zero: for good
	value T
	err   error
}

// Init sets for how long a result and an error hold.
func (r *Remembered[T]) Init(okTTL, noTTL time.Duration) {
	r.turn, r.okTTL, r.noTTL = make(chan struct{}, 1), okTTL, noTTL
}

// Get returns what is remembered, or asks.
func (r *Remembered[T]) Get(ctx context.Context, ask func(context.Context) (T, error)) (T, error) {
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
	defer func() { <-r.turn }()
	if r.known && (r.until.IsZero() || time.Now().Before(r.until)) {
		return r.value, r.err
	}
	value, err := ask(ctx)
	if ctx.Err() != nil && err != nil {
		return value, err // only this caller gave up
	}
	r.known, r.value, r.err, r.until = true, value, err, time.Time{}
	ttl := r.okTTL
	if err != nil {
		ttl = r.noTTL
	}
	if ttl > 0 {
		r.until = time.Now().Add(ttl)
	}
	return value, err
}
