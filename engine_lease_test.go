package adcimport_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// ttl and settle are the defaults.
const ttl = time.Minute

// slowDetails makes every detail take d; they come one by one.
func (r *rig) slowDetails(d time.Duration) {
	r.cfg.Concurrency = 1
	r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
		select {
		case <-time.After(d):
		case <-ctx.Done():
			return adcimport.Customer{}, context.Cause(ctx)
		}
		return r.src.Source.CustomerDetail(ctx, id)
	}
}

func TestEngine_B2_heartbeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(10)
		r.slowDetails(time.Minute)
		run, err := r.importer(t).StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		sleepBubble(5*time.Minute + time.Second)
		_, err = r.customers(t)
		busy, ok := errors.AsType[*adcimport.RunInProgressError](err)
		if !ok || !errors.Is(err, adcimport.ErrRunInProgress) {
			t.Fatalf("got %v", err)
		}
		if busy.RunID != run.ID() || busy.Owner == "" || busy.Link != "isp-1" || busy.Kind != adcimport.KindCustomer {
			t.Errorf("got %+v", busy)
		}
		if since := time.Since(busy.Heartbeat); since > ttl/4 {
			t.Errorf("last heartbeat %v ago", since)
		}
		s, err := ended(t, run)
		completed(t, s, err, adcimport.Counts{Read: 10, Created: 10})
		if n := r.store.count()["Renew"]; n < 39 || n > 45 {
			t.Errorf("%d renewals in 10 minutes", n)
		}
	})
}

// Of two importers that start at once one runs, the other is told who (SPEC B2).
func TestEngine_B2_twoRacers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(30)
		r.slowDetails(time.Second)
		r.cfg.NewID = nil
		var ok, busy atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			imp := r.importer(t)
			wg.Go(func() {
				switch _, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); {
				case err == nil:
					ok.Add(1)
				case errors.Is(err, adcimport.ErrRunInProgress):
					busy.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if ok.Load() != 1 || busy.Load() != 7 {
			t.Errorf("%d ran, %d were refused", ok.Load(), busy.Load())
		}
		r.once(t, idsUpTo(30)...)
	})
}

// Links do not get in each other's way (SPEC A11).
func TestEngine_A11_linksRunSideBySide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, other := newRig(5), newRig(5)
		r.slowDetails(time.Second)
		other.cfg.Link, other.cfg.Store = "isp-2", r.cfg.Store
		other.cfg.NewID = func() string { return "other" }
		run, err := r.importer(t).StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := other.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 5, Created: 5})
		s, err = ended(t, run)
		completed(t, s, err, adcimport.Counts{Read: 5, Created: 5})
		if _, err := other.importer(t).StartResume(t.Context(), run.ID()); !errors.Is(err, adcimport.ErrNotFound) {
			t.Errorf("resume of another link's run: %v", err)
		}
	})
}

// A run whose store answers no more loses its lease, writes nothing after the
// lease's end, and ends; a successor takes over and completes it.
func TestEngine_B2_stolenLease(t *testing.T) {
	t.Parallel()
	for _, hangs := range []bool{false, true} {
		t.Run(map[bool]string{false: "renewals fail", true: "renewals hang"}[hangs], func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(40)
				r.slowDetails(time.Second)
				r.cfg.BatchSize = 5
				shared := r.store.StateStore
				start := time.Now()
				var last time.Time
				r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
					last = time.Now()
					return r.sink.Sink.CreateCustomers(ctx, recs)
				}
				r.cfg.Store = &tapStore{StateStore: cutOff{shared, start.Add(10 * time.Second), hangs}}
				s, err := r.customers(t)
				if !errors.Is(err, adcimport.ErrLeaseLost) || s.Status != adcimport.StatusInterrupted {
					t.Fatalf("got %v, %v", s.Status, err)
				}
				if took := time.Since(start); took > ttl+ttl/2 {
					t.Errorf("noticed after %v", took)
				}
				if last.Sub(start) > ttl-ttl/10 {
					t.Errorf("wrote %v after the lease was granted", last.Sub(start))
				}
				sleepBubble(ttl)
				next := r.store // the same state, reachable again
				r.cfg.Store = next
				s, err = r.resume(t, s.RunID)
				if err != nil || s.Status != adcimport.StatusCompleted || s.Counts.Read != 40 {
					t.Fatal(s, err)
				}
				r.agrees(t, s)
				r.once(t, idsUpTo(40)...)
			})
		})
	}
}

// cutOff is a store that cannot renew nor commit from some time on.
type cutOff struct {
	adcimport.StateStore
	from  time.Time
	hangs bool
}

func (s cutOff) Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
	if time.Now().Before(s.from) {
		return s.StateStore.Renew(ctx, l)
	}
	if s.hangs {
		<-ctx.Done()
		return ledger.Lease{}, ctx.Err()
	}
	return ledger.Lease{}, errBoom
}

func (s cutOff) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	if time.Now().Before(s.from) {
		return s.StateStore.Commit(ctx, l, c)
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

// A run that was taken over is refused its next state write and ends.
func TestEngine_B2_takenOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(20)
		shared := r.store.StateStore
		creates, commits, before := 0, 0, 0
		r.src.page = func(_ int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
			p.Total = 0 // it would be a commit of its own
			return p, nil
		}
		r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
			creates++
			return r.sink.Sink.CreateCustomers(ctx, recs)
		}
		// Somebody takes the lease while the first commit is under way.
		r.store.before = func(method string, n int) error {
			if method == "Commit" {
				commits++
			}
			if method != "Commit" || n != 1 {
				return nil
			}
			sleepUntilExpired(t, shared)
			before = creates // the batch after it may have been sent meanwhile
			return nil
		}
		r.cfg.Store = noRenewal{r.store}
		s, err := r.customers(t)
		if !errors.Is(err, adcimport.ErrLeaseLost) || s.Status != adcimport.StatusInterrupted {
			t.Fatalf("got %v, %v", s.Status, err)
		}
		if creates != before || commits != 1 {
			t.Errorf("went on: %d creates after %d, %d commits", creates, before, commits)
		}
		// What an intent brought along before counts, the commit that was overtaken does not.
		st, err := shared.Run(t.Context(), s.RunID)
		if err != nil || st.Counts.Read > 10*(before-1) || s.Counts.Read > 10*(before-1) {
			t.Error(before, s.Counts, st.Counts, err)
		}
	})
}

// noRenewal believes that a lease is renewed when nobody asked the store.
type noRenewal struct{ *tapStore }

func (s noRenewal) Renew(_ context.Context, l ledger.Lease) (ledger.Lease, error) {
	return l, nil
}

func sleepUntilExpired(t *testing.T, store adcimport.StateStore) {
	t.Helper()
	sleepBubble(ttl + time.Second)
	_, err := store.Acquire(t.Context(), ledger.LeaseRequest{
		Scope: ledger.Scope{Account: "isp-1", Kind: adcimport.KindCustomer}, Link: "isp-1", RunID: "thief", Owner: "thief", TTL: ttl,
	})
	if err != nil {
		t.Error(err)
	}
}

// A store that cannot renew for a while costs nothing, nor is a record given up
// for it.
func TestEngine_B2_renewalsFailForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(40)
		r.slowDetails(4 * time.Second)
		r.cfg.BatchSize = 5
		start := time.Now()
		r.store.before = func(method string, _ int) error {
			if since := time.Since(start); method == "Renew" && since > 20*time.Second && since < 65*time.Second {
				return errBoom
			}
			return nil
		}
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 40, Created: 40})
	})
}

// Every call of the sink has a deadline before the lease ends, minus the margin.
// A sink whose time is up says so and is called again.
func TestEngine_B2_deadlinesAndSlowSinks(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(context.Context) error{
		"with the deadline's error": func(ctx context.Context) error { return ctx.Err() },
		"without an error":          func(context.Context) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(30)
				r.src.PageSize, r.cfg.BatchSize = 30, 30
				store := &leaseWatch{StateStore: r.store}
				r.cfg.Store = store
				calls := 0
				r.sink.find = func(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
					store.within(ctx, t)
					return r.sink.Sink.FindCustomers(ctx, keys)
				}
				r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
					calls++
					store.within(ctx, t)
					res := make([]adcimport.WriteResult, len(recs))
					for i := range res {
						res[i].Status = adcimport.WriteNotSent
					}
					for i := range recs {
						if adcimport.CheckWrite(ctx) != nil {
							break
						}
						one, _ := r.sink.Sink.CreateCustomers(ctx, recs[i:i+1])
						res[i] = one[0]
						sleepBubble(8 * time.Second) // of a slow service
					}
					return res, end(ctx)
				}
				s, err := r.customers(t)
				completed(t, s, err, adcimport.Counts{Read: 30, Created: 30})
				r.once(t, idsUpTo(30)...)
				if calls < 4 {
					t.Errorf("%d calls of the sink for 4 minutes of work", calls)
				}
			})
		})
	}
}

// leaseWatch remembers the lease.
type leaseWatch struct {
	adcimport.StateStore
	mu    sync.Mutex
	lease ledger.Lease
}

func (s *leaseWatch) keep(l ledger.Lease) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lease = l
}

func (s *leaseWatch) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	l, err := s.StateStore.Acquire(ctx, req)
	s.keep(l)
	return l, err
}

func (s *leaseWatch) Renew(ctx context.Context, l ledger.Lease) (ledger.Lease, error) {
	l, err := s.StateStore.Renew(ctx, l)
	if err == nil {
		s.keep(l)
	}
	return l, err
}

func (s *leaseWatch) within(ctx context.Context, t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	end, ok := ctx.Deadline()
	if !ok || end.After(s.lease.Expires.Add(-ttl/10)) {
		t.Errorf("deadline %v, lease until %v", end, s.lease.Expires)
	}
}

func TestCheckWrite(t *testing.T) {
	t.Parallel()
	t.Run("outside a run", func(t *testing.T) {
		t.Parallel()
		if err := adcimport.CheckWrite(t.Context()); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errBoom)
		if err := adcimport.CheckWrite(ctx); !errors.Is(err, errBoom) {
			t.Error(err)
		}
	})
	t.Run("after the deadline", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRig(1)
			var got error
			r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
				if got == nil {
					sleepBubble(ttl)
					got = adcimport.CheckWrite(ctx)
				}
				return r.sink.Sink.CreateCustomers(ctx, recs)
			}
			s, err := r.customers(t)
			completed(t, s, err, adcimport.Counts{Read: 1, Created: 1})
			if !errors.Is(got, context.DeadlineExceeded) {
				t.Errorf("got %v", got)
			}
		})
	})
	t.Run("when the run is told to stop", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRig(5)
			imp := r.importer(t)
			var got error
			r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
				res := make([]adcimport.WriteResult, len(recs))
				for i := range res {
					res[i].Status = adcimport.WriteNotSent
				}
				one, _ := r.sink.Sink.CreateCustomers(ctx, recs[:1])
				res[0] = one[0]
				go func() { _ = imp.Close(context.WithoutCancel(ctx)) }()
				synctest.Wait()
				if ctx.Err() != nil {
					t.Error("a write under way is canceled")
				}
				got = adcimport.CheckWrite(ctx)
				return res, nil
			}
			s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
			if !errors.Is(got, adcimport.ErrClosed) || !errors.Is(err, adcimport.ErrClosed) {
				t.Errorf("check: %v, run: %v", got, err)
			}
			if diff := cmp.Diff(adcimport.Counts{Read: 1, Created: 1}, s.Counts); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
			if open := r.openIntents(t); len(open) > 0 {
				t.Errorf("not withdrawn: %v", open)
			}
		})
	})
}
