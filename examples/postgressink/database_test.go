package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// server is where the tests' PostgreSQL is; each test has a schema of its own.
const server = "host=127.0.0.1 port=5432 user=postgres sslmode=disable connect_timeout=5"

// newSchema answers the connection string of an empty schema, dropped at the
// end. It skips where there is no server, and fails there in CI.
func newSchema(tb testing.TB) string {
	tb.Helper()
	admin, err := sql.Open("pgx", server)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = admin.Close() })
	if err := admin.PingContext(tb.Context()); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("no PostgreSQL on 127.0.0.1:5432: %v", err)
		}
		tb.Skipf("no PostgreSQL on 127.0.0.1:5432: %v", err)
	}
	schema := fmt.Sprintf("postgressink_test_%d_%d", os.Getpid(), time.Now().UnixNano())
	if _, err := admin.ExecContext(tb.Context(), "CREATE SCHEMA "+schema); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if _, err := admin.ExecContext(context.Background(), "DROP SCHEMA "+schema+" CASCADE"); err != nil {
			tb.Error(err)
		}
	})
	return server + " search_path=" + schema
}

// openThrough opens a pool whose connections the wire can cut.
func openThrough(tb testing.TB, dsn string, w *wire) *sql.DB {
	tb.Helper()
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		tb.Fatal(err)
	}
	cfg.DialFunc = w.dial
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(6)
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// wire carries the tests' connections, and can lose one reply: the statement
// with a given word among its values is carried out, and its connection breaks.
type wire struct {
	word atomic.Pointer[string] // nil: nothing is to be lost
	down atomic.Bool            // nothing can be dialed
}

var errCut = errors.New("the wire was cut")

func (w *wire) loseReplyTo(word string) { w.word.Store(&word) }

func (w *wire) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if w.down.Load() {
		return nil, errCut
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	return &wireConn{Conn: conn, wire: w}, err
}

type wireConn struct {
	net.Conn
	wire  *wire
	armed atomic.Bool
}

func (c *wireConn) Write(p []byte) (int, error) {
	if word := c.wire.word.Load(); word != nil && bytes.Contains(p, []byte(*word)) && c.wire.word.CompareAndSwap(word, nil) {
		c.armed.Store(true)
	}
	return c.Conn.Write(p)
}

// Read waits for the reply, which means that the statement was committed, and
// drops it.
func (c *wireConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && c.armed.Load() {
		_ = c.Close()
		return 0, errCut
	}
	return n, err
}
