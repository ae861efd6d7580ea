package riverimport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/sqlstore"
)

// migrationLock is this package's own number among advisory locks.
const migrationLock = 7236914502283316012

// MigrateOptions say where the tables are. The zero value works.
type MigrateOptions struct {
	RiverSchema string           // of River's tables, as in river.Config; empty: by search_path
	Store       sqlstore.Options // as for sqlstore.Open
	Schedules   string           // the table of Schedules; empty: adcimport_schedules
}

// Migrate makes the tables of River, of the ledger and of the schedules, or brings them up
// to date. Processes that start at the same time may all call it: one does the work, and
// the others wait.
func Migrate(ctx context.Context, pool *pgxpool.Pool, o MigrateOptions) (err error) {
	if pool == nil {
		return &adcimport.InvalidOptionsError{Field: "riverimport.Migrate.pool", Rule: "is required"}
	}
	table, err := scheduleTable(o.Schedules)
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, pool.Config().ConnConfig) // its own: a pool may have one alone
	if err != nil {
		return fmt.Errorf("migrate: connect: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }() // ends the lock
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return fmt.Errorf("migrate: wait for other processes: %w", err)
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: o.RiverSchema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("migrate River's tables: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate River's tables: %w", err)
	}
	db := stdlib.OpenDB(*pool.Config().ConnConfig)
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := sqlstore.Open(ctx, db, sqlstore.PostgreSQL, o.Store); err != nil {
		return fmt.Errorf("migrate the ledger's tables: %w", err)
	}
	if _, err := conn.Exec(ctx, createSchedules(table)); err != nil {
		return fmt.Errorf("migrate the table of schedules: %w", err)
	}
	return nil
}
