package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/sqlstore"
)

// errBroken is final: nothing that it fails is tried again.
var errBroken = errors.New("this statement is broken")

// statements fails one of those of a handle, but for what begins and ends transactions.
type statements struct {
	broken atomic.Int64 // how many come before it; below 0: none is
}

func (s *statements) fails(query string) bool {
	switch word, _, _ := strings.Cut(strings.TrimSpace(query), " "); strings.ToUpper(word) {
	case "BEGIN", "COMMIT", "ROLLBACK", "PRAGMA":
		return false
	}
	return s.broken.Add(-1) == -1
}

// brokenConn passes statements on, but for one.
type brokenConn struct {
	plainConn

	statements *statements
}

func (c brokenConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if c.statements.fails(query) {
		return nil, errBroken
	}
	return c.plainConn.ExecContext(ctx, query, args)
}

func (c brokenConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.statements.fails(query) {
		return nil, errBroken
	}
	return c.plainConn.QueryContext(ctx, query, args)
}

// breaking is a handle one of whose statements fails.
func (d database) breaking(tb testing.TB) (*sql.DB, *statements) {
	tb.Helper()
	s := new(statements)
	s.broken.Store(-1)
	db := sql.OpenDB(wrappedConnector{d.open(tb).Driver(), d.dsn, func(c plainConn) driver.Conn { return brokenConn{c, s} }})
	tb.Cleanup(func() { _ = db.Close() })
	return db, s
}

// each calls do with one statement after the other broken, until there is none left.
func (s *statements) each(tb testing.TB, do func() error) {
	tb.Helper()
	for n := int64(0); ; n++ {
		s.broken.Store(n)
		err := do()
		if s.broken.Swap(-1) >= 0 { // it had fewer
			if err != nil || n == 0 {
				tb.Fatalf("with none of %d statements broken: %v", n, err)
			}
			return
		}
		if !errors.Is(err, errBroken) {
			tb.Fatalf("with statement %d broken: %v", n+1, err)
		}
	}
}

// Whichever statement of a migration fails: it fails, says with what, and can be done again.
func TestMigrationFromV1_whicheverStatementFails(t *testing.T) {
	t.Parallel()
	d := newSQLite(t)
	fromV1(t, d)
	db, broken := d.breaking(t)
	broken.each(t, func() error {
		_, err := sqlstore.Open(t.Context(), db, d.dialect, sqlstore.Options{})
		return err
	})
	s := d.store(t, sqlstore.Options{})
	v1Records(t, s)
	v1Runs(t, s)
	v1Outcomes(t, s)
}

// Whichever statement of a mark fails: it is not taken, and the caller hears with what.
func TestMark_whicheverStatementFails(t *testing.T) {
	t.Parallel()
	d := newSQLite(t)
	mustAcquire(t, d.store(t, sqlstore.Options{}))
	db, broken := d.breaking(t)
	s, err := sqlstore.Open(t.Context(), db, d.dialect, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []ledger.Mark{{Ask: ledger.AskInterrupt}, {Told: "mail"}} {
		broken.each(t, func() error {
			took, err := s.Mark(t.Context(), "run-1", m)
			if took != (err == nil) {
				t.Errorf("%+v is taken: %v, and the error %v", m, took, err)
			}
			return err
		})
	}
}
