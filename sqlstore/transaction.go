package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
)

// write runs do in a transaction, as often as it takes. do must begin from
// nothing each time, and must recognize what an earlier attempt stored.
func (s *Store) write(ctx context.Context, doing string, do func(ctx context.Context, tx querier) error) error {
	return s.retry(ctx, doing, func(ctx context.Context) error {
		tx, err := s.dialect.begin(ctx)
		if err != nil {
			return fmt.Errorf("begin: %w", err)
		}
		if err := do(ctx, tx); err != nil {
			tx.rollback(ctx, err)
			return err
		}
		if err := tx.commit(ctx); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		return nil
	})
}

// read runs a query on no transaction and calls scan for every row of it, from
// the first one again after a failure: start is called before each attempt.
func (s *Store) read(ctx context.Context, doing string, start func(), scan func(*sql.Rows) error, query string, args ...any) error {
	return s.retry(ctx, doing, func(ctx context.Context) error {
		return s.dialect.look(ctx, func(q querier) error {
			start()
			return each(ctx, q, scan, query, args...)
		})
	})
}

// each calls scan for every row of a query.
func each(ctx context.Context, q querier, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // an error of the rows is in rows.Err
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
