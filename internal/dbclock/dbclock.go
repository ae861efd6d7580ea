// Package dbclock moves the clock of a SQL state store in tests, so that a
// lease expires without anybody waiting. A store takes the offset from the
// context that it is opened with; there is none outside of tests.
package dbclock

import (
	"context"
	"sync/atomic"
	"time"
)

// Offset is added to what the database says the time is. The zero value moves
// nothing, and so does a nil one. It is safe for concurrent use.
type Offset struct{ nanos atomic.Int64 }

// Advance moves the clock forward.
func (o *Offset) Advance(d time.Duration) { o.nanos.Add(int64(d)) }

// Add answers the moved time.
func (o *Offset) Add(t time.Time) time.Time {
	if o == nil {
		return t
	}
	return t.Add(time.Duration(o.nanos.Load()))
}

type key struct{}

// With hands an offset to the stores that are opened with the context.
func With(ctx context.Context, o *Offset) context.Context {
	return context.WithValue(ctx, key{}, o)
}

// From finds the offset, or nil.
func From(ctx context.Context) *Offset {
	o, _ := ctx.Value(key{}).(*Offset)
	return o
}
