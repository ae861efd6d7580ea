package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"

	"github.com/securitytrax/adcimport/ledger"
)

const listing = "list records"

// List implements [ledger.StateStore]. What it yields was so at some time after
// the iteration began.
func (s *Store) List(ctx context.Context, scope ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	l := lister{Store: s, ctx: ctx, scope: scope, q: q}
	var list iter.Seq2[ledger.Record, error]
	switch {
	case q.Newest:
		list = l.newest
	case q.Known:
		list = l.known
	default:
		list = l.exceptions
	}
	return limited(q.Limit, func(r ledger.Record) ledger.Record { return r }, list)
}

// lister is one call of List.
type lister struct {
	*Store

	ctx   context.Context //nolint:containedctx // of one call, as an iterator's
	scope ledger.Scope
	q     ledger.Query
}

// allStates are those of records that are exceptions.
var allStates = []ledger.RecordState{ //nolint:gochecknoglobals // never changed
	ledger.StateOpen, ledger.StateDeferred, ledger.StateFailed, ledger.StateResting, ledger.StateParked, ledger.StateReview,
}

// size is how many records are looked up at a time.
func (l *lister) size() int {
	if l.q.Limit > 0 {
		return min(l.q.Limit, lookUpSize)
	}
	return lookUpSize
}

// selects reports whether a record is among what the query asks for.
func (l *lister) selects(r *ledger.Record) bool {
	q := &l.q
	switch {
	case (q.Known || q.Newest) && !r.Known, q.After != "" && r.ID <= q.After:
		return false
	case len(q.States) > 0:
		return slices.Contains(q.States, r.State)
	}
	return q.Known || q.Newest || r.State != ledger.StateNone
}

// selected looks records up and keeps, in the order of ids, those that are asked
// for.
func (l *lister) selected(ids []string) ([]ledger.Record, error) {
	found, _, err := l.look(l.ctx, listing, l.scope, l.q.RunID, ids)
	if err != nil {
		return nil, err
	}
	list := make([]ledger.Record, 0, len(ids))
	for _, id := range ids {
		if r, ok := found[id]; ok && l.selects(&r) {
			list = append(list, r)
		}
	}
	return list, nil
}

// known yields known records by id.
func (l *lister) known(yield func(ledger.Record, error) bool) {
	ids := pages(l.ctx, l.size(), func(after string) (list []string, err error) {
		scan := func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			list = append(list, id)
			return err
		}
		err = l.read(l.ctx, listing, func() { list = nil }, scan, l.sql.knownByID,
			l.scope.Account, string(l.scope.Kind), max(after, l.q.After), l.size())
		return list, err
	})
	l.each(ids, yield)
}

// each yields what is selected of ids, which are looked up some at a time.
func (l *lister) each(ids iter.Seq2[string, error], yield func(ledger.Record, error) bool) {
	for chunk, err := range chunks(ids, l.size()) {
		if err != nil {
			yield(ledger.Record{}, err)
			return
		}
		list, err := l.selected(chunk)
		if err != nil {
			yield(ledger.Record{}, err)
			return
		}
		if !l.yield(list, yield) {
			return
		}
	}
	if err := context.Cause(l.ctx); err != nil {
		yield(ledger.Record{}, fmt.Errorf("%s: %w", listing, err))
	}
}

// yield reports whether to go on.
func (l *lister) yield(list []ledger.Record, yield func(ledger.Record, error) bool) bool {
	for _, r := range list {
		if err := context.Cause(l.ctx); err != nil {
			yield(ledger.Record{}, fmt.Errorf("%s: %w", listing, err))
			return false
		}
		if !yield(r, nil) {
			return false
		}
	}
	return true
}
