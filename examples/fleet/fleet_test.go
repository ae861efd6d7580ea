//go:build unix

package main

import (
	"bytes"
	"context"
	"flag"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	kills = flag.Int("fleet.kills", 0, "of TestFleet_killedAtAnyInstant; 0: it is skipped")
	seed  = flag.Uint64("fleet.seed", 1, "of the instants and the workers")
)

// The test program is the worker's too.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == workerArg {
		os.Exit(workerMain(os.Args[2]))
	}
	flag.Parse()
	os.Exit(m.Run())
}

// small is a fleet for tests.
func small() options {
	return options{
		Postgres: "host=127.0.0.1 port=5432 user=postgres sslmode=disable connect_timeout=5",
		Dealers:  20, Customers: 60, Workers: 3, AtOnce: 4, Seed: *seed, Lease: 2 * time.Second,
	}
}

// sail runs a fleet, and fails where anything is wrong. Without PostgreSQL it skips, and
// fails in CI.
func sail(t *testing.T, o options) *result {
	t.Helper()
	var log logs
	o.Log = &log
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	r, err := run(ctx, o, slog.New(slog.DiscardHandler))
	switch {
	case err != nil && strings.Contains(err.Error(), "needs PostgreSQL") && os.Getenv("CI") != "true":
		t.Skip(err)
	case err != nil:
		t.Fatalf("%v\n%s", err, log.tail())
	}
	t.Log("\n" + r.table())
	if wrong := r.wrong(); len(wrong) > 0 {
		t.Errorf("seed %d: %s\n%s", o.Seed, strings.Join(wrong, "\n"), log.tail())
	}
	return r
}

// logs are those of the workers.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logs) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text.String()
	return text[max(0, len(text)-8000):]
}

// SPEC B9: every healthy dealer completes, with nobody lost or doubled and one notice each,
// though workers are killed and stand still, and the others end with their failure. No
// password and no token is in the workers' logs.
func TestSpec_B9_fleet(t *testing.T) {
	t.Parallel()
	o := small()
	o.Troubles, o.Customers, o.Kills = true, 150, 4
	r := sail(t, o)
	if r.kills != 5 || r.stood != 1 {
		t.Errorf("%d killed, %d stood still: the fleet was too fast for its troubles", r.kills, r.stood)
	}
}

// Workers are killed at random instants, again and again. `make crash` asks for a hundred
// kills.
func TestFleet_killedAtAnyInstant(t *testing.T) {
	t.Parallel()
	if *kills == 0 {
		t.Skip("-fleet.kills asks for it, as make crash does")
	}
	began, all := time.Now(), &result{}
	for cycle := uint64(0); all.kills < *kills && !t.Failed(); cycle++ {
		o := small()
		o.Seed += cycle * 1000
		o.Customers, o.Kills = 300, min(*kills-all.kills, 25)
		r := sail(t, o)
		all.kills += r.kills
		all.rows = append(all.rows, r.rows...)
		all.created += r.created
		all.repeats += r.repeats
		all.resets += r.resets
		if r.kills == 0 {
			t.Error("nobody was killed")
		}
	}
	all.took = time.Since(began)
	t.Log("\n" + all.table())
}
