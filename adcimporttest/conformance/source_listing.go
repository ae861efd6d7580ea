package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/securitytrax/adcimport"
)

// listingRules are the rules on listings of one kind, the iterator convention
// first.
func listingRules[T any](what string, side func(SourceCase) *sourceSide[T]) []rule[SourceCase] {
	on := func(name, explain string, check func(*trial, *sourceSide[T])) rule[SourceCase] {
		return rule[SourceCase]{what + "_" + name, explain, func(t *trial, c SourceCase) {
			if s := side(c); s.supported(t) {
				check(t, s)
			}
		}}
	}
	return []rule[SourceCase]{
		on("all", "a listing without filter delivers every record, omits none and adds none", sourceAll[T]),
		on("whole", "what is delivered, as a full page or as a detail, is the whole record", sourceWhole[T]),
		on("last_page", "the last page has no Next, and every other one has", sourceLastPage[T]),
		on("cursors", "no cursor comes twice in one listing, and none leads back to where it began", sourceCursors[T]),
		on("again", "ranging again starts again from the same cursor, in the same order, also after a break", sourceAgain[T]),
		on("resume", "the Next of each page delivers exactly the rest, in the same order", sourceResume[T]),
		on("break", "nothing is yielded after a break", sourceBreak[T]),
		on("cancel", "a context that is canceled ends a listing with an error, last, with a zero page", sourceCancel[T]),
		on("cancel_anywhere", "wherever a listing is canceled, it ends with an error or is complete, and never silently",
			sourceCancelAnywhere[T]),
		on("cursor", "a cursor that cannot be read is an error, last, with a zero page: neither an end nor a restart", sourceCursor[T]),
		on("concurrent", "two iterations at a time do not disturb each other", sourceConcurrent[T]),
		on("total", "Total is 0, or the number of items in the whole listing, on every page and after a resumption too", sourceTotal[T]),
		on("empty", "an empty account ends without items and without an error", sourceEmpty[T]),
	}
}

func sourceAll[T any](t *trial, s *sourceSide[T]) {
	if len(s.want) == 0 {
		t.failf("the case has no %s to expect: give it some, or say ErrUnsupported, or nothing is tested", s.what)
		return
	}
	pages, err := readPages(s.list(t.ctx, sideFilter{}, ""))
	t.noError("list "+s.what, err)
	var got []string
	for id := range s.resolved(t, pages) {
		got = append(got, id)
	}
	slices.Sort(got)
	t.sameIDs(s.what, got, s.expected(sideFilter{}))
}

func sourceWhole[T any](t *trial, s *sourceSide[T]) {
	pages, err := readPages(s.list(t.ctx, sideFilter{}, ""))
	t.noError("list "+s.what, err)
	got := s.resolved(t, pages)
	for _, want := range s.want {
		v, ok := got[s.id(want)]
		if !ok {
			continue // the rule on all says it
		}
		if names := differences(v, want); len(names) > 0 {
			t.failf("record %s differs in %v", s.id(want), names)
		}
	}
}

func sourceLastPage[T any](t *trial, s *sourceSide[T]) {
	pages := s.whole(t, sideFilter{}, "")
	for i, p := range pages {
		if last := i == len(pages)-1; (p.Next == "") != last {
			t.failf("page %d of %d has Next %q", i+1, len(pages), p.Next)
		}
	}
}

func sourceCursors[T any](t *trial, s *sourceSide[T]) {
	froms := []adcimport.Cursor{""}
	if pages := s.whole(t, sideFilter{}, ""); len(pages) > 1 {
		froms = append(froms, pages[0].Next)
	}
	for _, from := range froms {
		seen := map[adcimport.Cursor]int{from: 0}
		for i, p := range s.whole(t, sideFilter{}, from) {
			if before, again := seen[p.Next]; again && p.Next != "" {
				t.failf("page %d has the Next %q, as page %d had (0: where the listing began)", i+1, p.Next, before)
			}
			seen[p.Next] = i + 1
		}
	}
}

func sourceAgain[T any](t *trial, s *sourceSide[T]) {
	seq := s.list(t.ctx, sideFilter{}, "")
	first, err := readPages(seq)
	t.noError("list "+s.what, err)
	seq(func(adcimport.Page[T], error) bool { return false })
	second, err := readPages(seq)
	t.noError("list "+s.what+" again", err)
	t.sameOrder("the second time", s.ids(second), s.ids(first))
}

func sourceResume[T any](t *trial, s *sourceSide[T]) {
	pages := s.whole(t, sideFilter{}, "")
	for i, p := range pages[:max(0, len(pages)-1)] {
		if p.Next == "" {
			return // the rule on the last page says it
		}
		rest, err := readPages(s.list(t.ctx, sideFilter{}, p.Next))
		t.noError(fmt.Sprintf("list %s from the Next of page %d", s.what, i+1), err)
		t.sameOrder(fmt.Sprintf("from the Next of page %d of %d", i+1, len(pages)), s.ids(rest), s.ids(pages[i+1:]))
	}
}

func sourceBreak[T any](t *trial, s *sourceSide[T]) {
	pages := len(s.whole(t, sideFilter{}, ""))
	for stop := 1; stop <= min(pages, 5); stop++ {
		n := 0
		s.list(t.ctx, sideFilter{}, "")(func(adcimport.Page[T], error) bool {
			n++
			return n != stop
		})
		t.equal(fmt.Sprintf("yielded with a break at page %d", stop), n, stop)
	}
}

func sourceCancel[T any](t *trial, s *sourceSide[T]) {
	ctx, cancel := context.WithCancel(t.ctx)
	cancel()
	_, err := readPages(s.list(ctx, sideFilter{}, ""))
	s.terminal(t, "canceled before it began", err)
	pages := len(s.whole(t, sideFilter{}, ""))
	ctx, cancel = context.WithCancel(t.ctx)
	defer cancel()
	seq := s.list(ctx, sideFilter{}, "")
	got, err := readPages(func(yield func(adcimport.Page[T], error) bool) {
		seq(func(p adcimport.Page[T], err error) bool {
			cancel()
			return yield(p, err)
		})
	})
	if len(got) < pages || err != nil {
		s.terminal(t, "canceled during the first page", err)
	}
}

// terminal wants an error, and that it came as it must.
func (s *sourceSide[T]) terminal(t *trial, what string, err error) {
	if wrong, ok := errors.AsType[conventionError](err); ok {
		t.failf("%s, %s: %w", s.what, what, wrong)
	}
	if err == nil {
		t.failf("%s, %s: the listing ended without an error", s.what, what)
	}
}

// looks is a context that is canceled when it is looked at for the n-th time.
type looks struct {
	context.Context //nolint:containedctx // it is one
	cancel          context.CancelFunc
	left            atomic.Int64
}

func newLooks(ctx context.Context, n int64) *looks {
	ctx, cancel := context.WithCancel(ctx)
	l := &looks{Context: ctx, cancel: cancel}
	l.left.Store(n)
	return l
}

func (l *looks) look() {
	if l.left.Add(-1) == 0 {
		l.cancel()
	}
}

// Done counts as a look.
func (l *looks) Done() <-chan struct{} {
	l.look()
	return l.Context.Done()
}

// Err counts as a look.
func (l *looks) Err() error {
	l.look()
	return l.Context.Err()
}

// Value counts as a look: [context.Cause] asks for one.
func (l *looks) Value(key any) any {
	l.look()
	return l.Context.Value(key)
}

const maxLooks = 200 // a source over a network looks at its context often

func sourceCancelAnywhere[T any](t *trial, s *sourceSide[T]) {
	all := s.ids(s.whole(t, sideFilter{}, ""))
	for n := int64(1); n <= maxLooks && t.err == nil; n++ {
		ctx := newLooks(t.ctx, n)
		pages, err := readPages(s.list(ctx, sideFilter{}, ""))
		ctx.cancel()
		if err == nil {
			t.sameOrder(fmt.Sprintf("canceled at look %d at the context, it ended without an error and with", n), s.ids(pages), all)
		}
		if ctx.left.Load() > 0 {
			return
		}
	}
}

// noCursor is no cursor of any source.
const noCursor adcimport.Cursor = "\x00 no cursor of this source \xff"

func sourceCursor[T any](t *trial, s *sourceSide[T]) {
	_, err := readPages(s.list(t.ctx, sideFilter{}, noCursor))
	s.terminal(t, "with a cursor that is none", err)
}

func sourceConcurrent[T any](t *trial, s *sourceSide[T]) {
	want := s.ids(s.whole(t, sideFilter{}, ""))
	if t.err != nil {
		return
	}
	seq := s.list(t.ctx, sideFilter{}, "")
	outer, err := readPages(func(yield func(adcimport.Page[T], error) bool) {
		seq(func(p adcimport.Page[T], err error) bool {
			inner, innerErr := readPages(s.list(t.ctx, sideFilter{}, ""))
			t.noError("list "+s.what+" within a listing", innerErr)
			t.sameOrder("a listing within a listing", s.ids(inner), want)
			return yield(p, err)
		})
	})
	t.noError("list "+s.what, err)
	t.sameOrder("a listing around others", s.ids(outer), want)
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() {
			errs[i] = t.own(func(own *trial) {
				pages, err := readPages(seq)
				own.noError("list "+s.what, err)
				own.sameOrder("one of several at a time", s.ids(pages), want)
			})
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.failf("%w", err)
		}
	}
}

func sourceTotal[T any](t *trial, s *sourceSide[T]) {
	pages := s.whole(t, sideFilter{}, "")
	items := len(s.ids(pages))
	from := adcimport.Cursor("")
	if len(pages) > 1 {
		from = pages[0].Next
	}
	for _, p := range append(pages, s.whole(t, sideFilter{}, from)...) {
		if p.Total != 0 && p.Total != items {
			t.failf("Total is %d in a listing of %d items", p.Total, items)
		}
	}
}

func sourceEmpty[T any](t *trial, s *sourceSide[T]) {
	if s.empty == nil {
		t.leaveOut("the case has no Empty source")
		return
	}
	pages, err := readPages(s.empty.list(t.ctx, sideFilter{}, ""))
	t.noError("list "+s.what+" of an empty account", err)
	t.equal("items of an empty account", len(s.ids(pages)), 0)
	for _, p := range pages {
		t.equal("Next and Total of an empty account", []any{p.Next, p.Total}, []any{"", 0})
	}
}
