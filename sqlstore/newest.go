package sqlstore

import (
	"database/sql"
	"math"
	"slices"

	"github.com/securitytrax/adcimport/ledger"
)

// timedBlock is a block with its place among those of all runs of a scope.
type timedBlock struct {
	block

	run int64
}

// newest yields known records, the last confirmed ones first: it walks the
// blocks of the scope backwards, and takes each record where it first meets it.
func (l *lister) newest(yield func(ledger.Record, error) bool) {
	came := make(map[string]bool)
	list := pages(l.ctx, blockPage, l.blocksBefore)
	for b, err := range list {
		var found []ledger.Record
		if err == nil {
			found, err = l.confirmedBy(&b, came)
		}
		if err != nil {
			yield(ledger.Record{}, err)
			return
		}
		if !l.yield(found, yield) {
			return
		}
	}
}

// confirmedBy reads the records that a block's commit confirmed, the last one
// first, but for those that came before.
func (l *lister) confirmedBy(b *timedBlock, came map[string]bool) ([]ledger.Record, error) {
	ids := b.confirmed
	if ids == nil {
		ids = b.done()
	}
	slices.Reverse(ids)
	ids = slices.DeleteFunc(ids, func(id string) bool {
		twice := came[id]
		came[id] = true
		return twice
	})
	found, err := l.selected(ids)
	for i := range found {
		found[i].Since = fromMicros(b.committedAt)
	}
	return found, err
}

func (l *lister) blocksBefore(after timedBlock) (list []timedBlock, err error) {
	if after.run == 0 {
		after.committedAt = math.MaxInt64
	}
	scan := func(rows *sql.Rows) error {
		var (
			b   timedBlock
			err error
		)
		b.block, err = scanBlock(rows, &b.run)
		list = append(list, b)
		return err
	}
	err = l.read(l.ctx, listing, func() { list = nil }, scan, l.sql.newest,
		l.scope.Account, string(l.scope.Kind), after.committedAt, after.run, after.number, blockPage)
	return list, err
}
