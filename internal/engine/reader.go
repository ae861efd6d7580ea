package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/internal/hurry"
	"github.com/securitytrax/adcimport/ledger"
)

// reader lists records, asks for their details, maps them and looks them up in
// the sink, one batch ahead of the writer. It changes nothing, anywhere. See read for
// what of it works side by side.
type reader[S, R any] struct {
	*job[S, R]
	limit   limit
	total   int             // in the listing, as far as the writer was told
	seen    map[string]bool // of the named ids
	settles bool            // what this run has decided to leave to its end is read
	within  time.Duration   // for one detail; 0: as long as the source takes
	turns   atomic.Int64    // numbers the beginnings of details, and their failures
	came    atomic.Int64    // the last beginning of one that came
	left    map[string]bool // ids that were open when the run began: their end is not the listing's
	again   bool            // the listing is read where this run has been before: see decidedHere
	unheard map[string]bool // ids whose details failed when there was no witness
	recent  recent          // ids of the batches that the store may not have yet
	slots   chan struct{}   // one for each detail in flight
	wary    atomic.Int64    // the last batch with a detail that failed ahead of its turn, and after which none is asked for ahead; 0: none did
	rooms   rooms[S, R]     // for the items of the next ones
}

// place is how far a listing came.
type place struct {
	cursor ledger.Cursor
	moved  bool // it brought a page
	outage outage
}

// list lists from a cursor and sends batches until the listing, the limit or the
// receiver ends it. A listing that is out of order is asked again from where it came
// to. A failure is sent as the last batch.
func (r *reader[S, R]) list(ctx context.Context, from ledger.Cursor, send func(*batch[S, R]) bool) {
	at := place{cursor: from, outage: outage{op: listing}}
	for {
		over, err := r.pages(ctx, &at, send)
		if over {
			return
		}
		if err == nil {
			break
		}
		if ctx.Err() == nil && r.cfg.Doubtful(err) {
			err = r.wait(ctx, &at.outage, err)
		}
		if err != nil {
			send(&batch[S, R]{err: &listError{r.wrap("list", err)}})
			return
		}
	}
	if err := context.Cause(ctx); err != nil {
		send(&batch[S, R]{err: err})
		return
	}
	last, err := r.missing(ctx)
	send(&batch[S, R]{items: last, moves: true, listed: true, err: err})
}

// pages sends the pages of a listing from a place on, which moves with them; over:
// there is nothing more to do. The error is the listing's.
func (r *reader[S, R]) pages(ctx context.Context, at *place, send func(*batch[S, R]) bool) (over bool, _ error) {
	for page, err := range r.flow.Pages(ctx, at.cursor) {
		if err != nil {
			return false, err
		}
		r.works(listing)
		at.outage = outage{op: listing}
		if !r.page(ctx, page, !at.moved, send) {
			return true, nil
		}
		if at.cursor, at.moved = page.Next, true; page.Next == "" {
			break
		}
	}
	return false, nil
}

// page sends a page in batches; false: there is nothing more to do.
func (r *reader[S, R]) page(ctx context.Context, page Page[S], first bool, send func(*batch[S, R]) bool) bool {
	begins := true
	if page.Total > r.total { // people want to know it before the first details are there
		r.total, begins = page.Total, false
		if !send(&batch[S, R]{firstPage: true, total: page.Total}) {
			return false
		}
		r.limit.batches++
	}
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
		if len(sources) == 0 && page.Next != "" {
			b.moves, b.cursor = true, page.Next
		}
		if !send(b) || r.stops(ctx) {
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
// that fails, those that are not there leave the batch. err is what asking ahead of
// its turn ended with.
func (r *reader[S, R]) complete(ctx context.Context, b *batch[S, R], err error) {
	if b.err = err; err == nil {
		b.err = r.fetch(ctx, b.items, r.judgeDetails)
	}
	if b.err != nil {
		b.keep(read)
	} else if r.wary.Load() <= b.head.n {
		r.wary.Store(0)
	}
	told := excluded(b.items)
	if err := r.shape(b.items); err != nil {
		b.keep(shaped)
		b.err = errors.Join(b.err, err)
	}
	r.giveBack(b, told)
	r.leaveUnchanged(b.items)
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
	ids := r.ids(sources)
	stored, err := r.stored(ctx, ids)
	if err != nil {
		return nil, 0, err
	}
	r.recent.begin()
	items, n := r.rooms.take(len(sources)), 0
	for i := range sources {
		it := &items[n]
		it.id, it.src, it.had, it.stage = ids[i], sources[i], stored[ids[i]], listedAs(partial)
		switch {
		case r.decidedHere(it):
			continue
		case it.id == "" && r.limited():
			return items[:n], i, nil
		case it.id == "":
			r.withoutID(it)
		case it.had.Here != ledger.Verdict{}, it.had.State == ledger.StateOpen, r.recent.has(it.id):
			it.decide(r.outcome(it.id), ledger.ActionSkipped, ledger.ReasonDuplicateInSource)
			it.out.SinkID = it.had.SinkID
		case !r.flow.Wanted(it.id):
			it.decide(r.outcome(it.id), ledger.ActionSkipped, ledger.ReasonFilteredOut)
		case (partial || r.flow.Match(&it.src)) && r.excludes(it): // the listing tells
		case it.had.Known && !r.updatesKnown():
			r.knownAgain(it)
		case partial && r.waits(&it.had): // else what was read of it tells whether it has changed
			r.leaveWaiting(it)
		case r.rests(&it.had):
			it.decide(r.outcome(it.id), ledger.ActionSkipped, ledger.ReasonResting)
		case r.knownBad(&it.had):
			it.stage = deferred
		case it.had.Known:
			it.updates = true
		case r.limited():
			return items[:n], i, nil
		case r.plan.Options.Limit > 0:
			r.limit.allowed--
		}
		r.recent.add(it.id)
		n++
	}
	return items[:n], len(sources), nil
}

// withoutID fails a record that no store can keep.
func (r *reader[S, R]) withoutID(it *item[S, R]) {
	it.had = ledger.Record{} // others without an id share its row
	it.decide(r.outcome(""), ledger.ActionFailed, ledger.ReasonInvalidRecord)
	it.out.Fields = []ledger.FieldError{{Field: "ID", Rule: "must be text that is not empty"}}
	r.limit.allowed-- // as after a resumption: it cannot be told from others that failed
}

// listedAs is how far the items of a page came.
func listedAs(partial bool) stage {
	if partial {
		return listed
	}
	return read
}

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
	n, err := r.fetchSome(ctx, todo, r.cfg.Concurrency)
	for err == nil {
		if err = judge(ctx, todo[:n]); err != nil || n == len(todo) {
			return err
		}
		todo = todo[n:]
		n, err = r.fetchSome(ctx, todo, len(todo)) // others can be read
	}
	return err
}

// fetchAll asks for details, several at a time.
func (r *reader[S, R]) fetchAll(ctx context.Context, todo []*item[S, R]) error {
	_, err := r.fetchSome(ctx, todo, len(todo))
	return err
}

// fetchSome asks for details, several at a time, and stops where so many in a row
// failed doubtfully: all of them may. It returns how many it asked for.
func (r *reader[S, R]) fetchSome(ctx context.Context, todo []*item[S, R], row int) (int, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next, failed atomic.Int64
	var workers sync.WaitGroup
	for range min(r.cfg.Concurrency, len(todo)) {
		workers.Go(func() {
			for ctx.Err() == nil && int(failed.Load()) < row {
				i := int(next.Add(1) - 1)
				if i >= len(todo) {
					return
				}
				r.slots <- struct{}{}
				err := r.fetchOne(ctx, todo[i])
				<-r.slots
				if err != nil {
					cancel(err)
				}
				if failed.Add(1); todo[i].trouble == nil {
					failed.Store(0)
				}
			}
		})
	}
	workers.Wait()
	return min(int(next.Load()), len(todo)), context.Cause(ctx)
}

func (r *reader[S, R]) fetchOne(ctx context.Context, it *item[S, R]) error {
	if it.tried { // ahead of its turn: its trouble stands
		it.tried = false
		return nil
	}
	it.trouble = nil
	turn := r.turns.Add(1)
	src, fault, err := r.detail(ctx, it.id)
	switch {
	case err != nil && ctx.Err() == nil && r.doubtful(err):
		it.trouble, it.failed = err, r.turns.Add(1)
	case err != nil:
		return r.wrap("read details of", err)
	case fault != nil:
		r.works(detailing)
		return r.refusedDetail(ctx, it, fault)
	case r.flow.ID(&src) != it.id:
		r.fail(it, &Fault{Reason: ledger.ReasonInvalidRecord, Fields: []ledger.FieldError{{Field: "ID", Rule: "must be the one of the listing"}}})
	default:
		r.works(detailing)
		r.refusing.takes(detailing)
		it.src, it.stage = src, read
		for last := r.came.Load(); turn > last && !r.came.CompareAndSwap(last, turn); last = r.came.Load() {
		}
	}
	return nil
}

// refusedDetail fails a record that the source refuses. Where it seems to refuse
// everybody, one that is known can tell.
func (r *reader[S, R]) refusedDetail(ctx context.Context, it *item[S, R], fault *Fault) error {
	err := r.refuse(ctx, detailing, it, fault)
	if _, suspect := errors.AsType[*SuspectError](err); !suspect {
		return err
	}
	for w, werr := range r.books.newest(ctx, witnesses) {
		if werr != nil {
			return r.wrap("look for a witness among", werr)
		}
		if _, fault, werr := r.flow.Detail(ctx, w.ID); fault == nil && werr == nil {
			r.refusing.takes(detailing)
			return nil
		}
	}
	return err
}

// detail asks for one detail, within the time that there is for one.
func (r *reader[S, R]) detail(ctx context.Context, id string) (S, *Fault, error) {
	if r.within <= 0 {
		return r.flow.Detail(ctx, id)
	}
	limited, cancel := hurry.Briefly(ctx, r.within)
	defer cancel()
	src, fault, err := r.flow.Detail(limited, id)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		err = &slowError{err}
	}
	return src, fault, err
}
