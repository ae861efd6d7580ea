package alarmcom

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pacer lets attempts go: one token each, and none while the service asked to
// wait. All calls of a Source share one.
type pacer struct {
	tokens *rate.Limiter

	mu    sync.Mutex
	until time.Time // no attempt before
}

func newPacer(perSecond float64, burst int) *pacer {
	return &pacer{tokens: rate.NewLimiter(rate.Limit(perSecond), burst)}
}

// wait returns when an attempt may go, or with the reason why it may not.
func (p *pacer) wait(ctx context.Context) error {
	for {
		if err := sleep(ctx, p.paused()); err != nil {
			return err
		}
		if err := p.tokens.Wait(ctx); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return errors.Join(errNoWaiting, context.DeadlineExceeded)
		}
		if p.paused() <= 0 {
			return nil
		}
	}
}

// pause keeps all attempts back for d.
func (p *pacer) pause(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(d); until.After(p.until) {
		p.until = until
	}
}

func (p *pacer) paused() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.until)
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
