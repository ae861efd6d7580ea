package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
	"testing"
)

// statement is what a store has asked of a database.
type statement struct {
	query string
	args  []any
}

// recorder notes the statements of a handle. BEGIN and COMMIT of database/sql
// are among them.
type recorder struct {
	mu   sync.Mutex
	list []statement
}

func (r *recorder) add(query string, args []driver.NamedValue) {
	values := make([]any, len(args))
	for i, a := range args {
		values[i] = a.Value
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, statement{query, values})
}

// during returns the statements of do.
func (r *recorder) during(do func()) []statement {
	r.mu.Lock()
	r.list = nil
	r.mu.Unlock()
	do()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.list
}

type recordedConn struct {
	plainConn

	recorder *recorder
}

func (c recordedConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	c.recorder.add("BEGIN", nil)
	tx, err := c.plainConn.BeginTx(ctx, o)
	return recordedTx{tx, c.recorder}, err
}

type recordedTx struct {
	driver.Tx

	recorder *recorder
}

func (t recordedTx) Commit() error {
	t.recorder.add("COMMIT", nil)
	return t.Tx.Commit()
}

func (c recordedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.recorder.add(query, args)
	return c.plainConn.ExecContext(ctx, query, args)
}

func (c recordedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.recorder.add(query, args)
	return c.plainConn.QueryContext(ctx, query, args)
}

// recorded is a handle whose statements are noted.
func (d database) recorded(tb testing.TB) (*sql.DB, *recorder) {
	tb.Helper()
	r := new(recorder)
	db := sql.OpenDB(wrappedConnector{d.open(tb).Driver(), d.dsn, func(c plainConn) driver.Conn { return recordedConn{c, r} }})
	tb.Cleanup(func() { _ = db.Close() })
	return db, r
}
