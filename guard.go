package adcimport

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/internal/guard"
	"github.com/securitytrax/adcimport/ledger"
)

// PanicError says that code which the host brought panicked, or ended its
// goroutine with [runtime.Goexit], when it was called. It names the call, and
// holds nothing of what was panicked with. The stack is in [Config.Logger].
//
// A source, sink, store or hook that panics ends the run as [StatusFailed] with
// this error. A detail or a transform that panics fails its record, a notifier
// its notice.
type PanicError struct {
	Call string // as in Sink.CreateCustomers
	err  error  // has a *guard.Error
}

func (e *PanicError) Error() string {
	if own, ok := e.err.(*guard.Error); ok { //nolint:errorlint // one further down has a call of its own
		return own.Error()
	}
	return e.Call + ": " + e.err.Error() // the code that it called panicked, and it says so
}

func (e *PanicError) Unwrap() error { return e.err }

// hostCode calls what the host brought. Each call has a goroutine of its own and
// is waited for, so that neither a panic nor runtime.Goexit ends one of ours.
type hostCode struct {
	log *slog.Logger

	mu   sync.Mutex
	last map[string]time.Time // by call: when a stack was logged
}

// do calls f. Its error is a [*PanicError] when f did not return.
func (h *hostCode) do(call string, f func() error) error {
	var err error
	if perr := guard.Call(call, func() {
		err = f()
		probe(err)
	}); perr != nil {
		err = perr
	}
	failed, ok := errors.AsType[*guard.Error](err)
	if !ok {
		return ofEnd(call, err)
	}
	h.report(failed)
	if _, known := errors.AsType[*PanicError](err); !known {
		err = &PanicError{Call: call, err: err}
	}
	return ofEnd(call, err)
}

// guarded is do for what has a result.
func guarded[T any](h *hostCode, call string, f func() (T, error)) (T, error) {
	var out T
	err := h.do(call, func() (err error) {
		out, err = f()
		return err
	})
	return out, err
}

// hook calls a host's hook, if there is one.
func (h *hostCode) hook(call string, is bool, f func()) error {
	if !is {
		return nil
	}
	return h.do(call, func() error {
		f()
		return nil
	})
}

// guardedSeq ranges over a host's iterator in a goroutine of its own: the body
// stays in the caller's, and what it panics with is not the iterator's.
//
//nolint:gocognit // one exchange between two goroutines, which reads better in one place
func guardedSeq[T any](h *hostCode, call string, list func() iter.Seq2[T, error]) iter.Seq2[T, error] {
	type pair struct {
		v   T
		err error
	}
	return func(yield func(T, error) bool) {
		items, more, over := make(chan pair), make(chan struct{}), make(chan struct{})
		ended := make(chan error, 1)
		go func() {
			ended <- h.do(call, func() error {
				list()(func(v T, err error) bool {
					probe(err)
					err = ofEnd(call, err)
					select {
					case items <- pair{v, err}:
					case <-over:
						return false
					}
					select {
					case <-more:
						return true
					case <-over:
						return false
					}
				})
				return nil
			})
		}()
		var err error
		wait := func() { err = <-ended }
		defer func() {
			close(over)
			wait()
		}()
		for {
			select {
			case p := <-items:
				if !yield(p.v, p.err) {
					return
				}
				more <- struct{}{}
			case err = <-ended:
				wait = func() {}
				if err != nil {
					var none T
					yield(none, err)
				}
				return
			}
		}
	}
}

// errProbe is nobody's error.
var errProbe = errors.New("probe")

// probe does once with an error what is done with errors: one whose methods panic
// (a nil pointer of some type is one) shall do so inside of the call it is from.
func probe(err error) {
	if err != nil {
		_ = errors.Is(err, errProbe)
		_ = err.Error()
	}
}

// stackEvery is how often the stack of one call is logged: a transform may panic
// on every record.
const stackEvery = time.Minute

func (h *hostCode) report(e *guard.Error) {
	h.mu.Lock()
	now := time.Now()
	last, again := h.last[e.Call]
	again = again && now.Sub(last) < stackEvery
	if !again {
		h.last[e.Call] = now
	}
	h.mu.Unlock()
	if again {
		return
	}
	h.log.Error("the host's code did not return", slog.String("call", e.Call),
		slog.String("panic", e.Type), slog.String("stack", strings.Join(e.Stack, "\n")))
}

// transforms makes a host's transforms return an error where they panic.
func (h *hostCode) transforms(funcs map[string]TransformFunc) map[string]TransformFunc {
	funcs = maps.Clone(funcs)
	for name, f := range funcs {
		funcs[name] = func(in string) (string, error) {
			return guarded(h, "transform "+name, func() (string, error) { return f(in) })
		}
	}
	return funcs
}

func newHostCode(log *slog.Logger) *hostCode {
	return &hostCode{log: log, last: make(map[string]time.Time)}
}

// hostHandler is the handler of a host's logger: a line that it panics on is
// lost, and nothing else.
type hostHandler struct{ handler slog.Handler }

func (h hostHandler) Enabled(ctx context.Context, level slog.Level) bool {
	on := false
	_ = guard.Call("Logger", func() { on = h.handler.Enabled(ctx, level) })
	return on
}

func (h hostHandler) Handle(ctx context.Context, r slog.Record) error {
	var err error
	if perr := guard.Call("Logger", func() { err = h.handler.Handle(ctx, r) }); perr != nil {
		return perr
	}
	return err
}

func (h hostHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	_ = guard.Call("Logger", func() { h.handler = h.handler.WithAttrs(attrs) })
	return h
}

func (h hostHandler) WithGroup(name string) slog.Handler {
	_ = guard.Call("Logger", func() { h.handler = h.handler.WithGroup(name) })
	return h
}

// guardedSource calls a host's source. Its abilities are found behind it, and
// called by whoever finds them through [hostCode].
type guardedSource struct {
	source Source
	host   *hostCode
}

func (s guardedSource) Unwrap() any { return s.source }

func (s guardedSource) Customers(ctx context.Context, f CustomerFilter, from Cursor) iter.Seq2[Page[Customer], error] {
	return guardedSeq(s.host, "Source.Customers", func() iter.Seq2[Page[Customer], error] {
		return calledPages(ctx, "Source.Customers", func(ctx context.Context) iter.Seq2[Page[Customer], error] {
			return s.source.Customers(ctx, f, from)
		})
	})
}

func (s guardedSource) Users(ctx context.Context, f UserFilter, from Cursor) iter.Seq2[Page[User], error] {
	return guardedSeq(s.host, "Source.Users", func() iter.Seq2[Page[User], error] {
		return calledPages(ctx, "Source.Users", func(ctx context.Context) iter.Seq2[Page[User], error] {
			return s.source.Users(ctx, f, from)
		})
	})
}

// guardedSink calls a host's sink, as guardedSource does a source.
type guardedSink struct {
	sink Sink
	host *hostCode
}

func (s guardedSink) Unwrap() any { return s.sink }

func (s guardedSink) FindCustomers(ctx context.Context, keys []CustomerKey) (map[string][]string, error) {
	return called(ctx, s.host, "Sink.FindCustomers", len(keys), func(ctx context.Context) (map[string][]string, error) {
		return s.sink.FindCustomers(ctx, keys)
	})
}

func (s guardedSink) CreateCustomers(ctx context.Context, recs []CustomerRecord) ([]WriteResult, error) {
	return called(ctx, s.host, "Sink.CreateCustomers", len(recs), func(ctx context.Context) ([]WriteResult, error) {
		return s.sink.CreateCustomers(ctx, recs)
	})
}

func (s guardedSink) FindUsers(ctx context.Context, keys []UserKey) (map[string][]string, error) {
	return called(ctx, s.host, "Sink.FindUsers", len(keys), func(ctx context.Context) (map[string][]string, error) {
		return s.sink.FindUsers(ctx, keys)
	})
}

func (s guardedSink) CreateUsers(ctx context.Context, recs []UserRecord) ([]WriteResult, error) {
	return called(ctx, s.host, "Sink.CreateUsers", len(recs), func(ctx context.Context) ([]WriteResult, error) {
		return s.sink.CreateUsers(ctx, recs)
	})
}

// guarded lets nothing of the host's be called but through host.
func (c Config) guarded(host *hostCode) Config {
	c.Source = guardedSource{c.Source, host}
	c.Sink = guardedSink{c.Sink, host}
	c.Store = guardedStore{c.Store, host}
	c.Transforms = host.transforms(c.Transforms)
	return c
}

// guardedStore calls a host's store, and marks what it fails with.
type guardedStore struct {
	store StateStore
	host  *hostCode
}

func (s guardedStore) Unwrap() any { return s.store }

func (s guardedStore) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	return ofStoreCall(ctx, s, "Store.Acquire", 0, func(ctx context.Context) (ledger.Lease, error) { return s.store.Acquire(ctx, req) })
}

func (s guardedStore) Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
	return ofStoreCall(ctx, s, "Store.Renew", 0, func(ctx context.Context) (ledger.Lease, error) { return s.store.Renew(ctx, l) })
}

func (s guardedStore) Release(ctx context.Context, l ledger.Lease, end ledger.End) (ledger.RunState, error) {
	return ofStoreCall(ctx, s, "Store.Release", 0, func(ctx context.Context) (ledger.RunState, error) {
		return s.store.Release(ctx, l, end)
	})
}

func (s guardedStore) Records(ctx context.Context, sc ledger.Scope, runID string, ids []string) (map[string]ledger.Record, error) {
	return ofStoreCall(ctx, s, "Store.Records", len(ids), func(ctx context.Context) (map[string]ledger.Record, error) {
		return s.store.Records(ctx, sc, runID, ids)
	})
}

func (s guardedStore) List(ctx context.Context, sc ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	return guardedSeq(s.host, "Store.List", func() iter.Seq2[ledger.Record, error] { return markedSeq(s.store.List(ctx, sc, q)) })
}

func (s guardedStore) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	return ofStoreCall(ctx, s, "Store.Commit", len(c.Outcomes), func(ctx context.Context) ([]ledger.IntentState, error) {
		return s.store.Commit(ctx, l, c)
	})
}

func (s guardedStore) Amend(ctx context.Context, sc ledger.Scope, a []ledger.Amendment) error {
	return s.do("Store.Amend", func() error { return s.store.Amend(ctx, sc, a) })
}

func (s guardedStore) Run(ctx context.Context, id string) (ledger.RunState, error) {
	return ofStoreCall(ctx, s, "Store.Run", 0, func(ctx context.Context) (ledger.RunState, error) { return s.store.Run(ctx, id) })
}

func (s guardedStore) Runs(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	return guardedSeq(s.host, "Store.Runs", func() iter.Seq2[ledger.RunState, error] { return markedSeq(s.store.Runs(ctx, q)) })
}

func (s guardedStore) Outcomes(ctx context.Context, runID string, from int) iter.Seq2[Outcome, error] {
	return guardedSeq(s.host, "Store.Outcomes", func() iter.Seq2[Outcome, error] { return markedSeq(s.store.Outcomes(ctx, runID, from)) })
}

func (s guardedStore) Mark(ctx context.Context, runID string, m ledger.Mark) (bool, error) {
	return ofStoreCall(ctx, s, "Store.Mark", 0, func(ctx context.Context) (bool, error) { return s.store.Mark(ctx, runID, m) })
}

func (s guardedStore) Prune(ctx context.Context, link string, olderThan time.Time) (int, error) {
	return ofStoreCall(ctx, s, "Store.Prune", 0, func(ctx context.Context) (int, error) { return s.store.Prune(ctx, link, olderThan) })
}

func (s guardedStore) do(call string, f func() error) error {
	return s.host.do(call, func() error { return engine.OfStore(f()) })
}

// ofStoreCall is do for what has a result.
func ofStoreCall[T any](ctx context.Context, s guardedStore, call string, records int, f func(context.Context) (T, error)) (T, error) {
	return called(ctx, s.host, call, records, func(ctx context.Context) (T, error) {
		v, err := f(ctx)
		return v, engine.OfStore(err)
	})
}

func markedSeq[T any](seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range seq {
			if !yield(v, engine.OfStore(err)) {
				return
			}
		}
	}
}
