package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/sqlstore"
)

// noDatabase is a driver whose server is not there. The tests with databases
// are in the module integration.
type noDatabase struct{ err error }

func (d noDatabase) Connect(context.Context) (driver.Conn, error) { return nil, d.err }
func (d noDatabase) Driver() driver.Driver                        { return d }
func (d noDatabase) Open(string) (driver.Conn, error)             { return nil, d.err }

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	db := sql.OpenDB(noDatabase{errors.New("must not be asked")})
	t.Cleanup(func() { _ = db.Close() })
	for name, c := range map[string]struct {
		db      *sql.DB
		dialect sqlstore.Dialect
		prefix  string
		field   string
	}{
		"no database":      {nil, sqlstore.SQLite, "", "sqlstore.Open.db"},
		"no dialect":       {db, "", "", "sqlstore.Open.d"},
		"unknown dialect":  {db, "oracle", "", "sqlstore.Open.d"},
		"prefix with case": {db, sqlstore.SQLite, "Import_", "sqlstore.Options.TablePrefix"},
		"prefix with SQL":  {db, sqlstore.SQLite, "x; DROP TABLE y; --", "sqlstore.Options.TablePrefix"},
		"prefix of digits": {db, sqlstore.SQLite, "1_", "sqlstore.Options.TablePrefix"},
		"long prefix":      {db, sqlstore.SQLite, strings.Repeat("x", 41), "sqlstore.Options.TablePrefix"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sqlstore.Open(t.Context(), c.db, c.dialect, sqlstore.Options{TablePrefix: c.prefix})
			invalid, ok := errors.AsType[*ledger.InvalidRequestError](err)
			if !ok {
				t.Fatalf("Open returned %v", err)
			}
			if diff := cmp.Diff(c.field, invalid.Field); diff != "" {
				t.Errorf("field (-want +got):\n%s", diff)
			}
		})
	}
}

// fault 57: a time of some nanoseconds is one whose unit was forgotten.
func TestOpenRefusesATimeWithoutItsUnit(t *testing.T) {
	t.Parallel()
	db := sql.OpenDB(noDatabase{errors.New("must not be asked")})
	t.Cleanup(func() { _ = db.Close() })
	for _, d := range []time.Duration{1, 10, 999_999} {
		_, err := sqlstore.Open(t.Context(), db, sqlstore.SQLite, sqlstore.Options{RetryFor: d})
		if invalid, ok := errors.AsType[*ledger.InvalidRequestError](err); !ok || invalid.Field != "sqlstore.Options.RetryFor" {
			t.Errorf("RetryFor %v: %v", d, err)
		}
	}
}

func TestOpenSaysWhyItCannotConnect(t *testing.T) {
	t.Parallel()
	gone := errors.New("no route to host")
	for _, d := range []sqlstore.Dialect{sqlstore.SQLite, sqlstore.PostgreSQL} {
		db := sql.OpenDB(noDatabase{gone})
		t.Cleanup(func() { _ = db.Close() })
		_, err := sqlstore.Open(t.Context(), db, d, sqlstore.Options{RetryFor: -1})
		if !errors.Is(err, gone) || !strings.HasPrefix(err.Error(), "check the database, said to be "+string(d)+": ") {
			t.Errorf("%s: Open returned %v", d, err)
		}
	}
}

// lost counts the attempts to connect.
type lost struct{ attempts *int }

func (d lost) Connect(context.Context) (driver.Conn, error) {
	*d.attempts++
	return nil, driver.ErrBadConn
}
func (d lost) Driver() driver.Driver            { return d }
func (d lost) Open(string) (driver.Conn, error) { return nil, driver.ErrBadConn }

func TestNegativeRetryForIsOneAttempt(t *testing.T) {
	t.Parallel()
	attempts := 0
	db := sql.OpenDB(lost{&attempts})
	t.Cleanup(func() { _ = db.Close() })
	_, err := sqlstore.Open(t.Context(), db, sqlstore.PostgreSQL, sqlstore.Options{RetryFor: -1})
	if !errors.Is(err, driver.ErrBadConn) || !strings.Contains(err.Error(), "gave up after 1 attempts") {
		t.Errorf("Open returned %v", err)
	}
	const ofDatabaseSQL = 3 // connections that database/sql itself tries for one call
	if attempts > ofDatabaseSQL {
		t.Errorf("there were %d connections", attempts)
	}
}
