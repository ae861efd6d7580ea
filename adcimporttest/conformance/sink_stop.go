package conformance

import (
	"context"
	"errors"
	"fmt"

	"github.com/securitytrax/adcimport"
)

func stopRules[R any](what string, side func(SinkCase) *sinkSide[R]) []rule[SinkCase] {
	on := sinkOn(what, side)
	return []rule[SinkCase]{
		on("cancel", "a create under a canceled context writes nothing, and its results are NotSent or missing with an error", sinkCancel[R]),
		on("check_write", "a create asks CheckWrite before it writes: in a run that may not write any more it writes nothing, and all is NotSent",
			sinkCheckWrite[R]),
		on("check_write_anywhere", "wherever within a batch a run is stopped, what is NotSent was not written, and what is Created was",
			sinkCheckWriteAnywhere[R]),
	}
}

func sinkCancel[R any](t *trial, s *sinkSide[R]) {
	s.unsent(canceledContext(t), t, "a create under a canceled context")
}

// unsent creates under a context that has ended.
func (s *sinkSide[R]) unsent(ctx context.Context, t *trial, what string) {
	results, err := s.create(ctx, s.records(0, 2))
	for i, r := range results {
		if r.Status != adcimport.WriteNotSent {
			t.failf("result %d is %s", i+1, statusName(r.Status))
		}
	}
	if len(results) != 2 && err == nil {
		t.failf("%d results for 2 records, and no error", len(results))
	}
	for n := range 2 {
		s.holds(t, "after "+what, n, 0)
	}
}

func sinkCheckWrite[R any](t *trial, s *sinkSide[R]) {
	if !s.canCount(t) {
		return
	}
	err := StoppedRun(t.ctx, func(ctx context.Context) {
		if ctx.Err() != nil || adcimport.CheckWrite(ctx) == nil {
			t.failf("the run was not stopped as it should: %v", ctx.Err())
			return
		}
		results, err := s.create(ctx, s.records(0, 3))
		for i, r := range t.filled(results, 3) {
			if r.Status != adcimport.WriteNotSent {
				t.failf("result %d is %s (%v)", i+1, statusName(r.Status), errors.Join(r.Err, err))
			}
		}
		if s.update != nil {
			s.stoppedUpdate(ctx, t)
		}
	})
	t.noError("run", err)
	for n := range 3 {
		s.holds(t, "after a create in a stopped run", n, 0)
	}
}

// stoppedUpdate updates in a stopped run, what was created outside of one.
func (s *sinkSide[R]) stoppedUpdate(ctx context.Context, t *trial) {
	rec := s.record(10)
	id := s.created(t, rec)[0].ID
	if t.err != nil {
		return
	}
	results, err := s.update(ctx, []string{id}, []R{s.moved(rec)})
	for _, r := range results {
		if r.Status != adcimport.WriteNotSent {
			t.failf("an update is %s (%v)", statusName(r.Status), errors.Join(r.Err, err))
		}
	}
	if s.back == nil {
		return
	}
	got, err := s.back(ctx, id)
	t.noError("read "+s.what+" back", err)
	if _, _, city := s.fields(&got); *city == movedTo {
		t.failf("an update was written in a stopped run")
	}
}

// movedTo is a city that no other record has.
const movedTo = "Saskatoon"

func (s *sinkSide[R]) moved(rec R) R {
	_, _, city := s.fields(&rec)
	*city = movedTo
	return rec
}

const maxStops = 24

func sinkCheckWriteAnywhere[R any](t *trial, s *sinkSide[R]) {
	if !s.canCount(t) {
		return
	}
	for n := 1; n <= maxStops && t.err == nil; n++ {
		const size = 3
		var results []adcimport.WriteResult
		ended := false
		err := stoppingRun(t.ctx, func(ctx context.Context, stop context.CancelFunc) {
			l := &looks{Context: ctx, cancel: stop}
			l.left.Store(int64(n))
			results, _ = s.create(l, s.records(n*size, size)) //nolint:contextcheck // l is the context of the run, looked at
			ended = l.left.Load() > 0
		})
		t.noError("run", err)
		for i, r := range t.filled(results, size) {
			when := fmt.Sprintf("stopped at look %d at the context, record %d is %s", n, i+1, statusName(r.Status))
			s.holds(t, when, n*size+i, map[bool]int{true: 1, false: 0}[r.Status == adcimport.WriteCreated])
		}
		if ended {
			return
		}
	}
}
