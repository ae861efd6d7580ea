package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/securitytrax/adcimport/sqlstore"
)

// fate is what becomes of a COMMIT.
type fate int

const (
	fine      fate = iota
	lostReply      // the database commits, and nobody hears of it
	lostCall       // the connection is gone before the database hears of it
	frozen         // the host stops here, its transaction open
	refused        // the database rolls back and says so: a serialization failure, or busy
)

// faults decides on the COMMITs of a handle, counted from 1.
type faults struct {
	commits atomic.Int64
	next    func(n int64) fate
	onLost  func()        // when a COMMIT is stored and its reply is lost
	thaw    chan struct{} // a frozen host goes on when it is closed
}

// transientError tells its code as the drivers of both databases do.
type transientError struct{}

func (transientError) Error() string    { return "could not commit now" }
func (transientError) SQLState() string { return "40001" }
func (transientError) Code() int        { return 5 }

// end commits, or not, or not so that it shows.
func (f *faults) end(commit, rollback func() error) error {
	switch f.next(f.commits.Add(1)) {
	case lostReply:
		err := commit()
		f.onLost()
		return errors.Join(err, driver.ErrBadConn)
	case lostCall:
		return errors.Join(rollback(), driver.ErrBadConn)
	case refused:
		return errors.Join(rollback(), transientError{})
	case frozen:
		<-f.thaw
	case fine:
	}
	return commit()
}

// plainConn is what the connections of both drivers can.
type plainConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
}

// wrappedConnector wraps the connections of another driver.
type wrappedConnector struct {
	inner driver.Driver
	dsn   string
	wrap  func(plainConn) driver.Conn
}

func (c wrappedConnector) Driver() driver.Driver { return c.inner }

func (c wrappedConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.inner.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	plain, ok := conn.(plainConn)
	if !ok {
		return nil, fmt.Errorf("a %T cannot be wrapped", conn)
	}
	return c.wrap(plain), nil
}

type faultyConn struct {
	plainConn

	faults *faults
}

type faultyTx struct {
	driver.Tx

	faults *faults
}

func (c faultyConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := c.plainConn.BeginTx(ctx, o)
	if err != nil {
		return nil, err
	}
	return faultyTx{tx, c.faults}, nil
}

func (t faultyTx) Commit() error { return t.faults.end(t.Tx.Commit, t.Rollback) }

// ExecContext sees the COMMIT of a transaction by hand.
func (c faultyConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if query != "COMMIT" {
		return c.plainConn.ExecContext(ctx, query, args)
	}
	end := func(query string) func() error {
		return func() error {
			_, err := c.plainConn.ExecContext(ctx, query, nil)
			return err
		}
	}
	return driver.RowsAffected(0), c.faults.end(end("COMMIT"), end("ROLLBACK"))
}

// faulty is a handle whose COMMITs have the fates that f says.
func (d database) faulty(tb testing.TB, f *faults) *sql.DB {
	tb.Helper()
	if f.onLost == nil {
		f.onLost = func() {}
	}
	db := sql.OpenDB(wrappedConnector{d.open(tb).Driver(), d.dsn, func(c plainConn) driver.Conn { return faultyConn{c, f} }})
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// faultyStore is a store over such a handle; its tables are made before.
func (d database) faultyStore(tb testing.TB, f *faults, o sqlstore.Options) *sqlstore.Store {
	tb.Helper()
	d.store(tb, sqlstore.Options{})
	s, err := sqlstore.Open(tb.Context(), d.faulty(tb, f), d.dialect, o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}
