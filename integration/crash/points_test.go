//go:build unix

package crash_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/crashtest"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/match"
)

// Lines of a child that are no place of death.
const (
	lineStopped = "stopped"
	lineRefused = "refused with ErrLeaseLost: " // and the method of the store
)

// pointWork is passed when a run holds its lease.
const pointWork = "event.RunStarted"

// Places around a commit: one without intents, and one whose intents are sent next.
const (
	pointCommit = "store.Commit"
	pointIntend = "store.Commit/intents"
)

// Places at the server's end of a write, where the parent kills.
const (
	pointArrived   = "server.POST:arrived"   // all of the request is there, and takes effect some time after the death
	pointCommitted = "server.POST:committed" // it took effect, and no byte of the reply was sent
)

// allPoints are the places where a child may be told to die.
func allPoints() []string {
	points := []string{
		pointWork, pointArrived, pointCommitted,
		"sink.POST:before", pointHead, pointBody, pointHeld, pointSocket, "sink.POST:sent", "sink.POST:reply", "sink.POST:read",
		"source.page:before", "source.page:after",
	}
	for _, method := range []string{
		"store.Acquire", "store.Renew", "store.Release", "store.Records", pointCommit, pointIntend,
		"store.List", "store.Run", "store.Runs", "store.Mark",
		"source.CustomerDetail", "sink.FindCustomers", "sink.FindUsers", "sink.FindReps",
		"sink.CreateCustomers", "sink.CreateUsers",
	} {
		points = append(points, method+":before", method+":after")
	}
	return points
}

// trappedStore is a store with places before and after each method.
type trappedStore struct {
	adcimport.StateStore
	trap *crashtest.Trap
	busy sync.RWMutex // held, as a reader, by every call
}

// quiet runs f while no call is in a transaction: a process that is stopped in
// one holds the database's locks, which is another matter (docs/reliability.md).
func (s *trappedStore) quiet(f func()) {
	s.busy.Lock()
	defer s.busy.Unlock()
	f()
}

func (s *trappedStore) call(point string, do func() error) {
	s.trap.Pass(point + ":before")
	s.busy.RLock()
	err := do()
	s.busy.RUnlock()
	if errors.Is(err, adcimport.ErrLeaseLost) {
		printLine(lineRefused + strings.TrimPrefix(point, "store."))
	}
	s.trap.Pass(point + ":after")
}

func (s *trappedStore) Acquire(ctx context.Context, req ledger.LeaseRequest) (l ledger.Lease, err error) {
	s.call("store.Acquire", func() error { l, err = s.StateStore.Acquire(ctx, req); return err })
	return l, err
}

func (s *trappedStore) Renew(ctx context.Context, l ledger.Lease) (out ledger.Lease, err error) {
	s.call("store.Renew", func() error { out, err = s.StateStore.Renew(ctx, l); return err })
	return out, err
}

func (s *trappedStore) Release(ctx context.Context, l ledger.Lease, end ledger.End) (st ledger.RunState, err error) {
	s.call("store.Release", func() error { st, err = s.StateStore.Release(ctx, l, end); return err })
	return st, err
}

func (s *trappedStore) Records(ctx context.Context, sc ledger.Scope, runID string, ids []string) (m map[string]ledger.Record, err error) {
	s.call("store.Records", func() error { m, err = s.StateStore.Records(ctx, sc, runID, ids); return err })
	return m, err
}

func (s *trappedStore) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) (st []ledger.IntentState, err error) {
	point := pointCommit
	if len(c.Intents) > 0 {
		point = pointIntend
	}
	s.call(point, func() error { st, err = s.StateStore.Commit(ctx, l, c); return err })
	return st, err
}

func (s *trappedStore) Run(ctx context.Context, id string) (st ledger.RunState, err error) {
	s.call("store.Run", func() error { st, err = s.StateStore.Run(ctx, id); return err })
	return st, err
}

func (s *trappedStore) Mark(ctx context.Context, runID string, m ledger.Mark) (took bool, err error) {
	s.call("store.Mark", func() error { took, err = s.StateStore.Mark(ctx, runID, m); return err })
	return took, err
}

func (s *trappedStore) List(ctx context.Context, sc ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	return between(s.trap, "store.List", s.StateStore.List(ctx, sc, q))
}

func (s *trappedStore) Runs(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	return between(s.trap, "store.Runs", s.StateStore.Runs(ctx, q))
}

// between puts places before the first and after the last step of an iterator.
func between[T any](trap *crashtest.Trap, name string, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		trap.Pass(name + ":before")
		defer trap.Pass(name + ":after")
		seq(yield)
	}
}

// trappedSource is a source with places around pages and details.
type trappedSource struct {
	adcimport.Source
	details adcimport.CustomerDetailer
	trap    *crashtest.Trap
}

func (s trappedSource) Unwrap() any { return s.Source }

func (s trappedSource) Customers(ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return trappedPages(s.trap, s.Source.Customers(ctx, f, from))
}

func (s trappedSource) Users(ctx context.Context, f adcimport.UserFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.User], error] {
	return trappedPages(s.trap, s.Source.Users(ctx, f, from))
}

func (s trappedSource) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	s.trap.Pass("source.CustomerDetail:before")
	defer s.trap.Pass("source.CustomerDetail:after")
	return s.details.CustomerDetail(ctx, id)
}

// trappedPages has a place before and after each page is given away.
func trappedPages[T any](trap *crashtest.Trap, seq iter.Seq2[adcimport.Page[T], error]) iter.Seq2[adcimport.Page[T], error] {
	return func(yield func(adcimport.Page[T], error) bool) {
		for page, err := range seq {
			trap.Pass("source.page:before")
			if !yield(page, err) {
				return
			}
			trap.Pass("source.page:after")
		}
	}
}

// trappedSink is a sink with places before and after the calls of a run.
type trappedSink struct {
	adcimport.Sink
	reps  adcimport.RepFinder
	likes adcimport.CustomerMatcher
	trap  *crashtest.Trap
}

func (s trappedSink) Unwrap() any { return s.Sink }

func (s trappedSink) pass(method string) func() {
	s.trap.Pass("sink." + method + ":before")
	return func() { s.trap.Pass("sink." + method + ":after") }
}

func (s trappedSink) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	defer s.pass("FindCustomers")()
	return s.Sink.FindCustomers(ctx, keys)
}

func (s trappedSink) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	defer s.pass("CreateCustomers")()
	return s.Sink.CreateCustomers(ctx, recs)
}

func (s trappedSink) FindUsers(ctx context.Context, keys []adcimport.UserKey) (map[string][]string, error) {
	defer s.pass("FindUsers")()
	return s.Sink.FindUsers(ctx, keys)
}

func (s trappedSink) CreateUsers(ctx context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	defer s.pass("CreateUsers")()
	return s.Sink.CreateUsers(ctx, recs)
}

func (s trappedSink) FindReps(ctx context.Context, logins []string) (map[string]string, error) {
	defer s.pass("FindReps")()
	return s.reps.FindReps(ctx, logins)
}

func (s trappedSink) MatchCustomers(ctx context.Context, recs []match.Customer) ([]match.CustomerCandidate, error) {
	defer s.pass("MatchCustomers")()
	return s.likes.MatchCustomers(ctx, recs)
}

func (s trappedSink) LinkCustomers(ctx context.Context, links []adcimport.CustomerLink) ([]adcimport.WriteResult, error) {
	defer s.pass("LinkCustomers")()
	return s.likes.LinkCustomers(ctx, links)
}
