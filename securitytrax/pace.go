package securitytrax

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pacer spaces all requests of a [Sink]: a token bucket, and a pause for
// everyone when the service pushes back.
type pacer struct {
	bucket *rate.Limiter

	mu     sync.Mutex
	until  time.Time // nothing is sent before
	pushed int       // pauses in a row
}

func newPacer(perSecond float64, burst int) *pacer {
	limit := rate.Limit(perSecond)
	if perSecond < 0 {
		limit = rate.Inf
	}
	return &pacer{bucket: rate.NewLimiter(limit, burst)}
}

// wait returns when the next request may go out, or with the context's end: as
// context.DeadlineExceeded also when it is certain that its turn comes later.
func (p *pacer) wait(ctx context.Context) error {
	for d := p.pause(); d > 0; d = p.pause() {
		if err := sleep(ctx, d); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if err := p.bucket.Wait(ctx); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return context.DeadlineExceeded
	}
	return nil
}

func (p *pacer) pause() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.until)
}

// pushBack pauses everyone for d and answers how many pauses there were in a
// row. Requests that were in flight together count as one.
func (p *pacer) pushBack(d time.Duration) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if !now.Before(p.until) {
		p.pushed++
	}
	if until := now.Add(d); until.After(p.until) {
		p.until = until
	}
	return p.pushed
}

// served ends a row of pauses.
func (p *pacer) served() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pushed = 0
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
