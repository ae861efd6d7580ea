package adcimport

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/ledger"
)

// DriveCustomers is one stretch of an import of customers that somebody else keeps
// going, as a job queue does: it opens the run that o.RunID names, which is required,
// or goes on with it, until the run ended or ctx does. Then the run is held, as of its
// last commit, and the next call, in whatever process, goes on with it. No host goes on
// with such a run by itself.
//
// A nil error says that the run completed, now or before. With a [*PausedError] the
// next call is of use from its time on, and refused until then. [Summary.Status] tells
// the other ends: where it has ended, people were told, and the run goes on by
// [Importer.DriveResume] alone; else the next call goes on. Without a [Summary.RunID]
// nothing was begun: [ErrRunInProgress] and whatever the store failed with pass.
//
// It differs from [Importer.ImportCustomers] in what suits a queue: link and options
// are checked under the lease, so that a login which is refused is the run's failure,
// stored and told; a pause is not told before half an hour, and a store that is away
// ends no run; a run whose processes died five times in a row, with nothing done in
// between, fails as crash_loop; and an end that nobody was told of is told. Where that
// cannot be done now, as another process may be doing it, the error is a
// [*PausedError] as well, for ten minutes after the end.
func (imp *Importer) DriveCustomers(ctx context.Context, f CustomerFilter, o CustomerOptions) (*Summary, error) {
	p, err := imp.checkedCustomers(f, o)
	if err != nil {
		return refused(imp.cfg.Link, KindCustomer), err
	}
	return imp.driveNamed(ctx, p)
}

// DriveUsers does for users what [Importer.DriveCustomers] does.
func (imp *Importer) DriveUsers(ctx context.Context, f UserFilter, o UserOptions) (*Summary, error) {
	p, err := imp.checkedUsers(f, o)
	if err != nil {
		return refused(imp.cfg.Link, KindUser), err
	}
	return imp.driveNamed(ctx, p)
}

// DriveResume is such a stretch of a run that there is, with the filter and the options
// it was started with: also of one that ended and did not complete, since a person says
// so.
func (imp *Importer) DriveResume(ctx context.Context, runID string) (*Summary, error) {
	p, err := imp.resumeRequest(ctx, runID)
	if err != nil {
		return refused(imp.cfg.Link, ""), err
	}
	return imp.driveOn(ctx, p)
}

// DriveRetryFailed is such a stretch of a run that takes the failed records of another
// one, as [Importer.RetryFailed] does. Of o only RunID, which is required and names the new
// run, Labels and OnProgress count: the rest is that of the other run.
func (imp *Importer) DriveRetryFailed(ctx context.Context, failedRunID string, o RunOptions) (*Summary, error) {
	p, err := imp.retryRequest(ctx, failedRunID)
	if err == nil {
		err = o.check()
	}
	if err != nil {
		return refused(imp.cfg.Link, ""), err
	}
	p.opts.RunID, p.opts.Labels, p.opts.OnProgress = o.RunID, o.Labels, o.OnProgress
	return imp.driveNamed(ctx, p)
}

func (imp *Importer) driveNamed(ctx context.Context, req *request) (*Summary, error) {
	if req.opts.RunID == "" {
		return refused(imp.cfg.Link, req.kind), &InvalidOptionsError{Field: "RunID", Rule: "is required"}
	}
	ended, err := imp.namedBefore(ctx, req)
	switch {
	case err != nil:
		return refused(imp.cfg.Link, req.kind), err
	case ended != nil:
		imp.notify(context.WithoutCancel(ctx), endOfRun(ended)) // whoever ended it may have died of it
		return &ended.Summary, imp.toldOf(ctx, ended.RunID, endOf(ended))
	case req.resume == nil:
		imp.renotify(context.WithoutCancel(ctx)) // of earlier runs
	}
	return imp.driveOn(ctx, req)
}

// driveOn is one stretch of a run.
func (imp *Importer) driveOn(ctx context.Context, req *request) (*Summary, error) {
	req.driven, req.late = true, true
	base, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if st := req.resume; st != nil {
		if st.Status == StatusPaused && st.DueIn > 0 && st.Asked == ledger.AskNothing { // by the store's clock
			imp.tellIfLong(ctx, st)
			return &st.Summary, &PausedError{Until: time.Now().Add(st.DueIn), Err: errWaits}
		}
		if cause := askedFor(st.Asked); cause != nil { // of a holder that died before it saw it
			cancel(cause)
		}
	}
	err := imp.awaitTurn(ctx, req)
	defer req.turn.end()
	var er *stretch
	if err == nil {
		er, err = imp.begin(ctx, base, req)
	}
	if err != nil {
		if errors.Is(err, ErrRunExists) && overtaken(req, err) {
			return imp.driveNamed(ctx, req) // and finds it
		}
		return refused(imp.cfg.Link, req.kind), err
	}
	defer imp.drives(er)()
	sum, err := er.do(nil) //nolint:contextcheck // begin gave the run a context of its own
	switch {
	case sum.Status == StatusPaused, sum.Status == ledger.StatusHeld:
		imp.tellLong(ctx, sum.RunID)
	case sum.Status.Ended():
		err = imp.toldOf(ctx, sum.RunID, err)
	}
	return sum, err
}

// retells is for how long a queue is asked to see to it that an end is told. After
// that the link's next run does it.
const retells = 10 * time.Minute

// errUntold is why a queue is to ask again for a run that ended.
var errUntold = errors.New("its end could not be told yet")

// toldOf returns err, the end of a run, or until when to wait since it is not told yet.
func (imp *Importer) toldOf(ctx context.Context, runID string, err error) error {
	st, serr := imp.stored(context.WithoutCancel(ctx), runID)
	if serr != nil || !st.Status.Ended() || time.Since(st.Finished) > retells {
		return err
	}
	n := endOfRun(&st)
	_, had := mappingOf(st)
	for _, name := range imp.notifierNames() {
		if slices.Contains(had, name) && !slices.Contains(n.told, n.mark(name)) {
			return &PausedError{Until: time.Now().Add(notifyTimeout + engine.ReleaseTimeout), Err: errUntold}
		}
	}
	return err
}

// askedFor is the cause that ends a run as it was asked; nil: nothing was.
func askedFor(a ledger.Ask) error {
	switch a {
	case ledger.AskCancel:
		return engine.ErrCanceled
	case ledger.AskInterrupt:
		return engine.ErrHeld
	case ledger.AskNothing:
	}
	return nil
}

// drives has Cancel and Interrupt find a stretch that is at work here. What is returned
// ends that.
func (imp *Importer) drives(er *stretch) (done func()) {
	imp.mu.Lock()
	defer imp.mu.Unlock()
	imp.driven[er.ID()] = er.stop
	return func() {
		imp.mu.Lock()
		defer imp.mu.Unlock()
		if imp.driven[er.ID()] == er.stop {
			delete(imp.driven, er.ID())
		}
	}
}

// tellLong tells of a run that has waited for long by now.
func (imp *Importer) tellLong(ctx context.Context, runID string) {
	st, err := imp.stored(context.WithoutCancel(ctx), runID)
	if err == nil && !st.Status.Ended() {
		imp.tellIfLong(ctx, &st)
	}
}
