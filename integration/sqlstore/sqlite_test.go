package sqlstore_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/sqlstore"
)

// Another process holds the write lock for longer than the store may try: the
// error says so, nothing is stored, and reading goes on.
func TestSQLiteBusy(t *testing.T) {
	t.Parallel()
	d := newSQLite(t)
	d.dsn += "?_pragma=busy_timeout(20)"
	s := d.store(t, sqlstore.Options{RetryFor: -1})
	l := mustAcquire(t, s)
	other, err := d.open(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, other, "BEGIN IMMEDIATE")
	err = commitError(t, s, l, createdCommit(1, "c", "1"))
	if err == nil || !strings.Contains(err.Error(), "gave up after 1 attempts") || !strings.Contains(err.Error(), "locked") {
		t.Errorf("Commit returned %v", err)
	}
	if known := knownOf(t, s, "1"); len(known) != 0 {
		t.Errorf("known is %v", known)
	}
	mustExec(t, other, "ROLLBACK")
	if err := commitError(t, s, l, createdCommit(1, "c", "1")); err != nil {
		t.Errorf("Commit after the lock was given back: %v", err)
	}
}

// The same, but the lock is given back in time.
func TestSQLiteBusyForAWhile(t *testing.T) {
	t.Parallel()
	d := newSQLite(t)
	d.dsn += "?_pragma=busy_timeout(1)"
	s := d.store(t, sqlstore.Options{})
	l := mustAcquire(t, s)
	other, err := d.open(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, other, "BEGIN IMMEDIATE")
	result := make(chan error)
	go func() { result <- commitError(t, s, l, createdCommit(1, "c", "1")) }()
	mustExec(t, other, "ROLLBACK")
	if err := <-result; err != nil {
		t.Error(err)
	}
}

// Two processes write at the same time: each waits for its turn, also with one
// attempt only. A transaction that reads first and locks later could not.
func TestSQLiteTwoHandles(t *testing.T) {
	t.Parallel()
	d := newSQLite(t)
	d.dsn += "?_pragma=busy_timeout(60000)"
	var wg sync.WaitGroup
	for host := range 2 {
		s := d.store(t, sqlstore.Options{RetryFor: -1})
		req := leaseRequest(fmt.Sprintf("run-%d", host))
		req.Link = fmt.Sprintf("link-%d", host)
		req.Account = req.Link
		l, err := s.Acquire(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for n := range 100 {
				if err := commitError(t, s, l, createdCommit(int64(n+1), "", strconv.Itoa(n))); err != nil {
					t.Errorf("commit %d of host %d: %v", n, host, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// A disk that is full in the middle of a run: the checkpoint that does not fit
// is not there at all, and the run goes on where there is room again.
func TestSQLiteFullDisk(t *testing.T) {
	t.Parallel()
	d := newSQLite(t)
	roomy := d.store(t, sqlstore.Options{})
	small := d
	small.dsn += "?_pragma=max_page_count(60)"
	s := small.store(t, sqlstore.Options{})
	l := mustAcquire(t, s)
	var (
		stored int
		failed error
		again  ledger.Commit
	)
	for n := 1; failed == nil; n++ {
		if n > 200 {
			t.Fatal("the disk never was full")
		}
		ids := make([]string, 50)
		for i := range ids {
			ids[i] = fmt.Sprintf("%d-%d", n, i)
		}
		again = createdCommit(int64(n), strconv.Itoa(n), ids...)
		again.Tally.Counts.Created = n * 50
		if failed = commitError(t, s, l, again); failed == nil {
			stored = n
		}
	}
	var coded interface{ Code() int }
	if !errors.As(failed, &coded) || coded.Code()&0xff != 13 { // SQLITE_FULL
		t.Fatalf("Commit returned %v", failed)
	}
	wantStored(t, roomy, stored*50, strconv.Itoa(stored))
	if err := commitError(t, roomy, l, again); err != nil {
		t.Fatalf("the same Commit where there is room: %v", err)
	}
	wantStored(t, roomy, (stored+1)*50, strconv.Itoa(stored+1))
}

// A host whose connections are not durable, or lost in a power cut what they
// had committed, gets connections that are.
func TestSQLiteIsDurable(t *testing.T) {
	t.Parallel()
	d := newSQLite(t)
	d.dsn += "?_pragma=synchronous(0)&_pragma=journal_mode(DELETE)"
	db := d.open(t)
	db.SetMaxOpenConns(1)
	s, err := sqlstore.Open(t.Context(), db, d.dialect, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, "PRAGMA synchronous = OFF") // behind the store's back
	mustAcquire(t, s)
	var (
		level int
		mode  string
	)
	if err := db.QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&level); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&mode); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{2, "wal"}, []any{level, mode}); diff != "" {
		t.Errorf("synchronous and journal_mode of the connection that wrote (-want +got):\n%s", diff)
	}
}

func TestSQLiteInMemoryIsRefused(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	_, err = sqlstore.Open(t.Context(), db, sqlstore.SQLite, sqlstore.Options{})
	if _, ok := errors.AsType[*ledger.InvalidRequestError](err); !ok || !strings.Contains(err.Error(), "MemoryStore") {
		t.Errorf("Open returned %v", err)
	}
}
