package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// ReleaseTimeout is for the last write of a run.
const ReleaseTimeout = 10 * time.Second

// finish stores the end of the run, gives the lease back and tells.
func (r *Run) finish(err error) (*ledger.Summary, error) {
	s := &r.state.Summary
	s.Status = r.statusOf(err, context.Cause(r.ctx) != nil || r.plan.Background && StoreAway(err))
	if s.Status == ledger.StatusCompleted {
		r.tally.passed() // a run that its Limit ended has passed what it skipped
	}
	if s.Status != ledger.StatusInterrupted {
		texts, werr := r.plan.Warnings(r.writes, r.summary())
		r.tally.warn(texts...)
		if werr != nil {
			err = errors.Join(err, fmt.Errorf("run %s: %w", r.state.RunID, werr))
			s.Status = r.statusOf(err, context.Cause(r.ctx) != nil)
		}
	}
	r.tally.fill(s)
	s.Finished = time.Now().UTC()
	if until, paused := r.cfg.PausedUntil(err); paused {
		s.PausedUntil = until.UTC()
	}
	if rerr := r.release(err); rerr != nil {
		// The store has the run as running: it goes on by itself once the lease
		// expired, and is told of when it really ended.
		s.Status = ledger.StatusInterrupted
		err = errors.Join(err, rerr)
	}
	r.publish()
	r.logEnd(err)
	r.plan.Hooks.Ended(r.tells, r.summary(), err)
	if !s.DryRun && !errors.Is(err, ledger.ErrLeaseLost) && s.Status != ledger.StatusInterrupted {
		r.plan.Notify(r.tells, r.summary(), r.state.Notified)
	}
	sum := r.summary()
	return &sum, err
}

// release is skipped by a run that lost its lease: its state is another's.
func (r *Run) release(err error) error {
	if errors.Is(err, ledger.ErrLeaseLost) {
		return nil
	}
	ctx, cancel := context.WithTimeout(r.tells, ReleaseTimeout)
	defer cancel()
	if r.mustAsk {
		st, err := r.cfg.Store.Run(ctx, r.state.RunID)
		if err != nil {
			return fmt.Errorf("count run %s: %w", r.state.RunID, err)
		}
		r.tally.counts, r.tally.reasons = st.Counts, maps.Clone(st.ByReason)
		r.tally.fill(&r.state.Summary)
	}
	return r.books.close(ctx, r.state)
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
