package ledger

import (
	"maps"
	"slices"
	"time"
)

// What becomes of a run when its lease is taken, given back or asked about. Like
// [Apply] these are pure, and the same for all stores.

// Allows reports, as an error, that a run may not go on in this way: see the
// constants.
func (w Resume) Allows(st *RunState, now time.Time) error {
	switch {
	case w == ResumeAsked && st.Status == StatusCompleted:
		return ErrRunEnded
	case w != ResumeDue:
		return nil
	case st.Status.Ended():
		return ErrRunEnded
	case st.Status == StatusHeld, st.Driver == DriverHost, st.Status == StatusPaused && now.Before(st.PausedUntil):
		return ErrNotDue
	}
	return nil
}

// NewRunState is the state of the new run that a request opens.
func NewRunState(req LeaseRequest, now time.Time) RunState {
	given := req.State
	st := RunState{
		Summary: Summary{
			RunID: req.RunID, Link: req.Link, Kind: req.Kind, Status: StatusRunning,
			DryRun: given.DryRun, Started: now, Warnings: slices.Clone(given.Warnings),
		},
		Filter: slices.Clone(given.Filter), Options: slices.Clone(given.Options),
		Labels: maps.Clone(given.Labels), RetryOf: given.RetryOf, Driver: given.Driver,
	}
	if st.Driver == "" {
		st.Driver = DriverImporter
	}
	return st
}

// Queued is the state of the new run that a request opens although a run of holder,
// a link, has the lease; false: it opens none.
func (r *LeaseRequest) Queued(holder string, now time.Time) (RunState, bool) {
	if !r.Queue || r.Resume != ResumeNew || holder == r.Link {
		return RunState{}, false
	}
	st := NewRunState(*r, now)
	st.Status = StatusInterrupted
	return st, true
}

// Restart is for a run that goes on after another run of its scope: what that
// one resolved, this one's cursor may have passed, so its listing begins anew.
func (st *RunState) Restart() {
	st.Pass++
	st.Cursor, st.Listed = "", false
	st.SetTally(st.Tally().Minus(st.Passing))
	st.Passing = Tally{}
}

// Reopen makes the run one that is at work. What it waits for stays its failure,
// until a commit ends that (see [Commit.Mends]), or the run; one that had ended
// begins without.
func (st *RunState) Reopen(req LeaseRequest) {
	if st.Failure != nil && (st.Status.Ended() || st.Failure.Since.IsZero()) {
		st.Failure = nil
	}
	st.Status = StatusRunning
	st.Finished, st.PausedUntil = time.Time{}, time.Time{}
	if req.Resume == ResumeAsked {
		st.Asked = AskNothing
	}
	if req.Resume != ResumeNew && req.Driver != "" {
		st.Driver = req.Driver
	}
}

// Checkpoint moves place and counts to those of a commit.
func (st *RunState) Checkpoint(c Commit, now time.Time) {
	if c.Cursor != nil {
		st.Cursor, st.Listed = *c.Cursor, c.Listed
	}
	st.SetTally(c.Tally.Clone())
	st.Passing = c.Passing.Clone()
	st.Progress = c.Progress
	st.Total = max(st.Total, c.Progress.Total)
	st.Starts, st.Heartbeat = 0, now
	if c.Mends() {
		st.Failure = nil
	}
}

// Close stores an end. What was asked of the run is done with.
func (st *RunState) Close(end End, now time.Time) {
	st.Status, st.Finished = end.Status, now
	st.PausedUntil = time.Time{}
	if end.Status == StatusPaused {
		st.PausedUntil = now.Add(end.Wait)
	}
	st.Failure = nil
	if end.Failure != nil {
		f := *end.Failure
		st.Failure = &f
	}
	st.Warnings = slices.Clone(end.Warnings)
	st.Asked, st.Starts = AskNothing, 0
}

// Seen fills in what only the store's clock can tell. expires is the end of the
// run's lease; zero: it holds none.
func (st *RunState) Seen(expires, now time.Time) {
	st.Alive = expires.After(now)
	st.DueIn = 0
	switch {
	case st.Alive:
		st.DueIn = expires.Sub(now)
	case st.Status == StatusPaused:
		st.DueIn = st.PausedUntil.Sub(now)
	}
}

// texts are those that a store keeps.
func (r *LeaseRequest) texts() []string {
	texts := []string{r.Account, string(r.Kind), r.Link, r.RunID, r.Owner, string(r.State.Driver), r.State.RetryOf, string(r.Driver)}
	for k, v := range r.State.Labels {
		texts = append(texts, k, v)
	}
	return append(texts, r.State.Warnings...)
}

// Prunable reports whether a run may be deleted that no unended run retries: it
// has ended, before olderThan.
func (st *RunState) Prunable(olderThan time.Time) bool {
	return st.Status.Ended() && !st.Finished.IsZero() && st.Finished.Before(olderThan)
}
