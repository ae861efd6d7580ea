package adcimport_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
)

// under counts the calls that are under way.
type under struct {
	mu              sync.Mutex
	now, most, made int
}

func (u *under) begin() (nth int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.now++
	u.made++
	u.most = max(u.most, u.now)
	return u.made
}

func (u *under) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.now--
}

func (u *under) calls() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.made
}

var errAway = &adcimport.CallError{End: "source", Operation: "read a customer", Code: "unavailable", Status: 503}

// Never are more details in flight than Concurrency says, whatever fails and is asked
// for again.
func TestAhead_keepsConcurrency(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]func(id, nth int) bool{
		"nothing fails":        func(int, int) bool { return false },
		"one in seven":         func(id, _ int) bool { return id%7 == 3 },
		"a whole batch":        func(id, _ int) bool { return id > 40 && id <= 50 },
		"the first ones":       func(_, nth int) bool { return nth <= 9 },
		"for a while":          func(_, nth int) bool { return nth > 90 && nth < 104 },
		"every one, at first":  func(id, nth int) bool { return nth <= 300 && nth%2 == id%2 },
		"one of each batch":    func(id, _ int) bool { return id%10 == 1 },
		"the last ones of all": func(id, _ int) bool { return id > 195 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const workers = 3
				var details under
				r := newRig(200)
				r.cfg.Concurrency = workers
				r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
					nth := details.begin()
					defer details.end()
					n, _ := strconv.Atoi(id)
					sleepBubble(time.Duration(20+n%13*10) * time.Millisecond)
					if fails(n, nth) {
						return adcimport.Customer{}, errAway
					}
					return r.src.Source.CustomerDetail(ctx, id)
				}
				s, err := r.customers(t)
				if err != nil || s.Counts.Read != 200 {
					t.Error(s, err)
				}
				r.agrees(t, s)
				if details.most > workers {
					t.Errorf("%d details at the same time, want at most %d", details.most, workers)
				}
			})
		})
	}
}

// While the sink hangs, a few batches are read ahead, and no more.
func TestAhead_isBounded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ workers, batch, most int }{
		{8, 100, 400}, // the one that is written, one that is ready, one that is begun, and one more
		{8, 10, 110},  // eight for each worker are begun
		{1, 10, 40},
		{32, 10, 300},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(1000)
			r.cfg.Concurrency, r.cfg.BatchSize, r.src.PageSize = tt.workers, tt.batch, 500
			var details under
			r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
				details.begin()
				defer details.end()
				sleepBubble(10 * time.Millisecond)
				return r.src.Source.CustomerDetail(ctx, id)
			}
			r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
				sleepBubble(40 * time.Second)
				r.sink.create = nil
				if n := details.calls(); n > tt.most || n < 3*tt.batch {
					t.Errorf("%d workers, batches of %d: %d details while the first batch was written, want %d to %d",
						tt.workers, tt.batch, n, 3*tt.batch, tt.most)
				}
				return r.sink.Sink.CreateCustomers(ctx, recs)
			}
			s, err := r.customers(t)
			completed(t, s, err, adcimport.Counts{Read: 1000, Created: 1000})
		})
	}
}

// When details fail for everybody, those that are under way do, and then it is waited:
// nothing more is asked for ahead.
func TestAhead_endsWhenDetailsFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const workers = 4
		var details under
		r := newRig(200)
		r.cfg.Concurrency = workers
		r.src.PageSize = 100
		away, asked := false, 0
		r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
			nth := details.begin()
			defer details.end()
			sleepBubble(50 * time.Millisecond)
			if nth > 50 && details.calls() < 1000 && time.Since(bubbleStart()) < time.Minute {
				return adcimport.Customer{}, errAway
			}
			return r.src.Source.CustomerDetail(ctx, id)
		}
		r.cfg.Events.Waiting = func(context.Context, adcimport.RunInfo, time.Duration) {
			if !away {
				away, asked = true, details.calls()
			}
		}
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 200, Created: 200})
		// Those under way, a row of those of the batch, and two witnesses.
		if most := 50 + 2*workers + workers + 2; !away || asked > most {
			t.Errorf("%d details before the first wait, want at most %d", asked, most)
		}
	})
}

// A detail that fails ahead of its turn is asked for as often as one that fails in it:
// once, and once more after all others.
func TestAhead_asksOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var failing under
		r := newRig(60)
		r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
			n, _ := strconv.Atoi(id)
			sleepBubble(time.Duration(1+n%10/9*9) * 50 * time.Millisecond) // the ninth of each batch takes long
			if n == 25 {
				failing.begin()
				return adcimport.Customer{}, errAway
			}
			return r.src.Source.CustomerDetail(ctx, id)
		}
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 60, Created: 59, Failed: 1})
		if n := failing.calls(); n != 2 {
			t.Errorf("the one that fails was asked for %d times, want 2", n)
		}
	})
}

// bubbleStart is when time begins in a bubble.
func bubbleStart() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

// What ends a run ahead of its turn takes nothing from the batches before it.
func TestAhead_anErrorWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var refused under
		r := newRig(60)
		r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
			n, _ := strconv.Atoi(id)
			switch n {
			case 1:
				sleepBubble(5 * time.Second)
			case 25:
				refused.begin()
				return adcimport.Customer{}, errLogin
			}
			sleepBubble(50 * time.Millisecond)
			return r.src.Source.CustomerDetail(ctx, id)
		}
		s, err := r.customers(t)
		if err == nil || s.Status != adcimport.StatusFailed || s.Counts.Created < 20 || s.Counts.Created > 24 {
			t.Errorf("%v, %v: want the first two batches, and what was read of the third", s, err)
		}
		r.agrees(t, s)
		if n := refused.calls(); n != 1 {
			t.Errorf("the one that ends the run was asked for %d times", n)
		}
		r.src.detail = nil
		s, err = r.resume(t, s.RunID)
		completed(t, s, err, adcimport.Counts{Read: 60, Created: 60})
		r.once(t, idsUpTo(60)...)
	})
}

// A record that comes again, however far ahead, while it is being created: it is not
// asked for in the sink a second time, whose answer would be old.
func TestAhead_knowsWhatIsBeingWritten(t *testing.T) {
	t.Parallel()
	for after := range 20 {
		synctest.Test(t, func(t *testing.T) {
			pages := [][]string{{"again"}}
			for i := range 24 {
				if i == after {
					pages = append(pages, []string{"again"})
				}
				pages = append(pages, []string{strconv.Itoa(i + 1)})
			}
			r := newRig(0)
			r.cfg.Source, r.cfg.BatchSize, r.cfg.Concurrency = adcimport.CustomersOnly(pagesOf(pages...)), 1, 1
			var asked under
			r.sink.find = func(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
				if keys[0].ID == "again" {
					asked.begin()
				}
				return r.sink.Sink.FindCustomers(ctx, keys)
			}
			r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
				sleepBubble(time.Second)
				return r.sink.Sink.CreateCustomers(ctx, recs)
			}
			s, err := r.customers(t)
			completed(t, s, err, adcimport.Counts{Read: 26, Created: 25, Skipped: 1})
			if n := asked.calls(); n != 1 {
				t.Errorf("%d batches later: asked for %d times", after+1, n)
			}
		})
	}
}
