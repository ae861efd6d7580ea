// Wizard shows the import in the browser, on this machine alone: the pages of package
// importui over two invented dealers, with data to play with.
//
//	go run ./examples/wizard
//
// With -accounts it is over real accounts, in the form of examples/host. The dealers are
// in the memory of this process; to kill and restart it while they stay, run them apart:
//
//	go run ./examples/wizard -dealers /tmp/accounts.json
//	go run ./examples/wizard -accounts /tmp/accounts.json -db /tmp/wizard.db
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/securitytrax/adcimport/examples/host/accounts"
	"github.com/securitytrax/adcimport/importui"
	"github.com/securitytrax/adcimport/links"
)

// settings are the flags.
type settings struct {
	addr, db, accounts, dealers, as string
	pace                            float64
	customers                       int
	lease                           time.Duration
	breakLists                      bool
}

func main() {
	var s settings
	flag.StringVar(&s.addr, "addr", "127.0.0.1:8090", "address to listen on; port 0: a free one")
	flag.StringVar(&s.db, "db", "", "SQLite file for the state; empty: a temporary one")
	flag.StringVar(&s.accounts, "accounts", "", "file of real accounts, as of examples/host; empty: invented dealers")
	flag.StringVar(&s.dealers, "dealers", "", "only run the invented dealers, and write their accounts to this file")
	flag.StringVar(&s.as, "as", "", "who is logged in from the start: maria, sam, kim or alex")
	flag.Float64Var(&s.pace, "pace", 40, "requests a second to the invented Alarm.com")
	flag.IntVar(&s.customers, "customers", 400, "of each invented dealer")
	flag.DurationVar(&s.lease, "lease", 10*time.Second, "LeaseTTL: how soon a restarted server goes on")
	flag.BoolVar(&s.breakLists, "break-lists", false, "the lists of customer tags and of reps cannot be had")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, &s, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "wizard:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s *settings, out io.Writer) (err error) {
	if s.dealers != "" {
		return runDealers(ctx, s, out)
	}
	if s.db == "" {
		dir, err := os.MkdirTemp("", "adcimport-wizard-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		s.db = filepath.Join(dir, "wizard.db")
	}
	all, done, err := s.world() //nolint:contextcheck // the fakes end with done
	if err != nil {
		return err
	}
	defer done()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	store, closed, err := openStore(ctx, s.db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closed()) }()
	set, err := links.New(links.Config{
		Open:    opener(all, store, s, log),
		Links:   func(context.Context) ([]string, error) { return all.Links(), nil },
		MaxRuns: 8, Logger: log,
	})
	if err != nil {
		return err
	}
	return serve(ctx, s, all, set, log, out)
}

// serve mounts the pages, and goes on with what the last process left.
func serve(ctx context.Context, s *settings, all accounts.All, set *links.Set, log *slog.Logger, out io.Writer) error {
	schedules, err := links.OpenSchedules(s.db + ".nightly.json")
	if err != nil {
		return err
	}
	key, err := keyOf(s.db + ".key")
	if err != nil {
		return err
	}
	who := people(all, s.as)
	ui, err := importui.New(importui.Config{
		Links: set, Authorize: who.authorize, Prefix: "/imports", Key: key, Schedules: schedules,
		NameOf: who.name, RecordURL: elsewhere, LogInURL: "/login", Kept: 90 * 24 * time.Hour, Logger: log,
	})
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.addr)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "http://%s/\n", listener.Addr())
	server := &http.Server{Handler: routes(ui, who), ReadHeaderTimeout: 10 * time.Second}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var working sync.WaitGroup
	working.Go(func() { cancel(server.Serve(listener)) })
	working.Go(func() {
		if _, err := set.ResumeAll(ctx); err != nil {
			log.WarnContext(ctx, "some runs go on later", slog.Any("error", err))
		}
	})
	working.Go(func() { _ = set.RunSchedules(ctx, schedules) })
	<-ctx.Done()
	end, done := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer done()
	ui.Close()
	err = errors.Join(server.Shutdown(end), set.Close(end))
	working.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		err = errors.Join(err, cause)
	}
	return err
}

// runDealers has the invented dealers alone.
func runDealers(ctx context.Context, s *settings, out io.Writer) error {
	d := invent(s.customers, s.breakLists) //nolint:contextcheck // the fakes end with close
	defer d.close()
	if err := d.write(s.dealers, s.pace); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out, "ready")
	<-ctx.Done()
	return nil
}
