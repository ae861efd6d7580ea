package adcimport_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// Every way to stop a run ends it at a record boundary: what was done is kept,
// the lease is given back, nothing goes on, and a resume completes it.
func TestRun_stops(t *testing.T) {
	t.Parallel()
	type stopper struct {
		status adcimport.RunStatus
		err    error
		stop   func(t *testing.T, imp *adcimport.Importer) (*adcimport.Summary, error) // runs and stops after about 3.5 s
	}
	all, none := adcimport.CustomerFilter{}, adcimport.CustomerOptions{}
	started := func(t *testing.T, imp *adcimport.Importer, stop func(*adcimport.Run)) (*adcimport.Summary, error) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		run, err := imp.StartCustomers(ctx, all, none)
		if err != nil {
			t.Fatal(err)
		}
		cancel() // A9: the run outlives the context of its start
		sleepBubble(3500 * time.Millisecond)
		stop(run)
		return ended(t, run)
	}
	tests := map[string]stopper{
		"cancel": {adcimport.StatusCanceled, context.Canceled, func(t *testing.T, imp *adcimport.Importer) (*adcimport.Summary, error) {
			t.Helper()
			return started(t, imp, func(r *adcimport.Run) { r.Cancel(); r.Cancel() })
		}},
		"close": {adcimport.StatusInterrupted, adcimport.ErrClosed, func(t *testing.T, imp *adcimport.Importer) (*adcimport.Summary, error) {
			t.Helper()
			return started(t, imp, func(*adcimport.Run) {
				if err := imp.Close(t.Context()); err != nil {
					t.Error(err)
				}
				if _, err := imp.StartCustomers(t.Context(), all, none); !errors.Is(err, adcimport.ErrClosed) {
					t.Errorf("start after close: %v", err)
				}
			})
		}},
		"context": {ledger.StatusHeld, context.DeadlineExceeded, func(t *testing.T, imp *adcimport.Importer) (*adcimport.Summary, error) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
			defer cancel()
			return imp.ImportCustomers(ctx, all, none)
		}},
		"break": {ledger.StatusHeld, nil, func(t *testing.T, imp *adcimport.Importer) (*adcimport.Summary, error) {
			t.Helper()
			var id string
			n := 0
			for o, err := range imp.ImportCustomersSeq(t.Context(), all, none) {
				if err != nil {
					t.Fatal(err)
				}
				if id = o.RunID; n == 3 {
					break
				}
				n++
			}
			for info, err := range imp.Runs(t.Context()) {
				if err != nil || info.RunID != id {
					t.Fatal(info, err)
				}
				return &info.Summary, nil
			}
			return nil, errBoom
		}},
	}
	for name, tt := range tests {
		for _, batch := range []int{2, 10} {
			t.Run(fmt.Sprintf("%s, batches of %d", name, batch), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r := newRig(40)
					r.cfg.BatchSize = batch
					r.slowDetails(100 * time.Millisecond)
					imp := r.importer(t)
					s, err := tt.stop(t, imp)
					synctest.Wait() // a goroutine that stays fails the bubble
					if tt.err != nil && !errors.Is(err, tt.err) || s.Status != tt.status {
						t.Fatalf("got %v, %v", s.Status, err)
					}
					if s.Counts.Created == 0 || s.Counts.Created == 40 || len(r.sink.Customers()) != s.Counts.Created {
						t.Errorf("%d created, %d in the sink", s.Counts.Created, len(r.sink.Customers()))
					}
					r.agrees(t, s)
					if open := r.openIntents(t); len(open) > 0 {
						t.Errorf("open intents: %v", open)
					}
					before := len(r.sink.Customers())
					sleepBubble(time.Minute)
					if n := len(r.sink.Customers()); n != before {
						t.Errorf("went on: %d created after the end", n-before)
					}
					s, err = r.resume(t, s.RunID) // at once: the lease was given back
					completed(t, s, err, adcimport.Counts{Read: 40, Created: 40})
					r.agrees(t, s)
					r.once(t, idsUpTo(40)...)
				})
			})
		}
	}
}

func TestRun_B1_stoppedAgainAndAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(40)
		r.src.PageSize, r.cfg.BatchSize = 13, 3
		r.slowDetails(100 * time.Millisecond)
		s := &adcimport.Summary{}
		var err error
		for tries := 0; s.Status != adcimport.StatusCompleted; tries++ {
			if tries > 40 {
				t.Fatal("makes no progress")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
			if s.RunID == "" {
				s, err = r.importer(t).ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
			} else {
				imp := r.importer(t)
				run, rerr := imp.StartResume(ctx, s.RunID)
				if rerr != nil {
					t.Fatal(rerr)
				}
				<-ctx.Done()
				_ = imp.Close(t.Context())
				s, err = run.Wait(t.Context())
			}
			cancel()
			r.agrees(t, s)
		}
		completed(t, s, err, adcimport.Counts{Read: 40, Created: 40})
		r.once(t, idsUpTo(40)...)
	})
}

func TestRun_A9_inTheBackground(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(25)
		r.slowDetails(time.Second)
		run, err := r.importer(t).StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if want := "Your import has begun. It will run in the background and we will notify you when it is complete."; run.Message() != want {
			t.Errorf("message %q", run.Message())
		}
		if diff := cmp.Diff(adcimport.Progress{}, run.Progress()); diff != "" {
			t.Errorf("progress at the start (-want +got):\n%s", diff)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		if s, err := run.Wait(ctx); s != nil || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("wait: %v, %v", s, err)
		}
		select {
		case <-run.Done():
			t.Error("the wait's end is not the run's")
		default:
		}
		want := adcimport.Progress{Counts: adcimport.Counts{Read: 10, Created: 10}, Total: 25}
		if diff := cmp.Diff(want, run.Progress()); diff != "" {
			t.Errorf("progress (-want +got):\n%s", diff)
		}
		s, err := ended(t, run)
		completed(t, s, err, adcimport.Counts{Read: 25, Created: 25})
		if got := run.Progress().Counts; got != s.Counts {
			t.Errorf("progress at the end %+v", got)
		}
	})
}

func TestImporter_CloseDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(3)
		release := make(chan struct{})
		r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
			<-release // a write under way is not canceled
			return r.sink.Sink.CreateCustomers(context.WithoutCancel(ctx), recs)
		}
		imp := r.importer(t)
		run, err := imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := imp.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("close: %v", err)
		}
		close(release)
		if _, err := ended(t, run); err != nil && !errors.Is(err, adcimport.ErrClosed) {
			t.Error(err)
		}
		if err := imp.Close(t.Context()); err != nil {
			t.Error(err)
		}
		r.once(t, idsUpTo(len(r.sink.Customers()))...)
	})
}

// interrupted leaves a run behind that has work left.
func (r *rig) interrupted(t *testing.T) string {
	t.Helper()
	id := ""
	for o, err := range r.importer(t).ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		id = o.RunID
		break
	}
	r.leftByImporter(t, id, adcimport.KindCustomer)
	return id
}

// leftByImporter makes a run one that was in the background of a host which is gone.
func (r *rig) leftByImporter(t *testing.T, id string, k adcimport.Kind) {
	t.Helper()
	l := r.takeLease(t, id, k)
	if _, err := r.store.StateStore.Release(t.Context(), l, ledger.End{Status: adcimport.StatusInterrupted}); err != nil {
		t.Fatal(err)
	}
}

// State that cannot be read is an error that says what was found, never a new
// beginning.
func TestImporter_B2_ResumeRefusesUnreadableState(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*ledger.RunState)
		says   string
	}{
		"newer filter":           {func(st *ledger.RunState) { st.Filter = []byte(`{"v":7,"filter":{}}`) }, "filter has version 7, this library reads version 1"},
		"newer options":          {func(st *ledger.RunState) { st.Options = []byte(`{"v":2}`) }, "options has version 2"},
		"garbage filter":         {func(st *ledger.RunState) { st.Filter = []byte(`<xml/>`) }, "filter of 6 bytes is not readable"},
		"empty options":          {func(st *ledger.RunState) { st.Options = nil }, "options of 0 bytes is not readable"},
		"unknown part of filter": {func(st *ledger.RunState) { st.Filter = []byte(`{"v":1,"filter":{"States":["UT"]}}`) }, "unknown field"},
		"unknown option": {func(st *ledger.RunState) {
			st.Options = []byte(strings.Replace(string(st.Options), `"options":{`, `"options":{"Colour":"red",`, 1))
		}, "unknown field"},
		"no version":    {func(st *ledger.RunState) { st.Filter = []byte(`{}`) }, "filter has version 0"},
		"more after it": {func(st *ledger.RunState) { st.Filter = append(st.Filter, "{}"...) }, "not readable"},
		"unknown kind":  {func(st *ledger.RunState) { st.Kind = "panel" }, `unknown kind "panel"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(20)
			id := r.interrupted(t)
			r.cfg.Store = altered{r.store, tt.change}
			imp := r.importer(t)
			for doing, do := range map[string]func() error{
				"resume": func() error { _, err := imp.StartResume(t.Context(), id); return err },
				"retry":  func() error { _, err := imp.StartRetryFailed(t.Context(), id); return err },
			} {
				err := do()
				bad, ok := errors.AsType[*adcimport.StateError](err)
				if !ok {
					t.Fatalf("%s: got %v", doing, err)
				}
				if bad.RunID != id || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("%s: got %q", doing, err)
				}
			}
			r.once(t, idsUpTo(10)...)
		})
	}
}

// altered changes runs as they are read.
type altered struct {
	*tapStore
	change func(*ledger.RunState)
}

func (s altered) Run(ctx context.Context, id string) (ledger.RunState, error) {
	st, err := s.tapStore.Run(ctx, id)
	if err == nil {
		s.change(&st)
	}
	return st, err
}

func TestImporter_ResumeRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(3)
	s, err := r.customers(t)
	if err != nil {
		t.Fatal(err)
	}
	imp := r.importer(t)
	if _, err := imp.StartResume(t.Context(), s.RunID); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a completed run: %v", err)
	}
	if _, err := imp.StartResume(t.Context(), "nobody"); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("an unknown run: %v", err)
	}
	for o, err := range imp.Outcomes(t.Context(), "nobody") {
		if !errors.Is(err, adcimport.ErrNotFound) {
			t.Errorf("outcomes of an unknown run: %v, %v", o, err)
		}
	}
	r.cfg.NewID = func() string { return s.RunID }
	if _, err := r.customers(t); !errors.Is(err, adcimport.ErrRunExists) {
		t.Errorf("an id that exists: %v", err)
	}
	if got, err := r.store.Run(t.Context(), s.RunID); err != nil || got.Counts != s.Counts {
		t.Errorf("the run that had it: %+v, %v", got, err)
	}
}

func isInvalidOption(err error, field string) bool {
	bad, ok := errors.AsType[*adcimport.InvalidOptionsError](err)
	return ok && bad.Field == field
}

// At a host's start everything unfinished goes on, one after the other; nothing
// else does (SPEC B2).
func TestImporter_B2_ResumeInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(40)
		first, second := r.interrupted(t), r.interrupted(t)
		ctx := t.Context()
		for _, left := range []struct {
			id     string
			status adcimport.RunStatus
			until  time.Duration
		}{
			{"canceled", adcimport.StatusCanceled, 0},
			{"failed", adcimport.StatusFailed, 0},
			{"stopped", adcimport.StatusStopped, 0},
			{"completed", adcimport.StatusCompleted, 0},
			{"due", adcimport.StatusPaused, -time.Second},
			{"not due", adcimport.StatusPaused, time.Hour},
		} {
			r.left(t, second, left.id, func(st *ledger.RunState) {
				st.Status = left.status
				if left.until != 0 {
					st.PausedUntil = time.Now().Add(left.until)
				}
			})
		}
		r.left(t, second, "unreadable", func(st *ledger.RunState) {
			st.Status, st.Filter = adcimport.StatusInterrupted, []byte("?")
		})
		runs, err := r.importer(t).ResumeInterrupted(ctx)
		if bad, ok := errors.AsType[*adcimport.StateError](err); !ok || bad.RunID != "unreadable" {
			t.Errorf("got %v", err)
		}
		var got []string
		for _, run := range runs {
			got = append(got, run.ID())
			s, err := ended(t, run)
			if err != nil || s.Status != adcimport.StatusCompleted {
				t.Errorf("run %s: %v, %v", run.ID(), s, err)
			}
			r.agrees(t, s)
		}
		if diff := cmp.Diff([]string{first, second, "due", "not due"}, got); diff != "" {
			t.Errorf("resumed (-want +got):\n%s", diff)
		}
		r.once(t, idsUpTo(40)...)
	})
}

// left stores a run as somebody left it, a copy of another one.
func (r *rig) left(t *testing.T, like, id string, change func(*ledger.RunState)) {
	t.Helper()
	ctx := t.Context()
	st, err := r.store.StateStore.Run(ctx, like)
	if err != nil {
		t.Fatal(err)
	}
	change(&st)
	l, err := r.store.StateStore.Acquire(ctx, ledger.LeaseRequest{
		Scope: ledger.Scope{Account: "isp-1", Kind: adcimport.KindCustomer}, Link: "isp-1", RunID: id, Owner: id, TTL: ttl, State: st,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.store.StateStore.Release(ctx, l, ledger.End{Status: st.Status, Wait: max(time.Until(st.PausedUntil), 0)}); err != nil {
		t.Fatal(err)
	}
}

func TestImporter_ResumeInterruptedQueue(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (*rig, *adcimport.Importer, []*adcimport.Run) {
		t.Helper()
		r := newRig(40)
		r.interrupted(t)
		r.interrupted(t)
		r.slowDetails(time.Second)
		imp := r.importer(t)
		runs, err := imp.ResumeInterrupted(t.Context())
		if err != nil || len(runs) != 2 {
			t.Fatal(runs, err)
		}
		return r, imp, runs
	}
	t.Run("cancel the one that waits", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, _, runs := start(t)
			synctest.Wait() // the first one is at work
			runs[1].Cancel()
			s, err := ended(t, runs[1])
			if !errors.Is(err, context.Canceled) || s == nil || s.RunID != runs[1].ID() || s.Status != adcimport.StatusInterrupted {
				t.Errorf("got %v, %v", s, err)
			}
			s, err = ended(t, runs[0])
			if err != nil || s.Status != adcimport.StatusCompleted {
				t.Errorf("the other one: %v, %v", s, err)
			}
		})
	})
	t.Run("close", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r, imp, runs := start(t)
			if err := imp.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, run := range runs {
				if s, err := ended(t, run); !errors.Is(err, adcimport.ErrClosed) || s.Status != adcimport.StatusInterrupted {
					t.Errorf("run %s: %v, %v", run.ID(), s, err)
				}
			}
			again, err := r.importer(t).ResumeInterrupted(t.Context())
			if err != nil || len(again) != 2 {
				t.Fatal(again, err)
			}
			for _, run := range again {
				if s, err := ended(t, run); err != nil {
					t.Error(s, err)
				}
			}
			r.once(t, idsUpTo(40)...)
		})
	})
	t.Run("another host is at work", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r, _, runs := start(t)
			other, err := r.importer(t).ResumeInterrupted(t.Context())
			if err != nil || len(other) != 2 {
				t.Errorf("got %v, %v", other, err)
			}
			for _, run := range slices.Concat(runs, other) {
				if s, err := ended(t, run); err != nil || s.Status != adcimport.StatusCompleted {
					t.Error(s, err)
				}
			}
			r.once(t, idsUpTo(40)...)
		})
	})
}

// A pause that a service asks for ends a run in the foreground as paused, until
// then, and is its caller's; in the background one call at a host's start goes on
// with it at its time (fault 48).
func TestRun_paused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(20)
		until, asked := time.Now().Add(time.Hour), false
		r.src.page = func(n int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
			if asked = asked || n == 2; asked && time.Now().Before(until) {
				return p, fmt.Errorf("list: %w", &adcimport.PausedError{Until: until, Err: adcimport.ErrRateLimited})
			}
			return p, nil
		}
		s, err := r.customers(t)
		if !errors.Is(err, adcimport.ErrRateLimited) || s.Status != adcimport.StatusPaused || !s.PausedUntil.Equal(until) {
			t.Fatalf("got %+v, %v", s, err)
		}
		if runs, err := r.importer(t).ResumeInterrupted(t.Context()); err != nil || len(runs) != 0 {
			t.Fatal(runs, err)
		}
		imp := r.importer(t)
		if _, err := imp.StartResume(t.Context(), s.RunID); err != nil {
			t.Fatal(err)
		}
		sleepBubble(time.Minute)
		if err := imp.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		s, err = ended(t, resumed(t, r.importer(t), s.RunID)[0])
		completed(t, s, err, adcimport.Counts{Read: 20, Created: 20})
		if !s.PausedUntil.IsZero() || time.Now().Before(until) {
			t.Errorf("paused until %v, went on before %v", s.PausedUntil, until)
		}
	})
}

func TestImporter_Runs(t *testing.T) {
	t.Parallel()
	r := newRig(3)
	for range 3 {
		if _, err := r.customers(t); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for info, err := range r.importer(t).Runs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, info.RunID)
		if _, err := json.Marshal(info); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"run-3", "run-2", "run-1"}, got); diff != "" {
		t.Errorf("A5: newest first (-want +got):\n%s", diff)
	}
}
