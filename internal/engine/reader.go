package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// reader lists records, asks for their details, maps them and looks them up in
// the sink, one batch ahead of the writer. It changes nothing, anywhere.
type reader[S, R any] struct {
	*job[S, R]
	allowed int             // new records that Limit still allows
	charged int             // records that were counted against it, and deferred
	seen    map[string]bool // of the named ids
	within  time.Duration   // for one detail; 0: as long as the source takes
	turns   atomic.Int64    // numbers the beginnings of details, and their failures
	came    atomic.Int64    // the last beginning of one that came
	left    map[string]bool // ids that were open when the run began: their end is not the listing's
	again   bool            // the listing is read where this run has been before: see decidedHere
	recent  recent          // ids of the batches that the store may not have yet
}

// list lists from a cursor and sends batches until the listing, the limit or the
// receiver ends it. A failure is sent as the last batch.
func (r *reader[S, R]) list(ctx context.Context, from ledger.Cursor, send func(*batch[S, R]) bool) {
	first := true
	for page, err := range r.flow.Pages(ctx, from) {
		if err != nil {
			send(&batch[S, R]{err: r.wrap("list", err)})
			return
		}
		if !r.page(ctx, page, first, send) {
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
	last, err := r.missing(ctx)
	send(&batch[S, R]{items: last, moves: true, listed: true, err: err})
}

// page sends a page in batches; false: there is nothing more to do.
func (r *reader[S, R]) page(ctx context.Context, page Page[S], first bool, send func(*batch[S, R]) bool) bool {
	begins := true
	r.again = r.plan.Resumed && (first || r.pass > 0)
	sources := page.Items
	r.see(sources)
	var err error
	for {
		b := &batch[S, R]{firstPage: begins, total: page.Total}
		begins = false
		var n int
		if b.items, n, err = r.screen(ctx, sources[:min(len(sources), r.cfg.BatchSize)], page.Partial); err != nil {
			break
		}
		sources = sources[n:]
		r.complete(ctx, b)
		r.lookUp(ctx, b)
		if len(sources) == 0 && page.Next != "" {
			b.moves, b.cursor = true, page.Next
		}
		if !send(b) || b.err != nil || r.limited() {
			return false
		}
		if len(sources) == 0 {
			return true
		}
	}
	send(&batch[S, R]{err: err})
	return false
}

// complete brings the undecided items of a batch to their stage shaped. Where
// that fails, those that are not there leave the batch.
func (r *reader[S, R]) complete(ctx context.Context, b *batch[S, R]) {
	if b.err = r.fetch(ctx, b.items, r.judgeDetails); b.err != nil {
		b.keep(read)
	}
	if err := r.shape(b.items); err != nil {
		b.keep(shaped)
		b.err = errors.Join(b.err, err)
	}
}

// keep removes the items that did not come as far as s.
func (b *batch[S, R]) keep(s stage) {
	b.items = slices.DeleteFunc(b.items, func(it item[S, R]) bool { return it.stage < s })
}

func (r *reader[S, R]) ids(items []S) []string {
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = r.flow.ID(&items[i])
	}
	return ids
}

// see notes which of the named ids the source delivers.
func (r *reader[S, R]) see(items []S) {
	if len(r.flow.Named) == 0 {
		return
	}
	for _, id := range r.ids(items) {
		r.seen[id] = true
	}
}

// screen decides what needs no detail: repeated, known and unwanted records. It
// returns how many of the sources it took: no more new ones than Limit allows.
func (r *reader[S, R]) screen(ctx context.Context, sources []S, partial bool) ([]item[S, R], int, error) {
	items := make([]item[S, R], 0, len(sources))
	ids := r.ids(sources)
	stored, err := r.stored(ctx, ids)
	if err != nil {
		return nil, 0, err
	}
	inBatch := r.recent.begin(len(sources))
	for i := range sources {
		it := item[S, R]{id: ids[i], src: sources[i], had: stored[ids[i]]}
		if !partial {
			it.stage = read
		}
		switch {
		case r.decidedHere(&it):
			continue
		case it.id == "":
			it.had = ledger.Record{} // others without an id share its row, and are counted apart
			it.decide(r.outcome(""), ledger.ActionFailed, ledger.ReasonInvalidRecord)
			it.out.Fields = []ledger.FieldError{{Field: "ID", Rule: "must be text that is not empty"}}
		case it.had.Here != ledger.Verdict{}, it.had.State == ledger.StateOpen, r.recent.has(it.id):
			it.decide(r.outcome(it.id), ledger.ActionSkipped, ledger.ReasonDuplicateInSource)
			it.out.SinkID = it.had.SinkID
		case !r.flow.Wanted(it.id):
			it.decide(r.outcome(it.id), ledger.ActionSkipped, ledger.ReasonFilteredOut)
		case it.had.Known && !r.updatesKnown():
			r.knownAgain(&it)
		case r.rests(&it.had):
			it.decide(r.outcome(it.id), ledger.ActionSkipped, ledger.ReasonResting)
		case r.knownBad(&it.had):
			it.putOff()
		case it.had.Known:
			it.updates = true
		case r.limited():
			return items, i, nil
		case r.plan.Options.Limit > 0:
			r.allowed--
		}
		inBatch[it.id] = true
		items = append(items, it)
	}
	return items, len(sources), nil
}

func (r *reader[S, R]) limited() bool { return r.plan.Options.Limit > 0 && r.allowed <= 0 }

// fetch asks for the details of undecided items. A fault decides its record; what
// failed doubtfully is for the judge; any other error ends the reading, and leaves
// the rest as it is.
func (r *reader[S, R]) fetch(ctx context.Context, items []item[S, R], judge judge[S, R]) error {
	var todo []*item[S, R]
	for i := range items {
		if items[i].stage < read {
			todo = append(todo, &items[i])
		}
	}
	if len(todo) == 0 {
		return nil
	}
	if r.flow.Detail == nil {
		return r.wrap("read partial pages of", errors.ErrUnsupported)
	}
	if err := r.fetchAll(ctx, todo); err != nil {
		return err
	}
	return judge(ctx, todo)
}

// fetchAll asks for details, several at a time.
func (r *reader[S, R]) fetchAll(ctx context.Context, todo []*item[S, R]) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(r.cfg.Concurrency, len(todo)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(todo) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if err := r.fetchOne(ctx, todo[i]); err != nil {
					cancel(err)
				}
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

func (r *reader[S, R]) fetchOne(ctx context.Context, it *item[S, R]) error {
	it.trouble = nil
	turn := r.turns.Add(1)
	src, fault, err := r.detail(ctx, it.id)
	switch {
	case err != nil && ctx.Err() == nil && r.doubtful(err):
		it.trouble, it.failed = err, r.turns.Add(1)
	case err != nil:
		return r.wrap("read details of", err)
	case fault != nil:
		r.fail(it, fault)
	default:
		it.src, it.stage = src, read
		for last := r.came.Load(); turn > last && !r.came.CompareAndSwap(last, turn); last = r.came.Load() {
		}
	}
	return nil
}

// detail asks for one detail, within the time that there is for one.
func (r *reader[S, R]) detail(ctx context.Context, id string) (S, *Fault, error) {
	if r.within <= 0 {
		return r.flow.Detail(ctx, id)
	}
	limited, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()
	src, fault, err := r.flow.Detail(limited, id)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		err = &slowError{err}
	}
	return src, fault, err
}

// shape matches and maps what is undecided, and finds every rule it breaks. An
// error leaves the rest as it is.
func (r *reader[S, R]) shape(items []item[S, R]) error {
	for i := range items {
		if it := &items[i]; it.unsettled() {
			if err := r.shapeOne(it); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reader[S, R]) shapeOne(it *item[S, R]) error {
	if !r.flow.Match(&it.src) {
		it.decide(r.outcome(it.id), ledger.ActionSkipped, ledger.ReasonFilteredOut)
		return nil
	}
	broken := brokenText(&it.src)
	if len(broken) == 0 {
		broken = r.flow.Mapping.Apply(&it.src, &it.rec)
		it.hash = r.flow.Hash(&it.rec)
		found, err := r.flow.Complete(&it.src, &it.rec, it.had.Generation)
		if err != nil {
			return r.wrap("validate", err)
		}
		it.stage = shaped
		broken = addBroken(broken, found)
		broken = addBroken(broken, brokenText(&it.rec)) // a transform may have cut a character
	}
	if len(broken) > 0 {
		it.decide(r.outcome(it.id), ledger.ActionFailed, ledger.ReasonInvalidRecord)
		it.out.Fields = broken
	}
	return nil
}

// addBroken adds what a sink's rules find, except on fields that the mapping has
// refused: these are empty because of that, not because nothing was given.
func addBroken(mapped, found []ledger.FieldError) []ledger.FieldError {
	all := mapped
	for _, f := range found {
		if !slices.ContainsFunc(mapped, func(m ledger.FieldError) bool { return m.Field == f.Field }) {
			all = append(all, f)
		}
	}
	return all
}

// byIDs reads records by their ids, as far as mapping and matching. What this run
// has decided is left out; with open, what it says of an open record is nothing.
func (r *reader[S, R]) byIDs(ctx context.Context, ids []string, judge judge[S, R]) ([]item[S, R], error) {
	stored, err := r.stored(ctx, ids)
	if err != nil {
		return nil, err
	}
	index := make(map[string]int, len(ids))
	items := make([]item[S, R], 0, len(ids))
	for _, id := range ids {
		it := item[S, R]{id: id, had: stored[id]}
		if it.had.Here != (ledger.Verdict{}) && it.had.State != ledger.StateOpen {
			continue
		}
		it.updates = it.had.Known && r.updatesKnown()
		index[id] = len(items)
		items = append(items, it)
	}
	if len(items) == 0 {
		return nil, nil
	}
	ids = make([]string, len(items))
	for i := range items {
		ids[i] = items[i].id
	}
	has := make([]bool, len(items))
	if err := r.deliver(ctx, ids, func(s S, partial bool) {
		if at, ok := index[r.flow.ID(&s)]; ok && !has[at] {
			items[at].src, has[at] = s, true
			if !partial {
				items[at].stage = read
			}
		}
	}); err != nil {
		return nil, err
	}
	r.screenNamed(items, has)
	if err := r.fetch(ctx, items, judge); err != nil {
		return nil, err
	}
	if err := r.shape(items); err != nil {
		return nil, err
	}
	return items, nil
}

// screenNamed decides what needs no detail of records that were asked for by their
// ids; has says which of them the source has.
func (r *reader[S, R]) screenNamed(items []item[S, R], has []bool) {
	for i := range items {
		switch it := &items[i]; {
		case !r.flow.Wanted(it.id): // left by a run with another filter
			it.decide(r.outcome(it.id), ledger.ActionSkipped, ledger.ReasonFilteredOut)
		case it.had.Known && !it.updates:
			r.knownAgain(it)
		case !has[i]:
			it.decide(r.outcome(it.id), ledger.ActionFailed, ledger.ReasonSourceNotFound)
		}
	}
}

// deliver asks the source for records by their ids.
func (r *reader[S, R]) deliver(ctx context.Context, ids []string, take func(s S, partial bool)) error {
	for page, err := range r.flow.ByID(ctx, ids) {
		if err != nil {
			return r.wrap("read again", err)
		}
		for _, s := range page.Items {
			take(s, page.Partial)
		}
	}
	return nil
}

// missing are the named ids that the source did not deliver.
func (r *reader[S, R]) missing(ctx context.Context) ([]item[S, R], error) {
	var missing []string
	for _, id := range r.flow.Named {
		if !r.seen[id] {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	stored, err := r.stored(ctx, missing)
	if err != nil {
		return nil, err
	}
	var items []item[S, R]
	for _, id := range missing {
		it := item[S, R]{id: id, had: stored[id]}
		switch {
		case it.had.Known, it.had.Here != ledger.Verdict{}, it.had.State == ledger.StateOpen:
			continue
		case r.flow.Criteria:
			it.decide(r.outcome(id), ledger.ActionSkipped, ledger.ReasonFilteredOut)
		default:
			it.decide(r.outcome(id), ledger.ActionFailed, ledger.ReasonSourceNotFound)
		}
		items = append(items, it)
	}
	return items, nil
}
