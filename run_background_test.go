package adcimport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

// away makes every call of the store fail from one time after now to another.
func (r *rig) away(from, to time.Duration) {
	start := time.Now()
	r.store.before = func(method string, _ int) error {
		if at := time.Since(start); at >= from && at < to {
			return fmt.Errorf("%s: %w", method, errBoom)
		}
		return nil
	}
}

// pauses makes the second page of every listing ask for a pause until a time.
func (r *rig) pauses(until time.Time) {
	r.src.page = func(n int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
		if n == 2 && time.Now().Before(until) {
			return p, &adcimport.PausedError{Until: until, Err: adcimport.ErrRateLimited}
		}
		return p, nil
	}
}

func (r *rig) startCustomers(t *testing.T, imp *adcimport.Importer) *adcimport.Run {
	t.Helper()
	run, err := imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func (r *rig) teller() *teller {
	n := &teller{}
	r.cfg.Notifiers = []adcimport.Notifier{n}
	return n
}

func wantTold(t *testing.T, n *teller, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, n.all()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// fault 48: a database that is away in mid-run, at any moment and for any time,
// ends nothing: the run goes on by itself, is the same Run, and is told at its end.
func TestRun_goesOnAfterTheStoreWasAway(t *testing.T) {
	t.Parallel()
	for _, away := range []time.Duration{100 * time.Millisecond, 20 * time.Second, 3 * time.Minute, time.Hour} {
		for _, after := range []time.Duration{0, 5 * time.Second, 10*time.Second + 1, 39 * time.Second, 40 * time.Second} {
			t.Run(fmt.Sprintf("after %v for %v", after, away), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r := newRig(40)
					n := r.teller()
					r.slowDetails(time.Second)
					imp := r.importer(t)
					r.away(after+1, after+away) // not at the very start, which fails
					run := r.startCustomers(t, imp)
					s, err := ended(t, run)
					completed(t, s, err, adcimport.Counts{Read: 40, Created: 40})
					if run.Progress().Counts != s.Counts || s.RunID != run.ID() {
						t.Errorf("progress %+v of run %s", run.Progress(), s.RunID)
					}
					r.agrees(t, s)
					r.once(t, idsUpTo(40)...)
					wantTold(t, n, "run-1 completed")
				})
			})
		}
	}
}

// fault 48: whatever call of the store fails, or fails after it had its effect,
// the end is stored and told.
func TestRun_goesOnAfterAnyCallFailed(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"Renew", "Release", "Records", "Intend", "Commit", "List"} {
		for _, after := range []bool{false, true} {
			for n := 1; n < 4; n++ {
				t.Run(fmt.Sprintf("%s %d, after it %v", method, n, after), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						r := newRig(40)
						told := r.teller()
						r.slowDetails(5 * time.Second)
						if after {
							r.store.after = failOn(method, n)
						} else {
							r.store.before = failOn(method, n)
						}
						s, err := ended(t, r.startCustomers(t, r.importer(t)))
						if err != nil || s.Status != adcimport.StatusCompleted || s.Counts.Read != 40 {
							t.Fatal(s, err)
						}
						r.agrees(t, s)
						r.once(t, idsUpTo(40)...)
						wantTold(t, told, "run-1 completed")
					})
				})
			}
		}
	}
}

// fault 48: a pause that a service asks for is waited for, by the same Run,
// without a lease, and again when it asks again.
func TestRun_goesOnAfterAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(20)
		n := r.teller()
		start := time.Now()
		r.src.page = func(_ int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
			for _, until := range []time.Duration{time.Hour, 2 * time.Hour} {
				if p.Items[0].ID == "11" && time.Since(start) < until {
					return p, &adcimport.PausedError{Until: start.Add(until), Err: adcimport.ErrRateLimited}
				}
			}
			return p, nil
		}
		run := r.startCustomers(t, r.importer(t))
		sleepBubble(30 * time.Minute)
		st, err := r.store.StateStore.Run(t.Context(), run.ID())
		if err != nil || st.Status != adcimport.StatusPaused || !st.PausedUntil.Equal(start.Add(time.Hour)) {
			t.Errorf("in the pause: %+v, %v", st.Summary, err)
		}
		if got := run.Progress().Counts; got.Created != 10 {
			t.Errorf("progress in the pause: %+v", got)
		}
		select {
		case <-run.Done():
			t.Error("a pause is no end")
		default:
		}
		s, err := ended(t, run)
		completed(t, s, err, adcimport.Counts{Read: 20, Created: 20})
		if at := time.Since(start); at < 2*time.Hour || at > 2*time.Hour+time.Minute {
			t.Errorf("went on after %v", at)
		}
		r.once(t, idsUpTo(20)...)
		wantTold(t, n, "run-1 paused", "run-1 completed")
	})
}

// fault 48: what can be done by nobody else never makes a busy loop, and never is
// silent.
func TestRun_triesAreSpaced(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*rig){
		"a pause that is over": func(r *rig) {
			r.src.page = func(_ int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
				return p, &adcimport.PausedError{Until: time.Now().Add(-time.Hour), Err: adcimport.ErrRateLimited}
			}
		},
		"a store that refuses a call": func(r *rig) {
			r.store.before = func(method string, _ int) error {
				if method == "Records" {
					return errBoom
				}
				return nil
			}
		},
		"a store that is away": func(r *rig) { r.away(1, 24*time.Hour) },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(12)
				var log bytes.Buffer
				r.cfg.Logger = logTo(&log)
				r.slowDetails(time.Second)
				spoil(r)
				imp := r.importer(t)
				run := r.startCustomers(t, imp)
				sleepBubble(2 * time.Hour)
				calls := r.store.count()
				if n := calls["Acquire"] + calls["Run"]; n < 60 || n > 1000 {
					t.Errorf("%v calls in two hours, want about two a minute", calls)
				}
				if err := imp.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				if s, _ := ended(t, run); s.RunID != run.ID() {
					t.Errorf("got %v", s)
				}
				if n := strings.Count(log.String(), `"level":"WARN"`); n == 0 || n > 1000 {
					t.Errorf("%d warnings", n)
				}
			})
		})
	}
}

// fault 48: Close leaves a run that waits as it is, at once.
func TestRun_closeWhileItWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(20)
		r.pauses(time.Now().Add(time.Hour))
		imp := r.importer(t)
		run := r.startCustomers(t, imp)
		sleepBubble(time.Minute)
		before, err := r.store.StateStore.Run(t.Context(), run.ID())
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if err := imp.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		s, err := ended(t, run)
		if !errors.Is(err, adcimport.ErrClosed) || s.Status != adcimport.StatusPaused || time.Since(start) > 0 {
			t.Errorf("got %v, %v after %v", s, err, time.Since(start))
		}
		after, err := r.store.StateStore.Run(t.Context(), run.ID())
		if diff := cmp.Diff(before, after); diff != "" || err != nil {
			t.Errorf("stored (-before +after):\n%s%v", diff, err)
		}

		n := r.teller()
		runs, err := r.importer(t).ResumeInterrupted(t.Context()) // the next process, within the pause
		if err != nil || len(runs) != 1 {
			t.Fatal(runs, err)
		}
		s, err = ended(t, runs[0])
		completed(t, s, err, adcimport.Counts{Read: 20, Created: 20})
		r.once(t, idsUpTo(20)...)
		wantTold(t, n, "run-1 paused", "run-1 completed") // once that it has been waiting for half an hour
	})
}

// fault 48: a run is canceled while it waits: stored and told, where that can be.
func TestRun_cancelWhileItWaits(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(*rig)
		want  adcimport.RunStatus // as stored
		told  []string
	}{
		"paused": {
			func(r *rig) { r.pauses(time.Now().Add(time.Hour)) },
			adcimport.StatusCanceled,
			[]string{"run-1 canceled"},
		},
		"the store is away": {func(r *rig) { r.away(1, 24*time.Hour) }, adcimport.StatusRunning, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(20)
				n := r.teller()
				r.slowDetails(time.Second)
				tt.spoil(r)
				run := r.startCustomers(t, r.importer(t))
				sleepBubble(time.Minute)
				start := time.Now()
				run.Cancel()
				_, err := ended(t, run)
				if !errors.Is(err, context.Canceled) || time.Since(start) > 0 {
					t.Errorf("got %v after %v", err, time.Since(start))
				}
				st, err := r.store.StateStore.Run(t.Context(), run.ID())
				if err != nil || st.Status != tt.want {
					t.Errorf("stored: %v, %v", st.Status, err)
				}
				wantTold(t, n, tt.told...)
				sleepBubble(2 * time.Hour)
				if got := len(r.sink.Customers()); got > 10 {
					t.Errorf("went on: %d customers", got)
				}
			})
		})
	}
}

// A run that goes on by itself has one error budget: only a person gives a new one.
func TestRun_goesOnWithItsErrorBudget(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		o       adcimport.RunOptions
		pause   string // before the page with this customer
		denied  func(n int) bool
		stopped bool
	}{
		"a number": {
			adcimport.RunOptions{MaxFailures: 12}, "11", func(n int) bool { return n < 10 || n/10 == 2 }, true,
		},
		"a share, of which a part failed before": {
			adcimport.RunOptions{MaxFailureShare: 0.05}, "11", func(n int) bool { return n <= 5 || n == 50 }, true,
		},
		"a share of what went well before, too": {
			adcimport.RunOptions{MaxFailureShare: 0.05}, "101", func(n int) bool { return n > 100 && n%15 == 0 }, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(200)
				r.deny(tt.denied)
				until, paused := time.Now().Add(time.Hour), false
				r.src.page = func(_ int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
					if len(p.Items) > 0 && p.Items[0].ID == tt.pause && time.Now().Before(until) {
						paused = true
						return p, &adcimport.PausedError{Until: until, Err: adcimport.ErrRateLimited}
					}
					return p, nil
				}
				run, err := r.importer(t).StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: tt.o})
				if err != nil {
					t.Fatal(err)
				}
				s, err := ended(t, run)
				if stopped := errors.Is(err, adcimport.ErrTooManyFailures) && s.Status == adcimport.StatusStopped; !paused || stopped != tt.stopped {
					t.Errorf("got %v, %v", s, err)
				}
			})
		})
	}
}
