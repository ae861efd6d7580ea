package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// Durable execution by others: each batch of the loop over structs is a step, or a
// job, that is stored in PostgreSQL. A crash repeats a batch, so they promise less
// than a ledger.

// batches are what one step or job works on.
type batches struct {
	rows int
	seen map[string]bool
	done int
}

func (b *batches) work(ctx context.Context, from int) (int, error) {
	err := loopStructs(ctx, from, min(from+batchSize, b.rows), b.seen, func(_ context.Context, batch []mapped) error {
		b.done += len(batch)
		return nil
	})
	return b.done, err
}

func dbosSteps(ctx context.Context, j *job) (int, error) {
	c, err := dbos.NewContext(ctx, dbos.Config{
		AppName: "bench", DatabaseURL: j.server, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return 0, err
	}
	b := &batches{rows: j.rows, seen: make(map[string]bool)}
	flow := func(c dbos.Context, rows int) (int, error) {
		done := 0
		for at := 0; at < rows; at += batchSize {
			var err error
			done, err = dbos.RunAsStep(c, func(ctx context.Context) (int, error) { return b.work(ctx, at) })
			if err != nil {
				return 0, err
			}
		}
		return done, nil
	}
	dbos.RegisterWorkflow(c, flow)
	if err := dbos.Launch(c); err != nil {
		return 0, err
	}
	defer func() { _ = dbos.Shutdown(c, time.Second) }()
	j.clock.start()
	handle, err := dbos.RunWorkflow(c, flow, j.rows)
	if err != nil {
		return 0, err
	}
	n, err := handle.GetResult()
	j.clock.stop()
	return n, err
}

// batchArgs name the batch of a job.
type batchArgs struct {
	From int `json:"from"`
}

// Kind implements [river.JobArgs].
func (batchArgs) Kind() string { return "batch" }

// riverJobs works on one job at a time, as the batches of one run come.
func riverJobs(ctx context.Context, j *job) (int, error) {
	pool, err := pgxpool.New(ctx, j.server)
	if err != nil {
		return 0, err
	}
	defer pool.Close()
	driver := riverpgxv5.New(pool)
	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		return 0, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return 0, err
	}
	b := &batches{rows: j.rows, seen: make(map[string]bool)}
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[batchArgs]) error {
		_, err := b.work(ctx, job.Args.From)
		return err
	}))
	client, err := river.NewClient(driver, &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1}}, Workers: workers,
		Logger: slog.New(slog.DiscardHandler), FetchCooldown: time.Millisecond, FetchPollInterval: 10 * time.Millisecond,
	})
	if err != nil {
		return 0, err
	}
	if err := b.workAll(ctx, client, j.clock); err != nil {
		return 0, err
	}
	return b.done, client.Stop(ctx)
}

// workAll inserts the job of each batch when the one before is done.
func (b *batches) workAll(ctx context.Context, client *river.Client[pgx.Tx], clock *stopwatch) error {
	events, cancel := client.Subscribe(river.EventKindJobCompleted, river.EventKindJobFailed)
	defer cancel()
	if err := client.Start(ctx); err != nil {
		return err
	}
	clock.start()
	defer clock.stop()
	for at := 0; at < b.rows; at += batchSize {
		if _, err := client.Insert(ctx, batchArgs{From: at}, nil); err != nil {
			return err
		}
		select {
		case e := <-events:
			if e.Kind != river.EventKindJobCompleted {
				return fmt.Errorf("the job of row %d: %s", at, e.Kind)
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
