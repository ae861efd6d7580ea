package storetest

import (
	"fmt"
	"strings"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func intents(ids ...string) []ledger.Intent {
	in := make([]ledger.Intent, len(ids))
	for i, id := range ids {
		in[i] = ledger.Intent{ID: id, Fingerprint: "fp-" + id}
	}
	return in
}

// again are intents of what is sent although it was before.
func again(ids ...string) []ledger.Intent {
	in := intents(ids...)
	for i := range in {
		in[i].Again = true
	}
	return in
}

func known(ids ...string) ledger.Commit {
	var c ledger.Commit
	for _, id := range ids {
		c.Outcomes = append(c.Outcomes, created(id))
		c.Records = append(c.Records, knownRecord(id))
	}
	return c
}

func knownRecord(id string) ledger.Record {
	return ledger.Record{ID: id, Known: true, SinkID: "sink-" + id, Fingerprint: "fp-" + id}
}

func created(id string) ledger.Outcome {
	return ledger.Outcome{SourceID: id, SinkID: "sink-" + id, Action: ledger.ActionCreated}
}

func failed(id string, r ledger.Reason) ledger.Outcome {
	return ledger.Outcome{SourceID: id, Action: ledger.ActionFailed, Reason: r}
}

func inState(states ...ledger.RecordState) ledger.Query { return ledger.Query{States: states} }

func forget(id string) ledger.Amendment { return ledger.Amendment{ID: id, Op: ledger.AmendForget} }

func retry(id string) ledger.Amendment { return ledger.Amendment{ID: id, Op: ledger.AmendRetry} }

func decide(id, decision string) ledger.Amendment {
	return ledger.Amendment{ID: id, Op: ledger.AmendDecide, Decision: decision}
}

func outcomeWord(o ledger.Outcome) string {
	return strings.TrimSuffix(fmt.Sprintf("%s:%s:%s", o.SourceID, o.Action, o.Reason), ":")
}

// sameRun compares runs as a store must keep them: times to the microsecond, an
// empty list as good as none. Alive and DueIn, which time changes, are left out.
func (t *trial) sameRun(what string, got, want ledger.RunState) {
	t.equal(what, runText(got), runText(want))
}

// runText prints a run without pointers, and without the method of a summary that
// prints less.
func runText(st ledger.RunState) string {
	failure := "none"
	if f := st.Failure; f != nil {
		failure = fmt.Sprintf("%s %s %s %d %s %s", f.End, f.Operation, f.Code, f.Status, printTime(f.At), printTime(f.Since))
	}
	return fmt.Sprintf("%+v", []any{
		st.RunID, st.Link, st.Kind, st.Status, "dry run", st.DryRun, st.Counts, st.ByReason, st.Excluded, st.Warnings, "failure", failure,
		printTime(st.Started), printTime(st.Finished), printTime(st.PausedUntil), string(st.Filter), string(st.Options),
		map[string]string(st.Labels), st.RetryOf, st.Driver, "cursor", string(st.Cursor), st.Listed, "pass", st.Pass, st.Total,
		"passing", st.Passing.Counts, st.Passing.ByReason, st.Passing.Excluded, "notices", st.Notices, string(st.Asked),
		"epoch", st.Epoch, st.Starts, st.Progress, st.Owner, printTime(st.Heartbeat),
	})
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
