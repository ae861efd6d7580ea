package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport"
)

// postgreSQL serializes the writes to one link and kind by the row lock on
// their lease; see the package comment.
type postgreSQL struct{ db pool }

func (postgreSQL) tokens() (lock, clock, durable string) {
	return "FOR UPDATE",
		"CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
		// For this transaction only, and only up.
		"set_config('synchronous_commit', CASE current_setting('synchronous_commit')" +
			" WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)"
}

func (postgreSQL) numbered() bool { return true }

// migrationLock ends with the transaction. The number is this package's own.
func (postgreSQL) migrationLock() string { return "SELECT pg_advisory_xact_lock(7236914502283316011)" }

// hasTable looks where the store's own statements look. It reads the catalog
// table: to_regclass may answer from a cache that knows nothing of what another
// migrator has made while this one waited for the lock.
func (postgreSQL) hasTable() string {
	return "SELECT relname FROM pg_catalog.pg_class WHERE relname = ? AND pg_table_is_visible(oid)"
}

func (postgreSQL) rows(cols []column) string {
	list := make([]string, len(cols))
	for i, c := range cols {
		list[i] = fmt.Sprintf("CAST(e.v ->> %d AS %s) AS %s", i, c.kind, c.name)
	}
	return "(SELECT " + strings.Join(list, ", ") + " FROM json_array_elements(CAST(? AS JSON)) AS e(v))"
}

// check wants an encoding in which every id can be written.
func (d postgreSQL) check(ctx context.Context) error {
	var encoding string
	if err := d.db().QueryRowContext(ctx, "SHOW server_encoding").Scan(&encoding); err != nil {
		return fmt.Errorf("read server_encoding: %w", err)
	}
	if encoding != "UTF8" {
		return &adcimport.InvalidOptionsError{Field: "sqlstore.Open.db", Rule: "server_encoding is " + encoding + ", must be UTF8"}
	}
	return nil
}

// boundWaits keeps a host that freezes in the middle of a transaction from
// holding its row lock for ever: the server ends such a transaction, and who
// waits for the lock does not wait longer than one attempt may take. A store's
// transaction never pauses by itself.
const boundWaits = "SELECT set_config('idle_in_transaction_session_timeout', '10000', true), set_config('lock_timeout', '5000', true)"

func (d postgreSQL) begin(ctx context.Context) (transaction, error) {
	tx, err := d.db().BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, boundWaits); err != nil {
		_ = tx.Rollback() // the error before it says more
		return nil, fmt.Errorf("bound the waits: %w", err)
	}
	return postgreSQLTx{tx}, nil
}

type postgreSQLTx struct{ *sql.Tx }

func (t postgreSQLTx) commit(context.Context) error { return t.Commit() }
func (t postgreSQLTx) rollback(context.Context)     { _ = t.Rollback() } // a lost connection has rolled back

// transientStates are the SQLSTATE codes after which the same may succeed.
// Class 08 (connection exceptions) is checked apart.
var transientStates = []string{
	"25P03", // idle_in_transaction_session_timeout: this host was frozen
	"40001", // serialization_failure
	"40P01", // deadlock_detected
	"53300", // too_many_connections
	"55P03", // lock_not_available: see boundWaits
	"57P01", // admin_shutdown, pg_terminate_backend
	"57P02", // crash_shutdown
	"57P03", // cannot_connect_now
}

// transient knows the codes, which pgx and lib/pq both tell by a method, and
// what a lost connection looks like.
func (postgreSQL) transient(err error) bool {
	var state interface{ SQLState() string }
	if errors.As(err, &state) {
		return slices.Contains(transientStates, state.SQLState()) || strings.HasPrefix(state.SQLState(), "08")
	}
	var network net.Error
	return errors.As(err, &network) ||
		errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, sql.ErrTxDone) ||
		errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed)
}
