package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"time"

	"github.com/securitytrax/adcimport/internal/dbclock"
	"github.com/securitytrax/adcimport/ledger"
)

// Dialect says which database a store is over.
type Dialect string

// The dialects.
const (
	SQLite     Dialect = "sqlite"
	PostgreSQL Dialect = "postgresql"
)

// What the zero values of [Options] mean.
const (
	tablePrefix = "adcimport_"
	retryFor    = 10 * time.Second
)

// Options of a [Store]. The zero value works.
type Options struct {
	// TablePrefix begins the name of every table and index; empty:
	// adcimport_. Lower-case letters, digits and _, at most 40.
	TablePrefix string
	// RetryFor is how long a call goes on trying, from its first failure, while
	// the database is busy, gone or read-only, or the connection is lost; 0:
	// 10 s; negative: one attempt. It should be well below the
	// importer's LeaseTTL, and longer than a failover takes.
	RetryFor time.Duration
}

// Store is an [ledger.StateStore] in a SQL database. It is safe for
// concurrent use, and so are many stores over one database. It owns nothing:
// the host closes its *sql.DB when the importers are closed.
type Store struct {
	db       pool
	dialect  dialect
	sql      statements
	retryFor time.Duration
	clock    *dbclock.Offset // nil outside of tests
	memory   *memory
}

// pool is the host's database. It is a closure, which no printer looks into: a
// *sql.DB holds the text it was opened with, password included.
type pool func() *sql.DB

var _ ledger.StateStore = (*Store)(nil)

// prefixForm keeps a table prefix from being anything but part of a name.
var prefixForm = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,39}$`)

// Open makes a store over db. It creates the tables, or brings them up to date,
// when that is due; hosts may do so at the same time. Tables of a newer version
// of this package are refused with a [*SchemaVersionError], and a setting that
// cannot work with an [*ledger.InvalidRequestError].
func Open(ctx context.Context, db *sql.DB, d Dialect, o Options) (*Store, error) {
	if db == nil {
		return nil, &ledger.InvalidRequestError{Field: "sqlstore.Open.db", Rule: "is required"}
	}
	if o.TablePrefix == "" {
		o.TablePrefix = tablePrefix
	}
	if !prefixForm.MatchString(o.TablePrefix) {
		return nil, &ledger.InvalidRequestError{
			Field: "sqlstore.Options.TablePrefix", Rule: "must be at most 40 of a-z, 0-9 and _, and not begin with a digit",
		}
	}
	if o.RetryFor > 0 && o.RetryFor < time.Millisecond {
		return nil, &ledger.InvalidRequestError{
			Field: "sqlstore.Options.RetryFor",
			Rule:  "must be a millisecond or more: a number without a unit, as in 10 * time.Second, is nanoseconds",
		}
	}
	if o.RetryFor == 0 {
		o.RetryFor = retryFor
	}
	kept := func() *sql.DB { return db }
	s := &Store{db: kept, retryFor: o.RetryFor, clock: dbclock.From(ctx), memory: new(memory)}
	switch d {
	case SQLite:
		s.dialect = newSQLite(kept)
	case PostgreSQL:
		s.dialect = postgreSQL{kept}
	default:
		return nil, &ledger.InvalidRequestError{Field: "sqlstore.Open.d", Rule: "must be SQLite or PostgreSQL"}
	}
	s.sql = newStatements(s.dialect, o.TablePrefix)
	if err := s.retry(ctx, fmt.Sprintf("check the database, said to be %s", d), s.dialect.check); err != nil {
		return nil, err
	}
	if err := s.migrate(ctx, o.TablePrefix, d); err != nil {
		return nil, err
	}
	return s, nil
}
