package alarmcom

import (
	"errors"
	"net/http"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/pacing"
)

// newPacer makes what all calls of a Source share (SPEC B6).
func newPacer(cfg Config) *pacing.Pacer {
	return pacing.New(pacing.Config{
		Rate: cfg.RequestsPerSecond, Burst: cfg.Burst, InFlight: cfg.MaxInFlight,
		MaxPause: cfg.MaxPause, SlowAfter: cfg.SlowAfter,
	})
}

// Waits before a repeat.
const (
	backoffBase = 500 * time.Millisecond
	backoffMax  = 30 * time.Second
)

// wait is how long to wait before a repeat, counted from 0.
func wait(attempt int) time.Duration { return pacing.Backoff(attempt, backoffBase, backoffMax) }

// paused makes an [*adcimport.PausedError] of the error of a call when the
// service stays away, or asks to be left alone, for longer than Config.MaxPause.
func (s *Source) paused(e *Error, err error) error {
	if down, ok := errors.AsType[*pacing.DownError](err); ok {
		e.Err = errLeaveAlone
		return &adcimport.PausedError{Until: down.Until, Err: e}
	}
	if !away(e) {
		return e
	}
	if until, over := s.pace.Over(); over {
		return &adcimport.PausedError{Until: until, Err: e}
	}
	return e
}

func isPaused(err error) bool {
	_, paused := errors.AsType[*adcimport.PausedError](err)
	return paused
}

// away reports whether a call failed because the service is busy or away,
// rather than of what was asked.
func away(e *Error) bool {
	return e.Status == 0 && e.Fault == nil && retryable(e.Err) ||
		pacing.Overloaded(e.Status) || errors.Is(e.Err, adcimport.ErrRateLimited) ||
		errors.Is(e.Err, pacing.ErrTimeout) && e.Status != http.StatusInternalServerError ||
		errors.Is(e.Err, errBrokenBody) && e.Status == http.StatusOK
}
