package engine

import (
	"context"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// Records that failed doubtfully come after all others, in this run and in those
// that follow, each with one attempt of a bounded time. What was blamed in several
// runs in a row rests, and is tried again after some days: for longer each time.

const (
	knownBadTime   = 15 * time.Second // for the detail of a record that failed before
	knownBadAtOnce = 8
)

// rests are the days for which a record rests that was blamed for the nth time
// since it may rest.
var rests = [...]int{1, 2, 4, 7} //nolint:gochecknoglobals // a table

// deferred takes the records that failed doubtfully, in this run or in one that
// did not come to them.
func (w *phases[S, R]) deferred(ctx context.Context) error {
	ids, err := w.idsIn(ctx, ledger.StateDeferred, 0)
	if err != nil {
		return err
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return !w.flow.Wanted(id) })
	if w.plan.Options.Limit > 0 { // those that are left over come first in the next run
		ids = ids[:min(len(ids), max(w.reader.allowed+w.reader.charged, 0))]
	}
	w.reader.within = knownBadTime
	defer func() { w.reader.within = 0 }()
	for some := range slices.Chunk(ids, knownBadAtOnce) {
		items, err := w.reader.byIDs(ctx, some, w.reader.blameDetails)
		if err != nil {
			return err
		}
		if err := w.writer.write(ctx, &batch[S, R]{items: items}); err != nil {
			return err
		}
	}
	return nil
}

// knownBad reports whether a record failed in a former run, or was left for the
// end of one, for nothing that its data says.
func (j *job[S, R]) knownBad(had *ledger.Record) bool {
	switch had.State {
	case ledger.StateDeferred:
		return true
	case ledger.StateFailed, ledger.StateResting:
		return had.Attempts > 0 && had.Setup == j.plan.Setup
	case ledger.StateNone, ledger.StateOpen, ledger.StateParked, ledger.StateReview:
	}
	return false
}

// rests reports whether a record is left alone for now.
func (j *job[S, R]) rests(had *ledger.Record) bool {
	if had.State != ledger.StateResting || had.Setup != j.plan.Setup {
		return false
	}
	n := min(max(had.Attempts-j.cfg.RestAfter, 0), len(rests)-1)
	return j.since(had.Since) < time.Duration(rests[n])*24*time.Hour
}

// since is how long ago something was, by the store's clock.
func (j *job[S, R]) since(t time.Time) time.Duration { return j.granted.Sub(t) + time.Since(j.began) }
