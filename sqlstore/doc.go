// Package sqlstore is a durable [ledger.StateStore] over database/sql, for
// SQLite (one host) and PostgreSQL (many hosts, many links, one database). The
// host brings the driver and the *sql.DB; this package imports none.
//
//	db, err := sql.Open("sqlite", "file:state.db")
//	store, err := sqlstore.Open(ctx, db, sqlstore.SQLite, sqlstore.Options{})
//
// # What is promised
//
// Each method is one transaction. A write that returned is on the disk:
// SQLite runs in WAL mode with synchronous=FULL, which the store checks, and
// sets where it is weaker, on the connection of every write, whatever the
// host's data source name says; PostgreSQL transactions of the store wait for
// the disk even where the server's default is synchronous_commit=off.
//
// Every write locks the row of its scope first (SQLite: the whole database, by
// BEGIN IMMEDIATE) and checks the lease's epoch in the same transaction. All
// writes to records of one scope are therefore in one order, which is why
// PostgreSQL's READ COMMITTED is enough: nothing that a transaction decides by
// can change between its read and its write. It is asked for by name, so that
// another default of the server does no harm.
//
// # When the database is busy or gone
//
// Busy databases, deadlocks, serialization failures, lost connections and
// servers that restart, are full, or became read-only are tried again for
// [Options.RetryFor]. Over PostgreSQL every error without an SQLSTATE counts as
// a lost connection, whatever the driver calls it. A connection that was lost, or
// that leads to a server that takes no writes, does not go back to the pool.
//
// That is safe even when the reply to a COMMIT was lost: an attempt recognizes
// what an earlier attempt of the same call has stored, by the number of the commit
// or a random name of the call. An error that is returned means "not stored, or not known to be": never
// half.
//
// What a failover itself loses is lost: a standby that takes over must have
// every commit (synchronous_standby_names), or records may come in twice.
//
// # Clock, times, ids
//
// Leases expire by the database's clock: PostgreSQL's clock_timestamp, SQLite's
// unixepoch, which is the clock of its one host. Times are kept to the
// microsecond, but for what is inside of outcomes and failures, and are returned
// in UTC. Ids and fingerprints are text: they must be valid UTF-8 without NUL.
// Nothing personal is stored.
//
// # Costs
//
// A commit is a constant number of statements, and a look-up of any number of ids
// is one. A store keeps in memory the open batches that it has written, so that it
// does not read them again: it believes that only where the scope's row, read in the
// same transaction, says that nobody has written since. Each id is a look into an index; nothing depends on table statistics.
// Record.Here is kept for runs that may go on: of a completed run, it is missing
// where a later run has decided about the record again.
//
// The tables are a contract for readers in other languages: see docs/state.md.
// Those of an earlier version of this package are migrated by [Open].
//
// Needed: SQLite 3.42 or newer, on a local disk; PostgreSQL 12 or newer, with
// the server encoding UTF8. Tested with the drivers jackc/pgx, lib/pq and
// modernc.org/sqlite; nothing is asked of a driver that others do not have.
package sqlstore
