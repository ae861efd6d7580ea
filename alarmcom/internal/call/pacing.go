package call

import (
	"errors"
	"time"

	"github.com/securitytrax/adcimport/internal/pacing"
	"github.com/securitytrax/adcimport/internal/service"
)

// newPacer makes what all calls share.
func newPacer(cfg service.Settings) *pacing.Pacer {
	return pacing.New(pacing.Config{
		Rate: cfg.RequestsPerSecond, Burst: cfg.Burst, InFlight: cfg.MaxInFlight,
		MaxPause: service.LongestPause, SlowAfter: cfg.SlowAfter, Limiter: cfg.Limiter,
	})
}

// Waits before a repeat.
const (
	backoffBase = 500 * time.Millisecond
	backoffMax  = 30 * time.Second
)

// wait is how long to wait before a repeat, counted from 0.
func wait(attempt int) time.Duration { return pacing.Backoff(attempt, backoffBase, backoffMax) }

// leftAlone says of the failure of a call that was not made when to come back.
func leftAlone(e *Failure, err error) *Failure {
	if down, ok := errors.AsType[*pacing.DownError](err); ok {
		e.Err, e.RetryAfter = errLeaveAlone, max(e.RetryAfter, time.Until(down.Until))
	}
	return e
}
