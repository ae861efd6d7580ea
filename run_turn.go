package adcimport

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// turn is a run's place among those that may be at work, see Config.Admit. A nil
// one has its turn.
type turn struct {
	admitted <-chan struct{}
	leave    func()
}

// errQueued is why a run in the background rests that did not get its turn at once.
var errQueued = errors.New("the run waits for its turn")

// queue asks for a turn.
func (imp *Importer) queue(k Kind) (*turn, error) {
	if imp.cfg.Admit == nil {
		return nil, nil
	}
	t := &turn{}
	var leave func()
	err := imp.host.hook("Config.Admit", true, func() { t.admitted, leave = imp.cfg.Admit(imp.cfg.Link, k) })
	if err != nil {
		return nil, fmt.Errorf("wait for a turn: %w", err)
	}
	t.leave = sync.OnceFunc(func() {
		_ = imp.host.hook("Config.Admit", leave != nil, leave) // what it held is the host's to lose
	})
	return t, nil
}

// came reports whether the run may be at work.
func (t *turn) came() bool {
	if t == nil {
		return true
	}
	select {
	case <-t.admitted:
		return true
	default:
		return false
	}
}

// await waits for the turn.
func (t *turn) await(ctx context.Context) error {
	if t == nil {
		return nil
	}
	select {
	case <-t.admitted:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// end gives the turn back, or gives it up.
func (t *turn) end() {
	if t != nil {
		t.leave()
	}
}

// awaitTurn waits for the turn of a run that the caller waits for.
func (imp *Importer) awaitTurn(ctx context.Context, req *request) error {
	if req.dryRun {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := &stopper{cancel}
	if err := imp.enter(stop, false); err != nil {
		return err
	}
	defer imp.leave(stop)
	var err error
	if req.turn, err = imp.queue(req.kind); err != nil {
		return err
	}
	if err := req.turn.await(ctx); err != nil {
		return fmt.Errorf("wait for a turn: %w", err)
	}
	return nil
}
