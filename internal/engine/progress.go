package engine

import (
	"context"
	"log/slog"
	"time"

	"github.com/securitytrax/adcimport/internal/lease"
)

// logEvery is how often a run at work says in the log how far it is.
const logEvery = time.Minute

// logProgress says so until ctx ends, and what the run waits for, if it does. A run
// that is at its end within a minute says nothing.
func (r *Run) logProgress(ctx context.Context) {
	last, asked := r.Progress().Counts.Read, time.Now()
	for lease.Sleep(ctx, logEvery) == nil {
		p, now := r.Progress(), time.Now()
		attrs := []slog.Attr{
			slog.String("run", r.plan.State.RunID), slog.String("kind", string(r.plan.State.Kind)),
			slog.Bool("preview", r.plan.Options.Preview),
			slog.Int("read", p.Counts.Read), slog.Int("total", p.Total), slog.Int("failed", p.Counts.Failed),
			slog.Float64("per_minute", perMinute(p.Counts.Read-last, now.Sub(asked))),
		}
		last, asked = p.Counts.Read, now
		if what := r.patience.waitsFor(); what != "" {
			attrs = append(attrs, slog.String("waits_for", what))
		}
		r.cfg.Logger.LogAttrs(r.tells, slog.LevelInfo, "import run at work", attrs...) //nolint:contextcheck // as hooks get
	}
}

// perMinute is how many that are in a minute, with one digit behind the point. A
// page that is read again may take some back.
func perMinute(n int, d time.Duration) float64 {
	return float64(int(float64(max(n, 0))/d.Minutes()*10+0.5)) / 10
}

// waitsFor is what the run waits for now, since the longest time; empty: nothing.
func (p *patience) waitsFor() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.oldest(); f != nil {
		return f.String()
	}
	if p.resting > 0 {
		return "creates whose reply was lost, before they are looked up"
	}
	return ""
}
