package adcimport_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// known imports ten customers, who can speak for the operations from then on, and lets m
// more come in.
func (r *rig) known(t *testing.T, m int) {
	t.Helper()
	const n = 10
	r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = plainCustomers(n) })
	s, err := r.customers(t)
	completed(t, s, err, adcimport.Counts{Read: n, Created: n})
	r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = plainCustomers(n + m) })
}

// created are the customers of the sink, in the order in which they came.
func (r *rig) created() []string {
	var ids []string
	for _, c := range r.sink.Customers() {
		ids = append(ids, c.Record.AlarmComID)
	}
	return ids
}

// Nobody is put off for an operation that was out of order: when it works again, all are
// asked for again, and come in as they are listed.
func TestBlame_outOfOrderForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(0)
		r.known(t, 20)
		back := time.Now().Add(time.Minute)
		r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
			if time.Now().Before(back) {
				return adcimport.Customer{}, seen("source", "GetCustomerInfo_V2")
			}
			return r.src.Source.CustomerDetail(ctx, id)
		}
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 30, Created: 20, Skipped: 10})
		if diff := cmp.Diff(idsUpTo(30), r.created()); diff != "" {
			t.Errorf("they came (-want +got):\n%s", diff)
		}
	})
}

// Who was put off is not blamed when the operation has gone out of order meanwhile: the
// run pauses, as it does for anybody.
func TestBlame_outOfOrderAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(0)
		r.cfg.Concurrency = 1
		r.known(t, 10)
		out := false
		r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
			if id == "15" || out {
				return adcimport.Customer{}, seen("source", "GetCustomerInfo_V2")
			}
			out = id == "20"
			return r.src.Source.CustomerDetail(ctx, id)
		}
		s, err := r.customers(t)
		if _, ok := errors.AsType[*adcimport.PausedError](err); !ok || s.Counts.Failed > 0 || s.Counts.Created != 9 {
			t.Fatalf("got %v, %v", s, err)
		}
		r.src.detail = nil
		s, err = r.resume(t, s.RunID)
		completed(t, s, err, adcimport.Counts{Read: 20, Created: 10, Skipped: 10})
	})
}

// Who is told to come back later does, and is not failed while that may still help.
func TestBlame_busyForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(0)
		r.known(t, 10)
		back := time.Now().Add(2 * time.Minute)
		r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
			if id == "15" && time.Now().Before(back) {
				return adcimport.Customer{}, &adcimport.CallError{
					End: "source", Operation: "GetCustomerInfo_V2", Code: "rate_limited", Status: 429, RetryAfter: 10 * time.Second,
				}
			}
			return r.src.Source.CustomerDetail(ctx, id)
		}
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 20, Created: 10, Skipped: 10})
	})
}

// A store that cannot tell who is known has no word about the others either.
func TestBlame_noWitnessForTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(0)
		r.known(t, 1)
		failed := false
		r.store.before = func(method string, _ int) error {
			if method == "List" && failed {
				return errBoom
			}
			return nil
		}
		r.src.detail = func(context.Context, string) (adcimport.Customer, error) {
			failed = true
			return adcimport.Customer{}, seen("source", "GetCustomerInfo_V2")
		}
		if s, err := r.customers(t); !errors.Is(err, errBoom) {
			t.Errorf("got %v, %v", s, err)
		}
	})
}

// A look-up that fails for some is asked again for fewer. Whatever it says clearly then
// ends the run, whomever it was asked for, and nobody is created who was not looked up.
func TestBlame_lookUpOfFewer(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		new  int
		find func(ids []string, nth int) error // nth: from 1, of those that ask for new ones
		err  error
	}{
		"of one that works when it is asked for again": {1, func(ids []string, nth int) error {
			if isNew(ids) && nth == 1 {
				return seen("sink", "find customers")
			}
			return nil
		}, nil},
		"of a witness": {1, func(ids []string, _ int) error {
			if isNew(ids) {
				return seen("sink", "find customers")
			}
			return errLogin
		}, adcimport.ErrAuth},
		"of a half": {4, func(ids []string, nth int) error {
			switch {
			case isNew(ids) && nth == 1:
				return seen("sink", "find customers")
			case isNew(ids) && nth == 2:
				return errLogin
			}
			return nil
		}, adcimport.ErrAuth},
		"of a half of a half": {4, func(ids []string, nth int) error {
			switch {
			case isNew(ids) && nth < 3:
				return seen("sink", "find customers")
			case isNew(ids) && nth == 3:
				return errLogin
			}
			return nil
		}, adcimport.ErrAuth},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(0)
				r.known(t, tt.new)
				nth := 0
				r.sink.find = func(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
					var ids []string
					for _, k := range keys {
						ids = append(ids, k.ID)
					}
					if isNew(ids) {
						nth++
					}
					if err := tt.find(ids, nth); err != nil {
						return nil, err
					}
					return r.sink.Sink.FindCustomers(ctx, keys)
				}
				s, err := r.customers(t)
				if tt.err == nil {
					completed(t, s, err, adcimport.Counts{Read: 10 + tt.new, Created: tt.new, Skipped: 10})
					return
				}
				if !errors.Is(err, tt.err) {
					t.Errorf("got %v, %v", s, err)
				}
				r.once(t, idsUpTo(10)...)
			})
		})
	}
}

// isNew says whether these are customers that came after the first ten.
func isNew(ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { n, err := strconv.Atoi(id); return err == nil && n > 10 })
}
