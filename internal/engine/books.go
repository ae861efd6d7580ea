package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/securitytrax/adcimport/internal/lease"
	"github.com/securitytrax/adcimport/ledger"
)

// books are where a run's decisions go, and where what is decided is looked up.
// There are two: those of a run, which the store keeps under a lease, and those
// of a preview, which end with it.
type books interface {
	epoch() int64 // of the lease; 0: there is none
	// keep holds the books until ctx ends.
	keep(ctx context.Context)
	// call makes the context of one call of the sink. That of a look-up ends with
	// the run; that of a write goes on to the next record boundary.
	call(ctx context.Context) (context.Context, context.CancelFunc, error)
	// records is what is stored of ids, and what this run decided of them.
	records(ctx context.Context, ids []string) (map[string]ledger.Record, error)
	// list lists the records in a state, those that came into it first, first; at
	// most limit of them, 0: all.
	list(ctx context.Context, state ledger.RecordState, limit int) iter.Seq2[ledger.Record, error]
	// newest lists the known records that were confirmed last.
	newest(ctx context.Context, limit int) iter.Seq2[ledger.Record, error]
	commit(ctx context.Context, c *ledger.Commit) ([]ledger.IntentState, error)
	// close ends the run's stay. It returns the run as it is stored.
	close(ctx context.Context, end ledger.End) (ledger.RunState, error)
}

// leasedBooks are those of a run.
type leasedBooks struct {
	store  ledger.StateStore
	keeper *lease.Keeper
	seq    int64 // of the last commit; the writer's
}

func (b *leasedBooks) epoch() int64 { return b.keeper.Current().Epoch }

func (b *leasedBooks) keep(ctx context.Context) { b.keeper.Heartbeat(ctx) }

func (b *leasedBooks) call(ctx context.Context) (context.Context, context.CancelFunc, error) {
	return b.keeper.Call(ctx)
}

func (b *leasedBooks) records(ctx context.Context, ids []string) (map[string]ledger.Record, error) {
	l := b.keeper.Current()
	return b.store.Records(ctx, l.Scope, l.RunID, ids)
}

func (b *leasedBooks) list(ctx context.Context, state ledger.RecordState, limit int) iter.Seq2[ledger.Record, error] {
	l := b.keeper.Current()
	return b.store.List(ctx, l.Scope, ledger.Query{States: []ledger.RecordState{state}, RunID: l.RunID, Limit: limit})
}

func (b *leasedBooks) newest(ctx context.Context, limit int) iter.Seq2[ledger.Record, error] {
	return b.store.List(ctx, b.keeper.Current().Scope, ledger.Query{Newest: true, Limit: limit})
}

func (b *leasedBooks) commit(ctx context.Context, c *ledger.Commit) ([]ledger.IntentState, error) {
	l := b.keeper.Current()
	b.seq++
	c.Seq = b.seq
	states, err := b.store.Commit(ctx, l, *c)
	if err == nil && len(states) != len(c.Intents) {
		err = fmt.Errorf("%d states for %d intents", len(states), len(c.Intents))
	}
	if err == nil {
		return states, nil
	}
	err = fmt.Errorf("commit to run %s: %w", l.RunID, err)
	if errors.Is(err, ledger.ErrLeaseLost) {
		b.keeper.Lose(err)
	}
	return nil, err
}

func (b *leasedBooks) close(ctx context.Context, end ledger.End) (ledger.RunState, error) {
	l := b.keeper.Current()
	st, err := b.store.Release(ctx, l, end)
	if err != nil {
		return st, fmt.Errorf("release run %s: %w", l.RunID, err)
	}
	return st, nil
}

// previewBooks keep what would be decided, so that a record that comes twice is
// seen as in a real run: ids and verdicts, and nothing else of a record.
type previewBooks struct {
	store ledger.StateStore
	scope ledger.Scope
	state ledger.RunState // of the preview; its link may have records that the first real run moves to the account

	mu       sync.Mutex
	foretold map[string]ledger.Record
}

func (*previewBooks) epoch() int64 { return 0 }

func (*previewBooks) keep(context.Context) {}

func (*previewBooks) call(ctx context.Context) (context.Context, context.CancelFunc, error) {
	ctx, cancel := context.WithCancel(ctx)
	return ctx, cancel, nil
}

func (b *previewBooks) records(ctx context.Context, ids []string) (map[string]ledger.Record, error) {
	found, err := b.store.Records(ctx, b.scope, "", ids)
	if err != nil {
		return nil, err
	}
	if own := b.ownScope(); own != b.scope {
		moved, err := b.store.Records(ctx, own, "", ids)
		if err != nil {
			return nil, err
		}
		found = merged(found, moved)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.foretold) == 0 {
		return found, nil
	}
	if found = maps.Clone(found); found == nil {
		found = make(map[string]ledger.Record)
	}
	for _, id := range ids {
		if r, ok := b.foretold[id]; ok {
			found[id] = r
		}
	}
	return found, nil
}

// ownScope is what the link's records belong to before they move to its account.
func (b *previewBooks) ownScope() ledger.Scope {
	return ledger.Scope{Account: b.state.Link, Kind: b.scope.Kind}
}

// merged is what becomes of records that two scopes hold.
func merged(found, moved map[string]ledger.Record) map[string]ledger.Record {
	if len(moved) == 0 {
		return found
	}
	all := make(map[string]ledger.Record, len(found)+len(moved))
	maps.Copy(all, found)
	for id, r := range moved {
		if has, both := all[id]; both {
			r = ledger.Merged(has, r, time.Now())
		}
		all[id] = r
	}
	return all
}

// list has what the store has, as it will be: without what was foretold to leave
// the state, and with what was foretold to come into it.
func (b *previewBooks) list(ctx context.Context, state ledger.RecordState, limit int) iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		foretold := b.foretoldAs(state)
		for r, err := range b.store.List(ctx, b.scope, ledger.Query{States: []ledger.RecordState{state}, Limit: limit}) {
			if err != nil {
				yield(r, err)
				return
			}
			if b.says(r.ID) {
				continue
			}
			if !yield(r, nil) {
				return
			}
		}
		for _, r := range foretold {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (b *previewBooks) foretoldAs(state ledger.RecordState) []ledger.Record {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []ledger.Record
	for _, id := range slices.Sorted(maps.Keys(b.foretold)) {
		if r := b.foretold[id]; r.State == state {
			list = append(list, r)
		}
	}
	return list
}

func (b *previewBooks) says(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, foretold := b.foretold[id]
	return foretold
}

func (b *previewBooks) newest(ctx context.Context, limit int) iter.Seq2[ledger.Record, error] {
	return b.store.List(ctx, b.scope, ledger.Query{Newest: true, Limit: limit})
}

func (b *previewBooks) commit(_ context.Context, c *ledger.Commit) ([]ledger.IntentState, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.foretold == nil {
		b.foretold = make(map[string]ledger.Record)
	}
	for i := range c.Records {
		r := &c.Records[i]
		was := b.foretold[r.ID]
		b.foretold[r.ID] = ledger.Record{
			ID: r.ID, Known: r.Known, SinkID: r.SinkID, Fingerprint: r.Fingerprint, State: r.State, Since: r.Since,
			Sent: r.Sent, Attempts: r.Attempts, Setup: r.Setup, Generation: r.Generation, Here: was.Here,
		}
	}
	for i := range c.Outcomes {
		o := &c.Outcomes[i]
		r := b.foretold[o.SourceID]
		r.ID, r.Here = o.SourceID, o.Verdict()
		b.foretold[o.SourceID] = r
	}
	return make([]ledger.IntentState, len(c.Intents)), nil // all are fresh
}

func (b *previewBooks) close(_ context.Context, end ledger.End) (ledger.RunState, error) {
	b.state.Close(end, time.Now().UTC())
	return b.state, nil
}

// pretending returns the flow of a preview: its writes succeed, and are none.
func (f Flow[S, R]) pretending() Flow[S, R] {
	written := func(n int) []Result {
		results := make([]Result, n)
		for i := range results {
			results[i].Status = Written
		}
		return results
	}
	f.Create = func(_ context.Context, ids []string, _ []*R) ([]Result, map[string]*Fault, error) {
		return written(len(ids)), nil, nil
	}
	if f.Update != nil {
		f.Update = func(_ context.Context, ids, _ []string, _ []*R) ([]Result, map[string]*Fault, error) {
			return written(len(ids)), nil, nil
		}
	}
	return f
}
