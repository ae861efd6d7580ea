package integration_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "modernc.org/sqlite"             // driver "sqlite"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/conformance/storetest"
	"github.com/securitytrax/adcimport/internal/dbclock"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/sqlstore"
)

// sqlDatabase is an empty database of a test, on which any number of handles
// can be opened, as by any number of hosts.
type sqlDatabase struct {
	dialect sqlstore.Dialect
	driver  string
	dsn     string
}

// open is a handle of its own, closed at the end of the test.
func (d sqlDatabase) open(tb testing.TB) *sql.DB {
	tb.Helper()
	db, err := sql.Open(d.driver, d.dsn)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// store is a store over a handle of its own.
func (d sqlDatabase) store(tb testing.TB, o sqlstore.Options) *sqlstore.Store {
	tb.Helper()
	s, err := sqlstore.Open(tb.Context(), d.open(tb), d.dialect, o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func newSQLite(tb testing.TB) sqlDatabase {
	tb.Helper()
	return sqlDatabase{sqlstore.SQLite, "sqlite", "file:" + filepath.Join(tb.TempDir(), "state.db")}
}

// postgresDSN is the server of the tests; a schema of it is a database here.
const postgresDSN = "host=127.0.0.1 port=5432 user=postgres sslmode=disable connect_timeout=5"

// newPostgreSQL skips where there is no server, and fails there in CI.
func newPostgreSQL(tb testing.TB) sqlDatabase {
	tb.Helper()
	admin, err := sql.Open("pgx", postgresDSN)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = admin.Close() })
	if err := admin.PingContext(tb.Context()); err != nil {
		if os.Getenv("CI") == "true" { //nolint:forbidigo // a test may ask where it runs
			tb.Fatalf("no PostgreSQL on 127.0.0.1:5432: %v", err)
		}
		tb.Skipf("no PostgreSQL on 127.0.0.1:5432: %v", err)
	}
	schema := fmt.Sprintf("adcimport_test_%d_%d", os.Getpid(), time.Now().UnixNano())
	if _, err := admin.ExecContext(tb.Context(), "CREATE SCHEMA "+schema); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if _, err := admin.ExecContext(context.Background(), "DROP SCHEMA "+schema+" CASCADE"); err != nil {
			tb.Error(err)
		}
	})
	return sqlDatabase{sqlstore.PostgreSQL, "pgx", postgresDSN + " search_path=" + schema + " application_name=" + schema}
}

// sqlDatabases are the databases that every test of both runs on.
var sqlDatabases = map[string]func(testing.TB) sqlDatabase{"sqlite": newSQLite, "postgresql": newPostgreSQL}

// suiteStore is a store as the conformance suite wants it.
type suiteStore struct {
	adcimport.StateStore
	tb     testing.TB
	d      sqlDatabase
	opened func(*sql.DB)
	clock  *dbclock.Offset
}

// noChange leaves a handle as it is.
func noChange(*sql.DB) {}

func newSuiteStore(tb testing.TB, d sqlDatabase, opened func(*sql.DB)) adcimport.StateStore {
	tb.Helper()
	s, err := suiteStore{tb: tb, d: d, opened: opened, clock: new(dbclock.Offset)}.Reopen()
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func (s suiteStore) Reopen() (adcimport.StateStore, error) {
	db := s.d.open(s.tb)
	s.opened(db)
	store, err := sqlstore.Open(dbclock.With(s.tb.Context(), s.clock), db, s.d.dialect, sqlstore.Options{})
	s.StateStore = store
	return s, err
}

func (s suiteStore) Advance(d time.Duration) { s.clock.Advance(d) }

func TestSQLStoreSuite(t *testing.T) {
	t.Parallel()
	for name, newDatabase := range sqlDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T) adcimport.StateStore {
				t.Helper()
				return newSuiteStore(t, newDatabase(t), noChange)
			})
		})
	}
}

// The host's settings are its business. It may allow the pool one connection
// only: no method may need a second one, also not while an iterator is ranged
// over. And its server's defaults may be others: the store asks for what it
// needs.
func TestSQLStoreSuiteWithOtherSettings(t *testing.T) {
	t.Parallel()
	settings := map[sqlstore.Dialect]string{
		sqlstore.SQLite:     "?_pragma=synchronous(0)&_pragma=foreign_keys(1)&_pragma=case_sensitive_like(1)",
		sqlstore.PostgreSQL: " default_transaction_isolation=serializable synchronous_commit=off TimeZone=Asia/Tokyo DateStyle=German",
	}
	for name, newDatabase := range sqlDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T) adcimport.StateStore {
				t.Helper()
				d := newDatabase(t)
				d.dsn += settings[d.dialect]
				return newSuiteStore(t, d, func(db *sql.DB) { db.SetMaxOpenConns(1) })
			})
		})
	}
}

func TestSQLStoreHasNoPrefixInCommon(t *testing.T) {
	t.Parallel()
	for name, newDatabase := range sqlDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t)
			first := d.store(t, sqlstore.Options{TablePrefix: "one_"})
			second := d.store(t, sqlstore.Options{TablePrefix: "two_"})
			for _, s := range []*sqlstore.Store{first, second} {
				if _, err := s.Acquire(t.Context(), leaseRequest("run-1")); err != nil {
					t.Fatalf("a store of another prefix is in the way: %v", err)
				}
			}
		})
	}
}

func leaseRequest(runID string) ledger.LeaseRequest {
	return ledger.LeaseRequest{
		Link: "link-1", Kind: adcimport.KindCustomer, RunID: runID, Owner: strings.TrimPrefix(runID, "run-"), TTL: time.Minute,
	}
}
