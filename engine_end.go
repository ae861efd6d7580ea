package adcimport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"
)

// releaseTimeout is for the last write of a run.
const releaseTimeout = 10 * time.Second

func (r *engineRun) started() error {
	log := r.imp.cfg.Logger
	var epoch int64
	if r.keeper != nil {
		epoch = r.keeper.current().Epoch
	}
	log.InfoContext(r.ctx, "import run started", slog.String("run", r.state.RunID),
		slog.String("link", r.state.Link), slog.String("kind", string(r.state.Kind)),
		slog.Bool("resumed", r.resumed), slog.Int64("epoch", epoch))
	e := RunStarted{RunID: r.state.RunID, Link: r.state.Link, Kind: r.state.Kind, Epoch: epoch, Resumed: r.resumed}
	return hook(r.imp.host, "Events.RunStarted", r.imp.cfg.Events.RunStarted, e)
}

// finish stores the end of the run, gives the lease back and tells.
func (r *engineRun) finish(err error) (*Summary, error) {
	s := &r.state.Summary
	s.Status = statusOf(err, context.Cause(r.ctx) != nil || r.plan.background && storeAway(err))
	if s.Status == StatusCompleted {
		r.tally.passed() // a run that its Limit ended has passed what it skipped
	}
	if info := (RunInfo{Summary: *s, RetryOf: r.plan.retryOf}); s.Status != StatusInterrupted {
		r.tally.fill(&info.Summary)
		texts, werr := r.imp.warnings(r.writes, info)
		r.tally.warn(texts...)
		if werr != nil {
			err = errors.Join(err, fmt.Errorf("run %s: %w", r.state.RunID, werr))
			s.Status = statusOf(err, context.Cause(r.ctx) != nil)
		}
	}
	r.tally.fill(s)
	s.Finished = time.Now().UTC()
	if paused, ok := errors.AsType[*PausedError](err); ok {
		s.PausedUntil = paused.Until.UTC()
	}
	if rerr := r.release(err); rerr != nil {
		// The store has the run as running: it goes on by itself once the lease
		// expired, and is told of when it really ended.
		s.Status = StatusInterrupted
		err = errors.Join(err, rerr)
	}
	r.publish()
	r.logEnd(err)
	// A hook that panics here changes nothing: the end is stored.
	_ = hook(r.imp.host, "Events.RunEnded", r.imp.cfg.Events.RunEnded, RunEnded{Summary: r.summary(), Err: err})
	if !s.DryRun && !errors.Is(err, ErrLeaseLost) && s.Status != StatusInterrupted {
		r.imp.notify(context.WithoutCancel(r.ctx), r.summary(), r.state.Notified)
	}
	sum := r.summary()
	return &sum, err
}

// release is skipped by a run that lost its lease: another one has the word.
func (r *engineRun) release(err error) error {
	if r.keeper == nil || errors.Is(err, ErrLeaseLost) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), releaseTimeout)
	defer cancel()
	if r.unsure {
		st, err := r.imp.cfg.Store.Run(ctx, r.state.RunID)
		if err != nil {
			return fmt.Errorf("count run %s: %w", r.state.RunID, err)
		}
		r.tally.counts, r.tally.reasons = st.Counts, maps.Clone(st.ByReason)
		r.tally.fill(&r.state.Summary)
	}
	if err := r.imp.cfg.Store.Release(ctx, r.keeper.current(), r.state); err != nil {
		return fmt.Errorf("release run %s: %w", r.state.RunID, err)
	}
	return nil
}

func (r *engineRun) summary() Summary {
	s := r.state.Summary
	r.tally.fill(&s)
	return s
}

func (r *engineRun) logEnd(err error) {
	s := &r.state.Summary
	attrs := []slog.Attr{
		slog.String("run", s.RunID), slog.String("status", string(s.Status)),
		slog.Int("read", s.Counts.Read), slog.Int("created", s.Counts.Created), slog.Int("linked", s.Counts.Linked),
		slog.Int("updated", s.Counts.Updated), slog.Int("unchanged", s.Counts.Unchanged),
		slog.Int("skipped", s.Counts.Skipped), slog.Int("failed", s.Counts.Failed),
	}
	level := slog.LevelInfo
	if err != nil {
		level = slog.LevelWarn
		attrs = append(attrs, slog.Any("error", err))
	}
	r.imp.cfg.Logger.LogAttrs(r.ctx, level, "import run ended", attrs...)
}

// statusOf says how a run ended. A run that was told to stop, or that can do no
// more for now, is interrupted: in the background it goes on by itself, else at
// the host's next start.
func statusOf(err error, told bool) RunStatus {
	_, paused := errors.AsType[*PausedError](err)
	switch {
	case err == nil:
		return StatusCompleted
	case errors.Is(err, ErrTooManyFailures):
		return StatusStopped
	case errors.Is(err, errCanceled):
		return StatusCanceled
	case paused:
		return StatusPaused
	case told, errors.Is(err, ErrInDoubt), errors.Is(err, ErrLeaseLost), errors.Is(err, errOutOfTime), errors.Is(err, errNotReady):
		return StatusInterrupted
	}
	return StatusFailed
}

// warnings asks source and sink for what they have to say about a run.
func (imp *Importer) warnings(ctx context.Context, info RunInfo) ([]string, error) {
	var all []string
	var failed []error
	for _, e := range []struct {
		call string
		end  any
	}{{"Source.Warnings", imp.cfg.Source}, {"Sink.Warnings", imp.cfg.Sink}} {
		if w, ok := ability[Warner](e.end); ok {
			texts, err := guarded(imp.host, e.call, func() ([]string, error) { return w.Warnings(ctx, info), nil })
			all, failed = append(all, texts...), append(failed, err)
		}
	}
	return all, errors.Join(failed...)
}
