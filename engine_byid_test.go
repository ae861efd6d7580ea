package adcimport_test

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// anonymous counts how often customers are asked for without an id, which is the whole
// account.
type anonymous struct {
	*tapSource

	asked *atomic.Int64
}

func (s anonymous) Customers(ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	if len(f.CustomerIDs) == 0 {
		s.asked.Add(1)
	}
	return s.tapSource.Customers(ctx, f, from)
}

// cutRetry leaves a retry of customer 3 that was cut off when the store had its intent,
// which is brought to its end before the retry goes on.
func cutRetry(t *testing.T, r *rig) *adcimport.Summary {
	t.Helper()
	refused := setOf("3")
	r.refuses(refused)
	first, err := r.customers(t)
	completed(t, first, err, adcimport.Counts{Read: 12, Created: 11, Failed: 1})
	clear(refused)
	r.store.calls, r.store.after = nil, failOn("Intend", 1)
	s, err := r.importer(t).RetryFailed(t.Context(), first.RunID)
	if !errors.Is(err, errBoom) {
		t.Fatalf("it is not cut off: %v, %v", s, err)
	}
	return s
}

// cutAtTheEnd leaves a run that was cut off when it had decided everybody, also customer 3,
// who is put off and to come back tomorrow.
func cutAtTheEnd(t *testing.T, r *rig) *adcimport.Summary {
	t.Helper()
	r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
		if id == "3" {
			return adcimport.Customer{}, &adcimport.CallError{
				End: "source", Operation: "GetCustomerInfo_V2", Code: "rate_limited", Status: 429, RetryAfter: 12 * time.Hour,
			}
		}
		return r.src.Source.CustomerDetail(ctx, id)
	}
	r.store.before = failOn("Release", 1)
	s, err := r.customers(t)
	if !errors.Is(err, errBoom) {
		t.Fatalf("it is not cut off: %v, %v", s, err)
	}
	return s
}

// Where a run that goes on has decided all whom it would read by their ids, it asks for
// nobody: a filter without ids means the whole account.
func TestEngine_byID_nobodyIsLeft(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cut  func(*testing.T, *rig) *adcimport.Summary
		want adcimport.Counts
	}{
		"a retry":            {cutRetry, adcimport.Counts{Read: 1, Created: 1}},
		"whom a run put off": {cutAtTheEnd, adcimport.Counts{Read: 12, Created: 11, Failed: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(12)
				var asked atomic.Int64
				r.cfg.Source = anonymous{tapSource: r.src, asked: &asked}
				s := tt.cut(t, r)
				r.store.heal()
				waitOut(r)
				asked.Store(0)
				s, err := r.resume(t, s.RunID)
				completed(t, s, err, tt.want)
				if n := asked.Load(); n > 0 {
					t.Errorf("the whole account was asked for %d times", n)
				}
				r.agrees(t, s)
			})
		})
	}
}

// Who is open, and is none of those that a run is for, is looked up by the id all the
// same. That the source cannot be asked for that one is held against nobody.
func TestEngine_byID_ofAnotherFilter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(12)
		cfg := b.config()
		store := &tapStore{StateStore: cfg.Store}
		cfg.Store = store
		imp := importerOf(t, cfg)
		only := func(ids ...string) (*adcimport.Summary, error) {
			return imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{CustomerIDs: ids}, adcimport.CustomerOptions{})
		}
		s, err := only("1", "2")
		completed(t, s, err, adcimport.Counts{Read: 2, Created: 2})
		store.calls, store.after = nil, failOn("Intend", 1) // nothing is sent
		if s, err := only("3"); !errors.Is(err, errBoom) {
			t.Fatalf("it is not cut off: %v, %v", s, err)
		}
		store.heal()
		sleepBubble(2 * ttl)
		b.err, b.bad = errBoom, map[string]string{"3": "by id"}
		s, err = only("4")
		completed(t, s, err, adcimport.Counts{Read: 2, Created: 1, Skipped: 1})
		stored, err := store.Records(t.Context(), ledger.Scope{Account: "isp-1", Kind: adcimport.KindCustomer}, "", []string{"3"})
		if got := stored["3"]; err != nil || got.State != ledger.StateNone || got.Attempts != 0 {
			t.Errorf("stored: %+v, %v", got, err)
		}
	})
}

// unruly is a sink whose own rules panic for as long as it is torn.
type unruly struct {
	*tapSink

	torn *atomic.Bool
}

func (s unruly) ValidateCustomer(rec adcimport.CustomerRecord) []adcimport.FieldError {
	if s.torn.Load() {
		panic("no rules")
	}
	return s.tapSink.ValidateCustomer(rec)
}

// Who is read by the id and cannot be checked is not sent: the retry ends, and goes on
// once the rules are there.
func TestEngine_byID_rulesFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(3)
		var torn atomic.Bool
		r.cfg.Sink = unruly{tapSink: r.sink, torn: &torn}
		refused := setOf("2")
		r.refuses(refused)
		first, err := r.customers(t)
		completed(t, first, err, adcimport.Counts{Read: 3, Created: 2, Failed: 1})
		clear(refused)
		torn.Store(true)
		s, err := r.importer(t).RetryFailed(t.Context(), first.RunID)
		if _, panicked := errors.AsType[*adcimport.PanicError](err); !panicked {
			t.Fatalf("got %v, %v", s, err)
		}
		r.once(t, "1", "3")
		torn.Store(false)
		s, err = r.resume(t, s.RunID)
		completed(t, s, err, adcimport.Counts{Read: 1, Created: 1})
		r.once(t, idsUpTo(3)...)
	})
}

// What has worked meanwhile is not what a run waits for that is cut off.
func TestEngine_byID_worksAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(20)
		imp := importerOf(t, b.config())
		away := func(op string) error { return seen("source", op) }
		b.err, b.bad = away("detail"), map[string]string{"3": "detail", "4": "detail", "5": "detail"}
		first, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		completed(t, first, err, adcimport.Counts{Read: 20, Created: 17, Failed: 3})
		b.set("by id", away("by id"))
		b.set("detail", away("detail"))
		time.AfterFunc(30*time.Second, func() { b.set("by id", nil) })
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		s, err := imp.RetryFailed(ctx, first.RunID)
		if err == nil || s.Failure == nil || s.Failure.Operation != "detail" {
			t.Errorf("got %v, %+v, %v", s, s.Failure, err)
		}
	})
}
