package settings

import (
	"context"
	"database/sql"
	"errors"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "modernc.org/sqlite"             // driver "sqlite"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/sqlstore"
)

// connections is how many a host has at most: a few for each run at work, and some
// for its pages.
const connections = 20

// Store opens the database in which the host keeps what it did. A call goes on trying
// for a part of the lease while the database is away; a run that needs longer waits,
// and goes on by itself. Done is for after the importers are closed.
func (s *Settings) Store(ctx context.Context) (store adcimport.StateStore, done func() error, err error) {
	driver, dsn, dialect := "sqlite", "file:"+s.SQLite, sqlstore.SQLite
	if s.PostgreSQL != "" {
		driver, dsn, dialect = "pgx", s.PostgreSQL, sqlstore.PostgreSQL
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, nil, errors.New("open the database: its address cannot be read") // the driver's words may hold a password
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	store, err = sqlstore.Open(ctx, db, dialect, sqlstore.Options{RetryFor: s.Lease / 6})
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return store, db.Close, nil
}
