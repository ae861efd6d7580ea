package conformance

import (
	"context"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/panics"
)

// How long a call has under a destination that keeps silent, and when it is late.
const (
	silentLimit = 200 * time.Millisecond
	silentGrace = 10 * time.Second
)

func deadlineRules[R any](what string, side func(SinkCase) *sinkSide[R]) []rule[SinkCase] {
	on := sinkOn(what, side)
	return []rule[SinkCase]{
		on("find_deadline", "Find ends with its deadline, also while the destination keeps silent, and never as an empty result",
			sinkFindDeadline[R]),
		on("deadline", "a create ends with its deadline, also while the destination keeps silent: the run's lease does not wait for it",
			sinkDeadline[R]),
	}
}

// past is a context whose deadline has passed.
func past(t *trial) (context.Context, context.CancelFunc) {
	return context.WithDeadline(t.ctx, time.Now().Add(-time.Second))
}

func sinkFindDeadline[R any](t *trial, s *sinkSide[R]) {
	if !s.canFind(t) {
		return
	}
	rec := s.record(0)
	s.created(t, rec)
	ask := func(ctx context.Context) {
		found, err := s.find(ctx, []sideKey[R]{s.key(rec)})
		if err == nil && len(found) == 0 {
			t.failf("Find returned, after its deadline and without an error, that the record is not there")
		}
	}
	ctx, cancel := past(t)
	defer cancel()
	ask(ctx)
	s.silently(t, "Find", ask)
}

func sinkDeadline[R any](t *trial, s *sinkSide[R]) {
	ctx, cancel := past(t)
	defer cancel()
	s.unsent(ctx, t, "a create whose deadline had passed")
	s.silently(t, "a create", func(ctx context.Context) {
		results, err := s.create(ctx, s.records(2, 2))
		for i, r := range results {
			if r.Status != adcimport.WriteUnknown && r.Status != adcimport.WriteNotSent {
				t.failf("the destination kept silent, and result %d is %s", i+1, statusName(r.Status))
			}
		}
		if len(results) != 2 && err == nil {
			t.failf("%d results for 2 records, and no error", len(results))
		}
	})
}

// silently calls with a short deadline while the destination answers nothing.
func (s *sinkSide[R]) silently(t *trial, call string, do func(ctx context.Context)) {
	if s.stall == nil || t.err != nil {
		return
	}
	release := s.stall()
	ctx, cancel := context.WithTimeout(t.ctx, silentLimit)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- panics.Guard(func() error { do(ctx); return nil }) }()
	late := time.NewTimer(silentGrace)
	defer late.Stop()
	select {
	case err := <-ended:
		release()
		t.noError(call, err)
	case <-late.C:
		release()
		err := <-ended
		t.err = nil // what came of it late does not count, but a panic
		t.noError(call, err)
		t.failf("%s with %s to go was not back after %s, while the destination kept silent", call, silentLimit, silentGrace)
	}
}
