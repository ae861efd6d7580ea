package adcimport_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

// gate admits one run at a time, in the order of arrival.
type gate struct {
	mu    sync.Mutex
	queue []chan struct{}
	left  int
}

func (g *gate) admit(string, adcimport.Kind) (<-chan struct{}, func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := make(chan struct{})
	g.queue = append(g.queue, c)
	if len(g.queue) == 1 {
		close(c)
	}
	return c, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.left++
		for i, q := range g.queue {
			if q == c {
				g.queue = append(g.queue[:i:i], g.queue[i+1:]...)
				if i == 0 && len(g.queue) > 0 {
					close(g.queue[0])
				}
				return
			}
		}
		panic("left twice")
	}
}

func (g *gate) waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.queue)
}

// A run that waits for its turn is stored, is nobody's, and holds no lease; it
// goes on by itself when its turn comes.
func TestAdmit_aRunThatWaitsHoldsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, g := newRig(20), &gate{}
		r.cfg.Admit = g.admit
		n := r.teller()
		r.slowDetails(time.Second)
		first := r.importer(t)
		r.cfg.Link = "isp-2"
		second := r.importer(t)
		a, b := r.startCustomers(t, first), r.startCustomers(t, second)
		sleepBubble(time.Millisecond)
		st, err := r.store.StateStore.Run(t.Context(), b.ID())
		if err != nil || st.Status != adcimport.StatusInterrupted || st.Alive || st.Failure != nil {
			t.Errorf("the one that waits is %s, alive %t, failure %v: %v", st.Status, st.Alive, st.Failure, err)
		}
		s, err := ended(t, a)
		completed(t, s, err, adcimport.Counts{Read: 20, Created: 20})
		s, err = ended(t, b)
		completed(t, s, err, adcimport.Counts{Read: 20, Linked: 20})
		if g.waiting() != 0 || g.left != 2 {
			t.Errorf("%d have a turn, %d left", g.waiting(), g.left)
		}
		wantTold(t, n, "run-1 completed", "run-2 completed")
	})
}

// A pause gives the turn back, and takes a new one.
func TestAdmit_aPauseGivesTheTurnBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, g := newRig(20), &gate{}
		r.cfg.Admit = g.admit
		r.pauses(time.Now().Add(time.Hour))
		imp := r.importer(t)
		run := r.startCustomers(t, imp)
		sleepBubble(time.Minute)
		if g.waiting() != 0 {
			t.Error("the run that is paused has a turn")
		}
		_, leave := g.admit("", "") // another one is at work until after the pause
		sleepBubble(2 * time.Hour)
		if got := run.Progress().Counts; got.Created != 10 {
			t.Errorf("it went on without a turn: %+v", got)
		}
		leave()
		s, err := ended(t, run)
		completed(t, s, err, adcimport.Counts{Read: 20, Created: 20})
		if g.waiting() != 0 {
			t.Error("a turn was not given back")
		}
	})
}

// A run here waits for its turn as long as its context lasts, and Close ends that.
func TestAdmit_here(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, g := newRig(5), &gate{}
		r.cfg.Admit = g.admit
		imp := r.importer(t)
		_, leave := g.admit("", "")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		s, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if !errors.Is(err, context.DeadlineExceeded) || s.Status != adcimport.StatusFailed {
			t.Errorf("%s: %v", s.Status, err)
		}
		time.AfterFunc(time.Minute, leave)
		s, err = imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		completed(t, s, err, adcimport.Counts{Read: 5, Created: 5})
		if _, leave = g.admit("", ""); g.waiting() != 1 {
			t.Error("a turn was not given back")
		}
		time.AfterFunc(time.Minute, func() { _ = imp.Close(t.Context()) })
		if _, err = imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); !errors.Is(err, adcimport.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		leave()
		if g.waiting() != 0 {
			t.Error("a turn was not given back")
		}
	})
}

// Cancel and Close reach a run that waits for its turn.
func TestAdmit_stoppedWhileItWaits(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		stop func(imp *adcimport.Importer, run *adcimport.Run)
		want adcimport.RunStatus
	}{
		"cancel": {func(_ *adcimport.Importer, run *adcimport.Run) { run.Cancel() }, adcimport.StatusCanceled},
		"close":  {func(imp *adcimport.Importer, _ *adcimport.Run) { _ = imp.Close(context.Background()) }, adcimport.StatusInterrupted},
	} {
		for _, after := range []time.Duration{0, time.Minute} {
			t.Run(name+" after "+after.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r, g := newRig(5), &gate{}
					r.cfg.Admit = g.admit
					_, leave := g.admit("", "")
					imp := r.importer(t)
					run := r.startCustomers(t, imp)
					sleepBubble(after)
					tt.stop(imp, run)
					if _, err := run.Wait(t.Context()); err == nil {
						t.Error("it completed")
					}
					st, err := r.store.StateStore.Run(t.Context(), run.ID())
					if err != nil || st.Status != tt.want {
						t.Errorf("stored as %s: %v", st.Status, err)
					}
					leave()
					if g.waiting() != 0 || len(r.sink.Customers()) != 0 {
						t.Errorf("%d have a turn, %d customers", g.waiting(), len(r.sink.Customers()))
					}
				})
			})
		}
	}
}

// A run that is being told of has no turn any more: its notifier may import to
// the end.
func TestAdmit_aNotifierImports(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, g := newRig(5), &gate{}
		r.cfg.Admit = g.admit
		var imp *adcimport.Importer
		r.cfg.Notifiers = []adcimport.Notifier{notifierFunc(func(ctx context.Context, s adcimport.Summary) error {
			if s.Kind == adcimport.KindCustomer {
				s, err := imp.ImportUsers(ctx, adcimport.UserFilter{}, adcimport.UserOptions{})
				completed(t, s, err, adcimport.Counts{})
			}
			return nil
		})}
		imp = r.importer(t)
		s, err := ended(t, r.startCustomers(t, imp))
		completed(t, s, err, adcimport.Counts{Read: 5, Created: 5})
		if err := imp.Close(t.Context()); err != nil || g.waiting() != 0 || g.left != 2 {
			t.Errorf("%d have a turn, %d left: %v", g.waiting(), g.left, err)
		}
	})
}

// Drain lets what is at work, or waits, come to its end, and nothing else begin.
func TestImporter_Drain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(20)
		r.pauses(time.Now().Add(time.Hour))
		imp := r.importer(t)
		run := r.startCustomers(t, imp)
		short, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := imp.Drain(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("while a run waits: %v", err)
		}
		_, here := imp.ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{})
		_, behind := imp.StartUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{})
		_, resumed := imp.ResumeInterrupted(t.Context())
		for _, err := range []error{here, behind, resumed} {
			if !errors.Is(err, adcimport.ErrClosed) {
				t.Errorf("it began: %v", err)
			}
		}
		start := time.Now()
		if err := imp.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < 58*time.Minute {
			t.Errorf("it waited for %s", took)
		}
		s, err := run.Wait(t.Context())
		completed(t, s, err, adcimport.Counts{Read: 20, Created: 20})
		if diff := cmp.Diff(20, len(r.sink.Customers())); diff != "" {
			t.Error(diff)
		}
	})
}

type notifierFunc func(ctx context.Context, s adcimport.Summary) error

func (f notifierFunc) Notify(ctx context.Context, s adcimport.Summary) error { return f(ctx, s) }
