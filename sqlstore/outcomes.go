package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/securitytrax/adcimport/ledger"
)

// blockPage is how many blocks are read at a time; each is as long as a batch.
const blockPage = 8

// Outcomes implements [ledger.StateStore].
func (s *Store) Outcomes(ctx context.Context, runID string, from int) iter.Seq2[ledger.Outcome, error] {
	return s.outcomes(ctx, "list outcomes of run "+runID, runID, int64(max(from, 0)))
}

func (s *Store) outcomes(ctx context.Context, doing, runID string, from int64) iter.Seq2[ledger.Outcome, error] {
	return func(yield func(ledger.Outcome, error) bool) {
		run, first, err := s.place(ctx, doing, runID, from)
		if err != nil {
			yield(ledger.Outcome{}, err)
			return
		}
		for b, err := range s.blocksOf(ctx, doing, run, first) {
			if err != nil {
				yield(ledger.Outcome{}, err)
				return
			}
			for _, o := range b.outcomes[min(max(from-b.first, 0), int64(len(b.outcomes))):] {
				if err := context.Cause(ctx); err != nil {
					yield(ledger.Outcome{}, fmt.Errorf("%s: %w", doing, err))
					return
				}
				if !yield(o.outcome(run.RunID, run.Kind), nil) {
					return
				}
			}
		}
	}
}

// place finds a run, and the block that has the outcome at a place.
func (s *Store) place(ctx context.Context, doing, runID string, from int64) (run *runRow, first int64, err error) {
	err = s.retry(ctx, doing, func(ctx context.Context) error {
		return s.dialect.look(ctx, func(q querier) (err error) {
			if run, err = s.readRun(ctx, q, s.sql.run, runID); err != nil {
				return err
			}
			err = q.QueryRowContext(ctx, s.sql.firstBlock, run.number, from).Scan(&first)
			if errors.Is(err, sql.ErrNoRows) {
				err = nil
			}
			return err
		})
	})
	return run, first, err
}

// blocksOf yields the blocks of a run from number first on. A run that was pruned
// meanwhile has none, which must not be taken for the end.
func (s *Store) blocksOf(ctx context.Context, doing string, run *runRow, first int64) iter.Seq2[block, error] {
	return pages(ctx, blockPage, func(after block) (list []block, err error) {
		scan := func(rows *sql.Rows) error {
			b, err := scanBlock(rows)
			list = append(list, b)
			return err
		}
		err = s.retry(ctx, doing, func(ctx context.Context) error {
			return s.dialect.look(ctx, func(q querier) error {
				list = nil
				if err := each(ctx, q, scan, s.sql.outcomes, run.number, max(first, after.number+1), blockPage); err != nil {
					return err
				}
				if len(list) == blockPage {
					return nil
				}
				_, err := s.readPlace(ctx, q, run.number)
				return err
			})
		})
		return list, err
	})
}
