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

// ResumeInterrupted is for a host's start, and one call is enough: every
// unfinished run of the link goes on in the background, each by its [Run].
// Interrupted ones go on at once, and paused ones at their time. A run that is
// running waits until the lease of its owner is over; when that is alive, on
// another host, it is watched, and ends with what it ended with there. Runs of
// one kind follow each other, oldest first. A run that this importer has in the
// background already is among them, with the Run that it has.
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
	if err := imp.enter(stop); err != nil {
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
		runs, err = imp.resumeAll(own)
	}()
	select {
	case <-done:
		return runs, err
	case <-ctx.Done():
		return nil, fmt.Errorf("list interrupted runs, which goes on: %w", context.Cause(ctx))
	}
}

func (imp *Importer) resumeAll(ctx context.Context) ([]*Run, error) {
	states, err := imp.listUnfinished(ctx)
	if err != nil {
		return nil, fmt.Errorf("list interrupted runs: %w", err)
	}
	imp.renotify(ctx)
	var runs []*Run
	var failed []error
	last := make(map[Kind]*Run)
	for _, st := range states {
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
	fresh, err := imp.newRun(ctx, st.RunID, st.Counts)
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
