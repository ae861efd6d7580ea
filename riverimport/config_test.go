package riverimport_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/links"
	"github.com/securitytrax/adcimport/riverimport"
)

func refusedField(err error) string {
	if invalid, ok := errors.AsType[*adcimport.InvalidOptionsError](err); ok {
		return invalid.Field
	}
	return fmt.Sprint(err)
}

// What is missing or out of range is refused by the name of its field. Nothing is asked.
func TestNew_refuses(t *testing.T) {
	t.Parallel()
	pool, err := pgxpool.New(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	set, err := links.New(links.Config{Open: func(context.Context, string) (adcimport.Config, error) { return adcimport.Config{}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(*riverimport.Config){
		"Pool":         func(c *riverimport.Config) { c.Pool = nil },
		"Store":        func(c *riverimport.Config) { c.Store = nil },
		"Set":          func(c *riverimport.Config) { c.Set = nil },
		"Queues":       func(c *riverimport.Config) { c.Queues["imports"] = 0 },
		"MaxRunsInAll": func(c *riverimport.Config) { c.MaxRunsInAll = -1 },
		"MaxRuns":      func(c *riverimport.Config) { c.MaxRuns = -1 },
		"Slice":        func(c *riverimport.Config) { c.Slice = 600 },
		"LeaseTTL":     func(c *riverimport.Config) { c.LeaseTTL = -1 },
	} {
		cfg := riverimport.Config{Pool: pool, Store: new(adcimport.MemoryStore), Set: set, Queues: map[string]int{"imports": 1}}
		change(&cfg)
		_, err := riverimport.New(cfg)
		if got := refusedField(err); got != "riverimport.Config."+field {
			t.Errorf("%s: %s", field, got)
		}
	}
	cfg := riverimport.Config{Pool: pool, Store: new(adcimport.MemoryStore), Set: set, Queues: map[string]int{"imports": 1}}
	cfg.Slice = time.Hour
	if _, err := riverimport.New(cfg); refusedField(err) != "riverimport.Config.Slice" {
		t.Errorf("an hour: %v", err)
	}
	cfg.Slice, cfg.River = 0, &river.Config{Queues: map[string]river.QueueConfig{"imports": {MaxWorkers: 1}}}
	if _, err := riverimport.New(cfg); refusedField(err) != "riverimport.Config.Queues" {
		t.Errorf("a queue twice: %v", err)
	}
	im, err := riverimport.New(riverimport.Config{Pool: pool})
	if err != nil || fmt.Sprintf("%v %+v %#v", im, im, im) != "riverimport.Imports riverimport.Imports riverimport.Imports" {
		t.Fatalf("one that takes jobs in only: %v, %v", im, err)
	}
	if text, err := json.Marshal(riverimport.Config{Pool: pool}); err != nil || string(text) != `"riverimport.Config"` ||
		fmt.Sprintf("%+v", riverimport.Config{Pool: pool}) != "riverimport.Config" {
		t.Errorf("a Config as JSON: %s, %v", text, err)
	}
	for field, j := range map[string]riverimport.Job{
		"Link":  {Kind: adcimport.KindUser},
		"Kind":  {Link: "acme"},
		"RunID": {Link: "acme", Kind: adcimport.KindUser, UserOptions: adcimport.UserOptions{RunOptions: adcimport.RunOptions{RunID: "x"}}},
	} {
		if _, err := im.Enqueue(t.Context(), j); refusedField(err) != "riverimport.Job."+field {
			t.Errorf("job without %s: %v", field, err)
		}
	}
	if err := riverimport.Migrate(t.Context(), nil, riverimport.MigrateOptions{}); refusedField(err) != "riverimport.Migrate.pool" {
		t.Errorf("migrate nothing: %v", err)
	}
	if _, err := riverimport.NewSchedules(pool, "A b"); refusedField(err) != "riverimport.Schedules.table" {
		t.Errorf("a table: %v", err)
	}
}

// Processes that start at the same time all migrate.
func TestMigrate_atTheSameTime(t *testing.T) {
	t.Parallel()
	pool := newPool(t)
	failed := make(chan error)
	for range 4 {
		go func() { failed <- riverimport.Migrate(t.Context(), pool, riverimport.MigrateOptions{}) }()
	}
	for range 4 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}
