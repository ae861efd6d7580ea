package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"

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
	// newest lists the known records that were confirmed last: see newest.
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
	return newest(ctx, b.store, b.keeper.Current().Scope, limit)
}

// newest lists known records, those that were confirmed last, first. Where the runs
// that tell are pruned, they come in any order.
func newest(ctx context.Context, store ledger.StateStore, s ledger.Scope, limit int) iter.Seq2[ledger.Record, error] {
	return func(yield func(ledger.Record, error) bool) {
		some := false
		for r, err := range store.List(ctx, s, ledger.Query{Newest: true, Limit: limit}) {
			if some = true; !yield(r, err) {
				return
			}
		}
		if some {
			return
		}
		for r, err := range store.List(ctx, s, ledger.Query{Known: true, Limit: limit}) {
			if !yield(r, err) {
				return
			}
		}
	}
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
	if f.Likeness != nil {
		l := *f.Likeness
		l.Link = func(_ context.Context, links []Linking[R]) ([]Result, map[string]*Fault, error) {
			return written(len(links)), nil, nil
		}
		f.Likeness = &l
	}
	if f.Update != nil {
		f.Update = func(_ context.Context, ids, _ []string, _ []*R) ([]Result, map[string]*Fault, error) {
			return written(len(ids)), nil, nil
		}
	}
	return f
}
