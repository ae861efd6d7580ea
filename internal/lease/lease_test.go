package lease_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/lease"
	"github.com/securitytrax/adcimport/ledger"
)

const (
	ttl  = 16 * time.Minute
	ends = ttl - ttl/10 // after the lease was asked for
	beat = ttl / lease.BeatsPerTTL
	soon = ttl / lease.RetriesPerTTL
)

var (
	errBoom = errors.New("boom")
	errStop = errors.New("told to stop")
)

// held is a keeper in a bubble, and what became of it.
type held struct {
	*lease.Keeper
	stop context.CancelCauseFunc

	start   time.Time
	renew   func(ctx context.Context, at time.Duration) error // what renewals come to
	renewed []time.Duration                                   // when the store was asked
	far     ledger.Progress                                   // what it was told last
	asked   []ledger.Ask
	lost    []error
}

func hold(t *testing.T, asked time.Time) *held {
	t.Helper()
	h := &held{start: asked, renew: func(context.Context, time.Duration) error { return nil }}
	run, stop := context.WithCancelCause(t.Context())
	h.stop = stop
	h.Keeper = lease.New(run, store{held: h}, ledger.Lease{RunID: "r1", TTL: ttl, Epoch: 7}, h.start,
		func(err error) { h.lost = append(h.lost, err) },
		func(a ledger.Ask) { h.asked = append(h.asked, a) },
		func() ledger.Progress { return ledger.Progress{Read: 3, Total: 5} })
	t.Cleanup(func() { stop(nil) })
	return h
}

// store renews as its keeper's test says, and nothing else.
type store struct {
	ledger.StateStore
	held *held
}

func (s store) Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
	at := time.Since(s.held.start)
	s.held.renewed, s.held.far = append(s.held.renewed, at), l.Progress
	if err := s.held.renew(ctx, at); err != nil {
		return ledger.Lease{}, err
	}
	l.Asked, l.Expires = ledger.AskInterrupt, time.Now().Add(ttl)
	return l, nil
}

func (h *held) wantRenewed(t *testing.T, want ...time.Duration) {
	t.Helper()
	if diff := cmp.Diff(want, h.renewed); diff != "" {
		t.Errorf("renewals (-want +got):\n%s", diff)
	}
}

func sleep(d time.Duration) { <-time.After(d) }

// What may be sent under the context of a call is told by it and whatever is made of it, by
// the lease alone: a sink may take the deadline away.
func TestCheck(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		at          time.Duration
		stopped     bool
		write, held error
	}{
		"at once":             {0, false, nil, nil},
		"at last":             {ends - 1, false, nil, nil},
		"in the margin":       {ends, false, ledger.ErrLeaseLost, ledger.ErrLeaseLost},
		"after it":            {2 * ttl, false, ledger.ErrLeaseLost, ledger.ErrLeaseLost},
		"of a run that stops": {0, true, errStop, nil}, // what was begun comes to its end
		"of one that stopped": {ends, true, errStop, ledger.ErrLeaseLost},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := hold(t, time.Now())
				ctx, cancel, err := h.Call(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer cancel()
				if tt.stopped {
					h.stop(errStop)
				}
				sleep(tt.at)
				ctx = context.WithoutCancel(ctx)
				if err := lease.CheckWrite(ctx); !errors.Is(err, tt.write) {
					t.Errorf("write: %v", err)
				}
				if err := lease.CheckHeld(ctx); !errors.Is(err, tt.held) {
					t.Errorf("held: %v", err)
				}
			})
		})
	}
}

// Outside of a run there is no lease, and what ended the context is its cause.
func TestCheck_outsideARun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	if err := errors.Join(lease.CheckWrite(ctx), lease.CheckHeld(ctx)); err != nil {
		t.Error(err)
	}
	cancel(errStop)
	if err := lease.CheckWrite(ctx); !errors.Is(err, errStop) {
		t.Errorf("write: %v", err)
	}
	if err := lease.CheckHeld(ctx); err != nil {
		t.Errorf("held: %v", err)
	}
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		renew   func(ctx context.Context, at time.Duration) error
		until   time.Duration // the run goes on
		renewed []time.Duration
		lost    error
	}{
		"a few in each TTL": {until: 4*beat + 1, renewed: []time.Duration{beat, 2 * beat, 3 * beat, 4 * beat}},
		"one that fails is repeated soon, and the next one has time again": {
			renew: func(_ context.Context, at time.Duration) error {
				if at < beat+2*soon {
					return errBoom
				}
				return nil
			},
			until:   3 * beat,
			renewed: []time.Duration{beat, beat + soon, beat + 2*soon, 2*beat + 2*soon},
		},
		"it ends with the lease": {
			renew: func(context.Context, time.Duration) error { return errBoom },
			until: 2 * ttl,
			renewed: []time.Duration{
				4 * soon, 5 * soon, 6 * soon, 7 * soon, 8 * soon, 9 * soon, 10 * soon, 11 * soon, 12 * soon, 13 * soon, 14 * soon, 15 * soon,
			},
			lost: errBoom,
		},
		"on the instant": {
			renew: func(_ context.Context, at time.Duration) error {
				sleep(ends - at)
				return errBoom
			},
			until: 2 * ttl, renewed: []time.Duration{beat}, lost: errBoom,
		},
		"a store that hangs does not keep it": {
			renew:   func(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ctx.Err() },
			until:   2 * ttl,
			renewed: []time.Duration{beat, 2*beat + soon, 3*beat + 2*soon},
			lost:    context.DeadlineExceeded,
		},
		"somebody took it": {
			renew: func(context.Context, time.Duration) error { return ledger.ErrLeaseLost },
			until: 2 * ttl, renewed: []time.Duration{beat}, lost: ledger.ErrLeaseLost,
		},
		"of a run that ends no lease is lost": {
			renew: func(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ledger.ErrLeaseLost },
			until: beat + soon, renewed: []time.Duration{beat},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := hold(t, time.Now())
				if tt.renew != nil {
					h.renew = tt.renew
				}
				ctx, cancel := context.WithTimeout(t.Context(), tt.until)
				defer cancel()
				h.Heartbeat(ctx)
				if early := time.Since(h.start) < tt.until; early != (tt.lost != nil) {
					t.Errorf("it beat for %v", time.Since(h.start))
				}
				h.wantRenewed(t, tt.renewed...)
				if tt.lost == nil {
					if h.lost != nil {
						t.Errorf("lost: %v", h.lost)
					}
					return
				}
				if len(h.lost) != 1 || !errors.Is(h.lost[0], ledger.ErrLeaseLost) || !errors.Is(h.lost[0], tt.lost) {
					t.Fatalf("lost: %v", h.lost)
				}
				text := h.lost[0].Error()
				if !strings.Contains(text, "renew the lease of run r1: ") || strings.Count(text, ledger.ErrLeaseLost.Error()) != 1 {
					t.Errorf("lost: %v", text)
				}
			})
		})
	}
}

// A renewal tells how far the run is, and is told what somebody asked of it.
func TestHeartbeat_tells(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := hold(t, time.Now())
		ctx, cancel := context.WithTimeout(t.Context(), beat+1)
		defer cancel()
		h.Heartbeat(ctx)
		if diff := cmp.Diff(ledger.Progress{Read: 3, Total: 5}, h.far); diff != "" {
			t.Errorf("the store was told (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]ledger.Ask{ledger.AskInterrupt}, h.asked); diff != "" {
			t.Errorf("the run was told (-want +got):\n%s", diff)
		}
		if got := h.Current(); got.RunID != "r1" || got.Epoch != 7 || !got.Expires.Equal(h.start.Add(beat+ttl)) {
			t.Errorf("current: %+v", got)
		}
	})
}

func TestCall(t *testing.T) {
	t.Parallel()
	fails := func(until time.Duration, err error) func(context.Context, time.Duration) error {
		return func(_ context.Context, at time.Duration) error {
			if at < until {
				return err
			}
			return nil
		}
	}
	tests := map[string]struct {
		at      time.Duration
		renew   func(ctx context.Context, at time.Duration) error
		stop    time.Duration // the caller's context ends, if ever
		renewed []time.Duration
		until   time.Duration // the deadline; 0: an error
		err     error
	}{
		"a new lease is not renewed":              {until: ends},
		"nor is one that is half over":            {at: ends - ttl/2, until: ends},
		"one that is more than half over is":      {at: ends - ttl/2 + 1, renewed: []time.Duration{ends - ttl/2 + 1}, until: ends - ttl/2 + 1 + ends},
		"where that fails there may be time left": {at: ends - beat, renew: fails(ends, errBoom), renewed: []time.Duration{ends - beat}, until: ends},
		"where little is left nothing is called": {
			at: ends - beat + 1, renew: fails(ends-beat+1+soon, errBoom),
			renewed: []time.Duration{ends - beat + 1, ends - beat + 1 + soon}, until: ends - beat + 1 + soon + ends,
		},
		"one that is lost is lost": {at: ends - beat, renew: fails(ends, ledger.ErrLeaseLost), renewed: []time.Duration{ends - beat}, err: ledger.ErrLeaseLost},
		"who is told to stop meanwhile does": {
			at: ends - soon, renew: fails(2*ttl, errBoom), stop: ends - soon/2, renewed: []time.Duration{ends - soon}, err: errBoom,
		},
		"also while the store is asked": {
			at:    ends - ttl/2 + 1,
			renew: func(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ctx.Err() },
			stop:  ends - ttl/2 + 2, renewed: []time.Duration{ends - ttl/2 + 1}, err: context.DeadlineExceeded,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := hold(t, time.Now())
				if tt.renew != nil {
					h.renew = tt.renew
				}
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if tt.stop > 0 {
					ctx, cancel = context.WithDeadline(ctx, h.start.Add(tt.stop))
				}
				defer cancel()
				sleep(tt.at)
				call, done, err := h.Call(ctx)
				h.wantRenewed(t, tt.renewed...)
				if tt.err != nil {
					if !errors.Is(err, tt.err) {
						t.Errorf("got %v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				defer done()
				if end, _ := call.Deadline(); end.Sub(h.start) != tt.until {
					t.Errorf("deadline after %v, not %v", end.Sub(h.start), tt.until)
				}
			})
		})
	}
}

// Calls that begin together renew the lease one after another.
func TestCall_together(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := hold(t, time.Now())
		const takes = time.Minute
		h.renew = func(context.Context, time.Duration) error { sleep(takes); return nil }
		sleep(ttl / 2)
		for range 2 {
			go func() {
				_, cancel, err := h.Call(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				cancel()
			}()
		}
		sleep(takes * 3)
		h.wantRenewed(t, ttl/2, ttl/2+takes)
	})
}

// A lease ends by the clock that says so first: the monotonic one stands still while the
// machine sleeps, and the other one is set.
func TestCall_clocks(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		wall, monotonic time.Duration // since the lease was asked for
		err             error
	}{
		"both agree":             {0, 0, nil},
		"the machine slept":      {2 * ttl, 0, ledger.ErrLeaseLost},
		"the clock was set back": {-2 * ttl, 2 * ttl, ledger.ErrLeaseLost},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := ago(tt.wall, tt.monotonic)
			if got := time.Since(asked).Round(time.Minute); got != tt.monotonic {
				t.Fatalf("%v by the monotonic clock", got)
			}
			if got := time.Now().Round(0).Sub(asked.Round(0)).Round(time.Minute); got != tt.wall {
				t.Fatalf("%v by the wall clock", got)
			}
			h := hold(t, asked)
			h.renew = func(context.Context, time.Duration) error { return ledger.ErrLeaseLost }
			_, cancel, err := h.Call(t.Context())
			if !errors.Is(err, tt.err) {
				t.Errorf("got %v", err)
			}
			if cancel != nil {
				cancel()
			}
		})
	}
}

// ago is an instant that is as long ago as told, by each of the two clocks that a
// [time.Time] keeps. Clocks that disagree cannot be had without looking into it.
func ago(wall, monotonic time.Duration) time.Time {
	t := time.Now().Add(-wall)
	(*[2]time.Duration)(unsafe.Pointer(&t))[1] += wall - monotonic
	return t
}

func TestLose(t *testing.T) {
	t.Parallel()
	h := hold(t, time.Now())
	h.Lose(errBoom)
	if len(h.lost) != 1 || !errors.Is(h.lost[0], errBoom) {
		t.Errorf("lost: %v", h.lost)
	}
}

func TestSleep(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		d, took time.Duration
		stopped bool
		err     error
	}{
		"to its end":           {time.Second, time.Second, false, nil},
		"until it is stopped":  {time.Hour, time.Minute, false, errStop},
		"not when it was":      {time.Second, 0, true, errStop},
		"not at all":           {0, 0, false, nil},
		"not at all, and told": {-1, 0, true, errStop},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				if tt.stopped {
					cancel(errStop)
				}
				time.AfterFunc(time.Minute, func() { cancel(errStop) })
				start := time.Now()
				if err := lease.Sleep(ctx, tt.d); !errors.Is(err, tt.err) {
					t.Errorf("got %v", err)
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

// Who has no time to wait does not go on after a stop either.
func TestSleep_notAtAllAfterAStop(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errStop)
	for range 100 { // of two things that are ready one would be taken at random
		if err := lease.Sleep(ctx, 0); !errors.Is(err, errStop) {
			t.Fatalf("got %v", err)
		}
	}
}
