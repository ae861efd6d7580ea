package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/securitytrax/adcimport/internal/lease"
)

// doubtRounds is how often a run looks up its own lost creates before it leaves
// them to the next one.
const doubtRounds = 3

// resolveLeft brings the open intents of earlier epochs to an end. Their creates
// may still arrive until the settle time after the former lease ended; before
// that, an empty find would prove nothing. A preview does not wait: it says what
// the sink says now.
func (w *phases[S, R]) resolveLeft(ctx context.Context) error {
	if !w.plan.Options.Preview {
		open, err := w.openIntents(ctx, 1, nil)
		if err != nil || len(open) == 0 {
			return err
		}
		if err := w.wait(ctx, time.Until(w.run.settled)); err != nil {
			return err
		}
	}
	return w.resolveOpen(ctx)
}

// resolveOwn brings the lost creates of this run to an end.
func (w *phases[S, R]) resolveOwn(ctx context.Context) error {
	if w.plan.Options.Preview {
		return nil
	}
	for range doubtRounds {
		open, err := w.openIntents(ctx, 1, nil)
		if err != nil || len(open) == 0 {
			return err
		}
		if err := w.wait(ctx, w.cfg.SettleTime-time.Since(w.writer.lost)); err != nil {
			return err
		}
		if err := w.resolveOpen(ctx); err != nil {
			return err
		}
	}
	open, err := w.openIntents(ctx, 1, nil)
	if err == nil && len(open) > 0 {
		err = fmt.Errorf("run %s: no clear answer to creates in %d rounds: %w", w.runID, doubtRounds, ErrInDoubt)
	}
	return err
}

func (w *phases[S, R]) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	if err := w.plan.Hooks.Waiting(w.run.tells, d); err != nil { //nolint:contextcheck // hooks get the caller's values, and no end
		return w.wrap("wait with", err)
	}
	return lease.Sleep(ctx, d)
}

// openIntents returns at most n open intents that are not in tried.
func (w *phases[S, R]) openIntents(ctx context.Context, n int, tried map[string]bool) ([]string, error) {
	var ids []string
	for in, err := range w.cfg.Store.InDoubt(ctx, w.link, w.kind) {
		if err != nil {
			return nil, w.wrap("list open intents of", err)
		}
		if tried[in.ID] {
			continue
		}
		if ids = append(ids, in.ID); len(ids) == n {
			break
		}
	}
	return ids, nil
}

// resolveOpen takes every open intent once.
func (w *phases[S, R]) resolveOpen(ctx context.Context) error {
	tried := make(map[string]bool)
	for {
		ids, err := w.openIntents(ctx, w.cfg.BatchSize, tried)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			tried[id], w.done.resolved[id], w.reader.seen[id] = true, true, true
		}
		items, err := w.reader.byIDs(ctx, ids)
		if err != nil {
			return err
		}
		for i := range items {
			items[i].doubt()
		}
		if err := w.writer.write(ctx, &batch[S, R]{items: items}); err != nil {
			return err
		}
	}
}
