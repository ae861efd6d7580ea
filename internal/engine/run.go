package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
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
	patience *patience
	total    int
	matched  []string  // rules that ever matched in this scope, before this run
	granted  time.Time // when the lease was, by the store's clock
	began    time.Time // and by this process's
	settled  time.Time // until then a former holder's creates may still arrive; by this process's clock
	stale    bool      // a commit failed: only the store knows whether it counts
	deaf     bool      // nobody listens anymore, or too many records failed: nothing more is decided
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
func (r *Run) Counts() ledger.Counts { return r.tally.all.Counts }

// Budget returns what was spent of the limits that the options set. SetBudget sets
// it: a run that goes on by itself has one budget for all its stretches.
func (r *Run) Budget() Budget { return r.tally.spent }

// SetBudget is explained at Budget.
func (r *Run) SetBudget(spent Budget) { r.tally.spent, r.tally.counted = spent, spent }

// Begin takes the lease. Until it returns, nothing is written but the run itself.
// ctx is for the start alone.
func (r *Run) Begin(ctx context.Context) error {
	if r.plan.Options.Preview {
		r.state.Started = time.Now().UTC()
		r.granted, r.began = r.state.Started, time.Now()
		r.books = &previewBooks{store: r.cfg.Store, scope: r.scope(), state: r.state}
	} else if err := r.acquire(ctx); err != nil {
		return err
	}
	r.patience = newPatience(r.cfg, r.plan, r.granted, r.began, r.state.Failure)
	r.total = r.state.Total
	r.tally = newTally(&r.state)
	r.tally.warn(r.plan.Remarks...)
	r.publish()
	return nil
}

// scope is what the run's lease and records belong to.
func (r *Run) scope() ledger.Scope { return ledger.Scope{Account: r.cfg.Account, Kind: r.state.Kind} }

func (r *Run) acquire(ctx context.Context) error {
	cfg := r.cfg
	how := ledger.ResumeNew
	switch {
	case r.plan.Due:
		how = ledger.ResumeDue
	case r.plan.Resumed:
		how = ledger.ResumeAsked
	}
	asked := time.Now()
	granted, err := cfg.Store.Acquire(ctx, ledger.LeaseRequest{
		Scope: r.scope(), Link: r.state.Link, RunID: r.state.RunID,
		Owner: cfg.Owner + "/" + strconv.FormatInt(cfg.attempts.Add(1), 10), TTL: cfg.LeaseTTL,
		Resume: how, State: r.state, Driver: r.state.Driver, Queue: r.plan.Queue,
	})
	if err != nil {
		return fmt.Errorf("start run %s: %w", r.state.RunID, err)
	}
	r.granted, r.began = granted.Expires.Add(-granted.TTL), time.Now()
	r.settled = r.began.Add(settling(&granted, cfg))
	lost := func(err error) {
		r.cancel(err)
		r.abort(err)
	}
	far := func() ledger.Progress {
		p := r.Progress()
		return ledger.Progress{Read: p.Counts.Read, Total: p.Total}
	}
	r.tally = newTally(&granted.State)
	r.publish()
	keeper := lease.New(r.ctx, cfg.Store, granted, asked, lost, r.asked, far) //nolint:contextcheck // the run's own
	r.books = &leasedBooks{store: cfg.Store, keeper: keeper}
	r.matched = granted.Matched
	r.state = granted.State // what the former holder left was read when it was fenced off
	r.asked(granted.Asked)
	return nil
}

// asked does what somebody asked of the run, perhaps elsewhere.
func (r *Run) asked(a ledger.Ask) {
	switch a {
	case ledger.AskCancel:
		r.cancel(ErrCanceled)
	case ledger.AskInterrupt:
		r.cancel(ErrHeld)
	case ledger.AskNothing:
	}
}

// settling is for how long creates of the lease's former holder may still arrive.
func settling(l *ledger.Lease, cfg *Config) time.Duration {
	if l.First {
		return cfg.SettleTime
	}
	return cfg.SettleTime - l.Quiet
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
	keeping.Go(func() { r.logProgress(ctx) })
	if n := r.plan.CrashLoop; n > 0 && r.state.Starts >= n {
		return fmt.Errorf("run %s: %w", r.state.RunID, ErrCrashLoop)
	}
	if err := r.ready(); err != nil {
		return err
	}
	return r.plan.Work(r.ctx, r)
}

// ready waits until the run can be begun.
func (r *Run) ready() error {
	o := outage{op: preparing}
	for {
		err := r.plan.Ready(r.ctx)
		if err == nil {
			r.patience.works(preparing)
			return nil
		}
		if r.ctx.Err() != nil || !errors.Is(err, ErrNotReady) && !r.cfg.Doubtful(err) {
			return err
		}
		if err := r.patience.wait(r.ctx, &o, err); err != nil {
			return err
		}
	}
}

func (r *Run) started() error {
	attrs := append([]slog.Attr{
		slog.String("run", r.state.RunID), slog.String("link", r.state.Link), slog.String("kind", string(r.state.Kind)),
		slog.Bool("resumed", r.plan.Resumed), slog.Int64("epoch", r.books.epoch()), slog.Bool("preview", r.plan.Options.Preview),
	}, r.plan.Able...)
	r.cfg.Logger.LogAttrs(r.ctx, slog.LevelInfo, "import run started", attrs...)
	return r.plan.Hooks.Started(r.tells)
}

func (r *Run) publish() {
	r.progress.Store(&Progress{Counts: r.tally.all.Counts, Total: r.total})
}
