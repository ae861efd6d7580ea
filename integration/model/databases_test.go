package model_test

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

	"github.com/securitytrax/adcimport/internal/dbclock"
	"github.com/securitytrax/adcimport/sqlstore"
)

// databases are the durable stores that the model runs on.
var databases = map[string]func(*testing.T) *outsideStore{"sqlite": onSQLite, "postgresql": onPostgreSQL}

func onSQLite(t *testing.T) *outsideStore {
	t.Helper()
	return onDatabase(t, sqlstore.SQLite, "sqlite", "file:"+filepath.Join(t.TempDir(), "state.db"))
}

const postgresDSN = "host=127.0.0.1 port=5432 user=postgres sslmode=disable connect_timeout=5"

// onPostgreSQL skips where there is no server, and fails there in CI.
func onPostgreSQL(t *testing.T) *outsideStore {
	t.Helper()
	admin, err := sql.Open("pgx", postgresDSN)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close() })
	if err := admin.PingContext(t.Context()); err != nil {
		if os.Getenv("CI") == "true" { //nolint:forbidigo // a test may ask where it runs
			t.Fatalf("no PostgreSQL on 127.0.0.1:5432: %v", err)
		}
		t.Skipf("no PostgreSQL on 127.0.0.1:5432: %v", err)
	}
	schema := fmt.Sprintf("adcimport_model_%d_%d", os.Getpid(), time.Now().UnixNano())
	if _, err := admin.ExecContext(t.Context(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.ExecContext(context.Background(), "DROP SCHEMA "+schema+" CASCADE"); err != nil {
			t.Error(err)
		}
	})
	return onDatabase(t, sqlstore.PostgreSQL, "pgx", postgresDSN+" search_path="+schema)
}

func onDatabase(t *testing.T, d sqlstore.Dialect, driver, dsn string) *outsideStore {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	clock := new(dbclock.Offset)
	store, err := sqlstore.Open(dbclock.With(t.Context(), clock), db, d, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return newOutside(t, store, clock)
}
