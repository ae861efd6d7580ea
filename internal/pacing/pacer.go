// Package pacing keeps the pace of one service for all that call it through one
// [Pacer]: so many requests a second and so many in flight, fewer when the
// service pushes back or grows slow, none while it asks to be left alone, and
// word when it stays away longer than somebody wants to wait.
package pacing

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/securitytrax/adcimport/internal/guard"
	"github.com/securitytrax/adcimport/internal/hurry"
)

// Config is the pace that a host allows.
type Config struct {
	Rate      float64       // requests a second, at most; 0 or less: no limit but the service's own, and that only down to about one a second
	Burst     int           // requests at once after a rest; at least 1
	InFlight  int           // requests at the same time; 0 or less: no limit
	MaxPause  time.Duration // how long is waited when the service asks for it; negative: for as long as it asks
	SlowAfter time.Duration // a reply that begins later slows the pace down; 0 or less: none does
	Limiter   interface {
		Wait(ctx context.Context) error
	} // asked as well, before every request; nil: none
}

// Pacer is safe for concurrent use. Make it with [New].
type Pacer struct {
	cfg   Config
	queue queue
	slots chan struct{}               // holds one per request in flight; nil: no limit
	ask   func(context.Context) error // Config.Limiter, which may hold what a host likes; nil: none

	mu      sync.Mutex
	tokens  bucket    // its rate is the pace for now: at most cfg.Rate
	until   time.Time // nothing is sent before
	changed time.Time // when the pace was
	cut     time.Time // when the pace was last cut
	limit   limit
	served  served
	last    time.Time // when the last reply came that was one
	away    outage
}

// New makes a Pacer.
func New(cfg Config) *Pacer {
	var ask func(context.Context) error
	if cfg.Limiter != nil {
		ask = cfg.Limiter.Wait
	}
	cfg.Limiter = nil
	cfg.Burst = max(cfg.Burst, 1)
	pace := cfg.Rate
	if pace <= 0 {
		pace = math.Inf(1)
	}
	p := &Pacer{cfg: cfg, ask: ask, tokens: newBucket(pace, cfg.Burst)}
	p.queue.before = p.before
	if cfg.InFlight > 0 {
		p.slots = make(chan struct{}, cfg.InFlight)
	}
	return p
}

// before reports whether one request is to be sent before another, whichever was
// begun first. One that was pushed back lets others go first, until one of them
// is served: nobody waits for a request that the service never takes.
func (p *Pacer) before(a, b *place) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if x, y := p.yields(a), p.yields(b); x != y {
		return y
	}
	return a.ahead && !b.ahead
}

func (p *Pacer) yields(place *place) bool { return place.pushed > 0 && place.served == p.served.all }

// Acquire waits for the turn of a request, to the end of ctx at most. The caller
// must end the turn with [Turn.Done]. An error is the context's cause, a
// [*LimiterError], or a [*DownError] when the wait would be longer than
// Config.MaxPause, or became so meanwhile.
func (p *Pacer) Acquire(ctx context.Context) (*Turn, error) {
	asked, place := time.Now(), placeOf(ctx)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if hurry.Is(ctx) {
		return p.ahead(ctx, place, asked)
	}
	if err := p.queue.enter(ctx, place); err != nil {
		return nil, err
	}
	defer p.queue.leave()
	if p.slots != nil {
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	if err := p.wait(ctx); err != nil {
		p.leave()
		return nil, err
	}
	return &Turn{pacer: p, place: place, asked: asked, sent: time.Now()}, nil
}

// ahead gives a turn at once, beside those that there are. Only when nothing may be
// sent at all for as long as ctx lasts, it says so.
func (p *Pacer) ahead(ctx context.Context, place *place, asked time.Time) (*Turn, error) {
	pause := p.Paused()
	if deadline, ok := ctx.Deadline(); pause > 0 && (!ok || pause >= time.Until(deadline)) {
		return nil, &DownError{Until: time.Now().Add(pause)}
	}
	if err := Sleep(ctx, pause); err != nil {
		return nil, err
	}
	if p.ask != nil {
		if err := p.limited(ctx); err != nil {
			return nil, err
		}
	}
	p.mu.Lock()
	p.tokens.take(time.Now()) // if there is one
	p.mu.Unlock()
	return &Turn{pacer: p, place: place, asked: asked, sent: time.Now(), extra: true}, nil
}

func (p *Pacer) leave() {
	if p.slots != nil {
		<-p.slots
	}
}

// wait sits out pauses, takes a token and asks the limiter. A pause that began
// meanwhile is sat out, too.
func (p *Pacer) wait(ctx context.Context) error {
	for {
		wait, err := p.take()
		if err != nil {
			return err
		}
		if wait <= 0 {
			break
		}
		if err := Sleep(ctx, wait); err != nil {
			return err
		}
	}
	if p.ask == nil {
		return nil
	}
	if err := p.limited(ctx); err != nil {
		return err
	}
	for {
		pause, err := p.pause()
		if err != nil || pause <= 0 {
			return err
		}
		if err := Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// take takes a token, or returns for how long there is none to be had.
func (p *Pacer) take() (time.Duration, error) {
	if pause, err := p.pause(); err != nil || pause > 0 {
		return pause, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tokens.take(time.Now()), nil
}

// LimiterError is what Config.Limiter refused a request with. Nothing was sent.
type LimiterError struct{ Err error }

func (e *LimiterError) Error() string { return fmt.Sprintf("not sent: Config.Limiter: %v", e.Err) }
func (e *LimiterError) Unwrap() error { return e.Err }

// limited asks the limiter. It sees no deadline, only the end: one that looks
// ahead, as golang.org/x/time/rate does, would refuse with an error of its own what
// only comes too late.
func (p *Pacer) limited(ctx context.Context) error {
	var err error
	view := endless{ctx}
	if panicked := guard.Call("Config.Limiter", func() { err = p.ask(view) }); panicked != nil { //nolint:contextcheck // a view of ctx
		err = panicked
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return &LimiterError{err}
}

// endless is a context that does not tell when it ends.
type endless struct{ context.Context } //nolint:containedctx // a view of one

func (endless) Deadline() (time.Time, bool) { return time.Time{}, false }

// pause is how long nothing may be sent.
func (p *Pacer) pause() (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wait := time.Until(p.until)
	if p.cfg.MaxPause >= 0 && wait > p.cfg.MaxPause {
		return 0, &DownError{Until: p.until}
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
	return p.last.After(t)
}

// Served is how many replies that were one came in all.
func (p *Pacer) Served() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.served.all
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
