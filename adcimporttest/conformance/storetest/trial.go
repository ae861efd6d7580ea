package storetest

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

	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
	"github.com/securitytrax/adcimport/ledger"
)

// What the rules use throughout.
const (
	linkName = "link-1"
	leaseTTL = time.Minute
)

// trial is one rule on one store. The first failure stays; nothing is done
// to the store after it, so that rules read without error handling.
type trial struct {
	ctx   context.Context //nolint:containedctx // a trial lives as long as one call of check
	store ledger.StateStore
	err   error
}

func (t *trial) failf(format string, args ...any) {
	if t.err == nil {
		t.err = fmt.Errorf(format, args...)
	}
}

// do runs a step and fails with its error.
func (t *trial) do(doing string, step func() error) {
	if t.err != nil {
		return
	}
	if err := step(); err != nil {
		t.failf("%s: %w", doing, err)
	}
}

// equal compares two values by how they print.
func (t *trial) equal(what string, got, want any) {
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); t.err == nil && g != w {
		t.failf("%s is %s, want %s", what, g, w)
	}
}

// refused wants an error of a step that matches target.
func (t *trial) refused(doing string, target error, step func() error) {
	if t.err != nil {
		return
	}
	if err := step(); !errors.Is(err, target) {
		t.failf("%s returned %v, want an error that is %q", doing, err, target)
	}
}

// advance moves the clock, or leaves the rule out.
func (t *trial) advance(d time.Duration) {
	c, ok := ability.Find[Clock](t.store)
	if !ok {
		t.failf("%w: the store has no Advance, its clock cannot be moved", errLeftOut)
		return
	}
	if t.err == nil {
		c.Advance(d)
	}
}

// reopen goes on with the state alone, or leaves the rule out.
func (t *trial) reopen() {
	r, ok := ability.Find[Reopener](t.store)
	if !ok {
		t.failf("%w: the store has no Reopen", errLeftOut)
	}
	t.do("Reopen", func() error {
		s, err := r.Reopen()
		if err == nil {
			t.store = s
		}
		return err
	})
}

func request(runID string) ledger.LeaseRequest {
	return ledger.LeaseRequest{
		Link: linkName, Kind: ledger.KindCustomer, RunID: runID, Owner: "host-1", TTL: leaseTTL,
	}
}

func (t *trial) acquire(runID string) ledger.Lease { return t.acquireFor(request(runID)) }

func (t *trial) acquireFor(req ledger.LeaseRequest) (l ledger.Lease) {
	t.do("Acquire for run "+req.RunID, func() (err error) {
		l, err = t.store.Acquire(t.ctx, req)
		return err
	})
	return l
}

func (t *trial) renew(l ledger.Lease) (next ledger.Lease) {
	t.do("Renew", func() (err error) {
		next, err = t.store.Renew(t.ctx, l)
		return err
	})
	return next
}

// release ends a run with a status, a time after which it finished, and no
// more.
func (t *trial) release(l ledger.Lease, status ledger.RunStatus, finished time.Time) {
	end := ledger.RunState{Summary: ledger.Summary{Status: status, Finished: finished}}
	t.do("Release of run "+l.RunID, func() error { return t.store.Release(t.ctx, l, end) })
}

// intend is Intend of ids, with a fingerprint each.
func (t *trial) intend(l ledger.Lease, ids ...string) []ledger.IntentState {
	return t.intendAll(l, intents(false, ids...))
}

// unpark is intend of an explicit retry.
func (t *trial) unpark(l ledger.Lease, ids ...string) []ledger.IntentState {
	return t.intendAll(l, intents(true, ids...))
}

func intents(unpark bool, ids ...string) []ledger.Intent {
	in := make([]ledger.Intent, len(ids))
	for i, id := range ids {
		in[i] = ledger.Intent{ID: id, Fingerprint: "fp-" + id, Unpark: unpark}
	}
	return in
}

func (t *trial) intendAll(l ledger.Lease, in []ledger.Intent) (states []ledger.IntentState) {
	t.do("Intend", func() (err error) {
		states, err = t.store.Intend(t.ctx, l, in)
		return err
	})
	return states
}

func (t *trial) commit(l ledger.Lease, c ledger.Commit) {
	t.do("Commit", func() error { return t.store.Commit(t.ctx, l, c) })
}

// outcomes commits outcomes and nothing else.
func (t *trial) outcomes(l ledger.Lease, list ...ledger.Outcome) {
	t.commit(l, ledger.Commit{Outcomes: list})
}

func created(id string) ledger.Outcome {
	return ledger.Outcome{SourceID: id, SinkID: "sink-" + id, Action: ledger.ActionCreated}
}

func failed(id string, r ledger.Reason) ledger.Outcome {
	return ledger.Outcome{SourceID: id, Action: ledger.ActionFailed, Reason: r}
}

func skipped(id string, r ledger.Reason) ledger.Outcome {
	return ledger.Outcome{SourceID: id, Action: ledger.ActionSkipped, Reason: r}
}

func (t *trial) run(id string) (st ledger.RunState) {
	t.do("Run "+id, func() (err error) {
		st, err = t.store.Run(t.ctx, id)
		return err
	})
	return st
}

func (t *trial) known(ids ...string) (found map[string]ledger.Known) {
	t.do("Known", func() (err error) {
		found, err = t.store.Known(t.ctx, linkName, ledger.KindCustomer, ids)
		return err
	})
	return found
}

// knownIDs are the ids among the given ones that are known, sorted.
func (t *trial) knownIDs(ids ...string) []string {
	return slices.Sorted(maps.Keys(t.known(ids...)))
}

// inDoubt are the ids that are in doubt, sorted.
func (t *trial) inDoubt() []string {
	var ids []string
	for _, it := range collect(t, "InDoubt", t.store.InDoubt(t.ctx, linkName, ledger.KindCustomer)) {
		ids = append(ids, it.ID)
	}
	slices.Sort(ids)
	return ids
}

// ledger is the stored outcomes of a run, one word each.
func (t *trial) ledger(runID string) []string {
	var list []string
	for _, o := range collect(t, "Outcomes", t.store.Outcomes(t.ctx, runID)) {
		list = append(list, strings.TrimSuffix(fmt.Sprintf("%s:%s:%s", o.SourceID, o.Action, o.Reason), ":"))
	}
	return list
}

func (t *trial) runIDs(link string) []string {
	var ids []string
	for _, st := range collect(t, "Runs", t.store.Runs(t.ctx, link)) {
		ids = append(ids, st.RunID)
	}
	return ids
}

// collect ranges to the end.
func collect[T any](t *trial, what string, seq iter.Seq2[T, error]) (list []T) {
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
func (t *trial) sameRun(got, want ledger.RunState) {
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
		{"Started", printTime(got.Started), printTime(want.Started)},
		{"Finished", printTime(got.Finished), printTime(want.Finished)},
		{"PausedUntil", printTime(got.PausedUntil), printTime(want.PausedUntil)},
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

// printTime prints a time as every store must keep it.
func printTime(at time.Time) string {
	if at.IsZero() {
		return "none"
	}
	return at.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
}

// manyIDs makes ids that sort as they count.
func manyIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%07d", 1000000+i)
	}
	return ids
}

// moment is a time with all the digits that must survive, and some that
// need not.
func moment() time.Time {
	return time.Date(2026, 3, 4, 5, 6, 7, 123456789, time.FixedZone("", -7*3600))
}
