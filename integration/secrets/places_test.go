package secrets_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/sqlstore"
)

// place is where state is kept. dump is every byte of it; pool is there for River.
type place struct {
	store adcimport.StateStore
	dump  func(*testing.T) string
	pool  *pgxpool.Pool
}

var places = map[string]func(*testing.T) place{"memory": inMemory, "SQLite": onSQLite, "PostgreSQL": onPostgreSQL}

func inMemory(*testing.T) place {
	store := &adcimport.MemoryStore{}
	return place{store: store, dump: func(*testing.T) string {
		var all strings.Builder
		r := reach{seen: make(map[visit]bool), note: func(text string) { all.WriteString(text + "\n") }}
		r.walk("MemoryStore", reflect.ValueOf(store))
		return all.String()
	}}
}

// onSQLite reads the files beside the tables: what was deleted is in them too.
func onSQLite(t *testing.T) place {
	t.Helper()
	file := filepath.Join(t.TempDir(), "state.db")
	db := opened(t, "sqlite", "file:"+filepath.ToSlash(file))
	store, err := sqlstore.Open(t.Context(), db, sqlstore.SQLite, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return place{store: store, dump: func(t *testing.T) string {
		t.Helper()
		all := []string{tables(t, db, `SELECT name FROM sqlite_master WHERE type = 'table'`)}
		files, err := filepath.Glob(file + "*") // with the write-ahead log
		if err != nil || len(files) < 2 {
			t.Errorf("files %q, %v", files, err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(text))
		}
		return strings.Join(all, "\n")
	}}
}

const (
	server   = "host=127.0.0.1 port=5432 user=postgres sslmode=disable connect_timeout=5"
	leaseTTL = 2 * time.Second
)

// onPostgreSQL has a schema of its own, in which River's tables are too. It skips where
// there is no server, and fails there in CI.
func onPostgreSQL(t *testing.T) place {
	t.Helper()
	admin := opened(t, "pgx", server)
	if err := admin.PingContext(t.Context()); err != nil {
		if os.Getenv("CI") == "true" { //nolint:forbidigo // a test asks where it runs
			t.Fatalf("no PostgreSQL on 127.0.0.1:5432: %v", err)
		}
		t.Skipf("no PostgreSQL on 127.0.0.1:5432: %v", err)
	}
	schema := fmt.Sprintf("adcimport_secrets_%d_%d", os.Getpid(), time.Now().UnixNano())
	if _, err := admin.ExecContext(t.Context(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.ExecContext(context.Background(), "DROP SCHEMA "+schema+" CASCADE"); err != nil {
			t.Error(err)
		}
	})
	db := opened(t, "pgx", server+" search_path="+schema)
	pool, err := pgxpool.New(t.Context(), server+" pool_max_conns=6 search_path="+schema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	store, err := sqlstore.Open(t.Context(), db, sqlstore.PostgreSQL, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return place{store: store, pool: pool, dump: func(t *testing.T) string {
		t.Helper()
		return tables(t, db, `SELECT table_name FROM information_schema.tables WHERE table_schema = '`+schema+`'`)
	}}
}

func opened(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// tables are all columns of all rows of all tables that a query names.
func tables(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	var all strings.Builder
	names := rowsOf(t, db, query)
	if len(names) < 9 {
		t.Errorf("tables %v", names)
	}
	for _, name := range names {
		for _, row := range rowsOf(t, db, "SELECT * FROM "+name[0]) {
			fmt.Fprintf(&all, "%s: %s\n", name[0], strings.Join(row, " | "))
		}
	}
	return all.String()
}

func rowsOf(t *testing.T, db *sql.DB, query string) (all [][]string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := make([]string, len(cells))
		for i, cell := range cells {
			row[i] = fmt.Sprint(cell)
			if text, ok := cell.([]byte); ok {
				row[i] = string(text)
			}
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
