package alarmcom

import (
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
)

// customerListing is one pass over the ids: one list, or one list per branch.
type customerListing struct {
	branches []int64 // 0: the one list that is not of a branch
	lists    lists
	from     place
	pageSize int
	closed   *closedLists
	unseen   *uncounted
	whole    bool // it has one list

	yield func(customerPage, error) bool
	held  customerPage // until it is known whether another one follows, for the last one has no Next
	some  bool         // a page is held
	works []int64      // the branch whose list could be had last, if any

	owed []int64 // branches whose lists failed
	err  error   // what the first of them failed with
	away int     // lists in a row that brought no reply
}

func (s *Source) newCustomerListing(f adcimport.CustomerFilter, from adcimport.Cursor) (*customerListing, error) {
	l := &customerListing{
		branches: []int64{0}, lists: s.listsOfAll(account.Include(f.Include)), pageSize: s.cfg.pageSize,
		closed: &s.closed, unseen: &s.unseen, held: customerPage{Partial: true},
	}
	ids, err := parseIDs("CustomerFilter.CustomerIDs", f.CustomerIDs)
	if err != nil {
		return nil, err
	}
	branches, err := parseIDs("CustomerFilter.SubDealerIDs", f.SubDealerIDs)
	if err != nil {
		return nil, err
	}
	name := "customers"
	switch {
	case len(ids) > 0:
		l.lists = listsOfNamed(ids)
	case len(branches) > 0 && s.soap != nil && !s.cfg.assumptions.BranchIsNotSubDealer:
		l.branches, l.lists, name = branches, s.listsOfBranches(account.Include(f.Include)), "customers by sub-dealer"
	}
	return l, l.start(name, from)
}

// start moves to a cursor.
func (l *customerListing) start(name string, from adcimport.Cursor) error {
	l.whole = l.branches[0] == 0
	if from == "" {
		l.from = place{id: math.MinInt64}
		return nil
	}
	p, ok := parseCursor(from)
	if !ok || (p.branch == 0) != l.whole {
		return &CursorError{Listing: name, Cursor: string(from)}
	}
	l.from = p
	if l.owed = slices.Clone(p.owed); p.again {
		l.owed = append([]int64{p.branch}, l.owed...)
		l.branches = nil
	}
	for len(l.branches) > 0 && l.branches[0] < p.branch {
		l.branches = l.branches[1:]
	}
	return nil
}

type customerPage = adcimport.Page[adcimport.Customer]

// run yields the pages of all lists that can be had. Those that cannot are asked for
// again at the end, if others can.
func (l *customerListing) run(ctx context.Context, yield func(customerPage, error) bool) {
	l.yield = yield
	for _, branch := range l.branches {
		at := place{branch: branch, owed: slices.Clone(l.owed)}
		if !l.one(ctx, at) {
			return
		}
	}
	todo, failed := l.owed, l.err
	l.owed, l.err = nil, nil
	if failed != nil && !l.othersWork(ctx, failed) {
		return
	}
	for i, branch := range todo {
		at := place{branch: branch, again: true, owed: slices.Sorted(slices.Values(slices.Concat(l.owed, todo[i+1:])))}
		if !l.one(ctx, at) {
			return
		}
	}
	switch {
	case l.err == nil:
		l.held.Next = ""
		l.yield(l.held, nil)
	case l.othersWork(ctx, l.err):
		l.closed.add(l.owed)
		l.end(&listsError{branches: l.owed, err: l.err})
	}
}

// maxAway is how many lists in a row may bring no reply, before another one is asked
// for: most likely the service is away.
const maxAway = 3

// one yields the pages of a branch, or notes that it is owed; false: the listing is
// over.
func (l *customerListing) one(ctx context.Context, at place) bool {
	ids, err := l.lists.included(ctx, at.branch)
	switch {
	case err == nil:
		l.works, l.away = append(l.works[:0], at.branch), 0
		return l.withLeftOut(ctx, ids, at)
	case l.whole || !ofOneList(ctx, err):
		l.end(err)
		return false
	}
	l.owed = append(l.owed, at.branch)
	if l.err == nil {
		l.err = err
	}
	if l.away++; !isAway(err) {
		l.away = 0
	}
	if l.away == maxAway {
		l.away = 0
		return l.othersWork(ctx, err)
	}
	return true
}

// othersWork reports whether a list can be had that could be before. If not, it is
// none of one list's, and the listing ends.
func (l *customerListing) othersWork(ctx context.Context, failed error) bool {
	err := failed
	for _, branch := range l.works {
		_, err = l.lists.included(ctx, branch)
	}
	if err != nil {
		l.end(err)
	}
	return err == nil
}

// end yields what is left, and the error.
func (l *customerListing) end(err error) {
	if !l.some || l.yield(l.held, nil) {
		l.yield(customerPage{}, err)
	}
}

// withLeftOut yields the pages of a list with what is left out; false: the listing is
// over.
func (l *customerListing) withLeftOut(ctx context.Context, ids []int64, at place) bool {
	r, complete := l.lists.leftOut(ctx, at.branch, ids)
	if err := context.Cause(ctx); !complete && err != nil {
		l.end(err)
		return false
	}
	if !complete {
		l.unseen.some.Store(true)
	}
	return l.pages(ctx, r, at)
}

// pages yields the pages of a list, but the last one; false: the listing is over.
func (l *customerListing) pages(ctx context.Context, r roll, at place) bool {
	total := 0
	if l.whole {
		total = len(r.ids)
	}
	for chunk := range slices.Chunk(l.after(at.branch, r.ids), l.pageSize) {
		if l.some && !l.yield(l.held, nil) {
			return false
		}
		if err := context.Cause(ctx); err != nil {
			l.yield(customerPage{}, err)
			return false
		}
		at.id = chunk[len(chunk)-1]
		l.held, l.some = r.page(chunk, at.cursor(), total), true
	}
	return true
}

// after returns what of a branch's sorted ids comes after the start.
func (l *customerListing) after(branch int64, ids []int64) []int64 {
	if branch != l.from.branch {
		return ids
	}
	i, found := slices.BinarySearch(ids, l.from.id)
	if found {
		i++
	}
	return ids[i:]
}

func (r *roll) page(ids []int64, next adcimport.Cursor, total int) customerPage {
	items := make([]adcimport.Customer, len(ids))
	for i, id := range ids {
		if id != account.Unreadable { // else nobody can be asked for it, and it fails alone
			items[i].ID = strconv.FormatInt(id, 10)
		}
		items[i].Terminated, items[i].Commitment = has(r.terminated, id), has(r.commitments, id)
	}
	return customerPage{Items: items, Next: next, Partial: true, Total: total}
}
