package adcimport

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/internal/lease"
	"github.com/securitytrax/adcimport/ledger"
)

// toEnd begins a run and goes on with it here.
func (imp *Importer) toEnd(ctx context.Context, req *request, emit func(Outcome) bool) (*Summary, error) {
	if !req.dryRun { // a preview tells nobody and stores nothing
		if ended, err := imp.namedBefore(ctx, req); err != nil {
			return refused(imp.cfg.Link, req.kind), err
		} else if ended != nil {
			return imp.repeated(ctx, ended, emit)
		}
	}
	err := imp.awaitTurn(ctx, req)
	defer req.turn.end()
	var er *stretch
	if err == nil {
		er, err = imp.begin(ctx, ctx, req)
	}
	if err != nil {
		s := refused(imp.cfg.Link, req.kind)
		s.DryRun = req.dryRun
		return s, err
	}
	return er.do(emit) //nolint:contextcheck // begin gave the run a context of its own
}

// namedBefore looks for a run that has the id which the options ask for. One that
// is not ended becomes the run to go on with; one that is ended is returned.
func (imp *Importer) namedBefore(ctx context.Context, req *request) (ended *ledger.RunState, err error) {
	id := req.opts.RunID
	if id == "" || req.resume != nil {
		return nil, nil
	}
	st, err := imp.cfg.Store.Run(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for run %s: %w", id, err)
	}
	same, err := imp.sameRequest(&st, req)
	switch {
	case err != nil:
		return nil, fmt.Errorf("look for run %s: %w", id, err)
	case !same:
		return nil, fmt.Errorf("start run %s: it is of another link or kind, or has another filter or other options: %w", id, ErrRunExists)
	case st.Status.Ended():
		return &st, nil
	}
	req.resume = &st
	return nil, nil
}

// overtaken reports whether a start failed since another one, with the same run id,
// came in between, as a second click or a second host does.
func overtaken(req *request, err error) bool {
	if req.opts.RunID == "" || req.resume != nil {
		return false
	}
	busy, ok := errors.AsType[*RunInProgressError](err)
	return ok && busy.RunID == req.opts.RunID || errors.Is(err, ErrRunExists)
}

// waiting is the run in the background that waits for what this one was to do; nil:
// there is none.
func (imp *Importer) waiting(ctx context.Context, req *request) (*Run, error) {
	if req.opts.RunID != "" || req.resume != nil || req.retryOf != "" {
		return nil, nil
	}
	for st, err := range imp.cfg.Store.Runs(ctx, ledger.RunQuery{Link: imp.cfg.Link, Kind: req.kind, Unended: true}) {
		if err != nil {
			return nil, fmt.Errorf("look for a run that waits: %w", err)
		}
		if !unfinished(st.Status) || st.Alive || st.Driver == ledger.DriverHost || st.RetryOf != "" {
			continue
		}
		if same, err := imp.sameRequest(&st, req); err == nil && same {
			return imp.goOn(ctx, st, nil)
		}
	}
	return nil, nil
}

// sameRequest reports whether a stored run was asked for what a request asks for.
func (imp *Importer) sameRequest(st *ledger.RunState, req *request) (bool, error) {
	if st.Link != imp.cfg.Link || st.Kind != req.kind {
		return false, nil
	}
	filter, options, err := req.encode(nil)
	if err != nil {
		return false, err
	}
	asked, err := decodeState[storedOptions[json.RawMessage]](st.RunID, "options", options)
	if err != nil {
		return false, err
	}
	stored, err := decodeState[storedOptions[json.RawMessage]](st.RunID, "options", st.Options)
	if err != nil {
		return false, err
	}
	return bytes.Equal(filter, st.Filter) && bytes.Equal(asked.Options, stored.Options), nil
}

// repeated is the end of a run that ended before, told once more to who asks for
// it by its id.
func (imp *Importer) repeated(ctx context.Context, st *ledger.RunState, emit func(Outcome) bool) (*Summary, error) {
	if emit != nil {
		for o, err := range imp.Outcomes(ctx, st.RunID) {
			if err != nil {
				return &st.Summary, err
			}
			if !emit(o) {
				break
			}
		}
	}
	return &st.Summary, endOf(st)
}

// endedRun is the Run of a run that ended before.
func endedRun(st *ledger.RunState) *Run {
	r := &Run{id: st.RunID, done: make(chan struct{}), summary: &st.Summary, err: endOf(st)}
	r.ctx, r.cancel = context.WithCancelCause(context.Background())
	r.cancel(nil)
	r.seen.Store(&Progress{Counts: st.Counts, Total: st.Total})
	close(r.done)
	return r
}

// endOf is the error of a run that ended elsewhere, or before.
func endOf(st *ledger.RunState) error {
	var why error
	switch st.Status {
	case StatusCompleted:
		return nil
	case StatusStopped:
		why = ErrTooManyFailures
	case StatusCanceled:
		why = engine.ErrCanceled
	case ledger.StatusHeld, StatusPaused: // a caller goes on with it
		why = engine.ErrHeld
	case StatusRunning, StatusInterrupted, StatusFailed:
		why = errors.New("it failed where it was at work")
	default:
		why = errors.New("it failed where it was at work")
	}
	return fmt.Errorf("run %s: %w", st.RunID, why)
}

// refused is the summary of a run that did not begin.
func refused(link string, k Kind) *Summary {
	return &Summary{Link: link, Kind: k, Status: StatusFailed}
}

// outcomes makes the iterator form of a run.
func (imp *Importer) outcomes(ctx context.Context, req *request, err error) iter.Seq2[Outcome, error] {
	return func(yield func(Outcome, error) bool) {
		if err == nil {
			_, err := imp.toEnd(ctx, req, func(o Outcome) bool { return yield(o, nil) })
			if err == nil || errors.Is(err, engine.ErrBroken) {
				return
			}
			yield(Outcome{}, err)
			return
		}
		yield(Outcome{}, err)
	}
}

func (imp *Importer) stored(ctx context.Context, runID string) (ledger.RunState, error) {
	st, err := imp.cfg.Store.Run(ctx, runID)
	if err != nil {
		return ledger.RunState{}, fmt.Errorf("run %s: %w", runID, err)
	}
	if st.Link != imp.cfg.Link {
		return ledger.RunState{}, fmt.Errorf("run %s belongs to another link: %w", runID, ErrNotFound)
	}
	return st, nil
}

// infoOf shows a run also where filter or options cannot be read.
func infoOf(st ledger.RunState) RunInfo {
	info := RunInfo{
		Summary: st.Summary, RetryOf: cmp.Or(st.RetryOf, retryOf(st)), Labels: st.Labels,
		Total: st.Total, Owner: st.Owner, Heartbeat: st.Heartbeat, Alive: st.Alive,
	}
	switch st.Kind {
	case KindCustomer:
		if f, o, err := decodeRequest[CustomerFilter, CustomerOptions](st); err == nil {
			info.CustomerFilter, info.CustomerOptions = &f.Filter, &o.Options
		}
	case KindUser:
		if f, o, err := decodeRequest[UserFilter, UserOptions](st); err == nil {
			info.UserFilter, info.UserOptions = &f.Filter, &o.Options
		}
	}
	return info
}

// Runs lists the runs of the link, newest first.
func (imp *Importer) Runs(ctx context.Context) iter.Seq2[RunInfo, error] {
	return func(yield func(RunInfo, error) bool) {
		for st, err := range imp.cfg.Store.Runs(ctx, ledger.RunQuery{Link: imp.cfg.Link}) {
			if err != nil {
				yield(RunInfo{}, fmt.Errorf("list runs: %w", err))
				return
			}
			if !yield(infoOf(st), nil) {
				return
			}
		}
	}
}

// LookupRun returns one run of the link, or [ErrNotFound].
func (imp *Importer) LookupRun(ctx context.Context, runID string) (RunInfo, error) {
	st, err := imp.stored(ctx, runID)
	if err != nil {
		return RunInfo{}, fmt.Errorf("look up: %w", err)
	}
	return infoOf(st), nil
}

// Outcomes lists the ledger of a run: one outcome per record, without those
// that were known before. Records without a usable id come last: the store has one
// row for all of them, which is yielded as often as they were counted.
func (imp *Importer) Outcomes(ctx context.Context, runID string) iter.Seq2[Outcome, error] {
	return func(yield func(Outcome, error) bool) {
		st, err := imp.stored(ctx, runID)
		if err != nil {
			yield(Outcome{}, fmt.Errorf("outcomes: %w", err))
			return
		}
		var nameless []Outcome                   // the row, or none
		left := st.ByReason[ReasonInvalidRecord] // without a row of their own
		for o, err := range imp.cfg.Store.Outcomes(ctx, runID, 0) {
			switch {
			case err != nil:
				yield(Outcome{}, fmt.Errorf("outcomes of run %s: %w", runID, err))
				return
			case o.SourceID == "":
				nameless = []Outcome{o}
				continue
			case o.Reason == ReasonInvalidRecord:
				left--
			}
			if !yield(o, nil) {
				return
			}
		}
		for _, o := range slices.Repeat(nameless, max(left, 0)) {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// InFlight lists the records of a kind whose create was, or was about to be,
// sent and has no outcome yet. They have [ActionInFlight], the time since when,
// and no run id: they belong to the account, whose next run of the kind resolves
// what a broken one left behind.
func (imp *Importer) InFlight(ctx context.Context, k Kind) iter.Seq2[Outcome, error] {
	return func(yield func(Outcome, error) bool) {
		scope := ledger.Scope{Account: imp.cfg.SinkAccount, Kind: k}
		for r, err := range imp.cfg.Store.List(ctx, scope, ledger.Query{States: []ledger.RecordState{ledger.StateOpen}}) {
			if err != nil {
				yield(Outcome{}, fmt.Errorf("list %ss in flight: %w", k, err))
				return
			}
			if !yield(Outcome{Kind: k, SourceID: r.ID, Action: ActionInFlight, At: r.Since}, nil) {
				return
			}
		}
	}
}

// Prune deletes the runs of the link that finished before olderThan, with their
// outcomes, and returns how many. What was imported stays known, and so do
// records in doubt: a pruned history makes no duplicates. Runs that go on by
// themselves (running, interrupted, paused) stay. A run that was pruned can
// neither be reported nor resumed nor retried.
func (imp *Importer) Prune(ctx context.Context, olderThan time.Time) (int, error) {
	n, err := imp.cfg.Store.Prune(ctx, imp.cfg.Link, olderThan)
	if err != nil {
		return n, fmt.Errorf("prune runs of link %s: %w", imp.cfg.Link, err)
	}
	return n, nil
}

// Drain is a Close that stops nothing: it refuses to begin runs, waits for those
// that there are, in the background too, and then closes. When ctx ends first,
// they go on, and the importer stays as it is: Close stops them.
func (imp *Importer) Drain(ctx context.Context) error {
	imp.mu.Lock()
	imp.drains = true
	imp.mu.Unlock()
	done := make(chan struct{})
	go func() { // ends with the last run
		defer close(done)
		imp.wg.Wait()
	}()
	select {
	case <-done:
		return imp.Close(ctx)
	case <-ctx.Done():
		return fmt.Errorf("drain: runs are not at their end: %w", context.Cause(ctx))
	}
}

// Close stops the runs of this importer at their next commit, as
// [StatusInterrupted] where they go on by themselves, and waits for them, or for the
// end of ctx. Runs that wait stay as they are. Nothing can be started afterwards.
// Notifiers at work are waited for too, for as long as their context lasts; only a
// Close with the context of a notifier does not wait for that one.
func (imp *Importer) Close(ctx context.Context) error {
	imp.mu.Lock()
	imp.closed = true
	imp.notices.close()
	for stop := range imp.active {
		stop.cancel(ErrClosed)
	}
	imp.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		imp.wg.Wait()
		imp.watcher.Wait()
	}()
	select {
	case <-done:
		return imp.notices.wait(ctx)
	case <-ctx.Done():
		return fmt.Errorf("close: runs are still at work: %w", context.Cause(ctx))
	}
}

// enter registers a run, or a stretch of one that is registered, unless the
// importer is closed.
func (imp *Importer) enter(stop *stopper, stretch bool) error {
	imp.mu.Lock()
	defer imp.mu.Unlock()
	if imp.closed || imp.drains && !stretch {
		return ErrClosed
	}
	imp.wg.Add(1)
	imp.active[stop] = struct{}{}
	return nil
}

func (imp *Importer) leave(stop *stopper) {
	imp.mu.Lock()
	defer imp.mu.Unlock()
	delete(imp.active, stop)
	imp.wg.Done()
}

// sleepUntil waits for an instant by the wall clock, which goes on while the
// machine sleeps.
func sleepUntil(ctx context.Context, t time.Time) error {
	for {
		left := time.Until(t.Round(0))
		if left <= 0 {
			return context.Cause(ctx)
		}
		if err := lease.Sleep(ctx, cmp.Or(min(left, longestRest), 1)); err != nil {
			return err
		}
	}
}
