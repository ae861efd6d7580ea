package integration_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
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
func TestSQLStoreIntentAfterALostReply(t *testing.T) {
	t.Parallel()
	for name, newDatabase := range sqlDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t)
			other := d.store(t, sqlstore.Options{})
			l := mustAcquire(t, other)
			in := []ledger.Intent{{ID: "1"}}
			if _, err := other.Intend(t.Context(), l, in); err != nil {
				t.Fatal(err)
			}
			var states []ledger.IntentState
			s := d.faultyStore(t, &faults{
				next:   func(n int64) fate { return map[bool]fate{true: lostReply}[n == 1] },
				onLost: func() { states, _ = other.Intend(context.WithoutCancel(t.Context()), l, in) },
			}, sqlstore.Options{})
			if err := s.Commit(t.Context(), l, ledger.Commit{Withdrawn: []string{"1"}}); err != nil {
				t.Fatal(err)
			}
			var open []string
			for it, err := range s.InDoubt(t.Context(), "link-1", adcimport.KindCustomer) {
				open = append(open, fmt.Sprint(it.ID, err))
			}
			want := []any{[]ledger.IntentState{ledger.IntentFresh}, []string{"1<nil>"}}
			if diff := cmp.Diff(want, []any{states, open}); diff != "" {
				t.Errorf("states and open intents (-want +got):\n%s", diff)
			}
		})
	}
}

// fault 52: an import whose connections are cut 200 times ends as any other.
func TestPostgreSQLImportWithCuts(t *testing.T) {
	t.Parallel()
	d := newPostgreSQL(t)
	d.diskless(t)
	d.dsn += postgresDrivers["pgx"]
	const cuts, users = 200, 400
	var requests, made atomic.Int64
	all := []trouble{
		{when: beforeIt},
		{when: afterIt, reset: true},
		{when: amidReply},
		{when: inFlight, reset: true},
		{when: insteadOfIt, instead: raise("25006"), sticky: true},
		{when: afterIt},
		{when: insteadOfIt, instead: "SELECT pg_terminate_backend(pg_backend_pid())"},
	}
	store := d.proxied(t, func(string) *trouble {
		if requests.Add(1)%19 != 0 || made.Load() == cuts {
			return nil
		}
		return &all[made.Add(1)%int64(len(all))]
	}, func(int) string { return "" }).store(t, sqlstore.Options{RetryFor: time.Minute})
	sink := &adcimporttest.Sink{}
	imp, err := adcimport.New(adcimport.Config{
		Link: "link-1", Store: store, Sink: sink, BatchSize: 2, LeaseTTL: time.Hour, SettleTime: time.Millisecond,
		Source: &adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 0, users), PageSize: 4},
	})
	if err != nil {
		t.Fatal(err)
	}
	sum, err := imp.ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ids := make(map[string]int)
	for _, u := range sink.Users() {
		ids[u.Record.AlarmComID]++
	}
	want := []any{adcimport.StatusCompleted, users, users, users, int64(cuts)}
	got := []any{sum.Status, sum.Counts.Created, len(ids), len(sink.Users()), made.Load()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("status, created, people, users, cuts (-want +got):\n%s", diff)
	}
}
