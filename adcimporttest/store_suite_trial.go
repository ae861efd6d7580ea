package adcimporttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
)

// What the rules use throughout.
const (
	storeLink = "link-1"
	storeTTL  = time.Minute
)

// storeTrial is one rule on one store. The first failure stays; nothing is done
// to the store after it, so that rules read without error handling.
type storeTrial struct {
	ctx   context.Context //nolint:containedctx // a trial lives as long as one call of check
	store adcimport.StateStore
	err   error
}

func (t *storeTrial) failf(format string, args ...any) {
	if t.err == nil {
		t.err = fmt.Errorf(format, args...)
	}
}

// do runs a step and fails with its error.
func (t *storeTrial) do(doing string, step func() error) {
	if t.err != nil {
		return
	}
	if err := step(); err != nil {
		t.failf("%s: %w", doing, err)
	}
}

// equal compares two values by how they print.
func (t *storeTrial) equal(what string, got, want any) {
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); t.err == nil && g != w {
		t.failf("%s is %s, want %s", what, g, w)
	}
}

// refused wants an error of a step that matches target.
func (t *storeTrial) refused(doing string, target error, step func() error) {
	if t.err != nil {
		return
	}
	if err := step(); !errors.Is(err, target) {
		t.failf("%s answered %v, want an error that is %q", doing, err, target)
	}
}

// advance moves the clock, or leaves the rule out.
func (t *storeTrial) advance(d time.Duration) {
	c, ok := storeAbility[StoreClock](t.store)
	if !ok {
		t.failf("%w: the store has no Advance, its clock cannot be moved", errRuleLeftOut)
		return
	}
	if t.err == nil {
		c.Advance(d)
	}
}

// reopen goes on with the state alone, or leaves the rule out.
func (t *storeTrial) reopen() {
	r, ok := storeAbility[StoreReopener](t.store)
	if !ok {
		t.failf("%w: the store has no Reopen", errRuleLeftOut)
	}
	t.do("Reopen", func() error {
		s, err := r.Reopen()
		if err == nil {
			t.store = s
		}
		return err
	})
}

func storeRequest(runID string) adcimport.LeaseRequest {
	return adcimport.LeaseRequest{
		Link: storeLink, Kind: adcimport.KindCustomer, RunID: runID, Owner: "host-1", TTL: storeTTL,
	}
}

func (t *storeTrial) acquire(runID string) adcimport.Lease { return t.acquireFor(storeRequest(runID)) }

func (t *storeTrial) acquireFor(req adcimport.LeaseRequest) (l adcimport.Lease) {
	t.do("Acquire for run "+req.RunID, func() (err error) {
		l, err = t.store.Acquire(t.ctx, req)
		return err
	})
	return l
}

func (t *storeTrial) renew(l adcimport.Lease) (next adcimport.Lease) {
	t.do("Renew", func() (err error) {
		next, err = t.store.Renew(t.ctx, l)
		return err
	})
	return next
}

// release ends a run with a status, a time after which it finished, and no
// more.
func (t *storeTrial) release(l adcimport.Lease, status adcimport.RunStatus, finished time.Time) {
	end := adcimport.RunState{Summary: adcimport.Summary{Status: status, Finished: finished}}
	t.do("Release of run "+l.RunID, func() error { return t.store.Release(t.ctx, l, end) })
}

// intend is Intend of ids, with a fingerprint each.
func (t *storeTrial) intend(l adcimport.Lease, ids ...string) []adcimport.IntentState {
	return t.intendAll(l, storeIntents(false, ids...))
}

// unpark is intend of an explicit retry.
func (t *storeTrial) unpark(l adcimport.Lease, ids ...string) []adcimport.IntentState {
	return t.intendAll(l, storeIntents(true, ids...))
}

func storeIntents(unpark bool, ids ...string) []adcimport.Intent {
	in := make([]adcimport.Intent, len(ids))
	for i, id := range ids {
		in[i] = adcimport.Intent{ID: id, Fingerprint: "fp-" + id, Unpark: unpark}
	}
	return in
}

func (t *storeTrial) intendAll(l adcimport.Lease, in []adcimport.Intent) (states []adcimport.IntentState) {
	t.do("Intend", func() (err error) {
		states, err = t.store.Intend(t.ctx, l, in)
		return err
	})
	return states
}

func (t *storeTrial) commit(l adcimport.Lease, c adcimport.Commit) {
	t.do("Commit", func() error { return t.store.Commit(t.ctx, l, c) })
}

// outcomes commits outcomes and nothing else.
func (t *storeTrial) outcomes(l adcimport.Lease, list ...adcimport.Outcome) {
	t.commit(l, adcimport.Commit{Outcomes: list})
}

func storeCreated(id string) adcimport.Outcome {
	return adcimport.Outcome{SourceID: id, SinkID: "sink-" + id, Action: adcimport.ActionCreated}
}

func storeFailed(id string, r adcimport.Reason) adcimport.Outcome {
	return adcimport.Outcome{SourceID: id, Action: adcimport.ActionFailed, Reason: r}
}

func storeSkipped(id string, r adcimport.Reason) adcimport.Outcome {
	return adcimport.Outcome{SourceID: id, Action: adcimport.ActionSkipped, Reason: r}
}

func (t *storeTrial) run(id string) (st adcimport.RunState) {
	t.do("Run "+id, func() (err error) {
		st, err = t.store.Run(t.ctx, id)
		return err
	})
	return st
}

func (t *storeTrial) known(ids ...string) (found map[string]adcimport.Known) {
	t.do("Known", func() (err error) {
		found, err = t.store.Known(t.ctx, storeLink, adcimport.KindCustomer, ids)
		return err
	})
	return found
}

// knownIDs are the ids among the given ones that are known, sorted.
func (t *storeTrial) knownIDs(ids ...string) []string {
	return slices.Sorted(maps.Keys(t.known(ids...)))
}

// inDoubt are the ids that are in doubt, sorted.
func (t *storeTrial) inDoubt() []string {
	var ids []string
	for _, it := range storeCollect(t, "InDoubt", t.store.InDoubt(t.ctx, storeLink, adcimport.KindCustomer)) {
		ids = append(ids, it.ID)
	}
	slices.Sort(ids)
	return ids
}

// ledger is the stored outcomes of a run, one word each.
func (t *storeTrial) ledger(runID string) []string {
	var list []string
	for _, o := range storeCollect(t, "Outcomes", t.store.Outcomes(t.ctx, runID)) {
		list = append(list, strings.TrimSuffix(fmt.Sprintf("%s:%s:%s", o.SourceID, o.Action, o.Reason), ":"))
	}
	return list
}

func (t *storeTrial) runIDs(link string) []string {
	var ids []string
	for _, st := range storeCollect(t, "Runs", t.store.Runs(t.ctx, link)) {
		ids = append(ids, st.RunID)
	}
	return ids
}

// storeCollect ranges to the end.
func storeCollect[T any](t *storeTrial, what string, seq iter.Seq2[T, error]) (list []T) {
	t.do(what, func() error {
		for v, err := range seq {
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		return nil
	})
	return list
}

// sameRun compares runs as a store must keep them: times to the microsecond, an
// empty list as good as none.
func (t *storeTrial) sameRun(got, want adcimport.RunState) {
	for _, f := range []struct {
		name      string
		got, want any
	}{
		{"RunID", got.RunID, want.RunID},
		{"Link", got.Link, want.Link},
		{"Kind", got.Kind, want.Kind},
		{"Status", got.Status, want.Status},
		{"DryRun", got.DryRun, want.DryRun},
		{"Counts", got.Counts, want.Counts},
		{"ByReason", got.ByReason, want.ByReason},
		{"Warnings", got.Warnings, want.Warnings},
		{"Started", storeTime(got.Started), storeTime(want.Started)},
		{"Finished", storeTime(got.Finished), storeTime(want.Finished)},
		{"PausedUntil", storeTime(got.PausedUntil), storeTime(want.PausedUntil)},
		{"Cursor", got.Cursor, want.Cursor},
		{"Listed", got.Listed, want.Listed},
		{"Notified", got.Notified, want.Notified},
	} {
		t.equal(f.name, f.got, f.want)
	}
	if !bytes.Equal(got.Filter, want.Filter) || !bytes.Equal(got.Options, want.Options) {
		t.failf("filter and options are %q and %q, want %q and %q", got.Filter, got.Options, want.Filter, want.Options)
	}
}

// storeTime prints a time as every store must keep it.
func storeTime(at time.Time) string {
	if at.IsZero() {
		return "none"
	}
	return at.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
}

// storeIDs makes ids that sort as they count.
func storeIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%07d", 1000000+i)
	}
	return ids
}

// storeMoment is a time with all the digits that must survive, and some that
// need not.
func storeMoment() time.Time {
	return time.Date(2026, 3, 4, 5, 6, 7, 123456789, time.FixedZone("", -7*3600))
}
