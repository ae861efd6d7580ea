package adcimport

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"strings"
	"time"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/internal/lease"
	"github.com/securitytrax/adcimport/ledger"
)

// watchEvery is how often an importer with work in the background looks for runs
// that nobody is at work on.
const (
	watchEvery     = time.Minute
	renotifyRounds = 10 // after so many of these, missed notices are repeated
)

// watch looks for such runs as long as the importer lives.
func (imp *Importer) watch() {
	imp.mu.Lock()
	defer imp.mu.Unlock()
	if imp.closed || imp.watching {
		return
	}
	imp.watching = true
	ctx, cancel := context.WithCancelCause(context.Background())
	stop := &stopper{cancel: cancel}
	imp.active[stop] = struct{}{}
	imp.watcher.Go(func() {
		defer cancel(nil)
		for n := 1; lease.Sleep(ctx, watchEvery+imp.jitter(watchEvery/2, "", n)) == nil; n++ {
			_, err := imp.resumeAll(ctx, true)
			if n%renotifyRounds == 0 {
				imp.renotify(ctx)
			}
			if err != nil && ctx.Err() == nil && !errors.Is(err, ErrClosed) {
				imp.cfg.Logger.WarnContext(ctx, "runs of the link cannot go on", slog.String("link", imp.cfg.Link), slog.Any("error", err))
			}
		}
	})
}

// startQueued is the run of a start that met one of another link of the account: it
// is stored, and waits for the lease. Any other failure of a start stays one.
func (imp *Importer) startQueued(ctx context.Context, req *request, err error) (*Run, error) {
	if busy, ok := errors.AsType[*RunInProgressError](err); !ok || busy.Link == imp.cfg.Link || req.resume != nil || req.runID == "" {
		return nil, err
	}
	st, serr := imp.stored(ctx, req.runID)
	if serr != nil {
		return nil, errors.Join(err, serr)
	}
	r, err := imp.goOn(ctx, st, nil)
	imp.watch() //nolint:contextcheck // as long as the importer lives
	return r, err
}

// holdDead makes a run held that a caller drove whose process died, or lost its
// lease. While another run is at work, that waits.
func (imp *Importer) holdDead(ctx context.Context, st ledger.RunState) error {
	if st.Alive || st.Status == StatusPaused {
		return nil
	}
	if err := imp.endIdle(ctx, st, engine.ErrHeld); err != nil && !errors.Is(err, ErrRunInProgress) {
		return fmt.Errorf("hold: %w", err)
	}
	return nil
}

// ofCaller ends the Run of a run that somebody went on with in the foreground, and left:
// it is that one's since.
func (d *driver) ofCaller(ctx context.Context, st ledger.RunState) (ended bool, err error) {
	if err := d.imp.holdDead(ctx, st); err != nil {
		return !engine.StoreAway(err), err
	}
	if d.last, err = d.imp.stored(ctx, st.RunID); err != nil {
		return !engine.StoreAway(err), err
	}
	if s := d.last.Status; s == StatusRunning || s == StatusInterrupted { // another run of its kind is at work
		return false, fmt.Errorf("hold run %s: %w", st.RunID, ErrRunInProgress)
	}
	return true, endOf(&d.last)
}

// grown is a wait that doubles with every try, with jitter.
func (imp *Importer) grown(first time.Duration, runID string, tries int) time.Duration {
	wait := min(first<<min(tries-1, 10), longestRest)
	return wait/2 + imp.jitter(wait/2, runID, tries)
}

// jitter is at most so long, and differs between hosts, which may wait for the
// same. It follows from host, run and the number of the try, so that what happened
// can be made to happen again.
func (imp *Importer) jitter(most time.Duration, runID string, try int) time.Duration {
	host, _, _ := strings.Cut(imp.engine.Owner, "/")
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s\x00%s\x00%d", host, runID, try) // a hash takes all
	return time.Duration(h.Sum64() % uint64(max(most, 0)+1))  //nolint:gosec // less than most
}

// Cancel ends a run of the link as [StatusCanceled], wherever it is: at work here, at
// the next record boundary; at work elsewhere, when that host next renews its lease,
// within a quarter of its LeaseTTL; one that waits or was cut off, now. It can be
// resumed. A run that ended is [errors.ErrUnsupported].
func (imp *Importer) Cancel(ctx context.Context, runID string) error {
	return imp.ask(ctx, "cancel", runID, ledger.AskCancel, engine.ErrCanceled)
}

// Interrupt ends a run as held, and otherwise as [Importer.Cancel] does: it goes on
// when a person says so, with [Importer.Resume], and nobody is told of it.
func (imp *Importer) Interrupt(ctx context.Context, runID string) error {
	return imp.ask(ctx, "interrupt", runID, ledger.AskInterrupt, engine.ErrHeld)
}

func (imp *Importer) ask(ctx context.Context, verb, runID string, what ledger.Ask, cause error) error {
	st, err := imp.stored(ctx, runID)
	if err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	switch {
	case st.Status.Ended():
		return fmt.Errorf("%s run %s: it is %s: %w", verb, runID, st.Status, errors.ErrUnsupported)
	case st.Status == ledger.StatusHeld && what == ledger.AskInterrupt:
		return nil
	}
	imp.mu.Lock()
	r, here := imp.runs[runID], imp.driven[runID]
	imp.mu.Unlock()
	switch {
	case r != nil:
		r.cancel(cause)
		return nil
	case here != nil:
		here.cancel(cause)
		return nil
	}
	if _, err := imp.cfg.Store.Mark(ctx, runID, ledger.Mark{Ask: what}); err != nil {
		return fmt.Errorf("%s run %s: %w", verb, runID, err)
	}
	if st.Alive {
		return nil
	}
	if err := imp.endIdle(ctx, st, cause); err != nil && !errors.Is(err, ErrRunInProgress) { // whoever took it sees what was asked
		return fmt.Errorf("%s: %w", verb, err)
	}
	return nil
}

// endIdle ends a run that nobody is at work on.
func (imp *Importer) endIdle(ctx context.Context, st ledger.RunState, cause error) error {
	req, err := imp.requestOf(st)
	if err != nil {
		return err
	}
	base, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	cancel(cause)
	req.resume, req.late, req.background = &st, true, st.Driver == ledger.DriverImporter
	er, err := imp.begin(ctx, base, req)
	if err != nil {
		return err
	}
	_, err = er.do(nil)        //nolint:contextcheck // begin gave the run a context of its own
	if errors.Is(err, cause) { // as it was told, before it did anything
		return nil
	}
	return err
}
