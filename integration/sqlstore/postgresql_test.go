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

// blockedBackend waits until a backend of the test waits for a lock, and
// returns its process id.
func blockedBackend(tb testing.TB, admin *sql.DB) int {
	tb.Helper()
	for range 1000 {
		var pid int
		err := admin.QueryRowContext(tb.Context(), `SELECT pid FROM pg_stat_activity
WHERE application_name = current_setting('application_name') AND wait_event_type = 'Lock'`).Scan(&pid)
		if err == nil {
			return pid
		}
		if !errors.Is(err, sql.ErrNoRows) {
			tb.Fatal(err)
		}
		mustExec(tb, admin, "SELECT pg_sleep(0.01)")
	}
	tb.Fatal("no backend waits for a lock")
	return 0
}

// A connection is cut in the middle of a checkpoint, after the cursor was moved
// and the outcomes were stored: nothing of it is seen, and the store does it
// again by itself. Where it may not, the error says that the connection is gone.
func TestPostgreSQLBackendIsTerminated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options sqlstore.Options
		again   bool
	}{
		"tried again": {sqlstore.Options{}, true},
		"one attempt": {sqlstore.Options{RetryFor: -1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newPostgreSQL(t)
			s, look := d.store(t, c.options), d.store(t, sqlstore.Options{})
			l := mustAcquire(t, s)
			admin := d.open(t)
			blocker, err := admin.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			// A row that the checkpoint comes to last, not committed.
			mustExec(t, blocker, `INSERT INTO adcimport_records (scope, id, sink_id, fingerprint)
SELECT id, '1', '', '' FROM adcimport_scopes`)
			result := make(chan error, 1)
			go func() { result <- commitError(t, s, l, createdCommit(1, "c", "1", "2")) }()
			mustExec(t, admin, "SELECT pg_terminate_backend($1)", blockedBackend(t, admin))
			wantStored(t, look, 0, "")
			if !c.again {
				if err := <-result; err == nil || !strings.Contains(err.Error(), "57P01") {
					t.Errorf("Commit returned %v", err)
				}
			}
			if err := blocker.Rollback(); err != nil {
				t.Fatal(err)
			}
			if c.again {
				if err := <-result; err != nil {
					t.Errorf("Commit returned %v", err)
				}
				wantStored(t, look, 2, "c")
				return
			}
			wantStored(t, look, 0, "")
		})
	}
}

// All connections of the host are cut again and again while it works.
func TestPostgreSQLConnectionsAreCut(t *testing.T) {
	t.Parallel()
	d := newPostgreSQL(t)
	s := d.store(t, sqlstore.Options{})
	l := mustAcquire(t, s)
	admin := d.open(t)
	const cuts, size = 40, 20
	for n := range cuts {
		ids := make([]string, size)
		in := make([]ledger.Intent, size)
		for i := range ids {
			ids[i] = fmt.Sprintf("%d-%d", n, i)
			in[i].ID = ids[i]
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := admin.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()`)
			if err != nil {
				t.Error(err)
			}
		})
		states, err := s.Commit(t.Context(), l, ledger.Commit{Seq: int64(2*n + 1), Intents: in})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(make([]ledger.IntentState, size), states); diff != "" {
			t.Fatalf("states are not all fresh (-want +got):\n%s", diff)
		}
		c := createdCommit(int64(2*n+2), strconv.Itoa(n), ids...)
		c.Tally.Counts.Created = (n + 1) * size
		if err := commitError(t, s, l, c); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
	}
	wantStored(t, s, cuts*size, strconv.Itoa(cuts-1))
	if open := openOf(t, s); len(open) > 0 {
		t.Errorf("open are %v", open)
	}
}

// Two hosts work on many links of one database: each link has one run at a
// time, and no write waits for one of another link.
func TestPostgreSQLHostsRace(t *testing.T) {
	t.Parallel()
	d := newPostgreSQL(t)
	const links = 5
	won := make([][]bool, 2)
	var wg sync.WaitGroup
	for host := range won {
		s := d.store(t, sqlstore.Options{})
		won[host] = make([]bool, links)
		for link := range links {
			wg.Go(func() {
				req := leaseRequest(fmt.Sprintf("run-%d-%d", host, link))
				req.Link = fmt.Sprintf("link-%d", link)
				req.Account = req.Link
				l, err := s.Acquire(t.Context(), req)
				if errors.Is(err, ledger.ErrRunInProgress) {
					return
				}
				won[host][link] = true
				for n := 0; n < 10 && err == nil; n++ {
					err = commitError(t, s, l, createdCommit(int64(n+1), "", strconv.Itoa(n)))
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	for link := range links {
		if won[0][link] == won[1][link] {
			t.Errorf("link %d: both hosts or none had the lease", link)
		}
	}
}

func TestPostgreSQLLinksDoNotWait(t *testing.T) {
	t.Parallel()
	d := newPostgreSQL(t)
	s := d.store(t, sqlstore.Options{})
	first := mustAcquire(t, s)
	req := leaseRequest("run-2")
	req.Link, req.Account = "link-2", "link-2"
	second, err := s.Acquire(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	admin := d.open(t)
	blocker, err := admin.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, blocker, "SELECT 1 FROM adcimport_scopes WHERE account = 'link-1' FOR UPDATE")
	result := make(chan error, 1)
	go func() { result <- commitError(t, s, first, createdCommit(1, "c", "1")) }()
	blockedBackend(t, admin)
	if err := commitError(t, s, second, createdCommit(1, "c", "1")); err != nil {
		t.Errorf("Commit of the other link: %v", err)
	}
	if err := blocker.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != nil {
		t.Error(err)
	}
}

// The intent is on the disk before the create is sent, also on a server that
// does not wait for the disk by default.
func TestPostgreSQLIsDurable(t *testing.T) {
	t.Parallel()
	d := newPostgreSQL(t)
	d.dsn += " synchronous_commit=off"
	db := d.open(t)
	s, err := sqlstore.Open(t.Context(), db, d.dialect, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	// A trigger tells what a write of the store goes by.
	mustExec(t, db, "CREATE TABLE seen (setting TEXT)")
	mustExec(t, db, `CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END$$`)
	mustExec(t, db, "CREATE TRIGGER look AFTER INSERT ON adcimport_blocks EXECUTE FUNCTION look()")
	if err := commitError(t, s, mustAcquire(t, s), createdCommit(1, "c", "1")); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := db.QueryRowContext(t.Context(), "SELECT setting FROM seen").Scan(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("on", got); diff != "" {
		t.Errorf("synchronous_commit of Commit (-want +got):\n%s", diff)
	}
}
