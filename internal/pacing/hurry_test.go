package pacing_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport/internal/hurry"
	"github.com/securitytrax/adcimport/internal/pacing"
)

// Who is in a hurry waits for nobody: neither for the pace, nor for a slot, nor for
// those in the queue; and takes nothing from them.
func TestHurry_waitsForNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pacing.New(pacing.Config{Rate: 0.01, Burst: 1, InFlight: 1, MaxPause: time.Minute})
		first, err := p.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		queued := make(chan *pacing.Turn)
		for range 2 {
			go func() {
				turn, _ := p.Acquire(t.Context())
				queued <- turn
			}()
		}
		synctest.Wait()
		begin := time.Now()
		for range 3 {
			turn, err := p.Acquire(hurry.With(t.Context()))
			if err != nil {
				t.Fatal(err)
			}
			turn.Reply(http.StatusOK, nil)
			turn.Done()
			turn.Done()
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("it waited for %s", took)
		}
		first.Done()
		for range 2 {
			(<-queued).Done()
		}
		if took := time.Since(begin); took != 200*time.Second {
			t.Errorf("the others were at their end after %s", took)
		}
	})
}

// A service that asked to be left alone is, also by who is in a hurry, unless that is
// over before there is no time left.
func TestHurry_leavesAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pacing.New(pacing.Config{MaxPause: time.Hour})
		turn, err := p.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		turn.Reply(http.StatusServiceUnavailable, http.Header{"Retry-After": {"60"}})
		turn.Done()
		until := time.Now().Add(time.Minute)
		for _, patience := range []time.Duration{0, 10 * time.Second, time.Minute} {
			ctx, cancel := hurry.With(t.Context()), context.CancelFunc(func() {})
			if patience > 0 {
				ctx, cancel = context.WithTimeout(ctx, patience)
			}
			begin := time.Now()
			_, err := p.Acquire(ctx)
			cancel()
			down, ok := errors.AsType[*pacing.DownError](err)
			if !ok || !down.Until.Equal(until) || time.Since(begin) != 0 {
				t.Errorf("with %s: %v after %s", patience, err, time.Since(begin))
			}
		}
		ctx, cancel := context.WithTimeout(hurry.With(t.Context()), 2*time.Minute)
		defer cancel()
		if _, err := p.Acquire(ctx); err != nil || time.Now().Before(until) {
			t.Errorf("with two minutes: %v at %s", err, time.Now())
		}
	})
}
