package riverimport

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/securitytrax/adcimport"
)

// report says what becomes of the job after a slice.
func (s *slice) report(ctx context.Context, sum *adcimport.Summary, err error) error {
	s.record(ctx, sum)
	if err == nil {
		return nil
	}
	soon := min(5*time.Second, s.im.cfg.LeaseTTL/beatsPerTTL)
	paused, pauses := errors.AsType[*adcimport.PausedError](err)
	switch {
	case over(sum) && !pauses: // one that pauses is not told yet
		return river.JobCancel(&EndedError{JobID: s.job.ID, RunID: sum.RunID, Status: sum.Status, Failure: sum.Failure})
	case pauses:
		return river.JobSnooze(max(time.Until(paused.Until), 0))
	case s.ctx.Err() != nil: // the slice is over
		return river.JobSnooze(0)
	case errors.Is(err, errUsersFirst), errors.Is(err, errNoPlace),
		errors.Is(err, adcimport.ErrRunInProgress), errors.Is(err, adcimport.ErrClosed):
		return river.JobSnooze(soon)
	case sum != nil && sum.RunID != "": // it can do more later: it is in doubt, lost its lease, or its store is away
		return river.JobSnooze(s.im.cfg.LeaseTTL / 2)
	case lasts(err):
		return river.JobCancel(err)
	}
	return err
}

// record stores what River keeps of the job.
func (s *slice) record(ctx context.Context, sum *adcimport.Summary) {
	if sum == nil || sum.RunID == "" {
		return
	}
	o := s.output()
	o.Status, o.Counts, o.ByReason, o.Warnings = sum.Status, sum.Counts, sum.ByReason, sum.Warnings
	o.Total, o.PausedUntil = s.seen.Load().Total, sum.PausedUntil
	if sum.Status.Ended() || sum.Status == adcimport.StatusPaused {
		o.Failure = sum.Failure
	}
	_ = river.RecordOutput(ctx, o) // it is counts and codes, and this is a job
}

// lasts reports whether a start is refused for what only a person mends.
func lasts(err error) bool {
	_, options := errors.AsType[*adcimport.InvalidOptionsError](err)
	_, filter := errors.AsType[*adcimport.InvalidFilterError](err)
	_, mapping := errors.AsType[*adcimport.MappingError](err)
	_, state := errors.AsType[*adcimport.StateError](err)
	_, unreadable := errors.AsType[*unreadableError](err)
	return options || filter || mapping || state || unreadable ||
		errors.Is(err, adcimport.ErrRunExists) || errors.Is(err, errors.ErrUnsupported)
}

// EndedError is why a job is canceled whose run ended without completing. Its text is in
// the job's errors.
type EndedError struct {
	JobID   int64
	RunID   string
	Status  adcimport.RunStatus
	Failure *adcimport.Failure // nil: it was canceled
}

func (e *EndedError) Error() string {
	text := fmt.Sprintf("job %d: run %s is %s", e.JobID, e.RunID, e.Status)
	if e.Failure != nil {
		text += ": " + e.Failure.String()
	}
	return text
}

// Is makes a canceled run one of the context's cancellations.
func (e *EndedError) Is(target error) bool {
	return e.Status == adcimport.StatusCanceled && target == context.Canceled
}
