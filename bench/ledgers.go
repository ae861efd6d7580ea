package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "modernc.org/sqlite"             // driver "sqlite"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/sqlstore"
)

// ledgerDB is a store in a database, and how large that is.
type ledgerDB struct {
	db    *sql.DB
	store adcimport.StateStore
	size  func(ctx context.Context) (int64, error) // bytes
}

func (j *job) file(name string) string { return filepath.Join(j.dir, name) }

func inSQLite(ctx context.Context, j *job) (*ledgerDB, error) {
	file := j.file("ledger.db")
	db, err := openSQLite(file)
	if err != nil {
		return nil, err
	}
	store, err := sqlstore.Open(ctx, db, sqlstore.SQLite, sqlstore.Options{})
	return &ledgerDB{db: db, store: store, size: func(ctx context.Context) (int64, error) {
		if _, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			return 0, err
		}
		info, err := os.Stat(file)
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	}}, err
}

// inPostgreSQL is without statistics: nobody runs ANALYZE on what it stores.
func inPostgreSQL(ctx context.Context, j *job) (*ledgerDB, error) {
	db, err := sql.Open("pgx", j.server)
	if err != nil {
		return nil, err
	}
	store, err := sqlstore.Open(ctx, db, sqlstore.PostgreSQL, sqlstore.Options{})
	if err != nil {
		return nil, err
	}
	for _, table := range []string{"scopes", "runs", "records", "exceptions", "blocks", "decided"} {
		if _, err := db.ExecContext(ctx, "ALTER TABLE adcimport_"+table+" SET (autovacuum_enabled = false)"); err != nil {
			return nil, err
		}
	}
	return &ledgerDB{db: db, store: store, size: func(ctx context.Context) (n int64, err error) {
		err = db.QueryRowContext(ctx, `SELECT sum(pg_total_relation_size(oid)) FROM pg_class
WHERE relkind = 'r' AND relname LIKE 'adcimport\_%'`).Scan(&n)
		return n, err
	}}, nil
}

// withDatabase runs do with a database of its own, which is gone afterwards.
func withDatabase(ctx context.Context, server string, do func(dsn string) error) (err error) {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	name := fmt.Sprintf("adcimport_bench_%d_%d", os.Getpid(), time.Now().UnixNano())
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return err
	}
	defer func() {
		_, dropErr := conn.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
		err = errors.Join(err, dropErr)
	}()
	c := conn.Config()
	dsn := fmt.Sprintf("postgres://%s:%s@%s:%d/%s?sslmode=disable", c.User, c.Password, c.Host, c.Port, name)
	return do(dsn)
}
