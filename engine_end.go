package adcimport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"
)

const (
	releaseTimeout = 10 * time.Second // for the last write of a run
	notifyTimeout  = 30 * time.Second // for one notifier
	renotifyRuns   = 100              // so many of the newest runs are looked at for a missed notice
)

func (r *engineRun) started() {
	log := r.imp.cfg.Logger
	var epoch int64
	if r.keeper != nil {
		epoch = r.keeper.current().Epoch
	}
	log.InfoContext(r.ctx, "import run started", slog.String("run", r.state.RunID),
		slog.String("link", r.state.Link), slog.String("kind", string(r.state.Kind)),
		slog.Bool("resumed", r.resumed), slog.Int64("epoch", epoch))
	if f := r.imp.cfg.Events.RunStarted; f != nil {
		f(RunStarted{RunID: r.state.RunID, Link: r.state.Link, Kind: r.state.Kind, Epoch: epoch, Resumed: r.resumed})
	}
}

// finish stores the end of the run, gives the lease back and tells.
func (r *engineRun) finish(err error) (*Summary, error) {
	s := &r.state.Summary
	s.Status = statusOf(err, context.Cause(r.ctx) != nil || r.plan.background && storeAway(err))
	if s.Status == StatusCompleted {
		r.tally.passed() // a run that its Limit ended has passed what it skipped
	}
	if info := (RunInfo{*s}); s.Status != StatusInterrupted {
		r.tally.fill(&info.Summary)
		r.tally.warn(r.imp.warnings(r.writes, info)...)
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
	if f := r.imp.cfg.Events.RunEnded; f != nil {
		f(RunEnded{Summary: r.summary(), Err: err})
	}
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
func (imp *Importer) warnings(ctx context.Context, info RunInfo) []string {
	var all []string
	for _, end := range []any{imp.cfg.Source, imp.cfg.Sink} {
		if w, ok := ability[Warner](end); ok {
			all = append(all, w.Warnings(ctx, info)...)
		}
	}
	return all
}

func (imp *Importer) notifierNames() []string {
	names := make([]string, len(imp.cfg.Notifiers))
	for i, n := range imp.cfg.Notifiers {
		names[i] = fmt.Sprintf("%d:%T", i, n)
	}
	return names
}

// notify tells each notifier that was not told of this end of the run, and
// remembers that it was. It answers the names of those that failed.
func (imp *Importer) notify(ctx context.Context, s Summary, told []string) (failed []string) {
	for i, name := range imp.notifierNames() {
		mark := notice(name, s.Status)
		if slices.Contains(told, mark) {
			continue
		}
		if err := imp.notifyOne(ctx, imp.cfg.Notifiers[i], s); err != nil {
			imp.cfg.Logger.WarnContext(ctx, "notifier failed", slog.String("run", s.RunID), slog.String("notifier", name))
			failed = append(failed, name)
			continue
		}
		if err := imp.cfg.Store.MarkNotified(ctx, s.RunID, mark); err != nil {
			imp.cfg.Logger.WarnContext(ctx, "notice is not remembered and will be repeated",
				slog.String("run", s.RunID), slog.String("notifier", name), slog.Any("error", err))
		}
	}
	return failed
}

func (imp *Importer) notifyOne(ctx context.Context, n Notifier, s Summary) error {
	ctx, cancel := context.WithTimeout(ctx, notifyTimeout)
	defer cancel()
	return n.Notify(ctx, s)
}

// renotify repeats the notices that a crash or a broken notifier swallowed, of
// runs that had this notifier when they began.
func (imp *Importer) renotify(ctx context.Context) {
	if len(imp.cfg.Notifiers) == 0 {
		return
	}
	var missed []RunState
	looked := 0
	for st, err := range imp.cfg.Store.Runs(ctx, imp.cfg.Link) {
		if err != nil || looked == renotifyRuns {
			break
		}
		looked++
		if st.Status != StatusRunning && st.Status != StatusInterrupted {
			missed = append(missed, st)
		}
	}
	var broken []string // one that failed is not asked again now: a start must not wait for each run's notice
	for _, st := range missed {
		_, had := mappingOf(st)
		told := slices.Clone(st.Notified)
		for _, name := range imp.notifierNames() {
			if !slices.Contains(had, name) || slices.Contains(broken, name) {
				told = append(told, notice(name, st.Status))
			}
		}
		broken = append(broken, imp.notify(ctx, st.Summary, told)...)
	}
}

// notice is what a store remembers of a notifier that was told.
func notice(notifier string, s RunStatus) string { return notifier + "/" + string(s) }
