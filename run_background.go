package adcimport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/internal/lease"
	"github.com/securitytrax/adcimport/ledger"
)

// begun is what a person is told when an import starts.
const begun = "Your import has begun. It will run in the background and we will notify you when it is complete."

// Run is a run in the background. It is safe for concurrent use.
//
// A run goes on by itself as long as its importer lives. One that is paused
// waits for [Summary.PausedUntil], without a lease; one that lost its lease,
// whose store is away, or that leaves records in doubt, is tried again after a
// wait that grows from a second to a minute; one whose lease another process
// holds is watched until it ended there, or until the lease is over. The Run
// stays the same through all that, and is done when the run ended: completed,
// stopped, canceled or failed.
type Run struct {
	id     string
	ctx    context.Context //nolint:containedctx // the run's own, through all its waits; its cause is why it was told to stop
	cancel context.CancelCauseFunc
	stop   *stopper
	done   chan struct{}
	now    atomic.Pointer[stretch]  // at work; nil: it waits
	seen   atomic.Pointer[Progress] // of a run that waits

	summary *Summary
	err     error
}

// ID is the run's id, for [Importer.StartResume], [Importer.Outcomes] and the like.
func (r *Run) ID() string { return r.id }

// Message is what to tell the person who started the run.
func (*Run) Message() string { return begun }

// Progress is that of the last commit. Of a run that another process is at work
// on it is what the store had when it was last looked at.
func (r *Run) Progress() Progress {
	if er := r.now.Load(); er != nil {
		return Progress(er.Progress())
	}
	return *r.seen.Load()
}

// Done is closed when the run ended, was stored and told, or when its importer
// was closed.
func (r *Run) Done() <-chan struct{} { return r.done }

// Wait waits for the end of the run, or of ctx, which leaves the run alone.
func (r *Run) Wait(ctx context.Context) (*Summary, error) {
	select {
	case <-r.done:
		return r.summary, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Cancel stops the run at a record boundary, or while it waits. It ends as
// [StatusCanceled] and can be resumed with [Importer.StartResume]. Only where another
// process, or another run, holds the lease, or where the store is away, nothing
// can be stored: then this Run is done and the run stays as it is. See also
// [Importer.Cancel].
func (r *Run) Cancel() { r.cancel(engine.ErrCanceled) }

// Interrupt is Cancel, except that the run ends as held, and nobody is told: a
// person goes on with it.
func (r *Run) Interrupt() { r.cancel(engine.ErrHeld) }

// newRun makes a run that the importer stops and waits for. It must be driven,
// or dropped with leave.
func (imp *Importer) newRun(ctx context.Context, id string, so Progress) (*Run, error) {
	r := &Run{id: id, done: make(chan struct{})}
	r.ctx, r.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	r.stop = &stopper{cancel: r.cancel}
	r.seen.Store(&so)
	if err := imp.enter(r.stop, false); err != nil {
		r.cancel(err)
		return nil, err
	}
	return r, nil
}

// start begins a run and goes on with it in the background.
func (imp *Importer) start(ctx context.Context, req *request) (*Run, error) {
	ended, err := imp.namedBefore(ctx, req)
	switch {
	case err != nil:
		return nil, err
	case ended != nil:
		return endedRun(ended), nil
	case req.opts.RunID != "" && req.resume != nil && unfinished(req.resume.Status):
		imp.watch() //nolint:contextcheck // as long as the importer lives
		return imp.goOn(ctx, *req.resume, nil)
	}
	if waits, err := imp.waiting(ctx, req); err != nil || waits != nil {
		imp.watch() //nolint:contextcheck // as long as the importer lives
		return waits, err
	}
	r, err := imp.newRun(ctx, "", Progress{})
	if err != nil {
		return nil, err
	}
	req.background = true
	var er *stretch
	if req.turn, err = imp.queue(req.kind); err == nil {
		er, err = imp.begin(ctx, r.ctx, req)
	}
	if err != nil {
		req.turn.end()
		r.cancel(err)
		imp.leave(r.stop)
		if overtaken(req, err) {
			return imp.start(ctx, req) // and finds it
		}
		return imp.startQueued(ctx, req, err)
	}
	r.id = er.ID()
	r.now.Store(er)
	imp.mu.Lock()
	imp.runs[r.id] = r
	imp.mu.Unlock()
	d := &driver{imp: imp, run: r, request: req, turn: req.turn, last: er.State(), begun: true}
	go imp.drive(d, er) //nolint:contextcheck // the run has its own
	imp.watch()         //nolint:contextcheck // as long as the importer lives
	return r, nil
}

// drive sees a run to its end. Close waits for it.
func (imp *Importer) drive(d *driver, er *stretch) {
	r := d.run
	defer imp.leave(r.stop)
	defer close(r.done)
	defer r.cancel(nil)
	r.summary, r.err = d.toEnd(er)
	d.turn.end()
	imp.mu.Lock()
	defer imp.mu.Unlock()
	if imp.runs[r.id] == r {
		delete(imp.runs, r.id)
	}
}

// driver is what a run in the background goes on by itself with. It belongs to
// one goroutine.
type driver struct {
	imp     *Importer
	run     *Run
	request *request
	last    ledger.RunState // as it was last seen
	turn    *turn           // nil: it did not ask for one, or needs none
	after   *Run            // the one to wait for first; nil: none

	begun  bool          // this importer was at work on it
	tries  int           // without progress
	looks  int           // at a lease that another one holds
	said   string        // what was logged last
	spent  engine.Budget // of the error budget
	untold bool          // the store failed when the end was stored: it may be stored, and was not told
}

// toEnd works on the run, with er first, and waits, until it ended.
func (d *driver) toEnd(er *stretch) (*Summary, error) {
	if d.after != nil {
		if err := queued(d.run.ctx, d.after); err != nil {
			return d.stopped(err)
		}
	}
	for {
		if er == nil {
			var sum *Summary
			var err error
			if er, sum, err = d.takeUp(); er == nil {
				return sum, err
			}
		}
		sum, err := d.work(er)
		queued := errors.Is(err, errQueued)
		if !queued && !d.goesOn(sum) {
			return sum, err
		}
		d.untold = engine.StoreAway(err)
		er = nil
		if queued {
			continue
		}
		if err = d.rest(err, pauseOf(err)); err != nil {
			return d.stopped(err)
		}
	}
}

// work is one stretch of the run under one lease.
func (d *driver) work(er *stretch) (*Summary, error) {
	er.SetBudget(d.spent) // only a person's Resume gives a new one
	before := er.Counts()
	if !d.turn.came() {
		er.Stop(errQueued) // it is stored, and gives the lease back
	}
	d.run.now.Store(er)
	sum, err := er.do(nil)
	if !errors.Is(err, errQueued) {
		d.leave()
	}
	d.spent = er.Budget()
	d.run.seen.Store(new(Progress(er.Progress())))
	d.run.now.Store(nil)
	if sum.Counts != before {
		d.tries = 0
	}
	d.last.Summary, d.said = *sum, ""
	return sum, err
}

// leave gives the turn back: a run that waits for anything else has none.
func (d *driver) leave() {
	d.turn.end()
	d.turn = nil
}

func (d *driver) goesOn(sum *Summary) bool {
	cause := context.Cause(d.run.ctx)
	waits := sum.Status == StatusInterrupted || sum.Status == StatusPaused
	return waits && (cause == nil || isAsked(cause))
}

// isAsked reports whether a run was told to stop by a person: that is stored.
func isAsked(cause error) bool {
	return errors.Is(cause, engine.ErrCanceled) || errors.Is(cause, engine.ErrHeld)
}

// takeUp waits until the run can be gone on with here. Without a run of the
// engine it ended elsewhere, or cannot go on.
func (d *driver) takeUp() (*stretch, *Summary, error) {
	for {
		er, ended, err := d.try(d.run.ctx)
		if er != nil || ended {
			return er, &d.last.Summary, err
		}
		if !errors.Is(err, errQueued) {
			d.leave()
		}
		if cause := context.Cause(d.run.ctx); cause == nil {
			err = d.await(err)
		} else {
			err = cause
		}
		if err != nil {
			sum, err := d.stopped(err)
			return nil, sum, err
		}
	}
}

// try looks at the run and goes on with it, if that is possible now.
func (d *driver) try(ctx context.Context) (er *stretch, ended bool, err error) {
	st, err := d.imp.stored(ctx, d.run.id)
	if err != nil {
		return nil, !engine.StoreAway(err) && !d.told(), err
	}
	d.last = st
	d.run.seen.Store(&Progress{Counts: st.Counts, Total: max(st.Total, d.run.seen.Load().Total)})
	if !unfinished(st.Status) {
		return nil, true, d.endedElsewhere(ctx)
	}
	if st.Driver == ledger.DriverHost && !st.Alive && !d.told() {
		ended, err = d.ofCaller(ctx, st)
		return nil, ended, err
	}
	if st.Status == StatusPaused && st.DueIn > 0 && !d.told() { // by the store's clock
		return nil, false, &PausedError{Until: time.Now().Add(st.DueIn), Err: errWaits}
	}
	if d.turn == nil && !d.told() {
		if d.turn, err = d.imp.queue(d.request.kind); err != nil {
			return nil, true, err
		}
	}
	if !d.turn.came() && !d.told() {
		return nil, false, errQueued
	}
	req := *d.request
	req.resume, req.background, req.late, req.turn = &st, true, true, d.turn
	req.due, req.first = !d.told(), !d.begun
	er, err = d.imp.begin(ctx, d.run.ctx, &req)
	d.begun = d.begun || er != nil
	ended = err != nil && !engine.StoreAway(err) && !d.told()
	for _, passes := range []error{ErrRunInProgress, ledger.ErrNotDue, ledger.ErrRunEnded} { // it is looked at again
		ended = ended && !errors.Is(err, passes)
	}
	return er, ended, err
}

// pauseOf is until when a run pauses that ended with err; zero: it does not.
func pauseOf(err error) time.Time {
	if paused, ok := errors.AsType[*PausedError](err); ok {
		return paused.Until
	}
	return time.Time{}
}

var errWaits = errors.New("the run is paused") // of one that the store has as paused

// await waits for what try did not get past.
func (d *driver) await(err error) error {
	ctx := d.run.ctx
	if paused, ok := errors.AsType[*PausedError](err); ok {
		d.say(slog.LevelInfo, "import run waits for the end of its pause", paused)
		return sleepUntil(ctx, paused.Until)
	}
	if errors.Is(err, errQueued) {
		d.say(slog.LevelInfo, "import run waits for its turn", err)
		return d.turn.await(ctx)
	}
	busy, ok := errors.AsType[*RunInProgressError](err)
	if !ok {
		return d.rest(err, time.Time{})
	}
	at := *busy
	at.Heartbeat = time.Time{} // what changes is no news
	d.say(slog.LevelInfo, "import run waits for a lease", &at)
	return lease.Sleep(ctx, d.nextLook())
}

// rest waits after what passes: for the end of a pause, and for longer with every
// try that brought nothing.
func (d *driver) rest(err error, pause time.Time) error {
	d.say(slog.LevelWarn, "import run waits, and goes on by itself", err)
	if !pause.IsZero() {
		if serr := sleepUntil(d.run.ctx, pause); serr != nil {
			return serr
		}
	}
	d.tries++
	if !pause.IsZero() && d.tries == 1 {
		return nil
	}
	return lease.Sleep(d.run.ctx, d.imp.grown(min(firstRest, d.imp.cfg.LeaseTTL/lease.BeatsPerTTL), d.run.id, d.tries))
}

const (
	firstRest   = time.Second // between two tries of what passes
	longestRest = time.Minute
)

// nextLook is when to ask again for a lease that another one holds. The store
// alone knows when it is over, and no clock but its own would tell.
func (d *driver) nextLook() time.Duration {
	d.looks++
	ttl := d.imp.cfg.LeaseTTL
	return ttl/lease.BeatsPerTTL + d.imp.jitter(ttl/lease.RetriesPerTTL, d.run.id, d.looks)
}

// told reports whether the run was told to stop.
func (d *driver) told() bool { return d.run.ctx.Err() != nil }

// say logs what a run waits for, once.
func (d *driver) say(level slog.Level, msg string, err error) {
	if text := msg + err.Error(); text != d.said {
		d.said = text
		//nolint:sloglint // the callers have constants
		d.imp.cfg.Logger.LogAttrs(d.run.ctx, level, msg, slog.String("run", d.run.id), slog.Any("error", err))
	}
}

// endedElsewhere is the error of a run that this importer did not end, or whose
// end it stored without getting a reply.
func (d *driver) endedElsewhere(ctx context.Context) error {
	if d.untold {
		d.imp.notify(ctx, endOfRun(&d.last))
	}
	return endOf(&d.last)
}

// stopped ends the wait of a run that was told to stop. What a person asked for is
// stored, if its lease can be had now.
func (d *driver) stopped(cause error) (*Summary, error) {
	if isAsked(cause) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(d.run.ctx), engine.ReleaseTimeout)
		defer cancel()
		er, ended, err := d.try(ctx)
		switch {
		case er != nil:
			return d.work(er) // its context is canceled: it ends before it does anything
		case ended:
			return &d.last.Summary, err
		}
	}
	return &d.last.Summary, fmt.Errorf("run %s: %w", d.run.id, cause)
}
