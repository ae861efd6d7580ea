// Postgressink is a Sink of one's own: customers and users in PostgreSQL tables,
// over database/sql with the driver of github.com/jackc/pgx/v5.
//
// Every create is one statement, which the database makes whole or not at all,
// and a unique key on the Alarm.com id makes a repeated create find the record
// of the first one. The email to a user who can log in is a row of login_emails,
// written by the same statement: a program of the host's sends what has no sent_at,
// so that nobody is forgotten and nobody is mailed for a create that was repeated.
//
// Copy sink.go and the files it names, put your tables into schema.sql, and keep
// main_test.go: it holds the sink to every rule of the contract.
//
//	go run ./examples/postgressink -dsn "host=127.0.0.1 user=postgres sslmode=disable"
//
// The program makes its tables in the schema that the connection uses and imports
// an invented dealer, twice. The state is kept beside them, by package sqlstore.
// A database that runs with synchronous_commit=off may forget records that were
// created just before it crashes; the import does not bring them again.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/sqlstore"
)

func main() {
	dsn := flag.String("dsn", "", "connection string; empty: what PGHOST, PGUSER and the like say")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *dsn, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "postgressink:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dsn string, out io.Writer) (err error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := Migrate(ctx, db); err != nil {
		return err
	}
	sink, err := New(db)
	if err != nil {
		return err
	}
	store, err := sqlstore.Open(ctx, db, sqlstore.PostgreSQL, sqlstore.Options{})
	if err != nil {
		return err
	}
	imp, err := adcimport.New(adcimport.Config{
		Link: "dealer-1", Source: &adcimporttest.Source{Dealer: adcimporttest.NewDealer(5, 200, 20)}, Sink: sink, Store: store,
	})
	if err != nil {
		return err
	}
	for range 2 {
		if err := importAll(ctx, imp, out); err != nil {
			return err
		}
	}
	return nil
}

// importAll imports users, then customers, whose reps are then there (SPEC O2).
func importAll(ctx context.Context, imp *adcimport.Importer, out io.Writer) error {
	users, err := imp.ImportUsers(ctx, adcimport.UserFilter{}, adcimport.UserOptions{
		Active: true, CanLogin: true, Tags: []string{"From Alarm.com"},
	})
	if err != nil {
		return err
	}
	customers, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n%s\n", users, customers)
	return err
}
