// Package sqlstore_test tests sqlstore with real databases and drivers.
package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "modernc.org/sqlite"             // driver "sqlite"

	"github.com/securitytrax/adcimport/sqlstore"
)

// database is an empty database of a test, on which any number of handles can be
// opened, as by any number of hosts.
type database struct {
	dialect sqlstore.Dialect
	driver  string
	dsn     string
}

// open is a handle of its own, closed at the end of the test.
func (d database) open(tb testing.TB) *sql.DB {
	tb.Helper()
	db, err := sql.Open(d.driver, d.dsn)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// store is a store over a handle of its own.
func (d database) store(tb testing.TB, o sqlstore.Options) *sqlstore.Store {
	tb.Helper()
	s, err := sqlstore.Open(tb.Context(), d.open(tb), d.dialect, o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func newSQLite(tb testing.TB) database {
	tb.Helper()
	return database{sqlstore.SQLite, "sqlite", "file:" + filepath.Join(tb.TempDir(), "state.db")}
}

// postgresDSN is the server of the tests; a schema of it is a database here.
const postgresDSN = "host=127.0.0.1 port=5432 user=postgres sslmode=disable connect_timeout=5"

// newPostgreSQL skips where there is no server, and fails there in CI.
func newPostgreSQL(tb testing.TB) database {
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
	return database{sqlstore.PostgreSQL, "pgx", postgresDSN + " search_path=" + schema + " application_name=" + schema}
}

// databases are those that every test of both runs on.
var databases = map[string]func(testing.TB) database{"sqlite": newSQLite, "postgresql": newPostgreSQL}

// onDatabases runs a test on each database.
func onDatabases(t *testing.T, test func(t *testing.T, d database)) {
	t.Helper()
	for name, newDatabase := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newDatabase(t))
		})
	}
}
