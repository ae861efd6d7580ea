package riverimport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/securitytrax/adcimport"
)

// worker is River's worker of imports.
type worker struct {
	river.WorkerDefaults[args]

	im *Imports
}

// Timeout is finite: River never takes up a job that has none.
func (w *worker) Timeout(*river.Job[args]) time.Duration { return w.im.cfg.Slice + endTime }

// Why a slice ends; the run is held.
var (
	errSlice    = fmt.Errorf("its slice is over: %w", context.Canceled)
	errStopping = fmt.Errorf("the worker stops: %w", context.Canceled)
	errTaken    = fmt.Errorf("another worker has the job: %w", context.Canceled)
)

// slice is one time that a job is at work.
type slice struct {
	im  *Imports
	job *river.Job[args]
	own attempt

	ctx    context.Context //nolint:containedctx // of the run
	cancel context.CancelCauseFunc
	imp    atomic.Pointer[adcimport.Importer]
	seen   atomic.Pointer[adcimport.Progress]
	taken  atomic.Bool
}

// Work is one slice.
func (w *worker) Work(ctx context.Context, job *river.Job[args]) error {
	if w.im.told() {
		return river.JobSnooze(0)
	}
	s := &slice{im: w.im, job: job, own: attempt{job: job.ID}}
	if job.AttemptedAt != nil {
		s.own.at = *job.AttemptedAt
	}
	s.seen.Store(new(adcimport.Progress))
	s.ctx, s.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	defer s.cancel(nil)
	defer s.im.enter(s.own)()
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { s.watch(ctx, done) })
	sum, err := s.work()
	err = s.canceled(ctx, sum, err)
	close(done)
	watching.Wait()
	if s.taken.Load() || errors.Is(err, adcimport.ErrLeaseLost) {
		s.yield(ctx)
	}
	return s.report(ctx, sum, err)
}

// enter notes a job as one that is at work here. What is returned ends that.
func (im *Imports) enter(a attempt) (leave func()) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.working[a.job] = a.at
	return func() {
		im.mu.Lock()
		defer im.mu.Unlock()
		if im.working[a.job].Equal(a.at) {
			delete(im.working, a.job)
		}
	}
}

// watch says that the job is at work, and ends the slice for what it has to end for.
func (s *slice) watch(ctx context.Context, done <-chan struct{}) {
	over := time.NewTimer(s.im.cfg.Slice)
	defer over.Stop()
	beat := time.NewTicker(s.im.cfg.LeaseTTL / beatsPerTTL)
	defer beat.Stop()
	stopping, told := s.im.stopping, ctx.Done()
	for {
		select {
		case <-done:
			return
		case <-over.C:
			s.cancel(errSlice)
		case <-stopping:
			stopping = nil
			s.cancel(errStopping)
		case <-told:
			told = nil
			s.endsFor(ctx, context.Cause(ctx))
		case <-beat.C:
			s.beat(ctx)
		}
	}
}

// endsFor ends the slice as River wants it.
func (s *slice) endsFor(ctx context.Context, cause error) {
	imp := s.imp.Load()
	if !errors.Is(cause, rivertype.ErrJobCancelledRemotely) || imp == nil {
		s.cancel(cause)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	if err := imp.Cancel(ctx, RunID(s.job.ID)); err != nil {
		s.cancel(cause) // it is not begun, or the store is away
	}
}

const callTime = 10 * time.Second // for one call of the database beside a run

func (s *slice) beat(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(callTime, s.im.cfg.LeaseTTL/beatsPerTTL))
	defer cancel()
	o := s.output()
	o.Status, o.Counts, o.Total = adcimport.StatusRunning, s.seen.Load().Counts, s.seen.Load().Total
	if mine, err := s.im.jobs.beat(ctx, s.own, o); err == nil && !mine {
		s.taken.Store(true)
		s.cancel(errTaken)
	}
}

func (s *slice) output() Output {
	return Output{RunID: RunID(s.job.ID), Link: s.job.Args.Link, Kind: s.job.Args.Record}
}

// work goes on with the job's run until the slice ends.
func (s *slice) work() (*adcimport.Summary, error) {
	if s.im.places != nil {
		select {
		case s.im.places <- struct{}{}:
			defer func() { <-s.im.places }()
		case <-s.ctx.Done():
			return nil, context.Cause(s.ctx)
		}
	}
	runID := RunID(s.job.ID)
	st, err := s.im.cfg.Store.Run(s.ctx, runID)
	begun := err == nil
	if err != nil && !errors.Is(err, adcimport.ErrNotFound) {
		return nil, fmt.Errorf("job %d: %w", s.job.ID, err)
	}
	a := s.job.Args
	if !begun && a.Record == adcimport.KindCustomer {
		if waits, err := s.im.jobs.users(s.ctx, a.Link); err != nil || waits {
			return nil, errors.Join(err, errUsersFirst)
		}
	}
	imp, err := s.im.cfg.Set.Importer(s.ctx, a.Link)
	if err != nil {
		return nil, fmt.Errorf("job %d: %w", s.job.ID, err)
	}
	if n := s.im.cfg.MaxRunsInAll; n > 0 {
		if has, err := s.im.jobs.place(s.ctx, s.own, n); err != nil || !has {
			return nil, errors.Join(err, errNoPlace)
		}
	}
	s.imp.Store(imp)
	if begun && st.Status.Ended() && st.Epoch == s.resumes() {
		return imp.DriveResume(s.ctx, runID)
	}
	return s.drive(imp)
}

var (
	errUsersFirst = errors.New("the users of the link come first")
	errNoPlace    = errors.New("as many imports as may be are at work")
)

// resumes is the epoch of the run that a person wants to be gone on with; 0: none.
func (s *slice) resumes() int64 {
	var meta map[string]json.RawMessage
	var epoch int64
	if json.Unmarshal(s.job.Metadata, &meta) != nil || json.Unmarshal(meta[keyResume], &epoch) != nil {
		return 0
	}
	return epoch
}

// drive calls the importer with what the job asks for.
func (s *slice) drive(imp *adcimport.Importer) (*adcimport.Summary, error) {
	a := s.job.Args
	own := func(o *adcimport.RunOptions) {
		o.RunID, o.Labels = RunID(s.job.ID), a.Labels
		o.OnProgress = func(p adcimport.Progress) { s.seen.Store(&p) }
	}
	switch {
	case a.Version != argsVersion:
		return nil, &unreadableError{s.job.ID, "args", fmt.Errorf("version %d", a.Version)}
	case a.RetryOf != "":
		return s.retry(imp, own)
	case a.Record == adcimport.KindUser:
		f, ferr := decode[adcimport.UserFilter](s.job.ID, "filter", a.Filter)
		o, oerr := decode[adcimport.UserOptions](s.job.ID, "options", a.Options)
		if err := errors.Join(ferr, oerr); err != nil {
			return nil, err
		}
		own(&o.RunOptions)
		return imp.DriveUsers(s.ctx, f, o)
	case a.Record == adcimport.KindCustomer:
		f, ferr := decode[adcimport.CustomerFilter](s.job.ID, "filter", a.Filter)
		o, oerr := decode[adcimport.CustomerOptions](s.job.ID, "options", a.Options)
		if err := errors.Join(ferr, oerr); err != nil {
			return nil, err
		}
		own(&o.RunOptions)
		return imp.DriveCustomers(s.ctx, f, o)
	}
	return nil, &unreadableError{s.job.ID, "args", fmt.Errorf("kind %q", a.Record)}
}

// retry takes the failed records of a run.
func (s *slice) retry(imp *adcimport.Importer, own func(*adcimport.RunOptions)) (*adcimport.Summary, error) {
	a := s.job.Args
	st, err := s.im.cfg.Store.Run(s.ctx, a.RetryOf)
	if errors.Is(err, adcimport.ErrNotFound) || err == nil && (st.Link != a.Link || st.Kind != a.Record) {
		return nil, &adcimport.InvalidOptionsError{Field: "riverimport.Job.RetryOf", Value: a.RetryOf, Rule: "must be a run of the link and kind"}
	}
	if err != nil {
		return nil, fmt.Errorf("job %d: %w", s.job.ID, err)
	}
	var o adcimport.RunOptions
	own(&o)
	return imp.DriveRetryFailed(s.ctx, a.RetryOf, o)
}

// canceled sees to it that a job which was canceled has a run that is.
func (s *slice) canceled(ctx context.Context, sum *adcimport.Summary, err error) error {
	imp := s.imp.Load()
	if !errors.Is(context.Cause(ctx), rivertype.ErrJobCancelledRemotely) || imp == nil || over(sum) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	if cerr := imp.Cancel(ctx, RunID(s.job.ID)); cerr != nil && !errors.Is(cerr, adcimport.ErrNotFound) {
		return errors.Join(err, cerr) // reconcile sees to it, later
	}
	return err
}

// over reports whether a run ended.
func over(sum *adcimport.Summary) bool {
	return sum != nil && sum.RunID != "" && sum.Status.Ended()
}

// yield waits until no other worker has the job, a while: River would take the end of this
// slice for the other one's.
func (s *slice) yield(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		if mine, err := s.im.jobs.mine(ctx, s.own); err != nil || mine {
			return
		}
		select {
		case <-look.C:
		case <-s.im.stopping:
			return
		case <-ctx.Done():
			return
		}
	}
}
