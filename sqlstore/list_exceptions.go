package sqlstore

import (
	"cmp"
	"database/sql"
	"iter"
	"math"
	"slices"

	"github.com/securitytrax/adcimport/ledger"
)

// sinceID is where a record stands among the exceptions.
type sinceID struct {
	since int64
	id    string
}

func (a sinceID) compare(b sinceID) int {
	return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.id, b.id))
}

// exceptions yields them by time: those of each state are read in order, and
// merged, with the open batch as it was when the iteration began.
func (l *lister) exceptions(yield func(ledger.Record, error) bool) {
	_, open, err := l.look(l.ctx, listing, l.scope, "", nil)
	if err != nil {
		yield(ledger.Record{}, err)
		return
	}
	batch := make([]sinceID, len(open))
	for i, o := range open {
		batch[i] = sinceID{o.Since.UnixMicro(), o.ID}
	}
	slices.SortFunc(batch, sinceID.compare)
	sources := []iter.Seq2[sinceID, error]{func(yield func(sinceID, error) bool) {
		for _, at := range batch {
			if !yield(at, nil) {
				return
			}
		}
	}}
	isOpen := places(open)
	for _, state := range allStates {
		if len(l.q.States) == 0 || slices.Contains(l.q.States, state) {
			sources = append(sources, l.inState(state, isOpen))
		}
	}
	l.each(merged(sources), yield)
}

// inState yields the records of a state, by time, without those of the open
// batch.
func (l *lister) inState(state ledger.RecordState, isOpen map[string]int) iter.Seq2[sinceID, error] {
	all := pages(l.ctx, l.size(), func(after sinceID) (list []sinceID, err error) {
		if after.id == "" {
			after.since = math.MinInt64
		}
		scan := func(rows *sql.Rows) error {
			var at sinceID
			err := rows.Scan(&at.since, &at.id)
			list = append(list, at)
			return err
		}
		err = l.read(l.ctx, listing, func() { list = nil }, scan, l.sql.exceptionsByState,
			l.scope.Account, string(l.scope.Kind), string(state), after.since, after.id, l.size())
		return list, err
	})
	return func(yield func(sinceID, error) bool) {
		for at, err := range all {
			if _, open := isOpen[at.id]; open && err == nil {
				continue
			}
			if !yield(at, err) {
				return
			}
		}
	}
}

// source is a list in order, with its first item that was not taken yet.
type source struct {
	at    sinceID
	ended bool
	next  func() (sinceID, error, bool)
}

func (s *source) advance() error {
	at, err, ok := s.next()
	s.at, s.ended = at, !ok
	return err
}

// merged yields the ids of lists that are each in order, in order.
func merged(lists []iter.Seq2[sinceID, error]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		var sources []*source
		for _, list := range lists {
			next, stop := iter.Pull2(list)
			defer stop()
			sources = append(sources, &source{next: next})
		}
		turn := sources // those that have to come up with their next item
		for {
			for _, s := range turn {
				if err := s.advance(); err != nil {
					yield("", err)
					return
				}
			}
			sources = slices.DeleteFunc(slices.Clone(sources), func(s *source) bool { return s.ended })
			if len(sources) == 0 {
				return
			}
			first := slices.MinFunc(sources, func(a, b *source) int { return a.at.compare(b.at) })
			if !yield(first.at.id, nil) {
				return
			}
			turn = []*source{first}
		}
	}
}
