package adcimport

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/securitytrax/adcimport/ledger"
)

// read lists from the cursor and sends batches until the listing, the limit or
// the receiver ends it. A failure is sent as the last batch.
func (p *pipeline[S, R]) read(ctx context.Context, send func(*batch[S, R]) bool) {
	first := true
	for page, err := range p.pages(ctx, p.state.Cursor) {
		if err != nil {
			send(&batch[S, R]{err: p.wrap("list", err)})
			return
		}
		if !p.readPage(ctx, page, first, send) {
			return
		}
		if first = false; page.Next == "" {
			break
		}
	}
	if err := context.Cause(ctx); err != nil {
		send(&batch[S, R]{err: err})
		return
	}
	last, err := p.unseen(ctx)
	send(&batch[S, R]{items: last, moves: true, listed: true, err: err})
}

// readPage sends a page in batches; false: there is nothing more to do.
func (p *pipeline[S, R]) readPage(ctx context.Context, page Page[S], first bool, send func(*batch[S, R]) bool) bool {
	info := &PageRead{RunID: p.state.RunID, Items: len(page.Items), Total: page.Total}
	items, err := p.fresh(ctx, page.Items, first)
	for err == nil {
		b := &batch[S, R]{page: info}
		info = nil
		var n int
		if b.items, n, err = p.screen(ctx, items[:min(len(items), p.imp.cfg.BatchSize)], page.Partial); err != nil {
			break
		}
		items = items[n:]
		if b.err = p.fetch(ctx, b.items); b.err != nil {
			b.items = slices.DeleteFunc(b.items, func(it item[S, R]) bool { return it.candidate() && !it.full })
		}
		if err := p.shape(b.items); err != nil {
			b.items = slices.DeleteFunc(b.items, func(it item[S, R]) bool { return it.candidate() && !it.mapped })
			b.err = errors.Join(b.err, err)
		}
		if len(items) == 0 && page.Next != "" {
			b.moves, b.cursor = true, page.Next
		}
		if !send(b) || b.err != nil || p.limited() {
			return false
		}
		if len(items) == 0 {
			return true
		}
	}
	send(&batch[S, R]{err: err})
	return false
}

// fresh leaves out what this run has counted already: of the page that it was at
// when it was interrupted, and records in doubt that it resolved.
func (p *pipeline[S, R]) fresh(ctx context.Context, items []S, first bool) ([]S, error) {
	if len(p.named) > 0 {
		for _, id := range p.ids(items) {
			p.seen[id] = true
		}
	}
	hits := p.resolved
	if p.window {
		ledger, err := p.ledger(ctx, p.ids(items))
		if err != nil {
			return nil, err
		}
		p.window = first || len(ledger) > 0
		maps.Copy(ledger, p.resolved)
		hits = ledger
	}
	if len(hits) == 0 {
		return items, nil
	}
	return slices.DeleteFunc(slices.Clone(items), func(s S) bool { return hits[p.id(&s)] }), nil
}

func (p *pipeline[S, R]) ids(items []S) []string {
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = p.id(&items[i])
	}
	return ids
}

// ledger answers which of the ids have an outcome in this run.
func (p *pipeline[S, R]) ledger(ctx context.Context, ids []string) (map[string]bool, error) {
	here := make(map[string]bool, len(ids))
	for _, id := range ids {
		here[id] = true
	}
	hits := make(map[string]bool)
	for o, err := range p.imp.cfg.Store.Outcomes(ctx, p.state.RunID) {
		if err != nil {
			return nil, p.wrap("read the ledger of", err)
		}
		if here[o.SourceID] {
			hits[o.SourceID] = true
		}
	}
	return hits, nil
}

// screen decides what needs no detail: repeated, known and unwanted records. It
// answers how many of the sources it took: no more new ones than Limit allows.
func (p *pipeline[S, R]) screen(ctx context.Context, sources []S, partial bool) ([]item[S, R], int, error) {
	items := make([]item[S, R], 0, len(sources))
	ids := p.ids(sources)
	known, err := p.knownOf(ctx, ids)
	if err != nil {
		return nil, 0, err
	}
	inBatch := make(map[string]bool, len(sources))
	for i := range sources {
		it := item[S, R]{id: ids[i], src: sources[i], full: !partial}
		switch k, isKnown := known[it.id]; {
		case it.id == "":
			it.decide(p.outcome(""), ActionFailed, ReasonInvalidRecord)
			it.out.Fields = []FieldError{{Field: "ID", Rule: "must be text that is not empty"}}
		case inBatch[it.id]:
			it.decide(p.outcome(it.id), ActionSkipped, ReasonDuplicateInSource)
		case !p.wanted(it.id):
			it.decide(p.outcome(it.id), ActionSkipped, ReasonFilteredOut)
		case isKnown && p.relists && k.RunID == p.state.RunID:
			continue // counted when it was done
		case isKnown && !p.again(&k):
			p.skipKnown(&it, k)
		case isKnown:
			it.known = &k
		case p.limited():
			return items, i, nil
		case p.plan.opts.Limit > 0:
			p.left--
		}
		inBatch[it.id] = true
		items = append(items, it)
	}
	return items, len(sources), nil
}

func (p *pipeline[S, R]) limited() bool { return p.plan.opts.Limit > 0 && p.left <= 0 }

// again says whether a known record is to be read again.
func (p *pipeline[S, R]) again(k *ledger.Known) bool {
	return p.plan.opts.Mode == Upsert && k.RunID != p.state.RunID
}

func (p *pipeline[S, R]) skipKnown(it *item[S, R], k ledger.Known) {
	reason := ReasonAlreadyImported
	if k.RunID == p.state.RunID {
		reason = ReasonDuplicateInSource
	}
	it.decide(p.outcome(it.id), ActionSkipped, reason)
	it.out.SinkID = k.SinkID
}

// fetch asks for the details of undecided items, several at a time. An error
// that concerns one record decides it; any other ends the reading, and leaves
// the rest as it is.
func (p *pipeline[S, R]) fetch(ctx context.Context, items []item[S, R]) error {
	var todo []*item[S, R]
	for i := range items {
		if items[i].candidate() && !items[i].full {
			todo = append(todo, &items[i])
		}
	}
	if len(todo) == 0 {
		return nil
	}
	if p.detail == nil {
		return p.wrap("read partial pages of", errors.ErrUnsupported)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(p.imp.cfg.Concurrency, len(todo)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(todo) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if err := p.fetchOne(ctx, todo[i]); err != nil {
					cancel(err)
				}
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

func (p *pipeline[S, R]) fetchOne(ctx context.Context, it *item[S, R]) error {
	src, err := p.detail(ctx, it.id)
	_, single := errors.AsType[*RecordError](err)
	_, panicked := errors.AsType[*PanicError](err)
	switch {
	case err == nil:
		it.src, it.full = src, true
	case errors.Is(err, ErrFilteredOut):
		p.failedBy(it, err, ReasonFilteredOut)
	case errors.Is(err, ErrNotFound):
		p.failedBy(it, err, ReasonSourceNotFound)
	case errors.Is(err, ErrDenied):
		p.failedBy(it, err, ReasonSourceDenied)
	case single, panicked:
		p.failedBy(it, err, ReasonSourceFailed)
	default:
		return p.wrap("read details of", err)
	}
	return nil
}

// shape matches and maps what is undecided, and finds every rule it breaks. An
// error leaves the rest as it is.
func (p *pipeline[S, R]) shape(items []item[S, R]) error {
	for i := range items {
		it := &items[i]
		if !it.candidate() {
			continue
		}
		if !p.match(&it.src) {
			it.decide(p.outcome(it.id), ActionSkipped, ReasonFilteredOut)
			continue
		}
		if broken := brokenText(&it.src); len(broken) > 0 {
			it.decide(p.outcome(it.id), ActionFailed, ReasonInvalidRecord)
			it.out.Fields = broken
			continue
		}
		broken := mappedErrors(p.mapped.Apply(&it.src, &it.rec))
		it.hash = p.hash(&it.rec)
		found, err := p.complete(&it.src, &it.rec)
		if err != nil {
			return p.wrap("validate", err)
		}
		broken = addBroken(broken, found)
		broken = addBroken(broken, brokenText(&it.rec)) // a transform may have cut a character
		it.mapped = true
		if len(broken) > 0 {
			it.decide(p.outcome(it.id), ActionFailed, ReasonInvalidRecord)
			it.out.Fields = broken
		}
	}
	return nil
}

// addBroken adds what a sink's rules find, except on fields that the mapping has
// refused: these are empty because of that, not because nothing was given.
func addBroken(mapped, found []FieldError) []FieldError {
	all := mapped
	for _, f := range found {
		if !slices.ContainsFunc(mapped, func(m FieldError) bool { return m.Field == f.Field }) {
			all = append(all, f)
		}
	}
	return all
}

// unseen are the named ids that the source did not deliver.
func (p *pipeline[S, R]) unseen(ctx context.Context) ([]item[S, R], error) {
	var missing []string
	for _, id := range p.named {
		if !p.seen[id] {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	known, err := p.knownOf(ctx, missing)
	if err != nil {
		return nil, err
	}
	hits := p.resolved
	if p.resumed {
		if hits, err = p.ledger(ctx, missing); err != nil {
			return nil, err
		}
	}
	var items []item[S, R]
	for _, id := range missing {
		if _, is := known[id]; is || hits[id] {
			continue
		}
		it := item[S, R]{id: id}
		if p.other {
			it.decide(p.outcome(id), ActionSkipped, ReasonFilteredOut)
		} else {
			it.decide(p.outcome(id), ActionFailed, ReasonSourceNotFound)
		}
		items = append(items, it)
	}
	return items, nil
}
