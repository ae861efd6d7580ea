package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// ReleaseTimeout is for the last write of a run.
const ReleaseTimeout = 10 * time.Second

// finish stores the end of the run, gives the lease back and tells.
func (r *Run) finish(err error) (*ledger.Summary, error) {
	s := &r.state.Summary
	err = r.endure(err)
	if suspect, ok := errors.AsType[*SuspectError](err); ok {
		r.tally.warn(suspect.Error())
	}
	s.Status = r.statusOf(err, context.Cause(r.ctx) != nil || r.goesOn() && StoreAway(err))
	if s.Status != ledger.StatusInterrupted && s.Status != ledger.StatusHeld {
		texts, werr := r.plan.Warnings(r.writes, r.summary())
		r.tally.warn(texts...)
		if werr != nil {
			err = errors.Join(err, fmt.Errorf("run %s: %w", r.state.RunID, werr))
			s.Status = r.statusOf(err, context.Cause(r.ctx) != nil)
		}
	}
	err = r.release(err)
	r.publish()
	r.logEnd(err)
	r.plan.Hooks.Ended(r.tells, r.summary(), err)
	s.Status = r.state.Status
	if !s.DryRun && !errors.Is(err, ledger.ErrLeaseLost) && r.told(s.Status) {
		st := r.state
		st.Summary = r.summary()
		r.plan.Notify(r.tells, &st)
	}
	sum := r.summary()
	return &sum, err
}

// told reports whether people are told of such an end: not where the run goes on by
// itself, nor where whoever held it knows.
func (r *Run) told(s ledger.RunStatus) bool {
	return s.Ended() || s == ledger.StatusPaused && !r.goesOn()
}

// goesOn reports whether nobody need be told that the run rests.
func (r *Run) goesOn() bool { return r.plan.Background || r.plan.Driven }

// release stores the end, and takes the run as it is stored then: only the store
// knows whether a commit counts whose reply was lost. A run that lost its lease
// stores nothing: its state is another's.
func (r *Run) release(err error) error {
	end := ledger.End{Status: r.state.Status, Warnings: r.tally.warnings}
	if until, paused := r.cfg.PausedUntil(err); paused {
		end.Wait = max(time.Until(until), 0)
	}
	end.Failure = r.failure(err, end.Status)
	r.state.Close(end, time.Now().UTC())
	if errors.Is(err, ledger.ErrLeaseLost) {
		r.tally.back()
		return err
	}
	ctx, cancel := context.WithTimeout(r.tells, ReleaseTimeout)
	defer cancel()
	st, rerr := r.books.close(ctx, end)
	switch {
	case rerr != nil:
		// The store has the run as running: it goes on by itself once the lease
		// expired, and is told of when it really ended.
		r.state.Status = ledger.StatusInterrupted
		return errors.Join(err, rerr)
	case !r.plan.Options.Preview:
		r.tally.reset(&st)
		r.state = st
	}
	return err
}

// endure ends a run that waits for what it has waited for long enough.
func (r *Run) endure(err error) error {
	_, paused := r.cfg.PausedUntil(err)
	if !paused && !errors.Is(err, errOutOfTime) {
		return err
	}
	if since := r.patience.endures(r.cfg.Failure(err)); r.patience.since(since) >= r.cfg.MaxOutage {
		return r.cfg.TooLong(since, err)
	}
	return err
}

// failure says why a run failed or waits. One that is cut off while it waits for an
// operation still does.
func (r *Run) failure(err error, status ledger.RunStatus) *ledger.Failure {
	if err == nil || status == ledger.StatusCompleted {
		return nil
	}
	f := r.cfg.Failure(err)
	_, paused := r.cfg.PausedUntil(err)
	switch {
	case f != nil && (paused || errors.Is(err, errOutOfTime)):
		f.Since = r.patience.endures(f)
	case !status.Ended():
		f = cmp.Or(r.patience.ongoing(), f)
	}
	return f
}

func (r *Run) summary() ledger.Summary {
	s := r.state.Summary
	r.tally.fill(&s)
	return s
}

func (r *Run) logEnd(err error) {
	s := r.summary()
	attrs := []slog.Attr{
		slog.String("run", s.RunID), slog.String("status", string(s.Status)), slog.Bool("preview", s.DryRun),
		slog.Int("read", s.Counts.Read), slog.Int("created", s.Counts.Created), slog.Int("linked", s.Counts.Linked),
		slog.Int("updated", s.Counts.Updated), slog.Int("unchanged", s.Counts.Unchanged),
		slog.Int("skipped", s.Counts.Skipped), slog.Int("failed", s.Counts.Failed),
	}
	if s.Failure != nil {
		attrs = append(attrs, slog.String("failure", s.Failure.String()))
	}
	level := slog.LevelInfo
	if err != nil {
		level = slog.LevelWarn
		attrs = append(attrs, slog.Any("error", err))
	}
	r.cfg.Logger.LogAttrs(r.ctx, level, "import run ended", attrs...)
}

// statusOf says how a run ended. A run that was told to stop, or that can do no
// more for now, is interrupted where it goes on by itself, and held where its caller
// goes on with it.
func (r *Run) statusOf(err error, told bool) ledger.RunStatus {
	_, paused := r.cfg.PausedUntil(err)
	switch {
	case err == nil:
		return ledger.StatusCompleted
	case errors.Is(err, ErrTooManyFailures):
		return ledger.StatusStopped
	case errors.Is(err, ErrCanceled):
		return ledger.StatusCanceled
	case errors.Is(err, ErrOutage):
		return ledger.StatusFailed
	case errors.Is(err, ErrHeld):
		return ledger.StatusHeld
	case errors.Is(err, ledger.ErrLeaseLost): // its state is another's, or nobody's for now
		return ledger.StatusInterrupted
	case paused:
		return ledger.StatusPaused
	case (told || passes(err)) && r.plan.Background:
		return ledger.StatusInterrupted
	case told || passes(err):
		return ledger.StatusHeld
	}
	return ledger.StatusFailed
}

// passes reports whether a run that ended with err can do more later.
func passes(err error) bool {
	for _, e := range []error{ErrInDoubt, ledger.ErrLeaseLost, errOutOfTime, ErrNotReady} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
