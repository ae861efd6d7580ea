package engine

import (
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
	s.Status = r.statusOf(err, context.Cause(r.ctx) != nil || r.plan.Background && StoreAway(err))
	if s.Status != ledger.StatusInterrupted {
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
	if s.Status = r.state.Status; !s.DryRun && !errors.Is(err, ledger.ErrLeaseLost) && s.Status != ledger.StatusInterrupted {
		r.plan.Notify(r.tells, r.summary(), r.state.Notices)
	}
	sum := r.summary()
	return &sum, err
}

// release stores the end, and takes the run as it is stored then: only the store
// knows whether a commit counts whose reply was lost. A run that lost its lease
// stores nothing: its state is another's.
func (r *Run) release(err error) error {
	end := ledger.End{Status: r.state.Status, Warnings: r.tally.warnings}
	if until, paused := r.cfg.PausedUntil(err); paused {
		end.Wait = max(time.Until(until), 0)
	}
	if err != nil && end.Status != ledger.StatusCompleted {
		end.Failure = r.cfg.Failure(err)
	}
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

func (r *Run) summary() ledger.Summary {
	s := r.state.Summary
	r.tally.fill(&s)
	return s
}

func (r *Run) logEnd(err error) {
	s := &r.state.Summary
	attrs := []slog.Attr{
		slog.String("run", s.RunID), slog.String("status", string(s.Status)), slog.Bool("preview", s.DryRun),
		slog.Int("read", s.Counts.Read), slog.Int("created", s.Counts.Created), slog.Int("linked", s.Counts.Linked),
		slog.Int("updated", s.Counts.Updated), slog.Int("unchanged", s.Counts.Unchanged),
		slog.Int("skipped", s.Counts.Skipped), slog.Int("failed", s.Counts.Failed),
	}
	level := slog.LevelInfo
	if err != nil {
		level = slog.LevelWarn
		attrs = append(attrs, slog.Any("error", err))
	}
	r.cfg.Logger.LogAttrs(r.ctx, level, "import run ended", attrs...)
}

// statusOf says how a run ended. A run that was told to stop, or that can do no
// more for now, is interrupted: in the background it goes on by itself, else at
// the host's next start.
func (r *Run) statusOf(err error, told bool) ledger.RunStatus {
	_, paused := r.cfg.PausedUntil(err)
	switch {
	case err == nil:
		return ledger.StatusCompleted
	case errors.Is(err, ErrTooManyFailures):
		return ledger.StatusStopped
	case errors.Is(err, ErrCanceled):
		return ledger.StatusCanceled
	case paused:
		return ledger.StatusPaused
	case told || passes(err):
		return ledger.StatusInterrupted
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
