package month_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // driver "sqlite"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/dbclock"
	"github.com/securitytrax/adcimport/sqlstore"
)

// everySQLite says which months are kept in SQLite; the others are in memory.
const everySQLite = 25

// clock keeps a database's time with that of the bubble: it is moved before each
// call, and never back.
type clock struct {
	offset *dbclock.Offset // nil: the store has the bubble's time itself

	mu   sync.Mutex
	move time.Duration
}

func (c *clock) tick() {
	if c.offset == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var tv syscall.Timeval
	if err := syscall.Gettimeofday(&tv); err != nil { // time.Now is the bubble's
		return
	}
	if behind := time.Since(time.Unix(tv.Unix()).Add(c.move)); behind > 0 {
		c.move += behind
		c.offset.Advance(behind)
	}
}

// onSQLite opens a store of a month, in its bubble.
func onSQLite(ctx context.Context, t *testing.T, c *clock) (adcimport.StateStore, *sql.DB) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	c.offset = new(dbclock.Offset)
	c.move = 0
	c.back()
	store, err := sqlstore.Open(dbclock.With(ctx, c.offset), db, sqlstore.SQLite, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return store, db
}

// back moves the clock to the bubble's time, which is in the past.
func (c *clock) back() {
	var tv syscall.Timeval
	if err := syscall.Gettimeofday(&tv); err == nil {
		c.move = time.Since(time.Unix(tv.Unix()))
		c.offset.Advance(c.move)
	}
}
