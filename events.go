package adcimport

import (
	"context"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/ledger"
)

// Events are hooks into runs, as in httptrace.ClientTrace: any may be nil. Those of
// one run are called one at a time, also where its calls overlap, and those but Call in
// order. They must not block for long, nor close the importer. One that panics ends
// the run with a [*PanicError], a Call that does at the run's next hook, except that
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
	// Waiting: the run waits for an operation that is out of order, as run.Failure says,
	// or, where that is nil, before it looks up records in doubt.
	Waiting func(ctx context.Context, run RunInfo, d time.Duration)
	// Call: a call to source, sink or store begins. Its context is that of the call, and
	// so is what the hook returns, which is made of it; nil: the same. Of a listing each
	// page is a call. Done is told how it went, also by a panic; nil: nobody is.
	Call func(ctx context.Context, run RunInfo, c CallInfo) (with context.Context, done func(err error))
	// RecordDone: the outcome of a record was committed.
	RecordDone func(ctx context.Context, run RunInfo, o Outcome)
	// Committed: outcomes, counts and the place in the listing were.
	Committed func(ctx context.Context, run RunInfo, p Progress)
	// RunEnded: the run ended or, with its status paused or interrupted, a stretch
	// of one that goes on by itself. The caller gets err.
	RunEnded func(ctx context.Context, s Summary, err error)
}

// CallInfo says what a run calls. There are some thirty operations.
type CallInfo struct {
	End       string // source, sink or store
	Operation string // as in Sink.CreateCustomers
	Records   int    // that it is about; 0: not known
}

// hooks are the host's hooks, as the engine calls them, for one stretch of a run, and
// what its calls are told to; nil: nothing.
func (imp *Importer) hooks(req *request, st *ledger.RunState) (engine.Hooks, *calls) {
	ev, progress := &imp.cfg.Events, req.opts.OnProgress
	run := RunInfo{
		Summary: Summary{
			RunID: st.RunID, Link: st.Link, Kind: st.Kind, Status: StatusRunning, DryRun: st.DryRun, Started: st.Started,
		},
		RetryOf: req.retryOf, Resumed: req.resume != nil,
	}
	c := &calls{host: imp.host, hook: ev.Call, run: run}
	hooks := engine.Hooks{
		Started: func(ctx context.Context) error {
			return c.tell("Events.RunStarted", ev.RunStarted != nil, func() { ev.RunStarted(c.hide(ctx), run) })
		},
		PageRead: func(ctx context.Context, p engine.Progress) error {
			return c.tell("Events.PageRead", ev.PageRead != nil, func() { ev.PageRead(c.hide(ctx), run, Progress(p)) })
		},
		Waiting: func(ctx context.Context, d time.Duration, why *ledger.Failure) error {
			waits := run
			waits.Failure = why
			return c.tell("Events.Waiting", ev.Waiting != nil, func() { ev.Waiting(c.hide(ctx), waits, d) })
		},
		RecordDone: func(ctx context.Context, o *Outcome) error {
			if ev.RecordDone == nil {
				return nil
			}
			return c.tell("Events.RecordDone", true, func() { ev.RecordDone(c.hide(ctx), run, *o) })
		},
		Committed: func(ctx context.Context, p engine.Progress) error {
			err := c.tell("Events.Committed", ev.Committed != nil, func() { ev.Committed(c.hide(ctx), run, Progress(p)) })
			if err != nil {
				return err
			}
			return c.tell("RunOptions.OnProgress", progress != nil, func() { progress(Progress(p)) })
		},
		Ended: func(ctx context.Context, s Summary, err error) {
			// One that panics here changes nothing: the end is stored.
			_ = c.tell("Events.RunEnded", ev.RunEnded != nil, func() { ev.RunEnded(c.hide(ctx), s, err) })
		},
	}
	return hooks, c
}

// calls tell the hooks of one stretch of a run, one at a time. Those of its calls find
// them in their contexts.
type calls struct {
	host *hostCode
	hook func(ctx context.Context, run RunInfo, c CallInfo) (context.Context, func(error)) // nil: nobody is told of calls
	run  RunInfo

	mu     sync.Mutex // held while a hook is called
	broken error      // what one of calls panicked with
}

type callsKey struct{}

// in is a context whose calls are told of.
func (c *calls) in(ctx context.Context) context.Context {
	if c.hook == nil {
		return ctx
	}
	return context.WithValue(ctx, callsKey{}, c)
}

// hide is a context for the host: what it calls with it is not the run's.
func (c *calls) hide(ctx context.Context) context.Context {
	if c.hook == nil {
		return ctx
	}
	return context.WithValue(ctx, callsKey{}, (*calls)(nil))
}

// tell calls a hook, if there is one, when no other is called.
func (c *calls) tell(hook string, is bool, f func()) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken != nil {
		return c.broken
	}
	return c.host.hook(hook, is, f)
}

// begin tells of a call. It returns the context to make it with.
func (c *calls) begin(ctx context.Context, call string, records int) (context.Context, func(error)) {
	end, _, _ := strings.Cut(call, ".")
	ctx = c.hide(ctx)
	var with context.Context
	var done func(error)
	//nolint:fatcontext // made once: the hook's context is for this call alone
	c.do(func() { with, done = c.hook(ctx, c.run, CallInfo{strings.ToLower(end), call, records}) })
	if with == nil {
		with = ctx
	}
	if done == nil {
		return with, func(error) {}
	}
	return with, func(err error) { c.do(func() { done(err) }) }
}

// do notes what a hook of calls panicked with: the call goes on, and its result counts.
func (c *calls) do(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken == nil {
		c.broken = c.host.hook("Events.Call", true, f)
	}
}

// called is guarded for a call that a run makes.
func called[T any](ctx context.Context, h *hostCode, call string, records int, f func(context.Context) (T, error)) (T, error) {
	c, _ := ctx.Value(callsKey{}).(*calls)
	if c == nil {
		return guarded(h, call, func() (T, error) { return f(ctx) })
	}
	with, done := c.begin(ctx, call, records)
	v, err := guarded(h, call, func() (T, error) { return f(with) })
	done(err)
	return v, err
}

// calledPages is called for a listing: each page is a call.
func calledPages[T any](ctx context.Context, call string, list func(context.Context) iter.Seq2[Page[T], error]) iter.Seq2[Page[T], error] {
	c, _ := ctx.Value(callsKey{}).(*calls)
	if c == nil {
		return list(ctx)
	}
	return func(yield func(Page[T], error) bool) {
		own := &pageContext{Context: c.hide(ctx)}
		done := own.begin(c, call)         //nolint:contextcheck // own is the context
		for page, err := range list(own) { //nolint:contextcheck // and is made of ctx
			done(err)
			if done = func(error) {}; !yield(page, err) {
				return
			}
			if err == nil && page.Next != "" {
				done = own.begin(c, call)
			}
		}
		done(nil)
	}
}

// pageContext is that of a listing, with the values of the page which is read.
type pageContext struct {
	context.Context //nolint:containedctx // it is one

	page atomic.Pointer[context.Context]
}

func (p *pageContext) begin(c *calls, call string) (done func(error)) {
	with, done := c.begin(p.Context, call, 0)
	p.page.Store(&with)
	return done
}

// Value asks the page first.
func (p *pageContext) Value(key any) any { return (*p.page.Load()).Value(key) }
