package riverimport_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivertype"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/riverimport"
)

// A job imports, its run has its id, and its output says what it did; one that is asked for
// twice is one, in a transaction too.
func TestImports_import(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme", "zeta")
	im, _ := w.worker(func(c *riverimport.Config) { c.MaxRuns = 1 })
	e := w.enqueue(im, customersOf("acme"))
	row := w.state(im, e.JobID, rivertype.JobStateCompleted)
	o := output(t, row)
	if o.Status != adcimport.StatusCompleted || o.Counts.Created != customers || o.RunID != e.RunID || e.RunID != riverimport.RunID(e.JobID) {
		t.Errorf("%+v", o)
	}
	st, err := w.store.Run(t.Context(), e.RunID)
	if err != nil || st.Driver != ledger.DriverHost || st.Labels["form"] != "7" {
		t.Errorf("%+v, %v", st, err)
	}
	w.once()
	w.wantTold(adcimport.StatusCompleted)
	rolled := errors.New("rolled back")
	err = pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error {
		if _, err := im.EnqueueTx(t.Context(), tx, customersOf("zeta")); err != nil {
			return err
		}
		return rolled
	})
	if !errors.Is(err, rolled) {
		t.Fatal(err)
	}
	j := customersOf("zeta")
	j.At = time.Now().Add(time.Hour)
	first := w.enqueue(im, j)
	second := w.enqueue(im, customersOf("zeta"))
	if first.Duplicate || !second.Duplicate || second.JobID != first.JobID {
		t.Errorf("twice: %+v, %+v", first, second)
	}
	if len(w.sinks["zeta"].Customers()) > 0 {
		t.Error("what was rolled back, or is for later, was imported")
	}
}

// Two processes have no more at work together than there are places in all, and every job
// comes to its turn.
func TestImports_maxRunsInAll(t *testing.T) {
	t.Parallel()
	names := []string{"a", "b", "c", "d", "e", "f"}
	w := newWorld(t, names...)
	var at, most atomic.Int64
	w.source = func(string) source { return &crowd{Source: dealer(), at: &at, most: &most} }
	two := func(c *riverimport.Config) { c.MaxRunsInAll = 2 }
	one, _ := w.worker(two)
	other, _ := w.worker(two)
	var jobs []int64
	for i, name := range names {
		jobs = append(jobs, w.enqueue([]*riverimport.Imports{one, other}[i%2], customersOf(name)).JobID)
	}
	for _, id := range jobs {
		w.state(one, id, rivertype.JobStateCompleted)
	}
	if n := most.Load(); n != 2 {
		t.Errorf("%d at work at once, want 2", n)
	}
	for name, sink := range w.sinks {
		if n := len(sink.Customers()); n != customers {
			t.Errorf("%s: %d customers, want %d", name, n, customers)
		}
	}
}

// crowd counts how many listings are read at once.
type crowd struct {
	*adcimporttest.Source

	at, most *atomic.Int64
}

func (c *crowd) Customers(
	ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
		n := c.at.Add(1)
		defer c.at.Add(-1)
		for m := c.most.Load(); n > m && !c.most.CompareAndSwap(m, n); m = c.most.Load() {
		}
		select {
		case <-time.After(300 * time.Millisecond): // so long that others would be at work, too
		case <-ctx.Done():
		}
		c.Source.Customers(ctx, f, from)(yield)
	}
}

// A long run is many slices; a worker that is stopped leaves it to another one.
func TestImports_slices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	w.source = func(string) source { return slow{Source: dealer(), wait: 40 * time.Millisecond} }
	short := func(c *riverimport.Config) { c.Slice = 400 * time.Millisecond }
	one, stop := w.worker(short)
	e := w.enqueue(one, customersOf("acme"))
	w.until(one, e.JobID, "at work in its second slice", func(row *rivertype.JobRow) bool {
		st, err := w.store.Run(t.Context(), e.RunID)
		return len(row.AttemptedBy) > 1 && err == nil && st.Alive // one that is cut off while it takes its lease keeps that until it is over
	})
	stop()
	if st, err := w.store.Run(t.Context(), e.RunID); err != nil || st.Alive || st.Status.Ended() {
		t.Fatalf("after a stop: %+v, %v", st, err)
	}
	w.wantTold()
	two, _ := w.worker(short)
	row := w.state(two, e.JobID, rivertype.JobStateCompleted)
	if row.Attempt != 1 || len(row.Errors) > 0 {
		t.Errorf("slices count as failures: attempt %d, %+v", row.Attempt, row.Errors)
	}
	w.once()
	w.wantTold(adcimport.StatusCompleted)
}

// A pause is a snooze until it is over, and not told.
func TestImports_pause(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	until := time.Now().Add(4 * time.Second)
	w.source = func(string) source {
		return slow{Source: dealer(), detail: func(context.Context) error {
			if time.Now().Before(until) {
				return &adcimport.PausedError{Until: until, Err: adcimport.ErrRateLimited}
			}
			return nil
		}}
	}
	im, _ := w.worker()
	e := w.enqueue(im, customersOf("acme"))
	row := w.until(im, e.JobID, "snoozed", func(row *rivertype.JobRow) bool {
		return row.State != rivertype.JobStateRunning && row.ScheduledAt.After(until.Add(-time.Second))
	})
	if o := output(t, row); o.Status != adcimport.StatusPaused || o.Failure == nil || o.PausedUntil.IsZero() {
		t.Errorf("%+v", o)
	}
	w.state(im, e.JobID, rivertype.JobStateCompleted)
	w.once()
	w.wantTold(adcimport.StatusCompleted)
}

// A login that is refused cancels the job with its failure; a person mends it and resumes.
func TestImports_resume(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	var mended atomic.Bool
	w.source = func(string) source {
		return slow{Source: dealer(), check: func() error {
			if mended.Load() {
				return nil
			}
			return adcimport.ErrAuth
		}}
	}
	im, _ := w.worker()
	e := w.enqueue(im, customersOf("acme"))
	row := w.state(im, e.JobID, rivertype.JobStateCancelled)
	if o := output(t, row); o.Failure == nil || o.Failure.Code != "auth" || !strings.Contains(row.Errors[0].Error, "auth") {
		t.Errorf("%+v, %+v", o, row.Errors)
	}
	if err := im.Resume(t.Context(), e.JobID); err != nil { // too early
		t.Fatal(err)
	}
	w.until(im, e.JobID, "canceled again", func(row *rivertype.JobRow) bool {
		return row.State == rivertype.JobStateCancelled && len(row.Errors) == 2
	})
	mended.Store(true)
	other := customersOf("acme")
	other.At = time.Now().Add(time.Hour)
	two := w.enqueue(im, other)
	if err := im.Resume(t.Context(), e.JobID); !errors.Is(err, adcimport.ErrRunInProgress) {
		t.Errorf("beside another job: %v", err)
	}
	if err := im.Cancel(t.Context(), two.JobID); err != nil {
		t.Fatal(err)
	}
	if err := im.Resume(t.Context(), e.JobID); err != nil {
		t.Fatal(err)
	}
	w.state(im, e.JobID, rivertype.JobStateCompleted)
	w.once()
	w.wantTold(adcimport.StatusFailed, adcimport.StatusFailed, adcimport.StatusCompleted)
	if err := im.Resume(t.Context(), e.JobID); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("of a completed run: %v", err)
	}
	if err := im.Resume(t.Context(), 1<<40); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("of no job: %v", err)
	}
}

// River's cancel cancels the run: at work, or between two slices, by this package or by
// River's own pages.
func TestImports_cancel(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		paused bool
		cancel func(ctx context.Context, im *riverimport.Imports, id int64) error
	}{
		"at work":           {false, func(ctx context.Context, im *riverimport.Imports, id int64) error { return im.Cancel(ctx, id) }},
		"paused":            {true, func(ctx context.Context, im *riverimport.Imports, id int64) error { return im.Cancel(ctx, id) }},
		"at work, by River": {false, byRiver},
		"paused, by River":  {true, byRiver},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "acme")
			w.source = func(string) source {
				return slow{Source: dealer(), wait: 100 * time.Millisecond, detail: func(context.Context) error {
					if tt.paused {
						return &adcimport.PausedError{Until: time.Now().Add(time.Hour), Err: adcimport.ErrRateLimited}
					}
					return nil
				}}
			}
			im, _ := w.worker()
			e := w.enqueue(im, customersOf("acme"))
			w.until(im, e.JobID, "at work", func(row *rivertype.JobRow) bool {
				st, err := w.store.Run(t.Context(), e.RunID)
				return err == nil && (st.Counts.Created > 0 || tt.paused && row.State == rivertype.JobStateScheduled)
			})
			if err := tt.cancel(t.Context(), im, e.JobID); err != nil {
				t.Fatal(err)
			}
			w.state(im, e.JobID, rivertype.JobStateCancelled)
			w.until(im, e.JobID, "of a canceled run", func(*rivertype.JobRow) bool {
				st, err := w.store.Run(t.Context(), e.RunID)
				return err == nil && st.Status == adcimport.StatusCanceled && len(st.Notices) > 0
			})
			w.wantTold(adcimport.StatusCanceled)
		})
	}
}

func byRiver(ctx context.Context, im *riverimport.Imports, id int64) error {
	_, err := im.River().JobCancel(ctx, id)
	return err
}

// The customers of a link wait for its users, if these were asked for.
func TestImports_usersFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	im, stop := w.worker()
	stop()
	c := w.enqueue(im, customersOf("acme"))
	u := w.enqueue(im, riverimport.Job{Link: "acme", Kind: adcimport.KindUser, UserOptions: adcimport.UserOptions{
		RunOptions: adcimport.RunOptions{Match: adcimport.MatchOff}, Active: true,
	}})
	im, _ = w.worker()
	done := w.state(im, c.JobID, rivertype.JobStateCompleted)
	users := w.state(im, u.JobID, rivertype.JobStateCompleted)
	if users.FinalizedAt.After(*done.FinalizedAt) {
		t.Errorf("users were done at %v, customers at %v", users.FinalizedAt, done.FinalizedAt)
	}
	w.once()
}

// What a job cannot be opened for passes: River tries it again, and the run is not begun.
func TestImports_linkCannotBeOpened(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	w.opened = errors.New("the store of secrets is away")
	im, _ := w.worker()
	e := w.enqueue(im, customersOf("acme"))
	w.until(im, e.JobID, "tried", func(row *rivertype.JobRow) bool { return len(row.Errors) > 0 })
	w.mu.Lock()
	w.opened = nil
	w.mu.Unlock()
	w.state(im, e.JobID, rivertype.JobStateCompleted)
	w.once()
}

// What failed is tried again by a job of its own; what no run is retried by is refused.
func TestImports_retry(t *testing.T) {
	t.Parallel()
	w := newWorld(t, acme)
	var mended atomic.Bool
	w.source = func(string) source {
		return slow{Source: dealer(), lacks: func(id string) bool { return id == "7" && !mended.Load() }}
	}
	im, _ := w.worker()
	e := w.enqueue(im, customersOf(acme))
	if o := output(t, w.state(im, e.JobID, rivertype.JobStateCompleted)); o.Counts.Failed != 1 {
		t.Fatalf("%+v", o)
	}
	mended.Store(true)
	retry := riverimport.Job{Link: acme, Kind: adcimport.KindCustomer, RetryOf: e.RunID}
	if o := output(t, w.state(im, w.enqueue(im, retry).JobID, rivertype.JobStateCompleted)); o.Counts.Created != 1 || o.Counts.Read != 1 {
		t.Errorf("%+v", o)
	}
	w.once()
	retry.RetryOf = "river-999"
	row := w.state(im, w.enqueue(im, retry).JobID, rivertype.JobStateCancelled)
	if !strings.Contains(row.Errors[0].Error, "Job.RetryOf") {
		t.Errorf("%+v", row.Errors)
	}
}
