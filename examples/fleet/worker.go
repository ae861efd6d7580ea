//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/links"
	"github.com/securitytrax/adcimport/riverimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/sqlstore"
)

// settings are a worker's: where its database is, and what its links are made of. A real
// one has a table of links, and a store for secrets.
type settings struct {
	Postgres, Notices string
	Lease             time.Duration
	AtOnce            int
	Accounts          map[string]account
}

// account is what a link is made of.
type account struct {
	AlarmComURL, User, Password            string
	SecurityTraxURL, Profile, ISPID, Key   string
	SecurityTraxUser, SecurityTraxPassword string
	SinkAccount                            string // of dealers that share one
}

// workerMain is a worker process, from its start to SIGTERM.
func workerMain(file string) int {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	s, err := readSettings(file)
	if err == nil {
		err = s.work(ctx, log)
	}
	if err != nil {
		log.Error("the worker failed", slog.Any("error", err))
		return 1
	}
	return 0
}

func readSettings(file string) (s settings, err error) {
	text, err := os.ReadFile(file) //nolint:gosec // the host's own file
	if err != nil {
		return s, err
	}
	if json.Unmarshal(text, &s) != nil {
		return s, fmt.Errorf("settings of %s: not what they look like", file) // its words may hold a password
	}
	return s, nil
}

// work works on jobs until ctx ends.
func (s settings) work(ctx context.Context, log *slog.Logger) error {
	pool, err := pgxpool.New(ctx, s.Postgres)
	if err != nil {
		return err
	}
	defer pool.Close()
	db := stdlib.OpenDB(*pool.Config().ConnConfig) // the ledger has connections of its own
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(2 * s.AtOnce)
	db.SetMaxIdleConns(2 * s.AtOnce)
	store, err := sqlstore.Open(ctx, db, sqlstore.PostgreSQL, sqlstore.Options{RetryFor: s.Lease / 6})
	if err != nil {
		return err
	}
	set, err := links.New(links.Config{Open: s.opener(store, log)})
	if err != nil {
		return err
	}
	schedules, err := riverimport.NewSchedules(pool, "")
	if err != nil {
		return err
	}
	imports, err := riverimport.New(riverimport.Config{
		Pool: pool, Store: store, Set: set, Schedules: schedules, Logger: log,
		Queues: map[string]int{river.QueueDefault: s.AtOnce}, LeaseTTL: s.Lease,
	})
	if err != nil {
		return err
	}
	if err := imports.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	end, done := context.WithTimeout(context.WithoutCancel(ctx), 25*time.Second)
	defer done()
	return errors.Join(imports.Stop(end), set.Close(end))
}

// opener says what the importer of a link is made of.
func (s settings) opener(store adcimport.StateStore, log *slog.Logger) func(context.Context, string) (adcimport.Config, error) {
	return func(_ context.Context, link string) (adcimport.Config, error) {
		a, ok := s.Accounts[link]
		if !ok {
			return adcimport.Config{}, adcimport.ErrNotFound
		}
		source, err := alarmcom.New(alarmcom.Config{
			BaseURL: a.AlarmComURL, Credentials: alarmcom.NewCredentials(a.User, a.Password),
			RequestsPerSecond: 1000, Burst: 50, MaxRetries: 1, // the fakes bear it; leave all three away
		})
		if err != nil {
			return adcimport.Config{}, err
		}
		sink, err := securitytrax.New(securitytrax.Config{
			BaseURL: a.SecurityTraxURL, Profile: a.Profile, ISPID: a.ISPID, RequestsPerSecond: -1,
			Credentials: securitytrax.Login(a.SecurityTraxUser, a.SecurityTraxPassword).WithIntegratorKey(a.Key),
		})
		if err != nil {
			return adcimport.Config{}, err
		}
		return adcimport.Config{
			Source: source, Sink: sink, Store: store, SinkAccount: a.SinkAccount, Logger: log,
			BatchSize: 20, LeaseTTL: s.Lease, SettleTime: settle, MaxPause: time.Second,
			Notifiers: []adcimport.Notifier{notifier{s.Notices}},
		}, nil
	}
}

// settle is how long the fakes take at most with what a dead worker sent.
const settle = 500 * time.Millisecond
