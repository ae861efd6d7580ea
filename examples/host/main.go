// Host is a server of many dealers: imports begin at a request or every night, go on
// over restarts and outages, and tell their end. Docs/hosting.md explains it.
//
//	go run ./examples/host/dealers -accounts /tmp/accounts.json   # 20 invented ones
//	go run ./examples/host -accounts /tmp/accounts.json           # beside it
//
// It knows no logins: what stands in front of it says who may call it.
package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/securitytrax/adcimport/examples/host/accounts"
	"github.com/securitytrax/adcimport/examples/host/settings"
	"github.com/securitytrax/adcimport/links"
)

func main() {
	var s settings.Settings
	s.Flags()
	flag.Parse()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, s, log)
	stop()
	if err != nil {
		log.Error("the host ended", slog.Any("error", err))
		os.Exit(1)
	}
}

// run is the life of the host.
func run(ctx context.Context, s settings.Settings, log *slog.Logger) (err error) {
	store, done, err := s.Store(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	all, err := accounts.Read(s.Accounts)
	if err != nil {
		return err
	}
	schedules, err := links.OpenSchedules(s.Nightly)
	if err != nil {
		return err
	}
	set, err := links.New(links.Config{
		Open:    s.Open(all, store, log),
		Links:   func(context.Context) ([]string, error) { return all.Links(), nil },
		MaxRuns: s.MaxRuns,
		Logger:  log,
	})
	if err != nil {
		return err
	}
	h := &host{log: log, set: set, schedules: schedules}
	return h.serve(ctx, s.Listen)
}
