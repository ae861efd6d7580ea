package adcimport

import (
	"context"
	"time"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/ledger"
)

// Events are hooks into runs, as in httptrace.ClientTrace: any may be nil. They
// are called in order, one at a time, and must not block for long, nor close the
// importer. One that panics ends the run with a [*PanicError], except that
// RunEnded cannot change an end that is stored.
//
// The context has the values of the one that the run was begun with, such as a
// tracer's span, and does not end. The [RunInfo] says which run it is: id, link,
// kind, when it was started, which run it retries, whether this goes on with it
// (Resumed), and, by DryRun, whether it is a preview, which writes nothing and
// whose outcomes are not to be counted. What it counted is in the [Progress].
type Events struct {
	// RunStarted: the run holds its lease. Once for each time it goes on.
	RunStarted func(ctx context.Context, run RunInfo)
	// PageRead: a page of the listing came in.
	PageRead func(ctx context.Context, run RunInfo, p Progress)
	// Waiting: the run waits before it looks up records in doubt.
	Waiting func(ctx context.Context, run RunInfo, d time.Duration)
	// RecordDone: the outcome of a record was committed.
	RecordDone func(ctx context.Context, run RunInfo, o Outcome)
	// Committed: outcomes, counts and the place in the listing were.
	Committed func(ctx context.Context, run RunInfo, p Progress)
	// RunEnded: the run ended or, with its status paused or interrupted, a stretch
	// of one that goes on by itself. The caller gets err.
	RunEnded func(ctx context.Context, s Summary, err error)
}

// hooks are the host's hooks, as the engine calls them, for one stretch of a run.
func (imp *Importer) hooks(req *request, st *ledger.RunState) engine.Hooks {
	host, ev, progress := imp.host, &imp.cfg.Events, req.opts.OnProgress
	run := RunInfo{
		Summary: Summary{
			RunID: st.RunID, Link: st.Link, Kind: st.Kind, Status: StatusRunning, DryRun: st.DryRun, Started: st.Started,
		},
		RetryOf: req.retryOf, Resumed: req.resume != nil,
	}
	return engine.Hooks{
		Started: func(ctx context.Context) error {
			return host.hook("Events.RunStarted", ev.RunStarted != nil, func() { ev.RunStarted(ctx, run) })
		},
		PageRead: func(ctx context.Context, p engine.Progress) error {
			return host.hook("Events.PageRead", ev.PageRead != nil, func() { ev.PageRead(ctx, run, Progress(p)) })
		},
		Waiting: func(ctx context.Context, d time.Duration) error {
			return host.hook("Events.Waiting", ev.Waiting != nil, func() { ev.Waiting(ctx, run, d) })
		},
		RecordDone: func(ctx context.Context, o *Outcome) error {
			if ev.RecordDone == nil {
				return nil
			}
			return host.hook("Events.RecordDone", true, func() { ev.RecordDone(ctx, run, *o) })
		},
		Committed: func(ctx context.Context, p engine.Progress) error {
			err := host.hook("Events.Committed", ev.Committed != nil, func() { ev.Committed(ctx, run, Progress(p)) })
			if err != nil {
				return err
			}
			return host.hook("RunOptions.OnProgress", progress != nil, func() { progress(Progress(p)) })
		},
		Ended: func(ctx context.Context, s Summary, err error) {
			// One that panics here changes nothing: the end is stored.
			_ = host.hook("Events.RunEnded", ev.RunEnded != nil, func() { ev.RunEnded(ctx, s, err) })
		},
	}
}
