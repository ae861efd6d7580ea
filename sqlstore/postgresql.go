package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport/ledger"
)

// postgreSQL serializes the writes to one link and kind by the row lock on
// their lease; see the package comment.
type postgreSQL struct{ db pool }

func (postgreSQL) words() words {
	return words{
		lock:  "FOR UPDATE",
		clock: "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
		// For this transaction only, and only up.
		durable: "set_config('synchronous_commit', CASE current_setting('synchronous_commit')" +
			" WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)",
		names: "json_agg(t.name)",
	}
}

func (postgreSQL) numbered() bool { return true }

func (postgreSQL) restart(table, column string, next int64) string {
	return fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s RESTART WITH %d", table, column, next)
}

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
		value := fmt.Sprintf("CAST(e.v ->> %d AS %s)", i, c.kind)
		if c.kind == kindHex {
			value = fmt.Sprintf("decode(e.v ->> %d, 'hex')", i)
		}
		list[i] = value + " AS " + c.name
	}
	return "(SELECT " + strings.Join(list, ", ") + " FROM json_array_elements(CAST(? AS JSON)) AS e(v))"
}

func (postgreSQL) ids() string {
	return "(SELECT e.v AS id FROM json_array_elements_text(CAST(? AS JSON)) AS e(v))"
}

// probe cannot become another join: LIMIT keeps the sub-select by itself.
func (postgreSQL) probe(table, alias, cond string) string {
	return "LEFT JOIN LATERAL (SELECT * FROM " + table + " " + alias + " WHERE " + cond + " LIMIT 1) " + alias + " ON true"
}

// remove finds rows by their places, which do not change: who locks the scope
// is the only one to write them.
func (d postgreSQL) remove(table string) string {
	return "DELETE FROM " + table + " WHERE ctid = ANY (ARRAY (SELECT found.place FROM " + d.ids() + " j CROSS JOIN LATERAL" +
		" (SELECT k.ctid AS place FROM " + table + " k WHERE k.id = j.id AND k.scope = ? LIMIT 1) found))"
}

// check wants an encoding in which every id can be written.
func (d postgreSQL) check(ctx context.Context) error {
	var encoding string
	err := d.look(ctx, func(q querier) error { return q.QueryRowContext(ctx, "SHOW server_encoding").Scan(&encoding) })
	if err != nil {
		return fmt.Errorf("read server_encoding: %w", err)
	}
	if encoding != "UTF8" {
		return &ledger.InvalidRequestError{Field: "sqlstore.Open.db", Rule: "server_encoding is " + encoding + ", must be UTF8"}
	}
	return nil
}

// settingsSQL keeps a host that freezes in the middle of a transaction from
// holding its row lock for ever: the server ends such a transaction, and who
// waits for the lock does not wait longer than one attempt may take. A store's
// transaction never pauses by itself.
//
// Its statements look into indexes, however small a table is: a plan that was
// made for a small one may be kept until it is large.
const settingsSQL = "SELECT set_config('idle_in_transaction_session_timeout', '10000', true)," +
	" set_config('lock_timeout', '5000', true), set_config('enable_seqscan', 'off', true)," +
	" current_setting('transaction_read_only')"

// readOnlyError is a connection to a server that was the primary before a
// failover, or that is not yet.
type readOnlyError struct{}

func (readOnlyError) Error() string {
	return "the server takes no writes: it is read-only, or a standby"
}
func (readOnlyError) SQLState() string { return "25006" }

// try runs do on a connection of the pool, and leaves a lost one for the next at
// once: after a restart or a failover, all that were idle are as dead as the
// first. When do succeeds, the connection is its own to give back.
func (d postgreSQL) try(ctx context.Context, do func(*sql.Conn) error) error {
	for idle := d.db().Stats().Idle; ; idle-- {
		conn, err := d.db().Conn(ctx)
		if err == nil {
			if err = do(conn); err == nil {
				return nil
			}
			giveBack(conn, err)
		}
		if idle <= 0 || !lost(err) || ctx.Err() != nil {
			return err
		}
	}
}

func (d postgreSQL) look(ctx context.Context, do func(querier) error) error {
	return d.try(ctx, func(conn *sql.Conn) error {
		err := do(conn)
		if err == nil {
			giveBack(conn, nil)
		}
		return err
	})
}

func (d postgreSQL) begin(ctx context.Context) (t transaction, err error) {
	err = d.try(ctx, func(conn *sql.Conn) error {
		tx, err := conn.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
		if err != nil {
			return err
		}
		if err := setUp(ctx, tx); err != nil {
			_ = tx.Rollback() // the error before it says more
			return err
		}
		t = postgreSQLTx{tx, conn}
		return nil
	})
	return t, err
}

type postgreSQLTx struct {
	*sql.Tx
	conn *sql.Conn
}

func setUp(ctx context.Context, tx *sql.Tx) error {
	var idle, lock, scans, readOnly string
	if err := tx.QueryRowContext(ctx, settingsSQL).Scan(&idle, &lock, &scans, &readOnly); err != nil {
		return fmt.Errorf("set up the transaction: %w", err)
	}
	if readOnly == "on" {
		return readOnlyError{}
	}
	return nil
}

func (t postgreSQLTx) commit(context.Context) error {
	err := t.Commit()
	giveBack(t.conn, err)
	return err
}

func (t postgreSQLTx) rollback(_ context.Context, cause error) {
	_ = t.Rollback() // a lost connection has rolled back
	giveBack(t.conn, cause)
}

// giveBack returns a connection to the pool, or closes it: the next call must
// not get one that is broken, or that leads to the wrong server.
func giveBack(conn *sql.Conn, err error) {
	if err != nil && lost(err) {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // closes it
	}
	_ = conn.Close()
}

// transientStates begin the SQLSTATE codes after which the same may succeed,
// if need be on another connection, or on another server.
var transientStates = []string{
	"08",    // connection exceptions
	"0A000", // feature_not_supported: BEGIN READ WRITE on a standby; a plan of before a migration
	"25",    // transaction states: read-only after a failover, ended because this host was frozen
	"26000", // a statement that was prepared on another server behind the same pooler
	"40",    // rolled back: serialization_failure, deadlock_detected
	"53",    // too many connections, out of memory, disk full
	"55P03", // lock_not_available: see settingsSQL
	"57",    // shutdown, crash, start, terminated or canceled by an operator
	"58",    // errors of the server's operating system
	"XX000", // internal_error: also what poolers say when they lost their server
}

// onlyBusy begin the codes that say nothing against the connection.
var onlyBusy = []string{"40", "55P03"}

// transient goes by the code, which pgx and lib/pq both tell by a method. An
// error without a code is no word of the server: whatever the driver calls it,
// the connection could not be made, or broke.
func (postgreSQL) transient(err error) bool {
	return lost(err) || stateIn(err, onlyBusy)
}

// lost reports whether the connection is of no more use. What the store itself
// says is no loss.
func lost(err error) bool {
	if settled(err) {
		return false
	}
	var state interface{ SQLState() string }
	return !errors.As(err, &state) || stateIn(err, transientStates) && !stateIn(err, onlyBusy)
}

// stateIn reports whether the SQLSTATE of err begins with one of a list.
func stateIn(err error, list []string) bool {
	var state interface{ SQLState() string }
	return errors.As(err, &state) &&
		slices.ContainsFunc(list, func(begin string) bool { return strings.HasPrefix(state.SQLState(), begin) })
}
