package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/securitytrax/adcimport/internal/lease"
	"github.com/securitytrax/adcimport/ledger"
)

// books are where a run's decisions go, and where what is done is looked up.
// There are two: those of a run, which the store keeps under a lease, and those
// of a preview, which end with it.
type books interface {
	epoch() int64 // of the lease; 0: there is none
	// keep holds the books until ctx ends.
	keep(ctx context.Context)
	// call makes the context of one call of the sink. That of a look-up ends with
	// the run; that of a write goes on to the next record boundary.
	call(ctx context.Context) (context.Context, context.CancelFunc, error)
	known(ctx context.Context, ids []string) (map[string]ledger.Known, error)
	intend(ctx context.Context, in []ledger.Intent) ([]ledger.IntentState, error)
	commit(ctx context.Context, c ledger.Commit) error
	close(ctx context.Context, end ledger.RunState) error
}

// leasedBooks are those of a run.
type leasedBooks struct {
	store  ledger.StateStore
	keeper *lease.Keeper
}

func (b *leasedBooks) epoch() int64 { return b.keeper.Current().Epoch }

func (b *leasedBooks) keep(ctx context.Context) { b.keeper.Heartbeat(ctx) }

func (b *leasedBooks) call(ctx context.Context) (context.Context, context.CancelFunc, error) {
	return b.keeper.Call(ctx)
}

func (b *leasedBooks) known(ctx context.Context, ids []string) (map[string]ledger.Known, error) {
	l := b.keeper.Current()
	return b.store.Known(ctx, l.Link, l.Kind, ids)
}

func (b *leasedBooks) intend(ctx context.Context, in []ledger.Intent) ([]ledger.IntentState, error) {
	l := b.keeper.Current()
	states, err := b.store.Intend(ctx, l, in)
	if err == nil && len(states) != len(in) {
		err = fmt.Errorf("%d states for %d intents", len(states), len(in))
	}
	if err != nil {
		return nil, b.failed(fmt.Errorf("run %s: intend %ss: %w", l.RunID, l.Kind, err))
	}
	return states, nil
}

func (b *leasedBooks) commit(ctx context.Context, c ledger.Commit) error {
	l := b.keeper.Current()
	if err := b.store.Commit(ctx, l, c); err != nil {
		return b.failed(fmt.Errorf("commit to run %s: %w", l.RunID, err))
	}
	return nil
}

// failed ends the run where the store says that the lease is another's.
func (b *leasedBooks) failed(err error) error {
	if errors.Is(err, ledger.ErrLeaseLost) {
		b.keeper.Lose(err)
	}
	return err
}

func (b *leasedBooks) close(ctx context.Context, end ledger.RunState) error {
	if err := b.store.Release(ctx, b.keeper.Current(), end); err != nil {
		return fmt.Errorf("release run %s: %w", end.RunID, err)
	}
	return nil
}

// previewBooks keep the records that would be known, so that one that comes twice
// is seen as in a real run: ids, and nothing else of a record.
type previewBooks struct {
	store ledger.StateStore
	link  string
	kind  ledger.Kind

	mu       sync.Mutex
	foretold map[string]ledger.Known
}

func (*previewBooks) epoch() int64 { return 0 }

func (*previewBooks) keep(context.Context) {}

func (*previewBooks) call(ctx context.Context) (context.Context, context.CancelFunc, error) {
	ctx, cancel := context.WithCancel(ctx)
	return ctx, cancel, nil
}

func (b *previewBooks) known(ctx context.Context, ids []string) (map[string]ledger.Known, error) {
	known, err := b.store.Known(ctx, b.link, b.kind, ids)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.foretold) == 0 {
		return known, nil
	}
	if known = maps.Clone(known); known == nil {
		known = make(map[string]ledger.Known)
	}
	for _, id := range ids {
		if k, ok := b.foretold[id]; ok {
			known[id] = k
		}
	}
	return known, nil
}

func (*previewBooks) intend(_ context.Context, in []ledger.Intent) ([]ledger.IntentState, error) {
	return make([]ledger.IntentState, len(in)), nil // all are fresh
}

func (b *previewBooks) commit(_ context.Context, c ledger.Commit) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.foretold == nil {
		b.foretold = make(map[string]ledger.Known)
	}
	for id, k := range c.Known {
		b.foretold[id] = ledger.Known{SinkID: k.SinkID, RunID: k.RunID}
	}
	return nil
}

func (*previewBooks) close(context.Context, ledger.RunState) error { return nil }

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
