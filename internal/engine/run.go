package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/internal/lease"
	"github.com/securitytrax/adcimport/ledger"
)

// Run is one stretch of a run, under one lease: what does not depend on the kind
// of its records. It belongs to one goroutine; Stop and Progress are for others.
type Run struct {
	cfg      *Config
	plan     *Plan
	books    books
	state    ledger.RunState
	tally    *tally
	total    int
	settled  time.Time // until then a former holder's creates may still arrive; by this process's clock
	mustAsk  bool      // a commit failed: only the store knows whether it counts
	emit     func(ledger.Outcome) bool
	progress atomic.Pointer[Progress]

	ctx    context.Context //nolint:containedctx // the run's own; canceled with the reason of a stop
	cancel context.CancelCauseFunc
	writes context.Context //nolint:containedctx // outlives a stop until the record boundary
	abort  context.CancelCauseFunc
	tells  context.Context //nolint:containedctx // of hooks: it has the caller's values, and does not end
}

// New makes a run that lives in ctx. Do must be called, or Stop.
func New(ctx context.Context, cfg *Config, plan *Plan) *Run {
	r := &Run{cfg: cfg, plan: plan, state: plan.State, tells: context.WithoutCancel(ctx)}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	r.writes, r.abort = context.WithCancelCause(r.tells)
	return r
}

// Stop tells the run to stop at the next record boundary, and why.
func (r *Run) Stop(cause error) { r.cancel(cause) }

// ID is the id of the run.
func (r *Run) ID() string { return r.state.RunID }

// State is the run as it was when it began, or when it was taken up.
func (r *Run) State() ledger.RunState { return r.state }

// Progress is that of the last commit.
func (r *Run) Progress() Progress { return *r.progress.Load() }

// Counts are those of the run so far, with the stretches before.
func (r *Run) Counts() ledger.Counts { return r.tally.counts }

// Budget returns from where failures count against the limits that the options
// set. SetBudget sets it: a run that goes on by itself has one budget for all its
// stretches.
func (r *Run) Budget() ledger.Counts { return r.tally.started }

// SetBudget is explained at Budget.
func (r *Run) SetBudget(from ledger.Counts) { r.tally.started = from }

// Begin takes the lease. Until it returns, nothing is written but the run itself.
// ctx is for the start alone.
func (r *Run) Begin(ctx context.Context) error {
	if r.plan.Options.Preview {
		r.books = &previewBooks{store: r.cfg.Store, link: r.state.Link, kind: r.state.Kind}
	} else if err := r.acquire(ctx); err != nil {
		return err
	}
	r.tally = newTally(r.state.Summary)
	r.tally.warn(r.plan.Remarks...)
	r.publish()
	return nil
}

func (r *Run) acquire(ctx context.Context) error {
	cfg := r.cfg
	asked := time.Now()
	granted, err := cfg.Store.Acquire(ctx, ledger.LeaseRequest{
		Link: r.state.Link, Kind: r.state.Kind, RunID: r.state.RunID,
		Owner: cfg.Owner, TTL: cfg.LeaseTTL, State: r.state,
	})
	if err != nil {
		return fmt.Errorf("start run %s: %w", r.state.RunID, err)
	}
	r.settled = time.Now().Add(settling(granted, cfg))
	lost := func(err error) {
		r.cancel(err)
		r.abort(err)
	}
	keeper := lease.New(r.ctx, cfg.Store, granted, cfg.LeaseTTL, asked, lost) //nolint:contextcheck // the run's own
	r.books = &leasedBooks{cfg.Store, keeper}
	if !r.plan.Resumed {
		return nil
	}
	// Only now is the former holder fenced off: read what it left. Without that
	// the lease is left to expire: a release would store counts of before.
	if r.state, err = cfg.Store.Run(ctx, r.state.RunID); err != nil {
		return fmt.Errorf("resume run %s: %w", granted.RunID, err)
	}
	r.state.Status, r.state.Finished, r.state.PausedUntil = ledger.StatusRunning, time.Time{}, time.Time{}
	return nil
}

// settling is for how long creates of the lease's former holder may still arrive.
func settling(l ledger.Lease, cfg *Config) time.Duration {
	if l.Previous.IsZero() {
		return cfg.SettleTime
	}
	// All three by the store's clock: ours need not agree with it.
	granted := l.Expires.Add(-cfg.LeaseTTL)
	return min(cfg.SettleTime, l.Previous.Add(cfg.SettleTime).Sub(granted))
}

// Do executes the plan, and ends the run: a summary with the error, as in
// io.Copy. emit gets every outcome after its commit; false stops the run.
func (r *Run) Do(emit func(ledger.Outcome) bool) (*ledger.Summary, error) {
	defer r.abort(nil)
	defer r.cancel(nil)
	r.emit = emit
	executed := false
	defer func() {
		if !executed { // the body of the caller's loop panicked, or ended this goroutine
			r.cancel(ErrBroken)
			_, _ = r.finish(ErrBroken)
		}
	}()
	err := r.execute()
	executed = true
	if cause := context.Cause(r.ctx); cause != nil && err != nil && !errors.Is(err, ErrTooManyFailures) {
		err = fmt.Errorf("run %s: %w", r.state.RunID, cause)
	}
	return r.finish(err)
}

func (r *Run) execute() error {
	if err := r.started(); err != nil {
		return fmt.Errorf("run %s: %w", r.state.RunID, err)
	}
	var keeping sync.WaitGroup
	defer keeping.Wait()
	ctx, stop := context.WithCancel(r.writes)
	defer stop()
	keeping.Go(func() { r.books.keep(ctx) })
	if err := r.plan.Ready(r.ctx); err != nil {
		return err
	}
	return r.plan.Work(r.ctx, r)
}

func (r *Run) started() error {
	r.cfg.Logger.InfoContext(r.ctx, "import run started", slog.String("run", r.state.RunID),
		slog.String("link", r.state.Link), slog.String("kind", string(r.state.Kind)),
		slog.Bool("resumed", r.plan.Resumed), slog.Int64("epoch", r.books.epoch()), slog.Bool("preview", r.plan.Options.Preview))
	return r.plan.Hooks.Started(r.tells)
}

// commit makes outcomes durable, together with cursor and counts, and then
// tells about them. Without outcomes and cursor it is the counts' turn later.
func (r *Run) commit(c ledger.Commit, moves bool, done *done) error {
	before := r.tally.clone()
	for i := range c.Outcomes {
		o := &c.Outcomes[i]
		if was, again := done.counted[o.SourceID]; again && o.Stored(false) {
			r.tally.count(was, -1) // the ledger keeps the later outcome
		}
		r.tally.add(o)
	}
	if moves {
		r.tally.passed()
	} else {
		c.Cursor, c.Listed = r.state.Cursor, r.state.Listed
	}
	c.Counts, c.ByReason = r.tally.counts, maps.Clone(r.tally.reasons)
	// A commit is not canceled by a stop: what was sent must be known.
	if err := r.books.commit(r.writes, c); err != nil {
		r.tally, r.mustAsk = before, true
		return err
	}
	done.count(c.Outcomes)
	r.state.Cursor, r.state.Listed = c.Cursor, c.Listed
	r.publish()
	return r.tell(&c)
}

// tell passes committed outcomes on, and ends the run when nobody listens
// anymore, a hook fails or too many records failed.
func (r *Run) tell(c *ledger.Commit) error {
	broken := false
	var err error // of a hook; the others are not called then, and the caller still gets every outcome
	for i := range c.Outcomes {
		if err == nil {
			err = r.plan.Hooks.RecordDone(r.tells, &c.Outcomes[i])
		}
		broken = broken || r.emit != nil && !r.emit(c.Outcomes[i])
	}
	if err == nil {
		err = r.plan.Hooks.Committed(r.tells, r.Progress())
	}
	switch {
	case err != nil:
		return fmt.Errorf("tell of run %s: %w", r.state.RunID, err)
	case broken:
		r.cancel(ErrBroken)
		return ErrBroken
	case r.tally.overBudget(r.plan.Options):
		return fmt.Errorf("run %s: %d failed: %w", r.state.RunID, c.Counts.Failed, ErrTooManyFailures)
	}
	return nil
}

func (r *Run) publish() {
	r.progress.Store(&Progress{Counts: r.tally.counts, Total: r.total})
}
