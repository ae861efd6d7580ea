//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/rivertype"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/riverimport"
	"github.com/securitytrax/adcimport/sqlstore"
)

// host is the parent: the fakes, the database, and what takes jobs in.
type host struct {
	options

	events  *slog.Logger
	dealers []*dealer
	told    *receiver
	pool    *pgxpool.Pool
	store   *sqlstore.Store
	imports *riverimport.Imports
	jobs    map[string]riverimport.Enqueued // by link
	fleet   fleet
	began   time.Time
	retries map[string]riverimport.Enqueued // by link, see personsWord
	asked   map[string]string               // why, by link
	crashes map[string]int                  // ends as crash_loop, by run, after each of which it was resumed
}

// run is one fleet, from an empty database to the end of all imports.
func run(ctx context.Context, o options, events *slog.Logger) (r *result, err error) {
	h := &host{
		options: o, events: events, dealers: newDealers(o), told: newReceiver(),
		jobs: make(map[string]riverimport.Enqueued), crashes: make(map[string]int),
		retries: make(map[string]riverimport.Enqueued), asked: make(map[string]string),
	}
	defer func() {
		for _, d := range h.dealers {
			d.close()
		}
		h.told.server.Close()
	}()
	admin, err := pgx.Connect(ctx, o.Postgres)
	if err != nil {
		return nil, fmt.Errorf("the fleet needs PostgreSQL: %w", err)
	}
	defer func() { _ = admin.Close(context.WithoutCancel(ctx)) }()
	schema := fmt.Sprintf("adcimport_fleet_%d_%d", os.Getpid(), time.Now().UnixNano())
	if _, err := admin.Exec(ctx, "CREATE SCHEMA "+schema); err != nil {
		return nil, err
	}
	defer func() {
		_, derr := admin.Exec(context.WithoutCancel(ctx), "DROP SCHEMA "+schema+" CASCADE")
		err = errors.Join(err, derr)
	}()
	h.Postgres += " search_path=" + schema
	done, err := h.open(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	defer h.fleet.close()
	if err := h.start(ctx); err != nil {
		return nil, err
	}
	if err := h.trouble(ctx); err != nil {
		return nil, err
	}
	if err := h.wait(ctx); err != nil {
		return nil, err
	}
	if err := h.personsWord(ctx); err != nil {
		return nil, err
	}
	return h.result(ctx)
}

// open makes the tables, and what takes jobs in.
func (h *host) open(ctx context.Context) (done func(), err error) {
	if h.pool, err = pgxpool.New(ctx, h.Postgres+" pool_max_conns=4"); err != nil {
		return nil, err
	}
	if err := riverimport.Migrate(ctx, h.pool, riverimport.MigrateOptions{}); err != nil {
		h.pool.Close()
		return nil, err
	}
	db := stdlib.OpenDB(*h.pool.Config().ConnConfig)
	done = func() {
		_ = db.Close()
		h.pool.Close()
	}
	if h.store, err = sqlstore.Open(ctx, db, sqlstore.PostgreSQL, sqlstore.Options{}); err == nil {
		h.imports, err = riverimport.New(riverimport.Config{Pool: h.pool, Store: h.store})
	}
	if err != nil {
		done()
		return nil, err
	}
	return done, nil
}

// start takes a job in for each dealer, and begins the workers.
func (h *host) start(ctx context.Context) error {
	s := settings{Postgres: h.Postgres, Notices: h.told.server.URL, Lease: h.Lease, AtOnce: h.AtOnce, Accounts: make(map[string]account)}
	err := pgx.BeginFunc(ctx, h.pool, func(tx pgx.Tx) error { // all jobs, or none
		for _, d := range h.dealers {
			s.Accounts[d.link] = d.account
			j := riverimport.Job{Link: d.link, Kind: adcimport.KindCustomer, CustomerOptions: adcimport.CustomerOptions{
				OfficeID: d.office.fake.Choices("locations")[0].ID,
				// What is doubled is to be seen, and not recognised by what people type.
				RunOptions: adcimport.RunOptions{Match: adcimport.MatchOff},
			}}
			e, err := h.imports.EnqueueTx(ctx, tx, j)
			if err != nil {
				return err
			}
			h.jobs[d.link] = e
		}
		return nil
	})
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "fleet")
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = os.RemoveAll(dir) })
	file := filepath.Join(dir, "settings.json")
	text, err := json.Marshal(s)
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		return err
	}
	h.began = time.Now()
	h.fleet = fleet{
		file: file, log: h.Log, list: make([]*process, h.Workers), rng: rand.New(rand.NewPCG(h.Seed, 0x666c656574)), //nolint:gosec // instants
	}
	for i := range h.fleet.list {
		if err := h.fleet.start(i); err != nil {
			return err
		}
	}
	return nil
}

// trouble makes what a fleet has to live with.
func (h *host) trouble(ctx context.Context) error {
	if !h.Troubles {
		return h.storm(ctx)
	}
	if err := h.until(ctx, h.Customers); err != nil {
		return err
	}
	h.events.InfoContext(ctx, "a worker is killed, and started again")
	if err := h.fleet.kill(0); err != nil {
		return err
	}
	if err := h.storm(ctx); err != nil {
		return err
	}
	if err := h.until(ctx, 2*h.Customers); err != nil {
		return err
	}
	h.events.InfoContext(ctx, "a worker stands still for longer than its lease")
	if err := h.fleet.standStill(ctx, 1, 2*h.Lease); err != nil {
		return err
	}
	h.events.InfoContext(ctx, "it is awake")
	for _, d := range h.dealers {
		d.back.Store(true)
	}
	return nil
}

// storm kills workers at random instants, while there is work.
func (h *host) storm(ctx context.Context) error {
	for range h.Kills {
		if err := pause(ctx, 100*time.Millisecond+time.Duration(h.fleet.rng.Int64N(int64(h.Lease/2)))); err != nil {
			return err
		}
		if n, err := h.unended(ctx); err != nil || n == 0 {
			return err
		}
		if err := h.fleet.kill(h.fleet.rng.IntN(h.Workers)); err != nil {
			return err
		}
	}
	return nil
}

// until waits until so many customers are in, over all dealers.
func (h *host) until(ctx context.Context, n int) error {
	for h.created() < n {
		if open, err := h.unended(ctx); err != nil || open == 0 {
			return err
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func (h *host) created() (n int) {
	for _, d := range h.dealers {
		if !d.shared {
			n += len(d.office.fake.Customers())
		}
	}
	return n
}

// unended is how many jobs are not at their end. A run that ended as crash_loop is gone on
// with, as a person would.
func (h *host) unended(ctx context.Context) (open int, err error) {
	for _, e := range slices.Concat(slices.Collect(maps.Values(h.jobs)), slices.Collect(maps.Values(h.retries))) {
		row, err := h.imports.River().JobGet(ctx, e.JobID)
		if err != nil {
			return 0, err
		}
		switch row.State {
		case rivertype.JobStateCompleted, rivertype.JobStateDiscarded:
		case rivertype.JobStateCancelled:
			st, err := h.store.Run(ctx, e.RunID)
			if err != nil {
				return 0, err
			}
			if st.Failure != nil && st.Failure.Code == "crash_loop" {
				h.crashes[e.RunID]++
				open++
				if err := h.imports.Resume(ctx, e.JobID); err != nil {
					return 0, err
				}
			}
		case rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
			rivertype.JobStateRunning, rivertype.JobStateScheduled:
			open++
		}
	}
	return open, nil
}

// wait waits until every job is at its end.
func (h *host) wait(ctx context.Context) error {
	for {
		if open, err := h.unended(ctx); err != nil || open == 0 {
			return err
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

func (h *host) resets() (n int) {
	for _, times := range h.crashes {
		n += times
	}
	return n
}

// personsWord has records tried again that a run left to a person: those that were sent
// three times by workers that died of it, and those in doubt that no look-up can decide,
// since the account has nobody else yet.
func (h *host) personsWord(ctx context.Context) error {
	for link, e := range h.jobs {
		st, err := h.store.Run(ctx, e.RunID)
		if err != nil {
			return err
		}
		for _, why := range []adcimport.Reason{adcimport.ReasonInDoubt, adcimport.ReasonSinkFailed, adcimport.ReasonResting} {
			if n := st.ByReason[why]; n > 0 {
				h.asked[link] += fmt.Sprintf("%d %s were tried again by a person ", n, why)
			}
		}
		if h.asked[link] == "" {
			continue
		}
		retry := riverimport.Job{Link: link, Kind: adcimport.KindCustomer, RetryOf: e.RunID}
		if h.retries[link], err = h.imports.Enqueue(ctx, retry); err != nil {
			return err
		}
	}
	return h.wait(ctx)
}
