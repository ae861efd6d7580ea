package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/ledger"
)

var allStatuses = []ledger.RunStatus{
	ledger.StatusRunning, ledger.StatusInterrupted, ledger.StatusHeld, ledger.StatusPaused,
	ledger.StatusCompleted, ledger.StatusStopped, ledger.StatusCanceled, ledger.StatusFailed,
}

func TestRunStatus_Ended(t *testing.T) {
	t.Parallel()
	ended := map[ledger.RunStatus]bool{
		ledger.StatusCompleted: true, ledger.StatusStopped: true, ledger.StatusCanceled: true, ledger.StatusFailed: true, "": true,
	}
	for _, s := range append(allStatuses, "") {
		if s.Ended() != ended[s] {
			t.Errorf("%q is ended: %v", s, s.Ended())
		}
	}
}

func TestResume_Allows(t *testing.T) {
	t.Parallel()
	asked := map[ledger.RunStatus]error{ledger.StatusCompleted: ledger.ErrRunEnded}
	due := map[ledger.RunStatus]error{
		ledger.StatusCompleted: ledger.ErrRunEnded, ledger.StatusStopped: ledger.ErrRunEnded, ledger.StatusCanceled: ledger.ErrRunEnded,
		ledger.StatusFailed: ledger.ErrRunEnded, ledger.StatusHeld: ledger.ErrNotDue, ledger.StatusPaused: ledger.ErrNotDue,
	}
	for _, status := range allStatuses {
		st := ledger.RunState{Summary: ledger.Summary{Status: status}, Driver: ledger.DriverImporter}
		if status == ledger.StatusPaused {
			st.PausedUntil = now.Add(1)
		}
		if err := ledger.ResumeAsked.Allows(&st, now); !errors.Is(err, asked[status]) {
			t.Errorf("%s, asked: %v", status, err)
		}
		if err := ledger.ResumeDue.Allows(&st, now); !errors.Is(err, due[status]) {
			t.Errorf("%s, due: %v", status, err)
		}
	}
	over := ledger.RunState{Summary: ledger.Summary{Status: ledger.StatusPaused, PausedUntil: now}}
	if err := ledger.ResumeDue.Allows(&over, now); err != nil {
		t.Errorf("a pause that is over: %v", err)
	}
	hosts := ledger.RunState{Summary: ledger.Summary{Status: ledger.StatusInterrupted}, Driver: ledger.DriverHost}
	if err := ledger.ResumeDue.Allows(&hosts, now); !errors.Is(err, ledger.ErrNotDue) {
		t.Errorf("a run that its host drives: %v", err)
	}
}

func TestNewRunState(t *testing.T) {
	t.Parallel()
	req := memoryRequest()
	req.State = ledger.RunState{
		Summary: ledger.Summary{DryRun: true, Warnings: []string{"w"}, Status: ledger.StatusFailed, Counts: ledger.Counts{Read: 9}},
		Filter:  []byte("f"), Options: []byte("o"), Labels: ledger.Labels{"k": "v"}, RetryOf: "run-0", Cursor: "no", Pass: 9,
	}
	want := ledger.RunState{
		Summary: ledger.Summary{
			RunID: "run-1", Link: "acme", Kind: ledger.KindCustomer, Status: ledger.StatusRunning, DryRun: true,
			Warnings: []string{"w"}, Started: now,
		},
		Filter: []byte("f"), Options: []byte("o"), Labels: ledger.Labels{"k": "v"}, RetryOf: "run-0", Driver: ledger.DriverImporter,
	}
	got := ledger.NewRunState(req, now)
	req.State.Warnings[0], req.State.Filter[0], req.State.Options[0], req.State.Labels["k"] = "x", 'x', 'x', "x"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a new run, whose request changed afterwards (-want +got):\n%s", diff)
	}
	req.State.Driver = ledger.DriverHost
	if got := ledger.NewRunState(req, now).Driver; got != ledger.DriverHost {
		t.Errorf("the driver is %q", got)
	}
}

// What the listing passed is read again, what has a stored outcome is not.
func TestRunState_Restart(t *testing.T) {
	t.Parallel()
	st := ledger.RunState{
		Summary: ledger.Summary{
			Counts:   ledger.Counts{Read: 10, Created: 2, Skipped: 8},
			ByReason: map[ledger.Reason]int{ledger.ReasonAlreadyImported: 7, ledger.ReasonNotInSink: 1},
		},
		Cursor: "c", Listed: true, Pass: 1, Total: 20,
		Passing: ledger.Tally{Counts: ledger.Counts{Read: 7, Skipped: 7}, ByReason: map[ledger.Reason]int{ledger.ReasonAlreadyImported: 7}},
	}
	want := ledger.RunState{
		Summary: ledger.Summary{Counts: ledger.Counts{Read: 3, Created: 2, Skipped: 1}, ByReason: map[ledger.Reason]int{ledger.ReasonNotInSink: 1}},
		Pass:    2, Total: 20,
	}
	st.Restart()
	if diff := cmp.Diff(want, st); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRunState_Reopen(t *testing.T) {
	t.Parallel()
	ended := ledger.RunState{
		Summary: ledger.Summary{Status: ledger.StatusFailed, Finished: earlier, PausedUntil: earlier, Failure: &ledger.Failure{Code: "auth"}},
		Asked:   ledger.AskCancel, Driver: ledger.DriverImporter,
	}
	for name, c := range map[string]struct {
		req    ledger.LeaseRequest
		asked  ledger.Ask
		driver ledger.Driver
	}{
		"due keeps what was asked":       {ledger.LeaseRequest{Resume: ledger.ResumeDue}, ledger.AskCancel, ledger.DriverImporter},
		"asked forgets it":               {ledger.LeaseRequest{Resume: ledger.ResumeAsked}, "", ledger.DriverImporter},
		"asked may change who drives":    {ledger.LeaseRequest{Resume: ledger.ResumeAsked, Driver: ledger.DriverHost}, "", ledger.DriverHost},
		"a new run has its state's one":  {ledger.LeaseRequest{Driver: ledger.DriverHost}, ledger.AskCancel, ledger.DriverImporter},
		"due may change who drives, too": {ledger.LeaseRequest{Resume: ledger.ResumeDue, Driver: ledger.DriverHost}, ledger.AskCancel, ledger.DriverHost},
	} {
		st := ended
		st.Reopen(c.req)
		want := ledger.RunState{Summary: ledger.Summary{Status: ledger.StatusRunning}, Asked: c.asked, Driver: c.driver}
		if diff := cmp.Diff(want, st); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRunState_Checkpoint(t *testing.T) {
	t.Parallel()
	st := ledger.RunState{Cursor: "c", Listed: true, Starts: 3, Total: 50}
	by := map[ledger.Reason]int{ledger.ReasonNotSent: 1}
	c := ledger.Commit{
		Tally:   ledger.Tally{Counts: ledger.Counts{Read: 3, Failed: 3}, ByReason: by},
		Passing: ledger.Tally{Counts: ledger.Counts{Read: 1}}, Progress: ledger.Progress{Read: 7, Total: 40},
	}
	st.Checkpoint(c, now)
	by[ledger.ReasonNotSent] = 99
	want := ledger.RunState{
		Summary: ledger.Summary{Counts: ledger.Counts{Read: 3, Failed: 3}, ByReason: map[ledger.Reason]int{ledger.ReasonNotSent: 1}},
		Cursor:  "c", Listed: true, Total: 50, Passing: ledger.Tally{Counts: ledger.Counts{Read: 1}},
		Progress: ledger.Progress{Read: 7, Total: 40}, Heartbeat: now,
	}
	if diff := cmp.Diff(want, st); diff != "" {
		t.Errorf("without a cursor (-want +got):\n%s", diff)
	}
	begin := ledger.Cursor("")
	st.Checkpoint(ledger.Commit{Cursor: &begin, Progress: ledger.Progress{Total: 60}}, now)
	if st.Cursor != "" || st.Listed || st.Total != 60 {
		t.Errorf("with an empty cursor: %q, %v, %d", st.Cursor, st.Listed, st.Total)
	}
}

func TestRunState_Close(t *testing.T) {
	t.Parallel()
	st := ledger.RunState{Summary: ledger.Summary{Warnings: []string{"old"}, Counts: ledger.Counts{Read: 1}}, Asked: ledger.AskInterrupt, Cursor: "c"}
	end := ledger.End{Status: ledger.StatusPaused, Wait: time.Minute, Failure: &ledger.Failure{Code: "busy"}, Warnings: []string{"w"}}
	st.Close(end, now)
	end.Failure.Code, end.Warnings[0] = "x", "x"
	want := ledger.RunState{
		Summary: ledger.Summary{
			Status: ledger.StatusPaused, Finished: now, PausedUntil: now.Add(time.Minute), Warnings: []string{"w"},
			Failure: &ledger.Failure{Code: "busy"}, Counts: ledger.Counts{Read: 1},
		},
		Cursor: "c",
	}
	if diff := cmp.Diff(want, st); diff != "" {
		t.Errorf("paused (-want +got):\n%s", diff)
	}
	st.Close(ledger.End{Status: ledger.StatusHeld, Wait: time.Hour}, now)
	if !st.PausedUntil.IsZero() || st.Failure != nil || st.Warnings != nil {
		t.Errorf("held: %+v", st.Summary)
	}
}

func TestRunState_Seen(t *testing.T) {
	t.Parallel()
	running := ledger.RunState{Summary: ledger.Summary{Status: ledger.StatusRunning}}
	paused := ledger.RunState{Summary: ledger.Summary{Status: ledger.StatusPaused, PausedUntil: now.Add(time.Hour)}}
	for name, c := range map[string]struct {
		st      ledger.RunState
		expires time.Time
		alive   bool
		due     time.Duration
	}{
		"alive":       {running, now.Add(time.Minute), true, time.Minute},
		"cut off":     {running, now, false, 0},
		"no lease":    {running, time.Time{}, false, 0},
		"paused":      {paused, time.Time{}, false, time.Hour},
		"paused over": {paused, now.Add(-1), false, time.Hour},
	} {
		c.st.Alive, c.st.DueIn = !c.alive, 7
		c.st.Seen(c.expires, now)
		if c.st.Alive != c.alive || c.st.DueIn != c.due {
			t.Errorf("%s: alive %v, due in %s", name, c.st.Alive, c.st.DueIn)
		}
	}
}

func TestRunState_Prunable(t *testing.T) {
	t.Parallel()
	for _, status := range allStatuses {
		st := ledger.RunState{Summary: ledger.Summary{Status: status, Finished: earlier}}
		if got := st.Prunable(now); got != status.Ended() {
			t.Errorf("%s: %v", status, got)
		}
		if st.Prunable(earlier) {
			t.Errorf("%s is prunable although it finished no earlier", status)
		}
		if st.Finished = (time.Time{}); st.Prunable(now) {
			t.Errorf("%s is prunable although it never finished", status)
		}
	}
}
