package adcimport

import (
	"context"
	"fmt"
	"time"
)

// doubtRounds is how often a run looks up its own lost creates before it leaves
// them to the next one.
const doubtRounds = 3

// resolveEarlier brings the open intents of earlier epochs to an end. Their
// creates may still arrive until the settle time after the former lease ended;
// before that, an empty find would prove nothing.
func (p *pipeline[S, R]) resolveEarlier(ctx context.Context) error {
	if p.keeper == nil {
		return nil
	}
	open, err := p.openIntents(ctx, 1, nil)
	if err != nil || len(open) == 0 {
		return err
	}
	if err := p.waitFor(ctx, p.quiet-time.Since(p.acquired)); err != nil {
		return err
	}
	return p.resolveOpen(ctx)
}

// resolveOwn brings the lost creates of this run to an end: a run completes only
// when no intent is open.
func (p *pipeline[S, R]) resolveOwn(ctx context.Context) error {
	if p.keeper == nil {
		return nil
	}
	for range doubtRounds {
		open, err := p.openIntents(ctx, 1, nil)
		if err != nil || len(open) == 0 {
			return err
		}
		if err := p.waitFor(ctx, p.imp.cfg.SettleTime-time.Since(p.unknown)); err != nil {
			return err
		}
		if err := p.resolveOpen(ctx); err != nil {
			return err
		}
	}
	open, err := p.openIntents(ctx, 1, nil)
	if err == nil && len(open) > 0 {
		err = fmt.Errorf("run %s: no clear answer to creates in %d rounds: %w", p.state.RunID, doubtRounds, ErrInDoubt)
	}
	return err
}

func (p *pipeline[S, R]) waitFor(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	if err := hook(p.imp.host, "Events.Waiting", p.imp.cfg.Events.Waiting, Waiting{RunID: p.state.RunID, For: d}); err != nil {
		return p.wrap("wait with", err)
	}
	return sleep(ctx, d)
}

// openIntents answers at most n open intents that are not in tried.
func (p *pipeline[S, R]) openIntents(ctx context.Context, n int, tried map[string]bool) ([]string, error) {
	var ids []string
	for in, err := range p.imp.cfg.Store.InDoubt(ctx, p.state.Link, p.kind) {
		if err != nil {
			return nil, p.wrap("list open intents of", err)
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
func (p *pipeline[S, R]) resolveOpen(ctx context.Context) error {
	tried := make(map[string]bool)
	for {
		ids, err := p.openIntents(ctx, p.imp.cfg.BatchSize, tried)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			tried[id], p.resolved[id], p.seen[id] = true, true, true
		}
		items, err := p.byIDs(ctx, ids)
		if err != nil {
			return err
		}
		for i := range items {
			items[i].doubted()
		}
		if err := p.write(ctx, &batch[S, R]{items: items}); err != nil {
			return err
		}
	}
}

// doubted makes the item one that may exist already: what was decided about it
// holds only when the sink does not have it.
func (it *item[S, R]) doubted() {
	it.doubt = true
	it.instead, it.out = it.out, nil
}

// byIDs reads records by their ids, as far as mapping and matching.
func (p *pipeline[S, R]) byIDs(ctx context.Context, ids []string) ([]item[S, R], error) {
	index := make(map[string]int, len(ids))
	items := make([]item[S, R], len(ids))
	for i, id := range ids {
		index[id] = i
		items[i].id = id
	}
	for page, err := range p.byID(ctx, ids) {
		if err != nil {
			return nil, p.wrap("read again", err)
		}
		for i := range page.Items {
			if at, ok := index[p.id(&page.Items[i])]; ok && !items[at].listed {
				items[at].src, items[at].listed, items[at].full = page.Items[i], true, !page.Partial
			}
		}
	}
	for i := range items {
		switch it := &items[i]; {
		case !p.wanted(it.id): // left by a run with another filter
			it.decide(p.outcome(it.id), ActionSkipped, ReasonFilteredOut)
		case !it.listed:
			it.decide(p.outcome(it.id), ActionFailed, ReasonSourceNotFound)
		}
	}
	if err := p.fetch(ctx, items); err != nil {
		return nil, err
	}
	if err := p.shape(items); err != nil {
		return nil, err
	}
	return items, nil
}
