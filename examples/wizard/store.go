package main

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"

	_ "modernc.org/sqlite" // driver "sqlite"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/examples/host/accounts"
	"github.com/securitytrax/adcimport/sqlstore"
)

// openStore opens the database. Done is for after the importers are closed.
func openStore(ctx context.Context, path string) (store adcimport.StateStore, done func() error, err error) {
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return nil, nil, err
	}
	store, err = sqlstore.Open(ctx, db, sqlstore.SQLite, sqlstore.Options{})
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return store, db.Close, nil
}

// opener says what the importer of a link is made of.
func opener(
	all accounts.All, store adcimport.StateStore, s *settings, log *slog.Logger,
) func(context.Context, string) (adcimport.Config, error) {
	return func(_ context.Context, link string) (adcimport.Config, error) {
		source, sink, err := all.Ends(link)
		return adcimport.Config{
			Source: source, Sink: sink, Store: store, Logger: log,
			BatchSize: 20, Concurrency: 4, LeaseTTL: s.lease, SettleTime: s.lease / 2,
		}, err
	}
}
