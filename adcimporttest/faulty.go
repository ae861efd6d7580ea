package adcimporttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/securitytrax/adcimport"
)

// ErrCrashed is what every call returns after a [Fault] with Crash: to the
// importer its process is dying, and nothing it does takes effect any more.
var ErrCrashed = errors.New("crashed")

// Fault is what happens to one call. The zero Fault is nothing.
type Fault struct {
	Delay  time.Duration // passes before the call, or until its context ends
	Before error         // the call is not made, and returns this; creates, updates and links are WriteNotSent
	After  error         // the call is made, and returns its own results with this error
	Lost   error         // the call is made, and its reply is lost: creates, updates and links are WriteUnknown, anything else returns this
	Crash  bool          // before the call, or behind it where After or Lost is given: see ErrCrashed
}

// FaultCall is one call that [Faults] see.
type FaultCall struct {
	Method string // as in CreateCustomers; each page of a listing is a call of Customers or Users
	N      int    // of this method, the first is 1
	Total  int    // of all methods, the first is 1
}

// FaultPlan says what happens to a call. It is asked once for each, in order of
// arrival, one at a time.
type FaultPlan func(c FaultCall) Fault

// OnCall is a plan for the n-th call of a method, the first is 1. With an empty
// method it counts the calls of all.
func OnCall(method string, n int, f Fault) FaultPlan {
	return func(c FaultCall) Fault {
		if method == c.Method && n == c.N || method == "" && n == c.Total {
			return f
		}
		return Fault{}
	}
}

// SeededFaults is a plan by which percent of 100 calls have one of faults: the
// same ones for the same seed and order of calls.
func SeededFaults(seed uint64, percent int, faults ...Fault) FaultPlan {
	return func(c FaultCall) Fault {
		r := newRandom(seed, streamFaults, c.Total)
		if len(faults) == 0 || !r.percent(percent) {
			return Fault{}
		}
		return pick(r, faults)
	}
}

// streamFaults is the stream of random numbers of faults; see streamCustomer.
const streamFaults = 100

// Plans tries several plans; the first that has a fault for a call counts.
func Plans(plans ...FaultPlan) FaultPlan {
	plans = slices.Clone(plans)
	return func(c FaultCall) Fault {
		for _, plan := range plans {
			if f := plan(c); f != (Fault{}) {
				return f
			}
		}
		return Fault{}
	}
}

// Faults make the source, sink and store of one importer fail by one plan, so
// that a crash is one of all three. What is wrapped keeps its optional
// abilities: details fail too, and updates, reads, look-ups of candidates and links
// where both kinds have them; any other ability is reached through Unwrap and does
// not. Faults are safe for
// concurrent use; the order of concurrent calls, and so what a plan hits, is
// theirs.
type Faults struct {
	plan FaultPlan

	mu      sync.Mutex
	n       map[string]int
	calls   []FaultCall
	crashed bool
}

// NewFaults makes faults by a plan; nil: none.
func NewFaults(plan FaultPlan) *Faults { return &Faults{plan: plan, n: make(map[string]int)} }

// FaultySource makes a source fail by a plan; see [Faults].
func FaultySource(s adcimport.Source, plan FaultPlan) adcimport.Source {
	return NewFaults(plan).Source(s)
}

// FaultySink makes a sink fail by a plan; see [Faults].
func FaultySink(s adcimport.Sink, plan FaultPlan) adcimport.Sink { return NewFaults(plan).Sink(s) }

// FaultyStore makes a store fail by a plan; see [Faults].
func FaultyStore(s adcimport.StateStore, plan FaultPlan) adcimport.StateStore {
	return NewFaults(plan).Store(s)
}

// Calls returns the calls so far, in order of arrival, without those that came
// after a crash.
func (f *Faults) Calls() []FaultCall {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Crashed reports whether a fault with Crash has happened.
func (f *Faults) Crashed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.crashed
}

// Restart ends a crash, as a new process does: calls take effect again. Make a
// new importer, and be sure that the one before has ended. Calls count on.
func (f *Faults) Restart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crashed = false
}

// next is the fault of a call that arrives.
func (f *Faults) next(method string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.crashed {
		return Fault{Before: ErrCrashed, Crash: true}
	}
	f.n[method]++
	c := FaultCall{Method: method, N: f.n[method], Total: len(f.calls) + 1}
	f.calls = append(f.calls, c)
	if f.plan == nil {
		return Fault{}
	}
	return f.plan(c)
}

// crash stops everything.
func (f *Faults) crash(method string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crashed = true
	return fmt.Errorf("%s: %w", method, ErrCrashed)
}

// How a call ended.
type faultEnd int

const (
	endedWell faultEnd = iota
	endedBefore
	endedLost
	endedCrashed
)

// around carries a call out with its fault.
func (f *Faults) around(ctx context.Context, method string, call func() error) (faultEnd, error) {
	fault := f.next(method)
	if err := delayed(ctx, fault.Delay); err != nil {
		return endedBefore, fmt.Errorf("%s: %w", method, err)
	}
	behind := fault.After != nil || fault.Lost != nil
	switch {
	case fault.Crash && !behind:
		return endedCrashed, f.crash(method)
	case fault.Before != nil:
		return endedBefore, fmt.Errorf("%s: %w", method, fault.Before)
	}
	err := call()
	switch {
	case fault.Crash:
		return endedCrashed, f.crash(method)
	case fault.Lost != nil:
		return endedLost, fmt.Errorf("%s: %w", method, fault.Lost)
	case fault.After != nil:
		return endedWell, fmt.Errorf("%s: %w", method, errors.Join(err, fault.After))
	}
	return endedWell, err
}

func delayed(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// faulty carries out a call that returns a value.
func faulty[T any](ctx context.Context, f *Faults, method string, call func() (T, error)) (T, error) {
	var result, zero T
	end, err := f.around(ctx, method, func() (err error) {
		result, err = call()
		return err
	})
	if end != endedWell {
		return zero, err
	}
	return result, err
}
