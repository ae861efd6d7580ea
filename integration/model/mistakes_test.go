package model_test

import (
	"context"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// mistake is a planted one: a wrapper around an end that the runners use.
type mistake struct {
	store func(*world) adcimport.StateStore
	sink  func(*world, adcimport.Sink) adcimport.Sink // around what a create reaches in the end
	front func(*world, adcimport.Sink) adcimport.Sink // around the whole sink, as the runner has it
	hasty bool                                        // runners do not wait for the settle time
}

// mistakes are what the model must find, by name.
var mistakes = map[string]mistake{
	"cursor ahead of outcomes":            {store: func(w *world) adcimport.StateStore { return &cursorFirst{w.store, make(numbers), w} }},
	"no intent":                           {store: func(w *world) adcimport.StateStore { return noIntent{w.store} }},
	"no epoch check":                      {store: func(w *world) adcimport.StateStore { return &noEpochCheck{StateStore: w.store, numbers: make(numbers)} }},
	"de-duplication in front of the sink": {front: func(w *world, s adcimport.Sink) adcimport.Sink { return frontSet{s, w.front} }},
	"in-doubt re-created without find":    {sink: func(w *world, s adcimport.Sink) adcimport.Sink { return blindFind{s, w} }},
	"a lease that never expires":          {store: func(w *world) adcimport.StateStore { return eternalLease{w.store} }},
	"counts doubled on resume":            {store: func(w *world) adcimport.StateStore { return &doubledCounts{StateStore: w.store} }},
	"passing not taken off":               {store: func(w *world) adcimport.StateStore { return keepsPassing{w.store} }},
	"cursor kept after another run":       {store: func(w *world) adcimport.StateStore { return keepsCursor{w.store} }},
	"decided by another run":              {store: func(w *world) adcimport.StateStore { return hereOfAny{w.store} }},
	"an intent cleared by silence":        {store: func(w *world) adcimport.StateStore { return &silentlyCleared{StateStore: w.store} }},
	"a repeated commit counts twice":      {store: func(w *world) adcimport.StateStore { return &countsTwice{StateStore: w.store} }},
	"no settle time":                      {hasty: true},
	"a write after the lease":             {sink: func(_ *world, s adcimport.Sink) adcimport.Sink { return lateWriter{s} }},
	"take-over before the lease expired":  {store: func(w *world) adcimport.StateStore { return &earlyTakeOver{StateStore: w.store} }},
}

// cursorFirst moves the cursor in a transaction before that of the outcomes.
type cursorFirst struct {
	adcimport.StateStore
	numbers
	w *world
}

// numbers are those of the commits of leases, for whoever adds commits.
type numbers map[int64]int64

func (n numbers) next(l ledger.Lease) int64 {
	at := l.Epoch << 1
	if l.Kind == adcimport.KindUser {
		at++
	}
	n[at]++
	return n[at]
}

func (s *cursorFirst) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	st, err := s.Run(ctx, l.RunID)
	if err != nil {
		return nil, err
	}
	ahead := ledger.Commit{
		Seq: s.next(l), Cursor: c.Cursor, Listed: c.Listed,
		Tally: ledger.Tally{Counts: st.Counts, ByReason: st.ByReason}, Passing: st.Passing,
	}
	if _, err := s.StateStore.Commit(ctx, l, ahead); err != nil {
		return nil, err
	}
	s.w.taint()
	c.Seq = s.next(l)
	time.Sleep(time.Millisecond) // the process may die here
	return s.StateStore.Commit(ctx, l, c)
}

// noIntent forgets what is about to be sent.
type noIntent struct{ adcimport.StateStore }

func (s noIntent) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	n := len(c.Intents)
	c.Intents = nil
	_, err := s.StateStore.Commit(ctx, l, c)
	return make([]ledger.IntentState, n), err
}

// noEpochCheck takes the newest lease for whatever lease it is given.
type noEpochCheck struct {
	adcimport.StateStore
	numbers
	newest map[adcimport.Kind]ledger.Lease
}

func (s *noEpochCheck) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	l, err := s.StateStore.Acquire(ctx, req)
	if err == nil {
		if s.newest == nil {
			s.newest = make(map[adcimport.Kind]ledger.Lease)
		}
		s.newest[l.Kind] = l
	}
	return l, err
}

func (s *noEpochCheck) Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
	return s.StateStore.Renew(ctx, s.newest[l.Kind])
}

func (s *noEpochCheck) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	c.Seq = s.next(s.newest[l.Kind])
	return s.StateStore.Commit(ctx, s.newest[l.Kind], c)
}

// frontSet lets an id through to the sink once, whatever became of it.
type frontSet struct {
	adcimport.Sink
	ids map[string]bool
}

func (s frontSet) Unwrap() any { return s.Sink }

func (s frontSet) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	return fronted(ctx, s.ids, recs, func(r adcimport.CustomerRecord) string { return "customer/" + r.AlarmComID }, s.Sink.CreateCustomers)
}

func (s frontSet) CreateUsers(ctx context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	return fronted(ctx, s.ids, recs, func(r adcimport.UserRecord) string { return "user/" + r.AlarmComID }, s.Sink.CreateUsers)
}

func fronted[R any](
	ctx context.Context, seen map[string]bool, recs []R, id func(R) string,
	create func(context.Context, []R) ([]adcimport.WriteResult, error),
) ([]adcimport.WriteResult, error) {
	var news []R
	var at []int
	results := make([]adcimport.WriteResult, len(recs))
	for i, rec := range recs {
		if seen[id(rec)] {
			results[i] = adcimport.WriteResult{Status: adcimport.WriteExists, ID: "seen"}
			continue
		}
		seen[id(rec)] = true
		news, at = append(news, rec), append(at, i)
	}
	created, err := create(ctx, news)
	for i, res := range created {
		results[at[i]] = res
	}
	return results, err
}

// blindFind does not find what is in doubt.
type blindFind struct {
	adcimport.Sink
	w *world
}

func (s blindFind) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	found, err := s.Sink.FindCustomers(ctx, keys)
	return s.blind(adcimport.KindCustomer, found), err //nolint:contextcheck // looks at the store from outside of any runner
}

func (s blindFind) FindUsers(ctx context.Context, keys []adcimport.UserKey) (map[string][]string, error) {
	found, err := s.Sink.FindUsers(ctx, keys)
	return s.blind(adcimport.KindUser, found), err //nolint:contextcheck // looks at the store from outside of any runner
}

func (s blindFind) blind(k adcimport.Kind, found map[string][]string) map[string][]string {
	for _, id := range s.w.openIntents(k) {
		delete(found, id)
	}
	return found
}

// lateWriter does not ask whether it may still write.
type lateWriter struct{ adcimport.Sink }

func (s lateWriter) CreateCustomers(_ context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	return s.Sink.CreateCustomers(context.Background(), recs) //nolint:contextcheck // without the run's guard: the mistake
}

func (s lateWriter) CreateUsers(_ context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	return s.Sink.CreateUsers(context.Background(), recs) //nolint:contextcheck // without the run's guard: the mistake
}

// eternalLease never lets anybody take over.
type eternalLease struct{ adcimport.StateStore }

func (s eternalLease) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	req.TTL *= 1_000_000
	return s.StateStore.Acquire(ctx, req)
}

func (s eternalLease) Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
	l.TTL = leaseTTL * 1_000_000
	return s.StateStore.Renew(ctx, l)
}

// earlyTakeOver gives the lease to whoever asks.
type earlyTakeOver struct {
	adcimport.StateStore
	held map[adcimport.Kind]ledger.Lease
}

func (s *earlyTakeOver) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	if l, ok := s.held[req.Kind]; ok {
		_, _ = s.Release(ctx, l, ledger.End{Status: adcimport.StatusInterrupted}) // changes nothing where it was released before
	}
	l, err := s.StateStore.Acquire(ctx, req)
	if err == nil {
		if s.held == nil {
			s.held = make(map[adcimport.Kind]ledger.Lease)
		}
		s.held[l.Kind] = l
	}
	return l, err
}

// doubledCounts adds what a run counts to what it had counted before it was
// resumed.
type doubledCounts struct {
	adcimport.StateStore
	before map[string]ledger.Tally
}

func (s *doubledCounts) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	l, err := s.StateStore.Acquire(ctx, req)
	if err != nil {
		return l, err
	}
	if s.before == nil {
		s.before = make(map[string]ledger.Tally)
	}
	s.before[l.RunID] = ledger.Tally{Counts: l.State.Counts, ByReason: l.State.ByReason}.Clone()
	return l, err
}

func (s *doubledCounts) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	c.Tally = c.Tally.Plus(s.before[l.RunID])
	return s.StateStore.Commit(ctx, l, c)
}
