package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Prune implements [ledger.StateStore].
func (s *Store) Prune(ctx context.Context, link string, olderThan time.Time) (int, error) {
	gone := make(map[int64]struct{}) // by any attempt: the reply to one that pruned may be lost
	before := olderThan.UnixMicro()
	if olderThan.Nanosecond()%int(time.Microsecond) != 0 {
		before++
	}
	err := s.write(ctx, "prune runs", func(ctx context.Context, tx querier) error {
		var numbers [][1]int64
		number := func(rows *sql.Rows) error {
			var n int64
			err := rows.Scan(&n)
			numbers = append(numbers, [1]int64{n})
			return err
		}
		if err := each(ctx, tx, number, s.sql.lockLink, link); err != nil {
			return fmt.Errorf("lock the scopes: %w", err)
		}
		numbers = nil
		if err := each(ctx, tx, number, s.sql.prunable, link, before); err != nil {
			return fmt.Errorf("find runs: %w", err)
		}
		if len(numbers) == 0 {
			return nil
		}
		for _, n := range numbers {
			gone[n[0]] = struct{}{}
		}
		list := jsonRows(numbers)
		for _, query := range []string{
			s.sql.pruneBlocks, s.sql.pruneDecided, s.sql.pruneNotices, s.sql.pruneSettings, s.sql.buryRuns, s.sql.pruneRuns,
		} {
			if _, err := tx.ExecContext(ctx, query, list); err != nil {
				return fmt.Errorf("delete runs: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(gone), nil
}
