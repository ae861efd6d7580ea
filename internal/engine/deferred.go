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
	w.last = true
	ids, err := w.deferredIDs(ctx)
	if err != nil {
		return err
	}
	if w.plan.Options.Limit > 0 { // those that are left over come first in the next run
		ids = ids[:min(len(ids), max(w.reader.limit.allowed+int(w.charged.Load()), 0))]
	}
	w.reader.within = knownBadTime
	defer func() { w.reader.within = 0 }()
	for some := range slices.Chunk(ids, knownBadAtOnce) {
		items, err := w.reader.byIDs(ctx, some, w.reader.blameDetails)
		if err != nil {
			return err
		}
		items = w.withoutOthers(items)
		if err := w.writer.write(ctx, &batch[S, R]{items: items}); err != nil {
			return err
		}
	}
	return nil
}

// postpone leaves an item to the end of the run. It does not count against the limit twice.
func (j *job[S, R]) postpone(it *item[S, R]) {
	it.stage = deferred
	j.charged.Add(1)
}

// withoutOthers takes out the records that are not this run's: another one put them
// off, and the filter does not select them. They are like any other from then on.
func (w *phases[S, R]) withoutOthers(items []item[S, R]) []item[S, R] {
	return slices.DeleteFunc(items, func(it item[S, R]) bool {
		others := it.stage == decided && !w.writer.putOff[it.id] &&
			(it.out.Reason == ledger.ReasonFilteredOut || it.out.Reason == ledger.ReasonExcluded)
		if r, changed := it.record(); others && changed {
			w.writer.next.commit.Records = append(w.writer.next.commit.Records, r)
		}
		return others
	})
}

// deferredIDs are those of the deferred records that are this run's: none that its filter
// does not name, that it would leave as they are, or that it is not to try again.
func (w *phases[S, R]) deferredIDs(ctx context.Context) ([]string, error) {
	var ids []string
	for r, err := range w.books.list(ctx, ledger.StateDeferred, 0) {
		if err != nil {
			return nil, w.wrap("list "+string(ledger.StateDeferred), err)
		}
		if w.flow.Wanted(r.ID) && (!r.Known || w.updatesKnown()) {
			ids = append(ids, r.ID)
		}
	}
	if len(ids) == 0 || !w.retries() {
		return ids, nil
	}
	again := make(map[string]bool, len(ids))
	for _, id := range ids {
		again[id] = false
	}
	for id, err := range w.toRetry(ctx, 0) {
		if err != nil {
			return nil, w.wrap("list the failed", err)
		}
		if _, waits := again[id]; waits {
			again[id] = true
		}
	}
	return slices.DeleteFunc(ids, func(id string) bool { return !again[id] }), nil
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
	return j.since(had.Since) < RestOf(had, j.cfg.RestAfter)
}

// RestOf is how long a resting record is left alone, from [ledger.Record.Since] on.
func RestOf(had *ledger.Record, restAfter int) time.Duration {
	n := min(max(had.Attempts-restAfter, 0), len(rests)-1)
	return time.Duration(rests[n]) * 24 * time.Hour
}
