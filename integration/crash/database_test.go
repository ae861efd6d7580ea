//go:build unix

package crash_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/securitytrax/adcimport/sqlstore"
)

// postgresURL is the server of the tests; %s is the database.
const postgresURL = "postgres://postgres@127.0.0.1:5432/%s?sslmode=disable"

// databases are those that the tests run over, each made anew for a test.
func databases() map[string]func(testing.TB) database {
	return map[string]func(testing.TB) database{"sqlite": newSQLite, "postgresql": newPostgreSQL}
}

func newSQLite(tb testing.TB) database {
	tb.Helper()
	return migrated(tb, database{
		Dialect: sqlstore.SQLite, Driver: "sqlite",
		DSN: "file:" + filepath.Join(tb.TempDir(), "state.db"),
	})
}

// newPostgreSQL makes a database that is dropped with the test.
func newPostgreSQL(tb testing.TB) database {
	tb.Helper()
	admin, err := sql.Open("pgx", fmt.Sprintf(postgresURL, "postgres"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = admin.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := admin.PingContext(ctx); err != nil {
		if inCI() {
			tb.Fatalf("no PostgreSQL on 127.0.0.1:5432: %v", err)
		}
		tb.Skipf("no PostgreSQL on 127.0.0.1:5432: %v", err)
	}
	name := "adcimport_crash_" + strings.ToLower(rand.Text())
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if _, err := admin.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			tb.Error(err)
		}
	})
	return migrated(tb, database{Dialect: sqlstore.PostgreSQL, Driver: "pgx", DSN: fmt.Sprintf(postgresURL, name)})
}

// migrated makes the tables: hosts that do so at the same time are the matter
// of the store's own tests.
func migrated(tb testing.TB, d database) database {
	tb.Helper()
	db, _, err := d.open(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
	return d
}

func inCI() bool {
	return os.Getenv("CI") == "true" //nolint:forbidigo // a test may ask where it runs
}
