// Package settings says how the host is set: flags, database, and what the importer
// of a link is made of.
package settings

import (
	"context"
	"flag"
	"log/slog"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/examples/host/accounts"
	"github.com/securitytrax/adcimport/examples/host/notices"
)

// Settings are the flags.
type Settings struct {
	Listen, Accounts, SQLite, PostgreSQL, Nightly, Notify string

	MaxRuns                 int
	Lease, Settle, MaxPause time.Duration
}

// Flags has the flags of the program fill s.
func (s *Settings) Flags() {
	flag.StringVar(&s.Listen, "listen", "127.0.0.1:8080", "address")
	flag.StringVar(&s.Accounts, "accounts", "accounts.json", "file of the links' accounts")
	flag.StringVar(&s.SQLite, "sqlite", "host.db", "file for the state")
	flag.StringVar(&s.PostgreSQL, "postgres", "", "database in place of it, as postgres://user@host/database")
	flag.StringVar(&s.Nightly, "nightly", "nightly.json", "file for the schedules, of this host alone")
	flag.StringVar(&s.Notify, "notify", "", "URL that is told of each run's end; empty: the log is")
	flag.IntVar(&s.MaxRuns, "max-runs", 8, "runs at work at once")
	flag.DurationVar(&s.Lease, "lease", time.Minute, "LeaseTTL of the importers")
	flag.DurationVar(&s.Settle, "settle", 30*time.Second, "SettleTime of the importers")
	flag.DurationVar(&s.MaxPause, "max-pause", 5*time.Minute, "how long a run waits for what is out of order, before it pauses")
}

// batch is how many records are committed at once: progress is seen that often.
const batch = 20

// Opener is what links.Config wants.
type Opener func(ctx context.Context, link string) (adcimport.Config, error)

// Open says what the importer of a link is made of.
func (s *Settings) Open(all accounts.All, store adcimport.StateStore, log *slog.Logger) Opener {
	return func(_ context.Context, link string) (adcimport.Config, error) {
		source, sink, err := all.Ends(link)
		return adcimport.Config{
			Source: source, Sink: sink, Store: store, Logger: log,
			BatchSize: batch, LeaseTTL: s.Lease, SettleTime: s.Settle, MaxPause: s.MaxPause,
			Notifiers: []adcimport.Notifier{notices.Notifier{URL: s.Notify, Log: log}},
		}, err
	}
}
