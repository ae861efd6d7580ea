package adcimport_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

const settle = 30 * time.Second

// lost makes creates of an id end without an answer, the first times; late says
// how much later the sink has the record all the same (negative: never).
func (r *rig) lost(id string, times int, late time.Duration) {
	var mu sync.Mutex                // look-ups of one batch go beside creates of another
	at := make(map[string]time.Time) // when it becomes visible
	pending := make(map[string]adcimport.CustomerRecord)
	r.sink.find = func(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
		mu.Lock()
		defer mu.Unlock()
		for i, when := range at {
			if !time.Now().Before(when) {
				delete(at, i)
				if _, err := r.sink.Sink.CreateCustomers(context.WithoutCancel(ctx), []adcimport.CustomerRecord{pending[i]}); err != nil {
					return nil, err
				}
			}
		}
		return r.sink.Sink.FindCustomers(ctx, keys)
	}
	r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
		mu.Lock()
		defer mu.Unlock()
		res := make([]adcimport.WriteResult, len(recs))
		for i, rec := range recs {
			if rec.AlarmComID != id || times == 0 {
				one, err := r.sink.Sink.CreateCustomers(ctx, recs[i:i+1])
				if err != nil {
					return res, err
				}
				res[i] = one[0]
				continue
			}
			times--
			if late >= 0 {
				pending[id], at[id] = rec, time.Now().Add(late)
			}
		}
		return res, nil
	}
}

func TestEngine_B1_lostReplies(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		times int
		late  time.Duration
		want  string
		waits time.Duration
	}{
		"it was created":            {1, 0, "linked/in_doubt_resolved", settle},
		"it is found late":          {1, settle - time.Second, "linked/in_doubt_resolved", settle},
		"it was not created":        {1, -1, "created", settle},
		"lost three times, created": {3, settle / 2, "linked/in_doubt_resolved", settle},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(12)
				r.lost("5", tt.times, tt.late)
				var waited []time.Duration
				r.cfg.Events.Waiting = func(_ context.Context, _ adcimport.RunInfo, d time.Duration) { waited = append(waited, d) }
				start := time.Now()
				s, err := r.customers(t)
				if err != nil {
					t.Fatal(err)
				}
				if s.Status != adcimport.StatusCompleted || s.Counts.Read != 12 {
					t.Errorf("%v", s)
				}
				r.agrees(t, s)
				r.once(t, idsUpTo(12)...)
				if got := r.outcomes(t, s.RunID)["5"]; got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
				if took := time.Since(start); took != tt.waits {
					t.Errorf("waited %v (%v), want %v", took, waited, tt.waits)
				}
			})
		})
	}
}

// One create that never comes to anything fails its record, and no run (fault 1):
// it is sent twice the first night and once the second, rests, and comes in by
// itself once it can.
func TestEngine_B1_lostForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(12)
		r.lost("5", 100, -1)
		sends := 0
		lossy := r.sink.create
		r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
			for _, rec := range recs {
				if rec.AlarmComID == "5" {
					sends++
				}
			}
			return lossy(ctx, recs)
		}
		night := func(want adcimport.Counts, reason adcimport.Reason, sent int) {
			t.Helper()
			s, err := r.customers(t)
			completed(t, s, err, want)
			r.agrees(t, s)
			if s.ByReason[reason] != 1 && reason != "" || sends != sent || len(r.openIntents(t)) > 0 {
				t.Errorf("reasons %v, %d sends of 5, open %v", s.ByReason, sends, r.openIntents(t))
			}
			sleepBubble(24 * time.Hour)
		}
		night(adcimport.Counts{Read: 12, Created: 11, Failed: 1}, adcimport.ReasonSinkFailed, 2)
		r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = plainCustomers(14) })
		night(adcimport.Counts{Read: 14, Created: 2, Skipped: 11, Failed: 1}, adcimport.ReasonSinkFailed, 3)
		night(adcimport.Counts{Read: 14, Skipped: 13, Failed: 1}, adcimport.ReasonSinkFailed, 4) // after a day's rest
		night(adcimport.Counts{Read: 14, Skipped: 14}, adcimport.ReasonResting, 4)
		r.sink.create = nil
		for range 6 {
			if s, err := r.customers(t); err != nil {
				t.Fatal(s, err)
			}
			sleepBubble(24 * time.Hour)
		}
		r.once(t, idsUpTo(14)...)
	})
}

// A record in doubt that is among the named ones is neither missing at the
// source nor counted again, however it ends.
func TestEngine_B1_inDoubtAndNamed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(12)
		f := adcimport.CustomerFilter{CustomerIDs: []string{"4", "5"}}
		r.lost("5", 20, -1)
		s, err := r.importer(t).ImportCustomers(t.Context(), f, adcimport.CustomerOptions{})
		completed(t, s, err, adcimport.Counts{Read: 2, Created: 1, Failed: 1})
		r.agrees(t, s)
	})
}

// A sink that keeps no Alarm.com id cannot prove absence: a person decides.
func TestEngine_B1_absenceCannotBeProved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(12)
		r.sink.KeepsNoID = true
		r.lost("5", 1, -1)
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 12, Created: 11, Failed: 1})
		if got := r.outcomes(t, s.RunID)["5"]; got != "failed/in_doubt" {
			t.Errorf("got %s", got)
		}
		first := s.RunID
		for range 2 {
			s, err = r.customers(t)
			completed(t, s, err, adcimport.Counts{Read: 12, Skipped: 11, Failed: 1})
			r.agrees(t, s)
		}
		if n := len(r.sink.Customers()); n != 11 {
			t.Fatalf("created by itself: %d customers", n)
		}
		run, err := r.importer(t).StartRetryFailed(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		s, err = run.Wait(t.Context())
		completed(t, s, err, adcimport.Counts{Read: 1, Created: 1})
		r.once(t, idsUpTo(12)...)
	})
}

func TestEngine_ambiguousFinds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(3)
		r.sink.find = func(_ context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
			found := map[string][]string{}
			for _, k := range keys {
				if k.ID == "2" {
					found["2"] = []string{"a", "b"}
				}
			}
			return found, nil
		}
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 3, Created: 2, Failed: 1})
		if n := s.ByReason[adcimport.ReasonAmbiguousMatch]; n != 1 {
			t.Errorf("reasons %v", s.ByReason)
		}
	})
}

// What a dead run left in doubt is brought to its end by the next run of the
// link and kind, after the settle time and whatever its filter.
func TestEngine_B1_anotherRunResolves(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		f       adcimport.CustomerFilter
		created bool // by the dead run, in truth
		want    adcimport.Counts
		five    string
	}{
		"it exists, other sub-dealer":       {adcimport.CustomerFilter{SubDealerIDs: []string{"sub1"}}, true, adcimport.Counts{Read: 3, Skipped: 2, Linked: 1}, "linked/in_doubt_resolved"},
		"it does not, other sub-dealer":     {adcimport.CustomerFilter{SubDealerIDs: []string{"sub1"}}, false, adcimport.Counts{Read: 3, Skipped: 3}, "skipped/filtered_out"},
		"it does not, other ids":            {adcimport.CustomerFilter{CustomerIDs: []string{"1"}}, false, adcimport.Counts{Read: 2, Skipped: 2}, "skipped/filtered_out"},
		"it exists, other ids":              {adcimport.CustomerFilter{CustomerIDs: []string{"1"}}, true, adcimport.Counts{Read: 2, Skipped: 1, Linked: 1}, "linked/in_doubt_resolved"},
		"it exists, no filter":              {adcimport.CustomerFilter{}, true, adcimport.Counts{Read: 12, Skipped: 11, Linked: 1}, "linked/in_doubt_resolved"},
		"it does not, and is asked for":     {adcimport.CustomerFilter{CustomerIDs: []string{"5"}}, false, adcimport.Counts{Read: 1, Created: 1}, "created"},
		"it exists, and is asked for":       {adcimport.CustomerFilter{CustomerIDs: []string{"5"}}, true, adcimport.Counts{Read: 1, Linked: 1}, "linked/in_doubt_resolved"},
		"it does not, and no filter at all": {adcimport.CustomerFilter{}, false, adcimport.Counts{Read: 12, Skipped: 11, Created: 1}, "created"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(12)
				late := time.Duration(-1)
				if tt.created {
					late = settle / 2
				}
				r.lost("5", 1, late)
				ctx, kill := context.WithCancel(t.Context())
				r.cfg.Events.Waiting = func(context.Context, adcimport.RunInfo, time.Duration) { kill() } // dies in doubt
				if s, err := r.importer(t).ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); !errors.Is(err, context.Canceled) {
					t.Fatal(s, err)
				}
				r.cfg.Events.Waiting = nil
				start := time.Now()
				s, err := r.importer(t).ImportCustomers(t.Context(), tt.f, adcimport.CustomerOptions{})
				completed(t, s, err, tt.want)
				r.agrees(t, s)
				if got := r.outcomes(t, s.RunID)["5"]; got != tt.five {
					t.Errorf("got %s, want %s", got, tt.five)
				}
				if took := time.Since(start); took != settle {
					t.Errorf("looked after %v", took)
				}
				ids := idsUpTo(12)
				if tt.five == "skipped/filtered_out" {
					ids = append(ids[:4:4], ids[5:]...)
				}
				r.once(t, ids...)
			})
		})
	}
}

// The wait is counted from the former lease's end by the store's clock, however
// long the start of the run took and however often its lease was renewed.
func TestEngine_B1_settleTimeAfterASlowStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(3)
		r.lost("2", 1, -1)
		ctx, kill := context.WithCancel(t.Context())
		r.cfg.Events.Waiting = func(context.Context, adcimport.RunInfo, time.Duration) { kill() }
		if _, err := r.importer(t).ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		ended := time.Now()
		r.cfg.Events.Waiting = nil
		// The slow start: the store's intents take longer than a heartbeat.
		r.store.before = func(method string, _ int) error {
			if method == "List" {
				sleepBubble(20 * time.Second)
			}
			return nil
		}
		looked := time.Time{}
		find := r.sink.find
		r.sink.find = func(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
			if looked.IsZero() {
				looked = time.Now()
			}
			return find(ctx, keys)
		}
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 3, Created: 1, Skipped: 2})
		if d := looked.Sub(ended); d < settle {
			t.Errorf("looked up %v after the former lease ended", d)
		}
	})
}

// Users who can log in get one email, also when the reply to their create was
// lost (SPEC O5).
func TestEngine_O5_noSecondEmail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(0)
		for i := range 5 {
			id := strconv.Itoa(i + 1)
			r.src.Dealer.Users = append(r.src.Dealer.Users, adcimport.User{ID: id, LoginName: "u" + id, Email: id + "@example.com"})
		}
		users := &forgetful{tapSink: r.sink}
		r.cfg.Sink = users
		o := adcimport.UserOptions{CanLogin: true}
		s, err := r.importer(t).ImportUsers(t.Context(), adcimport.UserFilter{}, o)
		completed(t, s, err, adcimport.Counts{Read: 5, Linked: 5})
		s, err = r.importer(t).ImportUsers(t.Context(), adcimport.UserFilter{}, o)
		completed(t, s, err, adcimport.Counts{Read: 5, Skipped: 5})
		if n := len(r.sink.Emails()); n != 5 {
			t.Errorf("%d emails for 5 users", n)
		}
	})
}

// forgetful creates users and never says so.
type forgetful struct{ *tapSink }

func (s *forgetful) CreateUsers(ctx context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	_, _ = s.Sink.CreateUsers(ctx, recs)
	return nil, nil
}

// A store that cannot say what is in doubt, or what a look-up may be proved by, ends the
// run: that is not an empty list. The next one makes good for it.
func TestEngine_B1_listsThatFail(t *testing.T) {
	t.Parallel()
	for nth := 1; nth <= 9; nth++ {
		t.Run(strconv.Itoa(nth), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(12)
				r.lost("5", 1, settle/2)
				r.store.before = failOn("List", nth)
				s, err := r.customers(t)
				if !errors.Is(err, errBoom) {
					t.Fatalf("got %v, %v after %d lists", s, err, r.store.count()["List"])
				}
				r.store.heal()
				s, err = r.resume(t, s.RunID)
				completed(t, s, err, adcimport.Counts{Read: 12, Created: 11, Linked: 1})
				r.agrees(t, s)
				r.once(t, idsUpTo(12)...)
			})
		})
	}
}
