package adcimport

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// How a run may be told to stop. All stop it at a record boundary.
var (
	errOutOfTime = errors.New("the call took longer than the lease allows")
	errNotReady  = errors.New("source or sink cannot be asked now")
	errBroken    = errors.New("the caller stopped ranging")
	errCanceled  = fmt.Errorf("run canceled: %w", context.Canceled)
)

// engineStop is the handle by which the importer stops a run.
type engineStop struct{ cancel context.CancelCauseFunc }

// engineRun is a run under way: everything that does not depend on the kind.
// It belongs to one goroutine; progress is read by others.
type engineRun struct {
	imp      *Importer
	plan     *plan
	state    ledger.RunState
	resumed  bool
	tally    *tally
	counted  map[string]verdict // failed and skipped by this run
	total    int
	keeper   *leaseKeeper    // nil in a dry run
	acquired time.Time       // when the lease was granted, by this process's clock
	writes   context.Context //nolint:containedctx // outlives a stop until the record boundary
	quiet    time.Duration   // after acquired: how long a former holder's creates may still arrive
	unsure   bool            // a commit failed: only the store knows whether it counts
	emit     func(Outcome) bool
	progress atomic.Pointer[Progress]

	ctx     context.Context //nolint:containedctx // the run's own; canceled with the reason of a stop
	cancel  context.CancelCauseFunc
	abort   context.CancelCauseFunc
	handle  *engineStop
	beating sync.WaitGroup
}

// begin checks the link and the options, takes the lease and makes the run.
// Until it returns nothing is written but the run itself. The caller must call
// run. ctx is for the start; base is the one that the run lives in.
func (imp *Importer) begin(ctx, base context.Context, p *plan) (*engineRun, error) {
	r := &engineRun{imp: imp, plan: p}
	if !p.late {
		if err := imp.Check(ctx); err != nil {
			return nil, err
		}
		// Tags are made under the lease, later: two hosts may start at once.
		if err := p.check(ctx, true); err != nil {
			return nil, fmt.Errorf("check the options: %w", err)
		}
	}
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	if err := imp.enter(r.handleFor(base)); err != nil {
		r.cancel(err)
		return nil, err
	}
	if !p.dryRun {
		if err := r.acquire(ctx); err != nil {
			r.cancel(err)
			imp.leave(r.handle)
			return nil, err
		}
	}
	r.tally = newTally(r.state.Summary)
	if was, _ := mappingOf(r.state); was != p.mapping {
		r.tally.warn("the mapping changed since the run was started")
	}
	r.publish()
	return r, nil
}

// open makes the state of a new run, or takes that of the one to go on with.
func (r *engineRun) open(ctx context.Context) error {
	p := r.plan
	if p.resume != nil {
		r.state, r.resumed = *p.resume, true
		return nil
	}
	filter, options, err := p.encode(r.imp.notifierNames())
	if err != nil {
		return err
	}
	id, err := guarded(r.imp.host, "Config.NewID", func() (string, error) { return r.imp.cfg.NewID(), nil })
	if err != nil {
		return fmt.Errorf("name the run: %w", err)
	}
	// Acquire would take the lease for the run of that id, whose ledger is another's.
	if _, err := r.imp.cfg.Store.Run(ctx, id); !errors.Is(err, ErrNotFound) {
		if err == nil {
			err = &InvalidOptionsError{Field: "Config.NewID", Rule: "must not answer the id of a run that exists"}
		}
		return fmt.Errorf("open run %s: %w", id, err)
	}
	r.state = ledger.RunState{
		Summary: Summary{
			RunID: id, Link: r.imp.cfg.Link, Kind: p.kind,
			Status: StatusRunning, DryRun: p.dryRun, Started: time.Now().UTC(),
		},
		Filter: filter, Options: options,
	}
	return nil
}

func (r *engineRun) handleFor(ctx context.Context) *engineStop {
	writes, abort := context.WithCancelCause(context.WithoutCancel(ctx))
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	r.writes, r.abort = writes, abort
	r.handle = &engineStop{cancel: r.cancel}
	return r.handle
}

func (r *engineRun) acquire(ctx context.Context) error {
	cfg := &r.imp.cfg
	asked := time.Now()
	lease, err := cfg.Store.Acquire(ctx, ledger.LeaseRequest{
		Link: cfg.Link, Kind: r.plan.kind, RunID: r.state.RunID,
		Owner: r.imp.owner, TTL: cfg.LeaseTTL, State: r.state,
	})
	if err != nil {
		return fmt.Errorf("start run %s: %w", r.state.RunID, err)
	}
	r.acquired = time.Now()
	r.keeper = newLeaseKeeper(cfg.Store, lease, cfg.LeaseTTL, asked)
	r.keeper.run = r.ctx
	r.keeper.lose = func(err error) { r.cancel(err); r.abort(err) }
	r.quiet = cfg.SettleTime
	if !lease.Previous.IsZero() {
		// All three by the store's clock: ours need not agree with it.
		granted := lease.Expires.Add(-cfg.LeaseTTL)
		r.quiet = min(r.quiet, lease.Previous.Add(cfg.SettleTime).Sub(granted))
	}
	if !r.resumed {
		return nil
	}
	// Only now is the former holder fenced off: read what it left. Without that
	// the lease is left to expire: a release would store counts of before.
	if r.state, err = cfg.Store.Run(ctx, r.state.RunID); err != nil {
		return fmt.Errorf("resume run %s: %w", lease.RunID, err)
	}
	r.state.Status, r.state.Finished, r.state.PausedUntil = StatusRunning, time.Time{}, time.Time{}
	return nil
}

// run executes the plan, and ends the run: a summary with the error, as in
// io.Copy. emit gets every outcome after its commit; false stops the run.
func (r *engineRun) run(emit func(Outcome) bool) (*Summary, error) {
	defer r.imp.leave(r.handle)
	defer r.abort(nil)
	defer r.cancel(nil)
	r.emit = emit
	executed := false
	defer func() {
		if !executed { // the body of the caller's loop panicked, or ended this goroutine
			r.cancel(errBroken)
			_, _ = r.finish(errBroken)
		}
	}()
	err := r.execute()
	executed = true
	if cause := context.Cause(r.ctx); cause != nil && err != nil && !errors.Is(err, ErrTooManyFailures) {
		err = fmt.Errorf("run %s: %w", r.state.RunID, cause)
	}
	return r.finish(err)
}

func (r *engineRun) execute() error {
	if err := r.started(); err != nil {
		return fmt.Errorf("run %s: %w", r.state.RunID, err)
	}
	beat, stop := context.WithCancel(r.writes)
	defer r.beating.Wait()
	defer stop()
	if r.keeper != nil {
		r.beating.Go(func() { r.keeper.heartbeat(beat) })
	}
	if err := r.ready(); err != nil {
		return err
	}
	if !r.plan.dryRun {
		if err := r.plan.check(r.ctx, false); err != nil {
			return fmt.Errorf("check the options: %w", err)
		}
	}
	return r.plan.execute(r.ctx, r)
}

// ready checks, of a run that goes on by itself, what begin checks of others.
// What a person need not mend passes: the run is tried again.
func (r *engineRun) ready() error {
	if !r.plan.late {
		return nil
	}
	if err := context.Cause(r.ctx); err != nil {
		return err
	}
	_, err := r.imp.checkEnds(r.ctx)
	if err == nil {
		err = r.plan.check(r.ctx, true)
	}
	if err == nil {
		return nil
	}
	_, invalid := errors.AsType[*InvalidOptionsError](err)
	_, panicked := errors.AsType[*PanicError](err)
	invalid = invalid || panicked
	for _, lasting := range []error{ErrNotLinked, ErrAuth, ErrDenied, ErrNotFound, errors.ErrUnsupported} {
		invalid = invalid || errors.Is(err, lasting)
	}
	if invalid {
		return fmt.Errorf("check link and options of run %s: %w", r.state.RunID, err)
	}
	return fmt.Errorf("check link and options of run %s: %w: %w", r.state.RunID, errNotReady, err)
}

// commit makes outcomes durable, together with cursor and counts, and then
// tells about them. Without outcomes and cursor it is the counts' turn later.
func (r *engineRun) commit(c ledger.Commit, moves bool) error {
	before := r.tally.clone()
	for i := range c.Outcomes {
		o := &c.Outcomes[i]
		if was, again := r.counted[o.SourceID]; again && o.Stored(false) {
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
	if r.keeper != nil {
		if err := r.store(c); err != nil {
			r.tally, r.unsure = before, true
			return err
		}
	}
	r.remember(c.Outcomes)
	r.state.Cursor, r.state.Listed = c.Cursor, c.Listed
	r.publish()
	return r.tell(c)
}

// remember keeps what was failed or skipped: another run may leave such a record
// in doubt, and then this one decides it anew.
func (r *engineRun) remember(outcomes []Outcome) {
	for _, o := range outcomes {
		switch {
		case !o.Stored(false) || o.SourceID == "":
		case o.Action.Done():
			delete(r.counted, o.SourceID)
		default:
			r.counted[o.SourceID] = verdict{o.Action, o.Reason}
		}
	}
}

func (r *engineRun) store(c ledger.Commit) error {
	// A commit is not canceled by a stop: what was sent must be known.
	if err := r.imp.cfg.Store.Commit(r.writes, r.keeper.current(), c); err != nil {
		err = fmt.Errorf("commit to run %s: %w", r.state.RunID, err)
		if errors.Is(err, ErrLeaseLost) {
			r.keeper.lose(err)
		}
		return err
	}
	return nil
}

// tell passes committed outcomes on, and ends the run when nobody listens
// anymore, a hook panics or too many records failed.
func (r *engineRun) tell(c ledger.Commit) error {
	broken := false
	var err error // of a hook; the others are not called then, and the caller still gets every outcome
	host, ev := r.imp.host, &r.imp.cfg.Events
	for _, o := range c.Outcomes {
		if err == nil {
			err = hook(host, "Events.RecordDone", ev.RecordDone, RecordDone{Outcome: o})
		}
		broken = broken || r.emit != nil && !r.emit(o)
	}
	if err == nil {
		at := Committed{RunID: r.state.RunID, Counts: c.Counts, Cursor: c.Cursor, Listed: c.Listed}
		err = hook(host, "Events.Committed", ev.Committed, at)
	}
	if err == nil {
		err = hook(host, "RunOptions.OnProgress", r.plan.opts.OnProgress, *r.progress.Load())
	}
	switch {
	case err != nil:
		return fmt.Errorf("tell of run %s: %w", r.state.RunID, err)
	case broken:
		r.cancel(errBroken)
		return errBroken
	case r.tally.overBudget(r.plan.opts):
		return fmt.Errorf("run %s: %d failed: %w", r.state.RunID, c.Counts.Failed, ErrTooManyFailures)
	}
	return nil
}

func (r *engineRun) publish() {
	r.progress.Store(&Progress{Counts: r.tally.counts, Total: r.total})
}

func (r *engineRun) outcome(id string) Outcome {
	return Outcome{RunID: r.state.RunID, Kind: r.plan.kind, SourceID: id}
}
