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
	"github.com/securitytrax/adcimport/ledger"
)

// toEnd begins a run and goes on with it here.
func (imp *Importer) toEnd(ctx context.Context, req *request, emit func(Outcome) bool) (*Summary, error) {
	if !req.dryRun { // a preview tells nobody and stores nothing
		imp.renotify(ctx)
		if ended, err := imp.namedBefore(ctx, req); err != nil {
			return refused(imp.cfg.Link, req.kind), err
		} else if ended != nil {
			return imp.repeated(ctx, ended, emit)
		}
	}
	er, err := imp.begin(ctx, ctx, req)
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
		return nil, fmt.Errorf("start run %s: it has another filter or other options: %w", id, ErrRunExists)
	case !unfinished(st.Status):
		return &st, nil
	}
	req.resume = &st
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
	case StatusRunning, StatusInterrupted, StatusPaused, StatusFailed, ledger.StatusHeld:
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
// the end. It has the filter and options of the newest run among those that
// decided about them last. What was counted against a record (attempts, creates
// that were lost) is forgotten first; one in doubt is looked up, and created when
// it is not found, since a person asked for it. A record that no run which is kept
// has decided about is [ErrNotFound].
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
	var newest *ledger.RunState
	seen := make(map[string]bool)
	amend := make([]ledger.Amendment, len(ids))
	for i, id := range ids {
		amend[i] = ledger.Amendment{ID: id, Op: ledger.AmendRetry}
		runID := stored[id].RunID
		if runID == "" {
			return nil, fmt.Errorf("retry %s %s: no run has decided about it: %w", k, id, ErrNotFound)
		}
		if seen[runID] {
			continue
		}
		seen[runID] = true
		st, err := imp.stored(ctx, runID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, fmt.Errorf("retry %s %s: %w", k, id, err)
		}
		if err == nil && (newest == nil || st.Started.After(newest.Started)) {
			newest = &st
		}
	}
	if newest == nil {
		return nil, fmt.Errorf("retry %ss: the runs that decided about them are not kept: %w", k, ErrNotFound)
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
// that were known before.
func (imp *Importer) Outcomes(ctx context.Context, runID string) iter.Seq2[Outcome, error] {
	return func(yield func(Outcome, error) bool) {
		if _, err := imp.stored(ctx, runID); err != nil {
			yield(Outcome{}, fmt.Errorf("outcomes: %w", err))
			return
		}
		for o, err := range imp.cfg.Store.Outcomes(ctx, runID, 0) {
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
