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

func (r *rig) statusOf(t *testing.T, id string) adcimport.RunStatus {
	t.Helper()
	st, err := r.store.StateStore.Run(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return st.Status
}

// fault 48: a run whose host dies while another one is up goes on there, without a
// call; one that its caller drove becomes held, and is left alone.
func TestWatch_hostDies(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		driver ledger.Driver
		want   adcimport.RunStatus
		told   []string
	}{
		"in the background": {ledger.DriverImporter, adcimport.StatusCompleted, []string{"run-1 completed"}},
		"in the foreground": {ledger.DriverHost, ledger.StatusHeld, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(40)
				n := r.teller()
				resumed(t, r.importer(t)) // a host that is up, and has nothing to do
				id := r.interrupted(t)
				l, err := r.store.Acquire(t.Context(), ledger.LeaseRequest{
					Scope: ledger.Scope{Account: "isp-1", Kind: adcimport.KindCustomer}, Link: "isp-1", RunID: id, Owner: "dies", TTL: ttl,
					Resume: ledger.ResumeAsked, Driver: tt.driver,
				})
				if err != nil {
					t.Fatal(err)
				}
				sleepBubble(l.TTL + 2*time.Minute + settle)
				if got := r.statusOf(t, id); got != tt.want {
					t.Errorf("it is %s, want %s", got, tt.want)
				}
				wantTold(t, n, tt.told...)
				if s, err := r.importer(t).Resume(t.Context(), id); tt.want == ledger.StatusHeld {
					completed(t, s, err, adcimport.Counts{Read: 40, Created: 40})
				}
				r.once(t, idsUpTo(40)...)
			})
		})
	}
}

// A run whose hosts die of it, one after the other, with nothing done, fails and is
// told; a person goes on with it.
func TestWatch_crashLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(40)
		n := r.teller()
		id := r.interrupted(t)
		for range 4 { // each host at its start
			r.takeLease(t, id, adcimport.KindCustomer)
			sleepBubble(ttl + time.Second)
		}
		s, err := ended(t, resumed(t, r.importer(t), id)[0])
		if err == nil || s.Status != adcimport.StatusFailed || s.Failure == nil || s.Failure.Code != "crash_loop" || s.Failure.End != "host" {
			t.Errorf("%v, %v, %+v", s, err, s.Failure)
		}
		wantTold(t, n, "run-1 failed")
		resumed(t, r.importer(t))
		s, err = r.importer(t).Resume(t.Context(), id)
		completed(t, s, err, adcimport.Counts{Read: 40, Created: 40})
	})
}

// A run that waits long and often is in no crash loop.
func TestWatch_waitsAreNoCrashes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(20)
		back := time.Now().Add(12 * time.Hour)
		r.src.page = func(_ int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
			if time.Now().Before(back) {
				return p, errBoom
			}
			return p, nil
		}
		for hosts := range 20 { // each is closed properly after some hours
			imp := r.importer(t)
			if hosts == 0 {
				r.startCustomers(t, imp)
			} else {
				resumed(t, imp, "run-1")
			}
			sleepBubble(30 * time.Minute)
			if err := imp.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		s, err := ended(t, resumed(t, r.importer(t), "run-1")[0])
		completed(t, s, err, adcimport.Counts{Read: 20, Created: 20})
	})
}

// Cancel and Interrupt reach a run wherever it is: at work or waiting on another
// host, or cut off.
func TestAsk_fromAnotherHost(t *testing.T) {
	t.Parallel()
	wheres := map[string]func(t *testing.T, r *rig) string{
		"at work": func(t *testing.T, r *rig) string {
			t.Helper()
			r.slowDetails(10 * time.Second)
			run := r.startCustomers(t, r.importer(t))
			sleepBubble(time.Second)
			return run.ID()
		},
		"at work in the foreground": func(t *testing.T, r *rig) string {
			t.Helper()
			r.slowDetails(10 * time.Second)
			imp := r.importer(t)
			go func() {
				_, _ = imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
			}()
			sleepBubble(time.Second)
			return "run-1"
		},
		"waiting": func(t *testing.T, r *rig) string {
			t.Helper()
			until := time.Now().Add(time.Hour)
			r.src.page = func(_ int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
				if time.Now().Before(until) {
					return p, &adcimport.PausedError{Until: until, Err: adcimport.ErrRateLimited}
				}
				return p, nil
			}
			run := r.startCustomers(t, r.importer(t))
			sleepBubble(time.Minute)
			return run.ID()
		},
		"cut off": func(t *testing.T, r *rig) string {
			t.Helper()
			return r.interrupted(t)
		},
		"its host died": func(t *testing.T, r *rig) string {
			t.Helper()
			return r.killed(t)
		},
	}
	for where, put := range wheres {
		for how, tt := range map[string]struct {
			ask  func(imp *adcimport.Importer, ctx context.Context, id string) error
			want adcimport.RunStatus
			told []string
		}{
			"cancel":    {(*adcimport.Importer).Cancel, adcimport.StatusCanceled, []string{"run-1 canceled"}},
			"interrupt": {(*adcimport.Importer).Interrupt, ledger.StatusHeld, nil},
		} {
			t.Run(how+" "+where, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r := newRig(40)
					id := put(t, r)
					n := r.teller()
					other := r.importer(t)
					if err := tt.ask(other, t.Context(), id); err != nil {
						t.Fatal(err)
					}
					resumed := time.Now()
					for r.statusOf(t, id) != tt.want && time.Since(resumed) < 3*time.Minute {
						sleepBubble(time.Second)
						if where == "its host died" { // whoever goes on with it sees what was asked
							_, _ = other.ResumeInterrupted(t.Context())
						}
					}
					if got := r.statusOf(t, id); got != tt.want {
						t.Errorf("it is %s, want %s", got, tt.want)
					}
					if len(tt.told) > 0 && where != "at work" && where != "at work in the foreground" && where != "waiting" { // those have their host's notifiers
						wantTold(t, n, tt.told...)
					}
					sleepBubble(3 * time.Hour) // nobody takes it up again
					if got := r.statusOf(t, id); got != tt.want {
						t.Errorf("later it is %s, want %s", got, tt.want)
					}
					s, err := r.importer(t).Resume(t.Context(), id)
					completed(t, s, err, adcimport.Counts{Read: 40, Created: 40})
					if err := tt.ask(other, t.Context(), id); !errors.Is(err, errors.ErrUnsupported) {
						t.Errorf("asked of a completed run: %v", err)
					}
				})
			})
		}
	}
}

// A run in the background that is interrupted here is held: its Run is done.
func TestRun_Interrupt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(40)
		n := r.teller()
		r.slowDetails(time.Second)
		imp := r.importer(t)
		run := r.startCustomers(t, imp)
		sleepBubble(3 * time.Second)
		run.Interrupt()
		s, err := ended(t, run)
		if !errors.Is(err, context.Canceled) || s.Status != ledger.StatusHeld || s.Failure != nil {
			t.Errorf("%v, %v, %v", s, err, s.Failure)
		}
		wantTold(t, n)
		resumed(t, r.importer(t))
		s, err = r.importer(t).Resume(t.Context(), run.ID())
		completed(t, s, err, adcimport.Counts{Read: 40, Created: 40})
	})
}

// A start that meets the run which waits for the same is that run; with another
// filter or other options it is a new one.
func TestStart_meetsItsWaitingRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(20)
		until := time.Now().Add(time.Hour)
		r.src.page = func(_ int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
			if time.Now().Before(until) {
				return p, &adcimport.PausedError{Until: until, Err: adcimport.ErrRateLimited}
			}
			return p, nil
		}
		imp := r.importer(t)
		run := r.startCustomers(t, imp)
		sleepBubble(time.Minute)
		if again := r.startCustomers(t, imp); again != run {
			t.Errorf("run %s beside %s", again.ID(), run.ID())
		}
		elsewhere := r.startCustomers(t, r.importer(t))
		if elsewhere.ID() != run.ID() {
			t.Errorf("on another host run %s beside %s", elsewhere.ID(), run.ID())
		}
		f := adcimport.CustomerFilter{CustomerIDs: []string{"3"}}
		other, err := imp.StartCustomers(t.Context(), f, adcimport.CustomerOptions{})
		if err != nil || other.ID() == run.ID() {
			t.Fatalf("with another filter: %v, %v", other, err)
		}
		for _, run := range []*adcimport.Run{run, elsewhere, other} {
			if s, err := ended(t, run); err != nil || s.Status != adcimport.StatusCompleted {
				t.Errorf("run %s: %v, %v", run.ID(), s, err)
			}
		}
		r.once(t, idsUpTo(20)...)
	})
}
