//go:build unix

package crash_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/internal/crashtest"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/sqlstore"
)

// childArg makes the test binary the child program; its configuration follows.
const childArg = "crash-child"

// childPause is how long a child waits for SecurityTrax when it takes it to be away,
// as one does on a busy machine, since a lease leaves little time for a reply. The
// default is longer than a child may live.
const childPause = 2 * time.Second

// How a child ends.
const (
	exitComplete    = 0
	exitFailed      = 1
	exitInterrupted = 4 // by SIGTERM, at a record boundary
	exitRefused     = 5 // another one is at work, and it was told not to wait
	exitLooped      = 6 // its run's processes died several times with nothing done: a person goes on with it
)

// What a trap does.
const (
	actKill = "kill"
	actStop = "stop"
)

// database is one that parent and child can open.
type database struct {
	Dialect sqlstore.Dialect
	Driver  string
	DSN     string
}

func (d database) open(ctx context.Context) (*sql.DB, *sqlstore.Store, error) {
	db, err := sql.Open(d.Driver, d.DSN)
	if err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", d.Dialect, err)
	}
	store, err := sqlstore.Open(ctx, db, d.Dialect, sqlstore.Options{})
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, store, nil
}

// childConfig is all that a child is told.
type childConfig struct {
	Name     string // its User-Agent
	Link     string
	Account  string // of links that share one
	Database database

	AlarmComURL, User, Password string
	SecurityTraxURL, Profile    string
	ISPID, IntegratorKey        string
	SinkUser, SinkPassword      string
	OfficeID, GroupID           string

	LeaseTTL, SettleTime time.Duration
	BatchSize            int
	SinkConcurrency      int
	Kinds                []adcimport.Kind     // in this order; none: users, then customers
	Match                *adcimport.MatchMode // of customers; nil: off
	Once                 bool                 // one attempt: a run that another holds is exitRefused

	Trap    string // a crashtest.Point
	Act     string // actKill, actStop
	Mistake string // planted: see mistakes_test.go
}

// childMain is the program that dies. It goes on with what was interrupted, or
// starts anew, until users and customers are complete.
func childMain(config string) int {
	var cfg childConfig
	if err := json.Unmarshal([]byte(config), &cfg); err != nil {
		return failed(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	c, err := newChild(cfg)
	if err != nil {
		return failed(err)
	}
	defer func() { _ = c.db.Close() }()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		<-ctx.Done()
		_ = c.imp.Close(context.WithoutCancel(ctx)) // its runs answer for themselves
	}()
	err = c.work(ctx)
	told := ctx.Err() != nil
	stop()
	<-closed
	switch {
	case err == nil:
		return exitComplete
	case told && (errors.Is(err, adcimport.ErrClosed) || errors.Is(err, context.Canceled)):
		return exitInterrupted
	case cfg.Once && errors.Is(err, adcimport.ErrRunInProgress):
		printLine(err.Error())
		return exitRefused
	case errors.Is(err, errLooped):
		return exitLooped
	}
	return failed(err)
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return exitFailed
}

func printLine(s string) { _, _ = os.Stdout.WriteString(s + "\n") }

type child struct {
	cfg childConfig
	db  *sql.DB
	imp *adcimport.Importer
}

func newChild(cfg childConfig) (*child, error) {
	point, err := crashtest.ParsePoint(cfg.Trap)
	if err != nil {
		return nil, err
	}
	db, store, err := cfg.Database.open(context.Background())
	if err != nil {
		return nil, err
	}
	trapped := &trappedStore{StateStore: mistakenStore(cfg.Mistake, store)}
	act := die
	if cfg.Act == actStop {
		act = func() { trapped.quiet(sleepAsStopped) }
	}
	trap := crashtest.NewTrap(point, printLine, act)
	trapped.trap = trap
	imp, err := newImporter(cfg, trapped, trap)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &child{cfg: cfg, db: db, imp: imp}, nil
}

// newImporter makes the importer of a child, or, without a trap, one of the
// parent.
func newImporter(cfg childConfig, store adcimport.StateStore, trap *crashtest.Trap) (*adcimport.Importer, error) {
	source, err := alarmcom.New(alarmcom.Config{
		BaseURL: cfg.AlarmComURL, Credentials: alarmcom.NewCredentials(cfg.User, cfg.Password),
		RequestsPerSecond: 1e6, Burst: 1000, PageSize: 20, UserAgent: cfg.Name,
	})
	if err != nil {
		return nil, err
	}
	stopAt := ""
	if cfg.Act == actStop {
		stopAt, _, _ = strings.Cut(cfg.Trap, "#")
	}
	sink, err := securitytrax.New(securitytrax.Config{
		BaseURL: cfg.SecurityTraxURL, Profile: cfg.Profile, ISPID: cfg.ISPID, RequestsPerSecond: -1,
		Credentials: securitytrax.Login(cfg.SinkUser, cfg.SinkPassword).WithIntegratorKey(cfg.IntegratorKey),
		Concurrency: cfg.SinkConcurrency, UserAgent: cfg.Name, Transport: newTrappedTransport(trap, stopAt),
	})
	if err != nil {
		return nil, err
	}
	return adcimport.New(adcimport.Config{
		Link: cfg.Link, SinkAccount: cfg.Account, Source: trappedSource{Source: source, details: source, trap: trap},
		Sink: trappedSink{Sink: mistakenSink(cfg.Mistake, sink), reps: sink, likes: sink, trap: trap}, Store: store,
		BatchSize: cfg.BatchSize, LeaseTTL: cfg.LeaseTTL, SettleTime: cfg.SettleTime, MaxPause: childPause,
		Notifiers: []adcimport.Notifier{silentNotifier{}},
		Events:    adcimport.Events{RunStarted: func(context.Context, adcimport.RunInfo) { trap.Pass(pointWork) }},
	})
}

type silentNotifier struct{}

func (silentNotifier) Notify(context.Context, adcimport.Summary) error { return nil }

// work is one life: one call brings what earlier lives left to its end, and what
// was never begun is started.
func (c *child) work(ctx context.Context) error {
	if !c.cfg.Once {
		if err := c.resume(ctx); err != nil {
			return err
		}
	}
	kinds := c.cfg.Kinds
	if len(kinds) == 0 {
		kinds = bothKinds()
	}
	for _, k := range kinds {
		if err := c.finish(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// resume is the one call of ResumeInterrupted in a life.
func (c *child) resume(ctx context.Context) error {
	runs, err := c.imp.ResumeInterrupted(ctx)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if err := ended(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

var errLooped = errors.New("the run's processes died too often") // nothing is wrong with it

// ended waits for the end of a run.
func ended(ctx context.Context, r *adcimport.Run) error {
	sum, err := r.Wait(context.WithoutCancel(ctx))
	if sum != nil && sum.Failure != nil && sum.Failure.Code == "crash_loop" {
		return errors.Join(errLooped, err)
	}
	return err
}

// finish brings the import of a kind to its end, if it did not end yet. A run
// that failed is gone on with as a person would.
func (c *child) finish(ctx context.Context, k adcimport.Kind) error {
	done, failed, err := c.look(ctx, k)
	if done || err != nil {
		return err
	}
	r, err := c.begin(ctx, k, failed)
	for c.cfg.Account != "" && errors.Is(err, adcimport.ErrRunInProgress) { // the other link is at work
		if err := pause(ctx, leaseTTL/20); err != nil {
			return err
		}
		r, err = c.begin(ctx, k, failed)
	}
	if err != nil {
		return err
	}
	return ended(ctx, r)
}

// begin goes on with a run that failed, or starts a new one.
func (c *child) begin(ctx context.Context, k adcimport.Kind, failed string) (*adcimport.Run, error) {
	if failed != "" {
		return c.imp.StartResume(ctx, failed)
	}
	return c.start(ctx, k)
}

// look tells whether a kind is complete, or which run of it failed. Nothing may
// be left unfinished: the one call went on with it.
func (c *child) look(ctx context.Context, k adcimport.Kind) (done bool, failed string, err error) {
	for r, err := range c.imp.Runs(ctx) {
		switch {
		case err != nil:
			return false, "", err
		case r.Kind != k:
		case r.Status == adcimport.StatusCompleted:
			return true, "", nil
		case r.Status == adcimport.StatusFailed:
			failed = r.RunID
		case c.cfg.Once && r.Status == adcimport.StatusRunning: // another one's
		default:
			return false, "", fmt.Errorf("run %s is %s: one call was not enough", r.RunID, r.Status)
		}
	}
	return false, failed, nil
}

func (c *child) start(ctx context.Context, k adcimport.Kind) (*adcimport.Run, error) {
	if k == adcimport.KindUser {
		return c.imp.StartUsers(ctx, adcimport.UserFilter{}, userOptions(c.cfg.GroupID))
	}
	return c.imp.StartCustomers(ctx, adcimport.CustomerFilter{}, c.cfg.customerOptions())
}

// sure creates what is not found by its id: a record that was doubled is to be seen, not
// recognised by what people type.
var sure = adcimport.RunOptions{Match: adcimport.MatchOff} //nolint:gochecknoglobals // a constant

func userOptions(group string) adcimport.UserOptions {
	return adcimport.UserOptions{RunOptions: sure, Active: true, CanLogin: true, PermissionGroupID: group, Tags: []string{"Field", "New here"}}
}

func customerOptions(office string) adcimport.CustomerOptions {
	return adcimport.CustomerOptions{RunOptions: sure, OfficeID: office}
}

func (cfg *childConfig) customerOptions() adcimport.CustomerOptions {
	o := customerOptions(cfg.OfficeID)
	if cfg.Match != nil {
		o.Match = *cfg.Match
	}
	return o
}

// pause waits for d or for the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// die is SIGKILL to oneself: nothing of the process runs on.
func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// sleepAsStopped is SIGSTOP to oneself. The signal may land a little later: the
// thread keeps busy until it finds that time was taken from it.
func sleepAsStopped() {
	printLine(lineStopped)
	last := time.Now()
	_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	for {
		now := time.Now()
		if now.Sub(last) > 50*time.Millisecond {
			return
		}
		last = now
	}
}
