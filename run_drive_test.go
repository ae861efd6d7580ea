package adcimport_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

var driven = adcimport.RunOptions{RunID: "job-1"}

// drive is one stretch of at most d.
func (r *rig) drive(t *testing.T, imp *adcimport.Importer, d time.Duration) (*adcimport.Summary, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	return imp.DriveCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: driven})
}

// A run that a queue drives goes on stretch by stretch, in any process, holds
// nothing in between, and is told once, at its end.
func TestDrive_stretches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(100)
		n := r.teller()
		r.slowDetails(time.Second)
		for stretches := 1; ; stretches++ {
			s, err := r.drive(t, r.importer(t), 25*time.Second)
			if err == nil {
				completed(t, s, err, adcimport.Counts{Read: 100, Created: 100})
				if stretches < 2 {
					t.Errorf("%d stretches", stretches)
				}
				break
			}
			if s.Status != ledger.StatusHeld || !errors.Is(err, context.DeadlineExceeded) || stretches > 20 {
				t.Fatalf("stretch %d: %v, %v", stretches, s, err)
			}
			st, serr := r.store.Run(t.Context(), "job-1")
			if serr != nil || st.Alive || st.Driver != ledger.DriverHost {
				t.Fatalf("between stretches: %+v, %v", st, serr)
			}
		}
		wantTold(t, n, "job-1 completed")
		s, err := r.drive(t, r.importer(t), time.Second)
		completed(t, s, err, adcimport.Counts{Read: 100, Created: 100})
		wantTold(t, n, "job-1 completed")
		r.once(t, idsUpTo(100)...)
	})
}

// What ends a stretch, and whether people are told.
func TestDrive_ends(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(r *rig)
		want   adcimport.RunStatus // of the stretch
		stored adcimport.RunStatus // empty: the same
		code   string
		told   []string
		next   adcimport.RunStatus // of the next one, a minute later
	}{
		"a pause": {func(r *rig) { r.pauses(time.Now().Add(30 * time.Second)) }, adcimport.StatusPaused, "", "rate_limited", nil, adcimport.StatusCompleted},
		"a login that is refused": {
			func(r *rig) { r.src.check = errLogin }, adcimport.StatusFailed, "", "auth", []string{"job-1 failed"}, adcimport.StatusFailed,
		},
		"a store that is away at the end": {
			func(r *rig) { r.away(5*time.Second, 30*time.Second) }, adcimport.StatusInterrupted, adcimport.StatusRunning, "", nil, adcimport.StatusCompleted,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(40)
				n := r.teller()
				r.slowDetails(time.Second)
				tt.change(r)
				imp := r.importer(t)
				s, err := r.drive(t, imp, time.Hour)
				if err == nil || s.Status != tt.want || s.RunID != "job-1" {
					t.Fatalf("%v: %v", s, err)
				}
				st, serr := r.store.StateStore.Run(t.Context(), "job-1")
				want := tt.stored
				if want == "" {
					want = tt.want
				}
				if serr != nil || st.Status != want || (tt.code != "" && (st.Failure == nil || st.Failure.Code != tt.code)) {
					t.Errorf("stored: %+v, %v", st, serr)
				}
				wantTold(t, n, tt.told...)
				sleepBubble(2 * ttl)
				if s, err = r.drive(t, imp, time.Hour); s.Status != tt.next || (err == nil) != (tt.next == adcimport.StatusCompleted) {
					t.Errorf("then: %v: %v", s, err)
				}
			})
		})
	}
}

// A run that is paused until later is not gone on with.
func TestDrive_pausedUntilLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(40)
		n := r.teller()
		until := time.Now().Add(2 * time.Hour)
		r.pauses(until)
		for range 2 {
			s, err := r.drive(t, r.importer(t), time.Hour)
			paused, ok := errors.AsType[*adcimport.PausedError](err)
			if !ok || !paused.Until.Equal(until) || s.Status != adcimport.StatusPaused {
				t.Fatalf("%v: %v", s, err)
			}
		}
		if st, _ := r.store.Run(t.Context(), "job-1"); st.Epoch != 1 {
			t.Errorf("it was begun %d times", st.Epoch)
		}
		wantTold(t, n)
		sleepBubble(2 * time.Hour)
		s, err := r.drive(t, r.importer(t), time.Hour)
		completed(t, s, err, adcimport.Counts{Read: 40, Created: 40})
		wantTold(t, n, "job-1 completed")
	})
}

// An end that nobody was told of, since whoever stored it died, is told by the next
// stretch, and not told again.
func TestDrive_tellsWhatWasNotTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(10)
		n := r.teller()
		n.err = errBoom
		for try := range 3 { // the second comes while the notice is claimed
			s, err := r.drive(t, r.importer(t), time.Hour)
			if _, waits := errors.AsType[*adcimport.PausedError](err); waits != (try < 2) || s.Status != adcimport.StatusCompleted {
				t.Errorf("try %d: %v: %v", try, s, err)
			}
			n.mend()
			sleepBubble(30 * time.Second)
		}
		wantTold(t, n, "job-1 completed", "job-1 completed")
		n.err = errBoom
		r.driveAs(t, "job-2")
		sleepBubble(time.Hour) // the queue gave it up
		n.mend()
		r.driveAs(t, "job-3")
		wantTold(t, n, "job-1 completed", "job-1 completed", "job-2 completed", "job-2 completed", "job-3 completed")
	})
}

// driveAs is a stretch of a run by another id, whatever it ends with.
func (r *rig) driveAs(t *testing.T, id string) {
	t.Helper()
	_, _ = r.importer(t).DriveCustomers(t.Context(), adcimport.CustomerFilter{},
		adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{RunID: id}})
}

// A run whose processes die of it fails as crash_loop; a person goes on with it.
func TestDrive_crashLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(40)
		n := r.teller()
		r.slowDetails(time.Second)
		if s, err := r.drive(t, r.importer(t), 25*time.Second); s.Status != ledger.StatusHeld {
			t.Fatal(s, err)
		}
		for range 4 {
			r.taken(t, "job-1")
			sleepBubble(ttl + time.Second)
		}
		for range 2 {
			s, err := r.drive(t, r.importer(t), time.Hour)
			if err == nil || s.Status != adcimport.StatusFailed || s.Failure == nil || s.Failure.Code != "crash_loop" {
				t.Fatalf("%v: %v", s, err)
			}
		}
		wantTold(t, n, "job-1 failed")
		s, err := r.importer(t).DriveResume(t.Context(), "job-1")
		completed(t, s, err, adcimport.Counts{Read: 40, Created: 40})
		wantTold(t, n, "job-1 failed", "job-1 completed")
		if _, err := r.importer(t).DriveResume(t.Context(), "job-1"); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("of a completed run: %v", err)
		}
	})
}

// Cancel ends a stretch that is at work here at the next record, and one whose holder
// died before it saw that at the next stretch.
func TestDrive_cancel(t *testing.T) {
	t.Parallel()
	t.Run("here", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRig(40)
			r.slowDetails(time.Second)
			imp := r.importer(t)
			go func() {
				sleepBubble(2500 * time.Millisecond)
				if err := imp.Cancel(t.Context(), "job-1"); err != nil {
					t.Error(err)
				}
			}()
			began := time.Now()
			s, err := r.drive(t, imp, time.Hour)
			if s.Status != adcimport.StatusCanceled || !errors.Is(err, context.Canceled) || time.Since(began) > 4*time.Second {
				t.Errorf("%v: %v, after %v", s, err, time.Since(began))
			}
		})
	})
	t.Run("of one that died", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRig(40)
			r.slowDetails(time.Second)
			if s, err := r.drive(t, r.importer(t), 25*time.Second); s.Status != ledger.StatusHeld {
				t.Fatal(s, err)
			}
			r.taken(t, "job-1")
			if err := r.importer(t).Cancel(t.Context(), "job-1"); err != nil {
				t.Fatal(err)
			}
			sleepBubble(ttl + time.Second)
			if s, err := r.drive(t, r.importer(t), time.Hour); s.Status != adcimport.StatusCanceled || err == nil {
				t.Errorf("%v: %v", s, err)
			}
		})
	})
}

// What is refused before anything is begun.
func TestDrive_refuses(t *testing.T) {
	t.Parallel()
	r := newRig(10)
	imp := r.importer(t)
	s, err := imp.DriveCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	invalid, ok := errors.AsType[*adcimport.InvalidOptionsError](err)
	if !ok || invalid.Field != "RunID" || s.RunID != "" {
		t.Errorf("without an id: %v, %v", s, err)
	}
	if _, err := imp.DriveUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{RunOptions: driven}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.drive(t, imp, time.Hour); !errors.Is(err, adcimport.ErrRunExists) {
		t.Errorf("an id of users: %v", err)
	}
	if _, err := imp.DriveResume(t.Context(), "job-2"); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("no such run: %v", err)
	}
}

// A retry of what failed is driven like any other run.
func TestDrive_retryFailed(t *testing.T) {
	t.Parallel()
	r := newRig(12)
	bad := map[string]bool{"3": true, "7": true}
	r.refuses(bad)
	imp := r.importer(t)
	s, err := r.drive(t, imp, time.Hour)
	completed(t, s, err, adcimport.Counts{Read: 12, Created: 10, Failed: 2})
	clear(bad)
	o := adcimport.RunOptions{RunID: "job-2", Labels: map[string]string{"form": "7"}}
	for range 2 {
		s, err = imp.DriveRetryFailed(t.Context(), "job-1", o)
		completed(t, s, err, adcimport.Counts{Read: 2, Created: 2})
	}
	info, err := imp.LookupRun(t.Context(), "job-2")
	if err != nil || info.RetryOf != "job-1" || info.Labels["form"] != "7" {
		t.Errorf("%+v, %v", info, err)
	}
	if _, err := imp.DriveRetryFailed(t.Context(), "job-9", o); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("of no run: %v", err)
	}
	r.once(t, idsUpTo(12)...)
}
