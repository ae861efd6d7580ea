package adcimport_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// killed leaves a run behind whose owner died just now: it is running, and its
// lease has its whole time before it.
func (r *rig) killed(t *testing.T) string {
	t.Helper()
	id := r.interrupted(t)
	r.takeLease(t, id, adcimport.KindCustomer)
	return id
}

func (r *rig) takeLease(t *testing.T, id string, k adcimport.Kind) ledger.Lease {
	t.Helper()
	l, err := r.store.StateStore.Acquire(t.Context(), ledger.LeaseRequest{
		Scope: ledger.Scope{Account: "isp-1", Kind: k}, Link: "isp-1", RunID: id, Owner: "another host", TTL: ttl,
		Resume: ledger.ResumeAsked, Driver: ledger.DriverImporter,
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// resumed is what one call at a host's start returns.
func resumed(t *testing.T, imp *adcimport.Importer, want ...string) []*adcimport.Run {
	t.Helper()
	runs, err := imp.ResumeInterrupted(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range runs {
		got = append(got, r.ID())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("runs (-want +got):\n%s", diff)
	}
	return runs
}

// fault 48: killed and restarted at once, one call returns the run, which waits
// for the dead owner's lease, completes and is told.
func TestImporter_ResumeInterrupted_withinTheLease(t *testing.T) {
	t.Parallel()
	for _, later := range []time.Duration{0, ttl / 2, ttl - time.Second, ttl, time.Hour} {
		t.Run(later.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(40)
				id := r.killed(t)
				n := r.teller()
				sleepBubble(later)
				start := time.Now()
				run := resumed(t, r.importer(t), id)[0]
				// 20 where the writer was ahead; without a lease to wait for, it goes on at once.
				if got := run.Progress().Counts.Created; later < ttl && got != 10 && got != 20 {
					t.Errorf("%d created before it goes on", got)
				}
				s, err := ended(t, run)
				completed(t, s, err, adcimport.Counts{Read: 40, Created: 40})
				most := max(ttl-later, 0) + ttl/4 + settle
				if took := time.Since(start); took > most {
					t.Errorf("took %v, want at most %v", took, most)
				}
				r.agrees(t, s)
				r.once(t, idsUpTo(40)...)
				wantTold(t, n, "run-1 completed")
			})
		})
	}
}

// fault 48: an owner that is alive, on another host, is not disturbed. The run
// ends here with what it ended with there, or is taken when that host dies.
func TestImporter_ResumeInterrupted_anotherHostIsAtWork(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		during func(t *testing.T, other *adcimport.Importer, run *adcimport.Run)
		want   adcimport.RunStatus
		err    error
		told   []string // by the watcher
	}{
		"it completes": {func(*testing.T, *adcimport.Importer, *adcimport.Run) {}, adcimport.StatusCompleted, nil, nil},
		"it is canceled": {func(_ *testing.T, _ *adcimport.Importer, run *adcimport.Run) {
			run.Cancel()
		}, adcimport.StatusCanceled, context.Canceled, nil},
		"it is closed": {func(t *testing.T, other *adcimport.Importer, _ *adcimport.Run) {
			t.Helper()
			if err := other.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}, adcimport.StatusCompleted, nil, []string{"run-1 completed"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(20)
				r.slowDetails(time.Minute)
				checks := 0
				other := r.importer(t)
				run := r.startCustomers(t, other)
				n := r.teller()
				r.cfg.Source = checkedSource{r.src, func() { checks++ }}
				watch := resumed(t, r.importer(t), run.ID())[0]
				sleepBubble(5*time.Minute + 1)
				synctest.Wait()
				if calls := r.store.count(); calls["Acquire"] > 30 || checks > 0 {
					t.Errorf("in five minutes %v, and %d logins", calls, checks)
				}
				tt.during(t, other, run)
				s, err := ended(t, watch)
				if s.Status != tt.want || !errors.Is(err, tt.err) {
					t.Errorf("got %v, %v", s, err)
				}
				<-run.Done()
				r.agrees(t, s)
				r.once(t, idsUpTo(s.Counts.Created)...)
				wantTold(t, n, tt.told...)
			})
		})
	}
}

// checkedSource sees every login.
type checkedSource struct {
	*tapSource
	seen func()
}

func (s checkedSource) Check(ctx context.Context) error {
	s.seen()
	return s.tapSource.Check(ctx)
}

// fault 48: a database that is away at a host's start: the one call returns when
// it is back, or with its context, and the runs go on in either case.
func TestImporter_ResumeInterrupted_storeIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(20)
		id := r.killed(t)
		n := r.teller()
		imp := r.importer(t)
		r.away(0, 3*time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		runs, err := imp.ResumeInterrupted(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || len(runs) > 0 {
			t.Fatal(runs, err)
		}
		sleepBubble(time.Hour)
		wantTold(t, n, "run-1 completed")
		r.once(t, idsUpTo(20)...)

		id2 := r.interrupted(t) // nothing is left to do for it, but it is not ended
		r.away(0, 3*time.Minute)
		start := time.Now()
		s, err := ended(t, resumed(t, r.importer(t), id2)[0])
		if err != nil || s.Status != adcimport.StatusCompleted || time.Since(start) < 3*time.Minute {
			t.Errorf("got %v, %v after %v", s, err, time.Since(start))
		}
		if id == id2 {
			t.Error("one run")
		}
	})
}

// fault 48: called twice, there is one Run for a run, also for one that was
// started here.
func TestImporter_ResumeInterrupted_twice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(20)
		id := r.killed(t)
		imp := r.importer(t)
		first, second := resumed(t, imp, id), resumed(t, imp, id)
		if first[0] != second[0] {
			t.Error("two competitors for one run")
		}
		if s, err := ended(t, first[0]); err != nil {
			t.Fatal(s, err)
		}
		r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = plainCustomers(40) })
		r.slowDetails(time.Second)
		own := r.startCustomers(t, imp)
		if got := resumed(t, imp, own.ID()); got[0] != own {
			t.Error("a competitor for a run that is at work here")
		}
		if s, err := ended(t, own); err != nil || s.Counts.Created != 20 {
			t.Error(s, err)
		}
		resumed(t, imp)
	})
}

// fault 48: several unfinished runs of both kinds, one of them at work on
// another host: each waits for what holds its lease, and all end.
func TestImporter_ResumeInterrupted_bothKinds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(30)
		r.src.Update(func(d *adcimporttest.Dealer) {
			for _, id := range idsUpTo(20) {
				d.Users = append(d.Users, adcimport.User{ID: id, FirstName: "F", LastName: "L", LoginName: "login" + id})
			}
		})
		first := r.interrupted(t)
		user := ""
		for o, err := range r.importer(t).ImportUsersSeq(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			user = o.RunID
			break
		}
		r.leftByImporter(t, user, adcimport.KindUser)
		second := r.interrupted(t)
		r.takeLease(t, second, adcimport.KindCustomer) // the later one holds the lease of both
		r.takeLease(t, user, adcimport.KindUser)
		n := r.teller()
		for _, run := range resumed(t, r.importer(t), first, user, second) {
			if s, err := ended(t, run); err != nil || s.Status != adcimport.StatusCompleted {
				t.Errorf("run %s: %v, %v", run.ID(), s, err)
			}
		}
		r.once(t, idsUpTo(30)...)
		if got := len(r.sink.Users()); got != 20 {
			t.Errorf("%d users", got)
		}
		if got := slices.Sorted(slices.Values(n.all())); len(got) != 3 {
			t.Errorf("told %v", got)
		}
	})
}

// fault 48: what a run cannot get past ends it, with the error, and is no wait
// without an end.
func TestImporter_ResumeInterrupted_cannotGoOn(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(*rig)
		want  error
		told  []string
	}{
		"pruned": {func(r *rig) {
			r.store.before = func(method string, _ int) error {
				if method == "Run" {
					return adcimport.ErrNotFound
				}
				return nil
			}
		}, adcimport.ErrNotFound, nil},
		"the link is not active": {func(r *rig) { r.src.check = adcimport.ErrNotLinked }, adcimport.ErrNotLinked, []string{"run-1 failed"}},
		"the login is refused":   {func(r *rig) { r.src.check = adcimport.ErrAuth }, adcimport.ErrAuth, []string{"run-1 failed"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(20)
				id := r.killed(t)
				n := r.teller()
				imp := r.importer(t)
				tt.spoil(r)
				if s, err := ended(t, resumed(t, imp, id)[0]); !errors.Is(err, tt.want) || s.RunID != id {
					t.Errorf("got %v, %v", s, err)
				}
				wantTold(t, n, tt.told...)
			})
		})
	}
}

// fault 48: a service that cannot be asked at a host's start passes, too.
func TestImporter_ResumeInterrupted_serviceIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(20)
		id := r.killed(t)
		n := r.teller()
		back := time.Now().Add(time.Hour)
		src := r.src
		r.cfg.Source = awaySource{src, back}
		s, err := ended(t, resumed(t, r.importer(t), id)[0])
		completed(t, s, err, adcimport.Counts{Read: 20, Created: 20})
		if late := time.Since(back); late < 0 || late > time.Hour { // a pause is as long as what was waited before it
			t.Errorf("went on %v after the service", late)
		}
		wantTold(t, n, "run-1 running", "run-1 completed") // once that it has been waiting for half an hour
	})
}

// awaySource cannot be asked until a time.
type awaySource struct {
	*tapSource
	until time.Time
}

func (s awaySource) Check(ctx context.Context) error {
	if time.Now().Before(s.until) {
		return errBoom
	}
	return s.tapSource.Check(ctx)
}

// fault 48: one that waits for a lease leaves the run alone when it is told to
// stop, at once.
func TestImporter_ResumeInterrupted_stopWhileItWaits(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		stop func(*testing.T, *adcimport.Importer, *adcimport.Run)
		want error
	}{
		"close": {func(t *testing.T, imp *adcimport.Importer, _ *adcimport.Run) {
			t.Helper()
			if err := imp.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}, adcimport.ErrClosed},
		"cancel": {func(_ *testing.T, _ *adcimport.Importer, run *adcimport.Run) { run.Cancel() }, context.Canceled},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(20)
				id := r.killed(t)
				imp := r.importer(t)
				run := resumed(t, imp, id)[0]
				sleepBubble(time.Second)
				before, err := r.store.StateStore.Run(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				tt.stop(t, imp, run)
				if s, err := ended(t, run); !errors.Is(err, tt.want) || s.RunID != id || time.Since(start) > 0 {
					t.Errorf("got %v, %v after %v", s, err, time.Since(start))
				}
				after, err := r.store.StateStore.Run(t.Context(), id)
				if diff := cmp.Diff(before, after); diff != "" || err != nil {
					t.Errorf("stored (-before +after):\n%s%v", diff, err)
				}
				s, err := ended(t, resumed(t, r.importer(t), id)[0])
				completed(t, s, err, adcimport.Counts{Read: 20, Created: 20})
			})
		})
	}
}
