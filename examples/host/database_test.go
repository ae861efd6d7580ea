//go:build unix

package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"
)

// server is where the tests' PostgreSQL is; each test has a schema of its own.
const server = "host=127.0.0.1 port=%d user=postgres sslmode=disable connect_timeout=5"

// newSchema returns what opens an empty schema at a port, dropped at the end. It skips
// where there is no server, and fails there in CI.
func newSchema(tb testing.TB) func(port int) string {
	tb.Helper()
	admin, err := sql.Open("pgx", fmt.Sprintf(server, 5432))
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
	schema := fmt.Sprintf("adcimport_host_%d_%d", os.Getpid(), time.Now().UnixNano())
	if _, err := admin.ExecContext(tb.Context(), "CREATE SCHEMA "+schema); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if _, err := admin.ExecContext(context.Background(), "DROP SCHEMA "+schema+" CASCADE"); err != nil {
			tb.Error(err)
		}
	})
	return func(port int) string { return fmt.Sprintf(server, port) + " search_path=" + schema }
}

// postgres is the flag for a schema.
func postgres(tb testing.TB) []string {
	tb.Helper()
	return []string{"-postgres", newSchema(tb)(5432)}
}

// wire leads to the server, and can be cut.
type wire struct {
	listener net.Listener
	wg       sync.WaitGroup

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]struct{}
}

func newWire(tb testing.TB) *wire {
	tb.Helper()
	l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	w := &wire{listener: l, conns: make(map[net.Conn]struct{})}
	w.wg.Go(w.accept)
	tb.Cleanup(func() {
		_ = l.Close()
		w.setCut(true)
		w.wg.Wait()
	})
	return w
}

func (w *wire) port() int {
	addr, _ := w.listener.Addr().(*net.TCPAddr)
	return addr.Port
}

// setCut ends all connections, and every new one, until it is mended.
func (w *wire) setCut(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	for c := range w.conns {
		if cut {
			_ = c.Close()
		}
	}
}

func (w *wire) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		backend, err := net.Dial("tcp", "127.0.0.1:5432")
		if err != nil {
			_ = client.Close()
			continue
		}
		w.mu.Lock()
		w.conns[client], w.conns[backend] = struct{}{}, struct{}{}
		if w.cut {
			_, _ = client.Close(), backend.Close()
		}
		w.mu.Unlock()
		for _, pair := range [][2]net.Conn{{client, backend}, {backend, client}} {
			w.wg.Go(func() {
				_, _ = io.Copy(pair[0], pair[1])
				_, _ = client.Close(), backend.Close()
			})
		}
	}
}

// exec changes the world's SQLite file.
func (w *world) exec(statement string, args ...any) {
	w.tb.Helper()
	db, err := sql.Open("sqlite", "file:"+w.file("host.db"))
	if err != nil {
		w.tb.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(w.tb.Context(), statement, args...); err != nil {
		w.tb.Fatal(err)
	}
}

// lockSQLite keeps writers out of a file for some time.
func lockSQLite(tb testing.TB, file string, d time.Duration) {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	conn, err := db.Conn(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, statement := range []string{"PRAGMA busy_timeout = 10000", "BEGIN EXCLUSIVE"} {
		if _, err := conn.ExecContext(tb.Context(), statement); err != nil {
			tb.Fatal(err)
		}
	}
	time.Sleep(d)
	if _, err := conn.ExecContext(tb.Context(), "ROLLBACK"); err != nil {
		tb.Fatal(err)
	}
}
