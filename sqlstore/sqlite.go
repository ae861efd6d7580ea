package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/securitytrax/adcimport/ledger"
)

// sqliteBusyWait is how long SQLite itself waits for a lock, in milliseconds,
// where the host's connection says less. Longer waits are made of attempts.
const sqliteBusyWait = 2000

// sqliteFull is PRAGMA synchronous=FULL; NORMAL is 1, EXTRA is 3.
const sqliteFull = 2

// sqliteDB writes on one connection at a time, so that the goroutines of one
// store queue up here and not in SQLite's busy loop, which is not fair.
type sqliteDB struct {
	db   pool
	turn chan struct{}
}

func newSQLite(db pool) sqliteDB { return sqliteDB{db: db, turn: make(chan struct{}, 1)} }

func (sqliteDB) words() words {
	return words{
		clock:   "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
		durable: "''", names: "json_group_array(t.name)",
	}
}

func (sqliteDB) numbered() bool                       { return false }
func (sqliteDB) restart(string, string, int64) string { return "" }

func (sqliteDB) migrationLock() string { return "" }

func (sqliteDB) hasTable() string {
	return "SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?"
}

func (sqliteDB) rows(cols []column) string {
	list := make([]string, len(cols))
	for i, c := range cols {
		value := fmt.Sprintf("json_extract(value, '$[%d]')", i)
		if c.kind == kindHex {
			value = "unhex(" + value + ")"
		}
		list[i] = value + " AS " + c.name
	}
	return "(SELECT " + strings.Join(list, ", ") + " FROM json_each(?))"
}

func (sqliteDB) ids() string { return "(SELECT value AS id FROM json_each(?))" }

// probe is an outer join, whose right side SQLite never reads first.
func (sqliteDB) probe(table, alias, cond string) string {
	return "LEFT JOIN " + table + " " + alias + " ON " + cond
}

func (sqliteDB) remove(table string) string {
	return "DELETE FROM " + table + " WHERE id IN (SELECT value FROM json_each(?)) AND scope = ?"
}

// check wants write-ahead logging, which lasts with the file, and a clock.
func (d sqliteDB) check(ctx context.Context) error {
	var mode string
	if err := d.db().QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return fmt.Errorf("set journal_mode: %w", err)
	}
	if mode != "wal" {
		return &ledger.InvalidRequestError{
			Field: "sqlstore.Open.db",
			Rule:  "journal_mode is " + mode + " and cannot be wal: state must be in a file (ledger.MemoryStore keeps it in memory)",
		}
	}
	var now sql.NullFloat64
	if err := d.db().QueryRowContext(ctx, "SELECT unixepoch('subsec')").Scan(&now); err != nil {
		return fmt.Errorf("read the clock, as SQLite 3.42 can: %w", err)
	}
	if !now.Valid {
		return &ledger.InvalidRequestError{Field: "sqlstore.Open.db", Rule: "SQLite must be 3.42 or newer"}
	}
	return nil
}

func (d sqliteDB) look(_ context.Context, do func(querier) error) error { return do(d.db()) }

// begin takes the write lock at once: a transaction that reads first and locks
// later can fail with SQLITE_BUSY at any statement.
func (d sqliteDB) begin(ctx context.Context) (transaction, error) {
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	conn, err := d.db().Conn(ctx)
	if err != nil {
		<-d.turn
		return nil, err
	}
	tx := &sqliteTx{Conn: conn, turn: d.turn}
	if err := tx.open(ctx); err != nil {
		tx.rollback(ctx, err)
		return nil, err
	}
	return tx, nil
}

// sqliteTx is a transaction by hand: database/sql cannot ask for BEGIN
// IMMEDIATE, and the drivers have each their own way to.
type sqliteTx struct {
	*sql.Conn
	turn chan struct{}
}

// open makes the connection durable. The host's pool may have made it a moment
// ago, with settings of its own, so that it is asked each time; it is a look at
// a variable of SQLite, against the fsync that follows.
func (t *sqliteTx) open(ctx context.Context) error {
	var level, busy int
	if err := t.QueryRowContext(ctx, "PRAGMA busy_timeout").Scan(&busy); err != nil {
		return fmt.Errorf("read busy_timeout: %w", err)
	}
	if busy == 0 {
		if err := t.QueryRowContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", sqliteBusyWait)).Scan(&busy); err != nil {
			return fmt.Errorf("set busy_timeout: %w", err)
		}
	}
	if err := t.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&level); err != nil {
		return fmt.Errorf("read synchronous: %w", err)
	}
	if level < sqliteFull {
		if _, err := t.ExecContext(ctx, "PRAGMA synchronous = FULL"); err != nil {
			return fmt.Errorf("set synchronous: %w", err)
		}
	}
	_, err := t.ExecContext(ctx, "BEGIN IMMEDIATE")
	return err
}

// commit is not canceled in the middle. When it fails, nothing was stored:
// what SQLite has not rolled back itself is rolled back here.
func (t *sqliteTx) commit(ctx context.Context) error {
	if _, err := t.ExecContext(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		t.rollback(ctx, err)
		return err
	}
	<-t.turn
	_ = t.Close() // the work is stored; the pool gets its connection back
	return nil
}

// rollback gives the connection back without a transaction on it, or not at
// all.
func (t *sqliteTx) rollback(ctx context.Context, _ error) {
	if _, err := t.ExecContext(context.WithoutCancel(ctx), "ROLLBACK"); err != nil {
		_ = t.Raw(func(any) error { return driver.ErrBadConn }) // closes it
	}
	<-t.turn
	_ = t.Close()
}

// transient knows busy and locked. Drivers have error types of their own: most
// tell the result code by a method, mattn's only in the text.
func (sqliteDB) transient(err error) bool {
	if errors.Is(err, driver.ErrBadConn) {
		return true
	}
	const busy, locked = 5, 6 // result codes, extended ones in the higher bits
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		primary := coded.Code() & 0xff
		return primary == busy || primary == locked
	}
	var temporary interface{ Temporary() bool }
	if errors.As(err, &temporary) {
		return temporary.Temporary()
	}
	return strings.Contains(err.Error(), "database is locked") ||
		strings.Contains(err.Error(), "database table is locked")
}
