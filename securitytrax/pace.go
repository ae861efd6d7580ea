package securitytrax

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/securitytrax/adcimport/internal/pacing"
	"github.com/securitytrax/adcimport/internal/service"
)

// newPacer makes what all requests of a [Sink] share.
func newPacer(cfg settings) *pacing.Pacer {
	return pacing.New(pacing.Config{
		Rate: cfg.RequestsPerSecond, Burst: cfg.Burst, InFlight: cfg.MaxInFlight,
		MaxPause: service.LongestPause, SlowAfter: cfg.SlowAfter, Limiter: cfg.Limiter,
	})
}

// turn waits for a write's turn, and no longer than there is time to send it.
func (c *client) turn(ctx context.Context, limit time.Duration) (*pacing.Turn, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return c.pace.Acquire(ctx)
	}
	early, cancel := context.WithDeadlineCause(ctx, deadline.Add(-limit), errNoTime)
	defer cancel()
	return c.pace.Acquire(early)
}

// paused refuses a call that could only wait: a pause that outlasts the time of
// a whole call is for the host to sit out.
func (c *client) paused(ctx context.Context, limit time.Duration) error {
	pause := c.pace.Paused()
	deadline, ok := ctx.Deadline()
	if pause <= 0 || !ok || pause < time.Until(deadline)-limit {
		return nil
	}
	return &APIError{Op: opWrite, Status: http.StatusTooManyRequests, RetryAfter: pause}
}

// silent reports whether the service has failed for some time, and served nobody.
func (c *client) silent() bool { return c.pace.Failing() >= service.AwayTime }

// opWrite is what a call does that sent nothing.
const opWrite = "write"

var errSilent = errors.New("nothing could be sent, and nobody is served")
