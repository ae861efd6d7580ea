package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

type callKey struct{}

// Each call of a run is told of before and after, with the context that it is made with,
// and the hooks are called one at a time, also where calls overlap.
func TestEvents_Call(t *testing.T) {
	t.Parallel()
	r := newRig(5)
	r.refuses(map[string]bool{"3": true})
	var mu sync.Mutex
	seen := make(map[string]bool) // operations whose calls had the hook's context
	note := func(ctx context.Context, op string) {
		mu.Lock()
		defer mu.Unlock()
		seen[op] = seen[op] || ctx.Value(callKey{}) == op
	}
	r.src.page = func(_ int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
		return p, nil
	}
	find := r.sink.find
	r.sink.find = func(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
		note(ctx, "Sink.FindCustomers")
		if find != nil {
			return find(ctx, keys)
		}
		return r.sink.Sink.FindCustomers(ctx, keys)
	}
	var at, overlaps, open atomic.Int32
	alone := func() func() {
		if at.Add(1) > 1 {
			overlaps.Add(1)
		}
		return func() { at.Add(-1) }
	}
	began, ended := make(map[string]int), make(map[string]int)
	var imp *adcimport.Importer
	r.cfg.Events = adcimport.Events{
		RecordDone: func(ctx context.Context, run adcimport.RunInfo, _ adcimport.Outcome) {
			defer alone()()
			if _, err := imp.LookupRun(ctx, run.RunID); err != nil { // the host's own call, of which nobody is told
				t.Error(err)
			}
		},
		Call: func(ctx context.Context, run adcimport.RunInfo, c adcimport.CallInfo) (context.Context, func(error)) {
			defer alone()()
			open.Add(1)
			if end, _, _ := strings.Cut(strings.ToLower(c.Operation), "."); end != c.End || run.RunID != "run-1" {
				t.Errorf("told of %+v in %s", c, run.RunID)
			}
			began[fmt.Sprint(c.Operation, " ", c.Records)]++
			return context.WithValue(ctx, callKey{}, c.Operation), func(err error) {
				defer alone()()
				open.Add(-1)
				ended[fmt.Sprint(c.Operation, " ", err == nil)]++
			}
		},
	}
	imp = r.importer(t)
	if _, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, call := range []string{"Source.Customers 0", "Source.CustomerDetail 1", "Store.Release 0"} {
		if began[call] == 0 {
			t.Errorf("nobody was told of %s: %v", call, began)
		}
	}
	if began["Source.CustomerDetail 1"] != 5 || began["Store.Run 0"] != 0 || began["Sink.ValidateCustomer 0"] != 0 {
		t.Errorf("calls: %v", began)
	}
	if ended["Source.Customers true"] != began["Source.Customers 0"] || open.Load() != 0 {
		t.Errorf("%d calls are open; ended: %v", open.Load(), ended)
	}
	if !seen["Sink.FindCustomers"] || overlaps.Load() > 0 {
		t.Errorf("%d hooks at once; contexts: %v", overlaps.Load(), seen)
	}
}

// A Call that panics loses no reply, and ends the run.
func TestEvents_Call_panics(t *testing.T) {
	t.Parallel()
	for name, hook := range map[string]func(c adcimport.CallInfo) func(error){
		"before": func(adcimport.CallInfo) func(error) { panic("Sesame") },
		"after":  func(adcimport.CallInfo) func(error) { return func(error) { panic("Sesame") } },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(3)
			r.cfg.Events.Call = func(_ context.Context, _ adcimport.RunInfo, c adcimport.CallInfo) (context.Context, func(error)) {
				if c.Operation == "Sink.CreateCustomers" {
					return nil, hook(c)
				}
				return nil, nil
			}
			s, err := r.customers(t)
			panicked, ok := errors.AsType[*adcimport.PanicError](err)
			if !ok || panicked.Call != "Events.Call" || s.Status != adcimport.StatusFailed || s.Counts.Created != 3 {
				t.Errorf("%v, %v", s, err)
			}
		})
	}
}

// A wait says what for.
func TestEvents_Waiting_saysWhatFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(2)
		tries := 0
		r.src.page = func(_ int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
			if tries++; tries <= 2 {
				return p, &adcimport.CallError{End: "source", Operation: "GetCustomerList", Code: "unavailable", Status: 503, Err: errBoom}
			}
			return p, nil
		}
		var got []string
		r.cfg.Events.Waiting = func(_ context.Context, run adcimport.RunInfo, d time.Duration) {
			got = append(got, fmt.Sprint(run.Failure.End, " ", run.Failure.Operation, " ", run.Failure.Code, " ", d))
		}
		if s, err := r.customers(t); err != nil {
			t.Fatal(s, err)
		}
		if diff := cmp.Diff([]string{"source GetCustomerList unavailable 1s", "source GetCustomerList unavailable 2s"}, got); diff != "" {
			t.Errorf("waits (-want +got):\n%s", diff)
		}
	})
}
