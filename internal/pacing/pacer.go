// Package pacing keeps the pace of one service for all that call it through one
// [Pacer]: so many requests a second and so many in flight, fewer when the
// service pushes back or grows slow, none while it asks to be left alone, and
// word when it stays away longer than somebody wants to wait.
package pacing

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Config is the pace that a host allows.
type Config struct {
	Rate      float64       // requests a second, at most; 0 or less: no limit, and then none is adapted
	Burst     int           // requests at once after a rest; at least 1
	InFlight  int           // requests at the same time; 0 or less: no limit
	MaxPause  time.Duration // how long the service may stay away; negative: for ever
	SlowAfter time.Duration // a reply that begins later slows the pace down; 0 or less: none does
}

// Pacer is safe for concurrent use. Make it with [New].
type Pacer struct {
	cfg    Config
	tokens *rate.Limiter
	slots  chan struct{} // holds one per request in flight; nil: no limit
	head   chan struct{} // holds the one that waits for a token: what is promised to more would not follow the pace

	mu      sync.Mutex
	until   time.Time // nothing is sent before
	pace    float64   // requests a second for now; at most cfg.Rate
	changed time.Time // when pace was
	cut     time.Time // when pace was last cut
	served  time.Time // when the last reply came that was one
	away    outage
}

// New makes a Pacer.
func New(cfg Config) *Pacer {
	limit := rate.Limit(cfg.Rate)
	if cfg.Rate <= 0 {
		limit = rate.Inf
	}
	cfg.Burst = max(cfg.Burst, 1)
	p := &Pacer{cfg: cfg, tokens: rate.NewLimiter(limit, cfg.Burst), pace: cfg.Rate, head: make(chan struct{}, 1)}
	if cfg.InFlight > 0 {
		p.slots = make(chan struct{}, cfg.InFlight)
	}
	return p
}

// ErrNoTurn says that a request's turn comes only after its deadline. It comes
// with context.DeadlineExceeded.
var ErrNoTurn = errors.New("its turn comes only after the deadline")

// Acquire waits for the turn of a request. The caller must end the turn with
// [Turn.Done]. An error is the context's cause, [ErrNoTurn], or a [*DownError]
// when the wait would be longer than Config.MaxPause, or became so meanwhile.
func (p *Pacer) Acquire(ctx context.Context) (*Turn, error) {
	asked := time.Now()
	if err := p.enter(ctx); err != nil {
		return nil, err
	}
	if err := p.wait(ctx, asked); err != nil {
		p.leave()
		return nil, err
	}
	return &Turn{pacer: p, asked: asked, sent: time.Now()}, nil
}

func (p *Pacer) enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if p.slots == nil {
		return nil
	}
	return put(ctx, p.slots)
}

func put(ctx context.Context, ch chan<- struct{}) error {
	select {
	case ch <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (p *Pacer) leave() {
	if p.slots != nil {
		<-p.slots
	}
}

// wait sits out pauses and takes a token. A token taken for nothing, because a
// pause began meanwhile, is lost: that only slows down.
func (p *Pacer) wait(ctx context.Context, asked time.Time) error {
	if err := put(ctx, p.head); err != nil {
		return err
	}
	defer func() { <-p.head }()
	for {
		pause, err := p.pause(asked)
		if err != nil {
			return err
		}
		if err := Sleep(ctx, pause); err != nil {
			return err
		}
		if err := p.tokens.Wait(ctx); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return fmt.Errorf("%w: %w", ErrNoTurn, context.DeadlineExceeded)
		}
		if pause, err = p.pause(asked); err != nil || pause <= 0 {
			return err
		}
	}
}

// pause is how long nothing may be sent, for a request that asked at some time.
func (p *Pacer) pause(asked time.Time) (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wait := time.Until(p.until)
	if p.cfg.MaxPause < 0 {
		return wait, nil
	}
	if wait > p.cfg.MaxPause || p.away.opened.After(asked) {
		return 0, &DownError{Until: p.retryAt()}
	}
	return wait, nil
}

// Paused is for how long nothing may be sent; 0 or less: for no time.
func (p *Pacer) Paused() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.until)
}

// ServedSince reports whether a reply that was one came after t.
func (p *Pacer) ServedSince(t time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.served.After(t)
}

// Sleep waits for d or for the end of ctx, whose cause it returns.
func Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
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
