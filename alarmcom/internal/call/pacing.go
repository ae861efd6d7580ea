package call

import (
	"errors"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/pacing"
	"github.com/securitytrax/adcimport/internal/service"
)

// newPacer makes what all calls share.
func newPacer(cfg service.Settings) *pacing.Pacer {
	return pacing.New(pacing.Config{
		Rate: cfg.RequestsPerSecond, Burst: cfg.Burst, InFlight: cfg.MaxInFlight,
		MaxPause: cfg.MaxPause, SlowAfter: cfg.SlowAfter, Limiter: cfg.Limiter,
	})
}

// Waits before a repeat.
const (
	backoffBase = 500 * time.Millisecond
	backoffMax  = 30 * time.Second
)

// wait is how long to wait before a repeat, counted from 0.
func wait(attempt int) time.Duration { return pacing.Backoff(attempt, backoffBase, backoffMax) }

// paused makes an [*adcimport.PausedError] of the failure of a call when the
// service stays away, or asks to be left alone, for longer than MaxPause.
func (c *Call) paused(e *Failure, err error) error {
	until, paused := c.patience.Pause(err, e.Away())
	if !paused {
		return e
	}
	if _, down := errors.AsType[*pacing.DownError](err); down {
		e.Err = errLeaveAlone
	}
	return &adcimport.PausedError{Until: until, Err: e}
}
