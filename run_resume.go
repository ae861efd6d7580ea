package adcimport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/internal/lease"
	"github.com/securitytrax/adcimport/ledger"
)

// ResumeInterrupted is for a host's start, and one call is enough: every run of the
// link that goes on by itself does, in the background, each by its [Run].
// Interrupted ones go on at once, and paused ones at their time. A run that is
// running waits until the lease of its owner is over; when that is alive, on
// another host, it is watched, and ends with what it ended with there. Runs of
// one kind follow each other, oldest first. A run that this importer has in the
// background already is among them, with the Run that it has.
//
// From then on, as after a start in the background, the importer looks every minute
// for runs whose host died, or that are due, until it is closed. Several hosts may
// do so: the lease decides. Runs that a caller drives in the foreground are left to
// that one; where its process died they become held, and go on with
// [Importer.Resume].
//
// A run whose state cannot be read keeps no other from going on: the error names
// it, beside the runs that go on. Missed notices are repeated.
//
// While the store cannot be asked, the call waits and asks again, until ctx
// ends. Then it is an error, and the importer goes on asking until it is closed:
// the runs go on when the store is back, and a later call returns them.
func (imp *Importer) ResumeInterrupted(ctx context.Context) ([]*Run, error) {
	own, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := &stopper{cancel: cancel}
	if err := imp.enter(stop, false); err != nil {
		cancel(err)
		return nil, err
	}
	var runs []*Run
	var err error
	done := make(chan struct{})
	go func() {
		defer imp.leave(stop)
		defer close(done)
		defer cancel(nil)
		runs, err = imp.resumeAll(own, false)
	}()
	imp.watch() //nolint:contextcheck // as long as the importer lives
	select {
	case <-done:
		return runs, err
	case <-ctx.Done():
		return nil, fmt.Errorf("list interrupted runs, which goes on: %w", context.Cause(ctx))
	}
}

// resumeAll goes on with runs that go on by themselves: with all, or those that are
// due now.
func (imp *Importer) resumeAll(ctx context.Context, due bool) ([]*Run, error) {
	states, err := imp.listUnfinished(ctx)
	if err != nil {
		return nil, fmt.Errorf("list interrupted runs: %w", err)
	}
	if !due {
		imp.renotify(ctx)
	}
	imp.tellWaiting(ctx, states)
	var runs []*Run
	var failed []error
	last := make(map[Kind]*Run)
	for _, st := range states {
		if st.Driver == ledger.DriverHost {
			failed = append(failed, imp.holdDead(ctx, st))
			continue
		}
		if due && (st.Alive || st.DueIn > 0) {
			continue
		}
		r, err := imp.goOn(ctx, st, last[st.Kind])
		if err != nil {
			failed = append(failed, fmt.Errorf("resume: %w", err))
			continue
		}
		runs = append(runs, r)
		last[st.Kind] = r
	}
	return runs, errors.Join(failed...)
}

// listUnfinished lists the runs that go on by themselves, oldest first, as soon
// as the store can be asked.
func (imp *Importer) listUnfinished(ctx context.Context) ([]ledger.RunState, error) {
	for tries := 1; ; tries++ {
		states, err := imp.unfinished(ctx)
		if err == nil || !engine.StoreAway(err) || ctx.Err() != nil {
			return states, err
		}
		imp.cfg.Logger.WarnContext(ctx, "interrupted runs cannot be listed yet", slog.Any("error", err))
		if err := lease.Sleep(ctx, imp.grown(firstRest, "", tries)); err != nil {
			return nil, err
		}
	}
}

func (imp *Importer) unfinished(ctx context.Context) ([]ledger.RunState, error) {
	var states []ledger.RunState
	for st, err := range imp.cfg.Store.Runs(ctx, ledger.RunQuery{Link: imp.cfg.Link, Unended: true}) {
		if err != nil {
			return nil, err
		}
		if unfinished(st.Status) {
			states = append(states, st)
		}
	}
	slices.Reverse(states)
	return states, nil
}

// unfinished runs go on by themselves.
func unfinished(s RunStatus) bool {
	switch s {
	case StatusRunning, StatusInterrupted, StatusPaused:
		return true
	case StatusCompleted, StatusStopped, StatusCanceled, StatusFailed, ledger.StatusHeld:
		return false
	}
	return false
}

// goOn is the Run of an unfinished run: the one that there is, or one that waits
// for the end of another one of its kind, and then for its lease.
func (imp *Importer) goOn(ctx context.Context, st ledger.RunState, after *Run) (*Run, error) {
	req, err := imp.requestOf(st)
	if err != nil {
		return nil, err
	}
	fresh, err := imp.newRun(ctx, st.RunID, Progress{Counts: st.Counts, Total: st.Total})
	if err != nil {
		return nil, err
	}
	imp.mu.Lock()
	r := imp.runs[st.RunID]
	if r == nil {
		r = fresh
		imp.runs[st.RunID] = r
	}
	imp.mu.Unlock()
	if r != fresh {
		fresh.cancel(nil)
		imp.leave(fresh.stop)
		return r, nil
	}
	go imp.drive(&driver{imp: imp, run: r, request: req, last: st, after: after}, nil) //nolint:contextcheck // the run has its own
	return r, nil
}

func queued(ctx context.Context, before *Run) error {
	select {
	case <-before.Done():
		return context.Cause(ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Resume goes on with a run that ended before its completion or whose process
// died: here, to the end, with the filter and the options it was started with. A
// run that is still alive is [ErrRunInProgress], one that completed
// [errors.ErrUnsupported]; unreadable state is a [*StateError]. The summary is
// valid with an error too.
func (imp *Importer) Resume(ctx context.Context, runID string) (*Summary, error) {
	p, err := imp.resumeRequest(ctx, runID)
	if err != nil {
		return refused(imp.cfg.Link, ""), err
	}
	return imp.toEnd(ctx, p, nil)
}

// StartResume is [Importer.Resume] in the background: it returns once the run is
// sure to run. The run outlives ctx.
func (imp *Importer) StartResume(ctx context.Context, runID string) (*Run, error) {
	p, err := imp.resumeRequest(ctx, runID)
	if err != nil {
		return nil, err
	}
	return imp.start(ctx, p)
}

func (imp *Importer) resumeRequest(ctx context.Context, runID string) (*request, error) {
	st, err := imp.stored(ctx, runID)
	if err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	if st.Status == StatusCompleted {
		return nil, fmt.Errorf("resume run %s: it is %s: %w", runID, st.Status, errors.ErrUnsupported)
	}
	p, err := imp.requestOf(st)
	if err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	p.resume = &st
	return p, nil
}

// RetryFailed is a new run that takes the failed records of another one, and
// nothing else, with its filter and options: here, to the end. Records in doubt
// are among them: they are looked up, and created when they are not found, since
// a person asked for it.
func (imp *Importer) RetryFailed(ctx context.Context, runID string) (*Summary, error) {
	p, err := imp.retryRequest(ctx, runID)
	if err != nil {
		return refused(imp.cfg.Link, ""), err
	}
	return imp.toEnd(ctx, p, nil)
}

// StartRetryFailed is [Importer.RetryFailed] in the background: it returns once
// the run is sure to run. The run outlives ctx.
func (imp *Importer) StartRetryFailed(ctx context.Context, runID string) (*Run, error) {
	p, err := imp.retryRequest(ctx, runID)
	if err != nil {
		return nil, err
	}
	return imp.start(ctx, p)
}

func (imp *Importer) retryRequest(ctx context.Context, runID string) (*request, error) {
	st, err := imp.stored(ctx, runID)
	if err != nil {
		return nil, fmt.Errorf("retry: %w", err)
	}
	if st.Status == StatusRunning {
		return nil, fmt.Errorf("retry run %s: %w", runID, ErrRunInProgress)
	}
	return imp.retryOf(&st, nil)
}

func (imp *Importer) retryOf(st *ledger.RunState, records []string) (*request, error) {
	like := *st
	var err error
	if like.Filter, err = retryFilter(st, records); err != nil {
		return nil, fmt.Errorf("retry: %w", err)
	}
	p, err := imp.requestOf(like)
	if err != nil {
		return nil, fmt.Errorf("retry: %w", err)
	}
	p.opts.Limit = 0 // a part of the failed ones is not what was asked for
	return p, nil
}

// RetryRecords is a new run that takes these records, and nothing else: here, to
// the end. It has the filter and options of the newest run among those of this link
// that decided about them last; where none is kept, or another link of the same
// account decided, those of this link's newest run of the kind. What was counted
// against a record (attempts, creates that were lost) is forgotten first; one in
// doubt is looked up, and created when it is not found, since a person asked for
// it. A record that no run has decided about is [ErrNotFound], and so is one that
// another link alone knows, while this link has no run of the kind.
func (imp *Importer) RetryRecords(ctx context.Context, k Kind, ids ...string) (*Summary, error) {
	p, err := imp.recordsRequest(ctx, k, ids)
	if err != nil {
		return refused(imp.cfg.Link, k), err
	}
	return imp.toEnd(ctx, p, nil)
}

// StartRetryRecords is [Importer.RetryRecords] in the background: it returns once
// the run is sure to run. The run outlives ctx.
func (imp *Importer) StartRetryRecords(ctx context.Context, k Kind, ids ...string) (*Run, error) {
	p, err := imp.recordsRequest(ctx, k, ids)
	if err != nil {
		return nil, err
	}
	return imp.start(ctx, p)
}

func (imp *Importer) recordsRequest(ctx context.Context, k Kind, ids []string) (*request, error) {
	if len(ids) == 0 {
		return nil, &InvalidFilterError{Field: "RetryRecords.ids", Rule: "must name a record"}
	}
	scope := ledger.Scope{Account: imp.cfg.SinkAccount, Kind: k}
	stored, err := imp.cfg.Store.Records(ctx, scope, "", ids)
	if err != nil {
		return nil, fmt.Errorf("retry %ss: %w", k, err)
	}
	amend := make([]ledger.Amendment, len(ids))
	var runs []string
	for i, id := range ids {
		amend[i] = ledger.Amendment{ID: id, Op: ledger.AmendRetry}
		runID := stored[id].RunID
		if runID == "" {
			return nil, fmt.Errorf("retry %s %s: no run has decided about it: %w", k, id, ErrNotFound)
		}
		if !slices.Contains(runs, runID) {
			runs = append(runs, runID)
		}
	}
	newest, err := imp.newestOf(ctx, k, runs)
	if err != nil {
		return nil, fmt.Errorf("retry %ss: %w", k, err)
	}
	p, err := imp.retryOf(newest, slices.Clone(ids))
	if err != nil {
		return nil, err
	}
	if err := imp.cfg.Store.Amend(ctx, scope, amend); err != nil {
		return nil, fmt.Errorf("retry %ss: %w", k, err)
	}
	return p, nil
}

// newestOf is the newest of these runs. Where none of them is kept, or they are
// those of another link of the account, it is the link's newest run of the kind:
// who asks sees the record in this link's lists all the same.
func (imp *Importer) newestOf(ctx context.Context, k Kind, runIDs []string) (*ledger.RunState, error) {
	var newest *ledger.RunState
	for _, id := range runIDs {
		st, err := imp.stored(ctx, id)
		switch {
		case errors.Is(err, ErrNotFound):
		case err != nil:
			return nil, err
		case newest == nil || st.Started.After(newest.Started):
			newest = &st
		}
	}
	if newest != nil {
		return newest, nil
	}
	for st, err := range imp.cfg.Store.Runs(ctx, ledger.RunQuery{Link: imp.cfg.Link, Kind: k, Limit: 1}) {
		if err != nil {
			return nil, err
		}
		return &st, nil
	}
	return nil, fmt.Errorf("the link has no run whose filter and options they could have: %w", ErrNotFound)
}
