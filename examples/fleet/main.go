//go:build unix

// Fleet imports 20 invented dealers with three worker processes over one PostgreSQL, and
// makes trouble: a worker is killed, another one stands still for longer than its lease, a
// login is wrong, an Alarm.com is away for a while, two dealers share one account of
// SecurityTrax. It prints what became of each dealer. worker.go is what to copy;
// docs/fleet.md explains it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// workerArg makes the program a worker; the file of its settings follows.
const workerArg = "fleet-worker"

// options of a fleet.
type options struct {
	Postgres           string
	Dealers, Customers int
	Workers, AtOnce    int
	Troubles           bool // a worker that is killed, one that stands still, a wrong login, an outage
	Kills              int  // so many more, at random instants
	Seed               uint64
	Lease              time.Duration
	Log                io.Writer // of the workers; nil: none
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == workerArg {
		os.Exit(workerMain(os.Args[2]))
	}
	o := options{Troubles: true, Log: nil}
	flag.StringVar(&o.Postgres, "postgres", "host=127.0.0.1 port=5432 user=postgres sslmode=disable",
		"server; it gets a schema, which is dropped at the end")
	flag.IntVar(&o.Dealers, "dealers", 20, "how many")
	flag.IntVar(&o.Customers, "customers", 500, "of each dealer")
	flag.IntVar(&o.Workers, "workers", 3, "processes")
	flag.IntVar(&o.AtOnce, "at-once", 4, "imports of a process at once")
	flag.IntVar(&o.Kills, "kills", 0, "more kills, at random instants")
	flag.Uint64Var(&o.Seed, "seed", 1, "of the instants and the workers")
	flag.DurationVar(&o.Lease, "lease", 3*time.Second, "LeaseTTL")
	verbose := flag.Bool("v", false, "show the workers' logs")
	flag.Parse()
	if *verbose {
		o.Log = os.Stderr
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	r, err := run(ctx, o, slog.New(slog.NewTextHandler(os.Stdout, nil)))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Print(r.table())
	if len(r.wrong()) > 0 {
		os.Exit(1)
	}
}
