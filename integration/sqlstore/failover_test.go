package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/sqlstore"
)

// idleConnections puts n connections into a pool, each after a statement.
func idleConnections(tb testing.TB, db *sql.DB, n int, statement string) {
	tb.Helper()
	db.SetMaxIdleConns(n)
	conns := make([]*sql.Conn, n)
	for i := range conns {
		var err error
		if conns[i], err = db.Conn(tb.Context()); err != nil {
			tb.Fatal(err)
		}
		mustExec(tb, conns[i], statement)
	}
	for _, c := range conns {
		_ = c.Close()
	}
}

// fault 52: a pool full of connections to what was the primary, or that are
// dead, costs a call not even a second attempt.
func TestPostgreSQLPoolFromBeforeAFailover(t *testing.T) {
	t.Parallel()
	const readOnly = "SET default_transaction_read_only = on"
	for name, c := range map[string]struct {
		driver, statement string
		dead              bool
	}{
		"pgx, read-only":    {"pgx", readOnly, false},
		"lib/pq, read-only": {"postgres", readOnly, false},
		"pgx, dead":         {"pgx", "SELECT 1", true},
		"lib/pq, dead":      {"postgres", "SELECT 1", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newPostgreSQL(t)
			d.store(t, sqlstore.Options{}) // tables: all tests of a server migrate in turn
			admin := d.open(t)
			d.driver, d.dsn = c.driver, d.dsn+" application_name="+strings.ReplaceAll(t.Name(), " ", "_")
			db := d.open(t)
			s, err := sqlstore.Open(t.Context(), db, d.dialect, sqlstore.Options{RetryFor: -1})
			if err != nil {
				t.Fatal(err)
			}
			idleConnections(t, db, 6, c.statement)
			if c.dead {
				mustExec(t, admin, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = left($1, 63)",
					strings.ReplaceAll(t.Name(), " ", "_"))
			}
			mustAcquire(t, s)
		})
	}
}

// fault 52: the first servers that a host reaches after a failover are standbys.
func TestPostgreSQLPrimaryComesLate(t *testing.T) {
	t.Parallel()
	d := newPostgreSQL(t)
	d.store(t, sqlstore.Options{})
	p := d.proxied(t, func(string) *trouble { return nil }, func(n int) string {
		if n < 5 {
			return "SET default_transaction_read_only = on"
		}
		return ""
	})
	mustAcquire(t, p.store(t, sqlstore.Options{RetryFor: time.Minute}))
}

// fault 52: an intent that came between a Commit whose reply was lost and its
// second attempt stays: its create may be on its way.
func TestIntentAfterALostReply(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, d database) {
		t.Helper()
		other := d.store(t, sqlstore.Options{})
		l := mustAcquire(t, other)
		if err := commitError(t, other, l, ledger.Commit{Seq: 1, Intents: []ledger.Intent{{ID: "1"}}}); err != nil {
			t.Fatal(err)
		}
		var states []ledger.IntentState
		s := d.faultyStore(t, &faults{
			next: func(n int64) fate { return map[bool]fate{true: lostReply}[n == 1] },
			onLost: func() {
				next := ledger.Commit{Seq: 3, Intents: []ledger.Intent{{ID: "1"}}}
				states, _ = other.Commit(context.WithoutCancel(t.Context()), l, next)
			},
		}, sqlstore.Options{})
		// The second attempt finds the number of a later commit, not its own.
		err := commitError(t, s, l, ledger.Commit{Seq: 2, Withdrawn: []string{"1"}})
		if _, ok := errors.AsType[*ledger.InvalidRequestError](err); !ok {
			t.Errorf("Commit returned %v", err)
		}
		want := []any{[]ledger.IntentState{ledger.IntentFresh}, []string{"1"}}
		if diff := cmp.Diff(want, []any{states, openOf(t, other)}); diff != "" {
			t.Errorf("states and open records (-want +got):\n%s", diff)
		}
	})
}
