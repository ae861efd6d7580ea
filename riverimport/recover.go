package riverimport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// beatsPerTTL is how often within a lease a worker says that it is at a job, and looks for
// those of others that do not.
const beatsPerTTL = 4

// recover takes up jobs of workers that died, or stand still: they gave no sign for a
// LeaseTTL, and the lease of the run is over. To be wrong costs a look: whoever has the
// lease has the run. All workers do this; the first one's update counts.
func (im *Imports) recover(ctx context.Context) error {
	failed := []error{im.jobs.due(ctx)}
	lost, err := im.jobs.lost(ctx, im.cfg.LeaseTTL)
	failed = append(failed, err)
	for _, a := range lost {
		if im.has(a) {
			continue
		}
		st, err := im.cfg.Store.Run(ctx, RunID(a.job))
		switch {
		case errors.Is(err, adcimport.ErrNotFound): // it died before its run began
		case err != nil:
			failed = append(failed, fmt.Errorf("look at the lease of job %d: %w", a.job, err))
			continue
		case st.Alive:
			continue
		}
		taken, err := im.jobs.take(ctx, a)
		if failed = append(failed, err); taken {
			im.cfg.Logger.WarnContext(ctx, "job of a worker that is gone was taken up", slog.Int64("job", a.job))
		}
	}
	return errors.Join(failed...)
}

// has reports whether the job is at work here, though it could not say so.
func (im *Imports) has(a attempt) bool {
	im.mu.Lock()
	defer im.mu.Unlock()
	at, ok := im.working[a.job]
	return ok && at.Equal(a.at)
}

// reconcile ends runs whose jobs were canceled while no worker had them, or given up.
func (im *Imports) reconcile(ctx context.Context) error {
	var ids []int64
	for st, err := range im.cfg.Store.Runs(ctx, ledger.RunQuery{Unended: true}) {
		if err != nil {
			return fmt.Errorf("list runs: %w", err)
		}
		if id, ours := jobOf(st.RunID); ours && !st.Alive && st.Driver == ledger.DriverHost {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	over, err := im.jobs.over(ctx, ids, im.cfg.LeaseTTL)
	failed := []error{err}
	for _, id := range over {
		if err := im.cancelRun(ctx, id); err != nil {
			failed = append(failed, fmt.Errorf("cancel run %s: %w", RunID(id), err))
		}
	}
	return errors.Join(failed...)
}
