package adcimport

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"
)

// begun is what a person is told when an import starts (SPEC A9).
const begun = "Your import has begun. It will run in the background and we will notify you when it is complete."

// Run is a run in the background. It is safe for concurrent use.
type Run struct {
	id   string
	done chan struct{}
	run  *engineRun // nil until the run began
	wait func()     // cancels the wait of a run that has not begun

	began   chan struct{} // closed when run is set, or when it never will be
	summary *Summary
	err     error
}

// ID is the run's id, for [Importer.Resume], [Importer.Outcomes] and the like.
func (r *Run) ID() string { return r.id }

// Message is what to tell the person who started the run (SPEC A9).
func (*Run) Message() string { return begun }

// Progress is that of the last commit.
func (r *Run) Progress() Progress {
	select {
	case <-r.began:
		if r.run != nil {
			return *r.run.progress.Load()
		}
	default:
	}
	return Progress{}
}

// Done is closed when the run ended, was stored and told.
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

// Cancel stops the run at a record boundary. It ends as [StatusCanceled] and
// can be resumed with [Importer.Resume]. A run that [Importer.ResumeInterrupted]
// has not begun yet stays interrupted.
func (r *Run) Cancel() {
	r.wait()
	select {
	case <-r.began:
		if r.run != nil {
			r.run.cancel(errCanceled)
		}
	case <-r.done:
	}
}

// start begins a run and goes on with it in the background.
func (imp *Importer) start(ctx context.Context, p *plan) (*Run, error) {
	if !p.opts.DryRun {
		imp.renotify(ctx)
	}
	er, err := imp.begin(ctx, context.WithoutCancel(ctx), p)
	if err != nil {
		return nil, err
	}
	r := &Run{id: er.state.RunID, run: er, done: make(chan struct{}), began: make(chan struct{}), wait: func() {}}
	close(r.began)
	imp.wg.Go(func() { //nolint:contextcheck // begin gave the run a context of its own
		defer close(r.done)
		r.summary, r.err = er.run(nil)
	})
	return r, nil
}

// toEnd begins a run and goes on with it here.
func (imp *Importer) toEnd(ctx context.Context, p *plan, emit func(Outcome) bool) (*Summary, error) {
	if !p.opts.DryRun { // a preview tells nobody and stores nothing
		imp.renotify(ctx)
	}
	er, err := imp.begin(ctx, ctx, p)
	if err != nil {
		return refused(imp.cfg.Link, p.kind), err
	}
	return er.run(emit) //nolint:contextcheck // begin gave the run a context of its own
}

// refused is the summary of a run that did not begin.
func refused(link string, k Kind) *Summary {
	return &Summary{Link: link, Kind: k, Status: StatusFailed}
}

// outcomes makes the iterator form of a run.
func (imp *Importer) outcomes(ctx context.Context, p *plan, err error) iter.Seq2[Outcome, error] {
	return func(yield func(Outcome, error) bool) {
		if err == nil {
			_, err := imp.toEnd(ctx, p, func(o Outcome) bool { return yield(o, nil) })
			if err == nil || errors.Is(err, errBroken) {
				return
			}
			yield(Outcome{}, err)
			return
		}
		yield(Outcome{}, err)
	}
}

// Resume goes on, in the background, with a run that ended before its
// completion or whose process died: with the filter and the options it was
// started with. A run that is still alive is [ErrRunInProgress]; unreadable
// state is a [*StateError].
func (imp *Importer) Resume(ctx context.Context, runID string) (*Run, error) {
	p, err := imp.planResume(ctx, runID)
	if err != nil {
		return nil, err
	}
	return imp.start(ctx, p)
}

func (imp *Importer) planResume(ctx context.Context, runID string) (*plan, error) {
	st, err := imp.stored(ctx, runID)
	if err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	if st.Status == StatusCompleted {
		return nil, fmt.Errorf("resume run %s: it is %s: %w", runID, st.Status, ErrUnsupported)
	}
	p, err := imp.planOf(st)
	if err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	p.resume = &st
	return p, nil
}

func (imp *Importer) stored(ctx context.Context, runID string) (RunState, error) {
	st, err := imp.cfg.Store.Run(ctx, runID)
	if err != nil {
		return RunState{}, fmt.Errorf("run %s: %w", runID, err)
	}
	if st.Link != imp.cfg.Link {
		return RunState{}, fmt.Errorf("run %s belongs to another link: %w", runID, ErrNotFound)
	}
	return st, nil
}

// RetryFailed starts a run that takes the failed records of another one, and
// nothing else, with its filter and options. Records in doubt are among them:
// they are looked up, and created when they are not found, since a person asked
// for it.
func (imp *Importer) RetryFailed(ctx context.Context, runID string) (*Run, error) {
	st, err := imp.stored(ctx, runID)
	if err != nil {
		return nil, fmt.Errorf("retry: %w", err)
	}
	if st.Status == StatusRunning {
		return nil, fmt.Errorf("retry run %s: %w", runID, ErrRunInProgress)
	}
	st.Filter, err = retryFilter(st)
	if err != nil {
		return nil, fmt.Errorf("retry: %w", err)
	}
	p, err := imp.planOf(st)
	if err != nil {
		return nil, fmt.Errorf("retry: %w", err)
	}
	p.opts.Limit = 0 // a part of the failed ones is not what was asked for
	return imp.start(ctx, p)
}

// ResumeInterrupted is for a host's start: every run of the link that was
// interrupted, by a crash or by Close, and every paused one whose time has come,
// goes on in the background. Runs of one kind follow each other, oldest first.
// A run that another host holds is left to it, and one that cannot go on keeps no
// other from it: the error names it, beside the runs that go on. Missed notices
// are repeated.
func (imp *Importer) ResumeInterrupted(ctx context.Context) ([]*Run, error) {
	imp.renotify(ctx)
	var ids []string
	kinds := make(map[string]Kind)
	for st, err := range imp.cfg.Store.Runs(ctx, imp.cfg.Link) {
		if err != nil {
			return nil, fmt.Errorf("list interrupted runs: %w", err)
		}
		if st.resumesItself(time.Now()) {
			ids = append(ids, st.RunID)
			kinds[st.RunID] = st.Kind
		}
	}
	slices.Reverse(ids)
	var runs []*Run
	var failed []error
	last := make(map[Kind]*Run)
	for _, id := range ids {
		r, err := imp.resumeAfter(ctx, id, last[kinds[id]])
		switch {
		case errors.Is(err, ErrRunInProgress):
		case err != nil:
			failed = append(failed, err)
		default:
			runs = append(runs, r)
			last[kinds[id]] = r
		}
	}
	return runs, errors.Join(failed...)
}

func (s *RunState) resumesItself(now time.Time) bool {
	switch s.Status {
	case StatusRunning, StatusInterrupted:
		return true
	case StatusPaused:
		return !now.Before(s.PausedUntil)
	case StatusCompleted, StatusStopped, StatusCanceled, StatusFailed:
		return false
	}
	return false
}

// resumeAfter resumes a run once another one of its kind ended.
func (imp *Importer) resumeAfter(ctx context.Context, id string, before *Run) (*Run, error) {
	if before == nil {
		return imp.Resume(ctx, id)
	}
	p, err := imp.planResume(ctx, id)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	so := p.resume.Summary
	r := &Run{id: id, done: make(chan struct{}), began: make(chan struct{}), wait: func() { cancel(errCanceled) }, summary: &so}
	stop := &engineStop{cancel: cancel}
	if err := imp.enter(stop); err != nil {
		cancel(err)
		return nil, err
	}
	imp.wg.Go(func() {
		defer close(r.done)
		defer imp.leave(stop)
		if r.err = queued(ctx, before); r.err == nil {
			r.run, r.err = imp.begin(ctx, ctx, p)
		}
		if r.err != nil {
			r.run, r.err = nil, fmt.Errorf("resume run %s: %w", id, r.err)
		}
		close(r.began)
		if r.run != nil {
			r.summary, r.err = r.run.run(nil) //nolint:contextcheck // begin gave the run a context of its own
		}
	})
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

// Runs lists the runs of the link, newest first.
func (imp *Importer) Runs(ctx context.Context) iter.Seq2[RunInfo, error] {
	return func(yield func(RunInfo, error) bool) {
		for st, err := range imp.cfg.Store.Runs(ctx, imp.cfg.Link) {
			if err != nil {
				yield(RunInfo{}, fmt.Errorf("list runs: %w", err))
				return
			}
			if !yield(RunInfo{st.Summary}, nil) {
				return
			}
		}
	}
}

// Outcomes lists the ledger of a run: one outcome per record, without those
// that were known before.
func (imp *Importer) Outcomes(ctx context.Context, runID string) iter.Seq2[Outcome, error] {
	return func(yield func(Outcome, error) bool) {
		if _, err := imp.stored(ctx, runID); err != nil {
			yield(Outcome{}, fmt.Errorf("outcomes: %w", err))
			return
		}
		for o, err := range imp.cfg.Store.Outcomes(ctx, runID) {
			if err != nil {
				yield(Outcome{}, fmt.Errorf("outcomes of run %s: %w", runID, err))
				return
			}
			if !yield(o, nil) {
				return
			}
		}
	}
}
