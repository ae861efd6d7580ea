package riverimport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/securitytrax/adcimport"
)

// Imports takes jobs in, and works on them where it has queues. It is safe for concurrent
// use. Make it with [New], begin with [Imports.Start], end with [Imports.Stop].
type Imports struct {
	cfg    Config
	client *river.Client[pgx.Tx]
	jobs   jobs
	places chan struct{} // of Config.MaxRuns; nil: no limit

	stopping chan struct{} // closed by Stop
	stop     func()
	loops    sync.WaitGroup
	ends     context.CancelFunc // of the loops; nil: not started

	mu      sync.Mutex
	started bool
	working map[int64]time.Time // jobs at work here, and since when
}

// New checks cfg and makes [Imports]. What is missing or out of range is an
// [*adcimport.InvalidOptionsError] that names the field. The database is not asked;
// [Migrate] makes the tables.
func New(cfg Config) (*Imports, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	im := &Imports{cfg: cfg, stopping: make(chan struct{}), working: make(map[int64]time.Time)}
	im.stop = sync.OnceFunc(func() { close(im.stopping) })
	if cfg.MaxRuns > 0 {
		im.places = make(chan struct{}, cfg.MaxRuns)
	}
	rc, err := cfg.river(&worker{im: im})
	if err != nil {
		return nil, fmt.Errorf("riverimport: %w", err)
	}
	if im.client, err = river.NewClient(riverpgxv5.New(cfg.Pool), rc); err != nil {
		return nil, fmt.Errorf("riverimport: %w", err)
	}
	im.jobs = newJobs(cfg.Pool, rc.Schema)
	return im, nil
}

// River is the client, for the host's own jobs and for River's pages.
func (im *Imports) River() *river.Client[pgx.Tx] { return im.client }

// Start begins to work on jobs, to take up those of workers that died, and to start what
// schedules have due. ctx is for the start alone.
func (im *Imports) Start(ctx context.Context) error {
	im.mu.Lock()
	defer im.mu.Unlock()
	if im.started || im.told() {
		return errors.New("riverimport: it was started before")
	}
	base := context.WithoutCancel(ctx)
	if len(im.cfg.Queues) > 0 {
		if err := im.client.Start(base); err != nil {
			return fmt.Errorf("riverimport: start: %w", err)
		}
	}
	im.started = true
	loops, cancel := context.WithCancel(base)
	im.ends = cancel
	if len(im.cfg.Queues) > 0 {
		im.loops.Go(func() { im.every(loops, im.cfg.LeaseTTL/beatsPerTTL, im.recover) })
		im.loops.Go(func() { im.every(loops, im.cfg.LeaseTTL, im.reconcile) })
	}
	if im.cfg.Schedules != nil {
		im.loops.Go(func() { im.every(loops, scheduleEvery, im.startDue) })
	}
	return nil
}

// Stop ends the work: jobs stop at their next commit, their runs are held, and other
// workers go on with them at once. It waits for them, or for the end of ctx: then they end
// with the process, and other workers go on when their leases are over. The host closes its
// [links.Set] afterwards, and then the database.
func (im *Imports) Stop(ctx context.Context) error {
	im.mu.Lock()
	started := im.started
	im.mu.Unlock()
	var err error
	if started && len(im.cfg.Queues) > 0 {
		stopped := make(chan error, 1)
		go func() { stopped <- im.client.Stop(ctx) }() // first of all it takes no new jobs
		im.stop()
		err = <-stopped
	}
	im.stop()
	if started {
		im.ends()
		im.loops.Wait()
	}
	if err != nil {
		return fmt.Errorf("riverimport: stop: %w", err)
	}
	return nil
}

// told reports whether the work is to end.
func (im *Imports) told() bool {
	select {
	case <-im.stopping:
		return true
	default:
		return false
	}
}

// every calls f at once, and then from time to time until ctx ends.
func (im *Imports) every(ctx context.Context, d time.Duration, f func(context.Context) error) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			im.cfg.Logger.WarnContext(ctx, "imports of other workers, or that are due, cannot be looked at", slog.Any("error", err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Enqueue takes a job in.
func (im *Imports) Enqueue(ctx context.Context, j Job) (Enqueued, error) {
	return im.enqueue(j, func(a args, o *river.InsertOpts) (*rivertype.JobInsertResult, error) {
		return im.client.Insert(ctx, a, o)
	})
}

// EnqueueTx takes a job in, in the host's transaction: it is there when that is committed,
// and never was when it is not.
func (im *Imports) EnqueueTx(ctx context.Context, tx pgx.Tx, j Job) (Enqueued, error) {
	return im.enqueue(j, func(a args, o *river.InsertOpts) (*rivertype.JobInsertResult, error) {
		return im.client.InsertTx(ctx, tx, a, o)
	})
}

func (im *Imports) enqueue(j Job, insert func(args, *river.InsertOpts) (*rivertype.JobInsertResult, error)) (Enqueued, error) {
	a, err := j.args()
	if err != nil {
		return Enqueued{}, err
	}
	queue := im.cfg.Queue
	if j.Queue != "" {
		queue = j.Queue
	}
	res, err := insert(a, &river.InsertOpts{Queue: queue, ScheduledAt: j.At})
	if err != nil {
		return Enqueued{}, fmt.Errorf("enqueue %ss of link %s: %w", j.Kind, j.Link, err)
	}
	return Enqueued{JobID: res.Job.ID, RunID: RunID(res.Job.ID), Duplicate: res.UniqueSkippedAsDuplicate}, nil
}

// Cancel ends a job for good, and its run as canceled: one at work at the next record
// boundary, any other at once, or, where this process has no Set, within two LeaseTTL of a
// worker. River's own cancel does the same. A job that is not there is
// [adcimport.ErrNotFound].
func (im *Imports) Cancel(ctx context.Context, jobID int64) error {
	row, err := im.client.JobCancel(ctx, jobID)
	if err != nil {
		return fmt.Errorf("cancel job %d: %w", jobID, missing(err))
	}
	if row.State != rivertype.JobStateCancelled || im.cfg.Set == nil || im.cfg.Store == nil {
		return nil
	}
	if err := im.cancelRun(ctx, jobID); err != nil && !errors.Is(err, adcimport.ErrNotFound) {
		return fmt.Errorf("cancel job %d: %w", jobID, err)
	}
	return nil
}

// cancelRun ends a job's run.
func (im *Imports) cancelRun(ctx context.Context, jobID int64) error {
	st, err := im.cfg.Store.Run(ctx, RunID(jobID))
	if err != nil || st.Status.Ended() {
		return err
	}
	imp, err := im.cfg.Set.Importer(ctx, st.Link)
	if err != nil {
		return err
	}
	return imp.Cancel(ctx, st.RunID)
}

// Resume goes on with a job whose run ended without completing: whatever kept it from that
// has been mended, or a person who canceled it changed their mind. A run that completed is
// [errors.ErrUnsupported]; while the link has another job of the kind it is
// [adcimport.ErrRunInProgress].
func (im *Imports) Resume(ctx context.Context, jobID int64) error {
	if im.cfg.Store == nil {
		err := &adcimport.InvalidOptionsError{Field: "riverimport.Config.Store", Rule: "is required to resume"}
		return fmt.Errorf("resume job %d: %w", jobID, err)
	}
	epoch := int64(0) // of a run that was never begun
	st, err := im.cfg.Store.Run(ctx, RunID(jobID))
	switch {
	case errors.Is(err, adcimport.ErrNotFound):
	case err != nil:
		return fmt.Errorf("resume job %d: %w", jobID, err)
	case st.Status == adcimport.StatusCompleted:
		return fmt.Errorf("resume job %d: its run is completed: %w", jobID, errors.ErrUnsupported)
	default:
		epoch = st.Epoch
	}
	err = pgx.BeginFunc(ctx, im.cfg.Pool, func(tx pgx.Tx) error {
		if err := im.jobs.asksToResume(ctx, tx, jobID, epoch); err != nil {
			return err
		}
		_, err := im.client.JobRetryTx(ctx, tx, jobID)
		return err
	})
	if unique, ok := errors.AsType[*pgconn.PgError](err); ok && unique.Code == uniqueViolation {
		err = adcimport.ErrRunInProgress
	}
	if err != nil {
		return fmt.Errorf("resume job %d: %w", jobID, missing(err))
	}
	return nil
}

const uniqueViolation = "23505"

// missing says of a job that is not there what the library says of a run.
func missing(err error) error {
	if errors.Is(err, river.ErrNotFound) || errors.Is(err, pgx.ErrNoRows) {
		return adcimport.ErrNotFound
	}
	return err
}

// Format prints a fixed text, whatever the verb: it leads to what the host handed over.
func (*Imports) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "riverimport.Imports") }

// LogValue returns a fixed text.
func (*Imports) LogValue() slog.Value { return slog.StringValue("riverimport.Imports") }

// MarshalText returns a fixed text, also in JSON.
func (*Imports) MarshalText() ([]byte, error) { return []byte("riverimport.Imports"), nil }
