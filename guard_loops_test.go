package adcimport_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

type customerPages = iter.Seq2[adcimport.Page[adcimport.Customer], error]

// wildSource is a source of partners that do not keep the iterator convention.
type wildSource struct {
	list   func(yield func(adcimport.Page[adcimport.Customer], error) bool)
	detail func(id string) (adcimport.Customer, error)
}

func (s wildSource) Customers(context.Context, adcimport.CustomerFilter, adcimport.Cursor) customerPages {
	return s.list
}

func (s wildSource) CustomerDetail(_ context.Context, id string) (adcimport.Customer, error) {
	return s.detail(id)
}

// The body of the caller's loop panics, or ends its goroutine: that is the
// caller's, and goes on. The run is interrupted, between two records, and its
// lease is free.
func TestCustomers_bodyPanics(t *testing.T) {
	t.Parallel()
	type body = func(imp *adcimport.Importer, ctx context.Context)
	customers := func(how func()) body {
		return func(imp *adcimport.Importer, ctx context.Context) {
			for _, err := range imp.ImportCustomersSeq(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{}) {
				_ = err
				how()
			}
		}
	}
	preview := func(imp *adcimport.Importer, ctx context.Context) {
		p, err := imp.PlanCustomers(adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if err != nil {
			return
		}
		for _, err := range p.Outcomes(ctx) {
			_ = err
			panics()
		}
	}
	for name, tt := range map[string]struct {
		body body
		want any
		runs int
	}{
		"panic":   {customers(panics), secretPanic, 1},
		"Goexit":  {customers(runtime.Goexit), nil, 1},
		"preview": {preview, secretPanic, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, told := newRig(35), &teller{}
				r.cfg.Notifiers = []adcimport.Notifier{told}
				imp := r.importer(t)
				returned, got := false, any(nil)
				var wg sync.WaitGroup
				wg.Go(func() {
					defer func() { got = recover() }()
					tt.body(imp, t.Context())
					returned = true
				})
				wg.Wait()
				if returned || got != tt.want {
					t.Fatalf("returned %v, panic %v", returned, got)
				}
				n := 0
				for run, err := range imp.Runs(t.Context()) {
					if n++; err != nil || run.Status != ledger.StatusHeld || run.Counts.Created != 10 {
						t.Errorf("%+v %v", run, err)
					}
				}
				if n != tt.runs || len(told.all()) > 0 {
					t.Errorf("%d runs, told %v", n, told.all())
				}
				before := time.Now()
				if runs, err := imp.ResumeInterrupted(t.Context()); err != nil {
					t.Error(err)
				} else if len(runs) > 0 {
					s, err := ended(t, runs[0])
					completed(t, s, err, adcimport.Counts{Read: 35, Created: 35})
					r.once(t, idsUpTo(35)...)
					if open := r.openIntents(t); len(open) > 0 {
						t.Errorf("open %v", open)
					}
				}
				if waited := time.Since(before); waited > 0 {
					t.Errorf("waited for %s", waited)
				}
				if err := imp.Close(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// What a loop over the store's runs or outcomes panics with goes on too.
func TestRuns_bodyPanics(t *testing.T) {
	t.Parallel()
	r := newRig(3)
	if _, err := r.customers(t); err != nil {
		t.Fatal(err)
	}
	imp := r.importer(t)
	for name, loop := range map[string]func(){
		"runs": func() {
			for _, err := range imp.Runs(t.Context()) {
				_ = err
				panics()
			}
		},
		"outcomes": func() {
			for _, err := range imp.Outcomes(t.Context(), "run-1") {
				_ = err
				panics()
			}
		},
	} {
		func() {
			defer func() {
				if v := recover(); v != secretPanic {
					t.Errorf("%s: %v", name, v)
				}
			}()
			loop()
			t.Errorf("%s: the panic was swallowed", name)
		}()
	}
}

// Iterators and errors that are not made well end a run, never the process.
func TestHostCode_wild(t *testing.T) {
	t.Parallel()
	page := func(next adcimport.Cursor, ids ...string) adcimport.Page[adcimport.Customer] {
		p := pagesOf(ids).pages[0]
		p.Next = next
		return p
	}
	var late func(adcimport.Page[adcimport.Customer], error) bool
	var none *adcimport.RecordError
	for name, tt := range map[string]struct {
		src    wildSource
		o      adcimport.RunOptions
		call   string // panics
		wanted []string
		late   *func(adcimport.Page[adcimport.Customer], error) bool // is called when all is over
	}{
		"no iterator": {src: wildSource{}, call: "Source.Customers"},
		"goes on after the end of the range": {
			src: wildSource{list: func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
				for _, id := range idsUpTo(50) {
					yield(page(adcimport.Cursor("after "+id), id), nil)
				}
			}}, o: adcimport.RunOptions{Limit: 2}, wanted: []string{"1", "2"},
		},
		"panics after the end of the range": {
			src: wildSource{list: func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
				defer panics()
				yield(page("next", "1", "2"), nil)
			}}, o: adcimport.RunOptions{Limit: 2}, wanted: []string{"1", "2"},
		},
		"yields later": {
			src: wildSource{list: func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
				late = yield
				yield(page("", "1"), nil)
			}}, wanted: []string{"1"}, late: &late,
		},
		"recovers": {
			src: wildSource{list: func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
				defer func() { _ = recover() }()
				yield(page("", "1"), nil)
				panics()
			}}, wanted: []string{"1"},
		},
		"panics with a page half given": {
			src: wildSource{list: func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
				yield(page("2", "1"), nil)
				panics()
			}}, call: "Source.Customers", wanted: []string{"1"},
		},
		"no error in an error, of the listing": {
			src: wildSource{list: func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
				yield(adcimport.Page[adcimport.Customer]{}, none)
			}}, call: "Source.Customers",
		},
		"no error in an error, of a detail": {
			src: wildSource{
				list: func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
					p := page("", "1", "2")
					p.Partial = true
					yield(p, nil)
				},
				detail: func(id string) (adcimport.Customer, error) {
					if id == "1" {
						return adcimport.Customer{}, none
					}
					return plainCustomer(id), nil
				},
			}, wanted: []string{"2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(0)
				r.cfg.Source = adcimport.CustomersOnly(tt.src)
				s, err := r.customers(t, tt.o)
				e, panicked := errors.AsType[*adcimport.PanicError](err)
				if panicked != (tt.call != "") || panicked && e.Call != tt.call || !panicked && err != nil {
					t.Errorf("%+v %v", s, err)
				}
				r.once(t, tt.wanted...)
				if tt.late != nil && (*tt.late)(page("", "9"), nil) {
					t.Error("a page was taken after the end")
				}
			})
		})
	}
}

// A create that panics may have happened: its intents stay open until they are
// looked up, and nothing is made twice.
func TestHostCode_panicInCreateIsInDoubt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(20)
		r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
			if i := slices.IndexFunc(recs, func(r adcimport.CustomerRecord) bool { return r.AlarmComID == "15" }); i >= 0 {
				_, _ = r.sink.Sink.CreateCustomers(ctx, recs[:i])
				panics()
			}
			return r.sink.Sink.CreateCustomers(ctx, recs)
		}
		for range 3 {
			s, err := r.customers(t)
			if err == nil || !strings.Contains(err.Error(), "panic in Sink.CreateCustomers") || s.Status != adcimport.StatusFailed {
				t.Fatal(s, err)
			}
			if open := len(r.openIntents(t)); open < 6 {
				t.Errorf("%d intents are open", open)
			}
		}
		r.sink.create = nil
		for range 2 { // three sends in vain: they rest for a day
			if s, err := r.customers(t); err != nil {
				t.Error(s, err)
			}
			sleepBubble(24 * time.Hour)
		}
		r.once(t, idsUpTo(20)...)
	})
}

// One heartbeat that panics is one that failed: the run goes on.
func TestHostCode_panicInHeartbeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(12)
		r.store.before = func(method string, n int) error {
			if method == "Renew" && n%3 != 0 {
				panics()
			}
			return nil
		}
		r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
			sleepBubble(ttl)
			return r.src.Source.CustomerDetail(ctx, id)
		}
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 12, Created: 12})
		if n := r.store.count()["Renew"]; n < 6 {
			t.Errorf("renewed %d times", n)
		}
	})
}

// An explanation shows which transform panicked, and the logger may panic too.
func TestHostCode_elsewhere(t *testing.T) {
	t.Parallel()
	m := adcimport.Mapping{Rules: []adcimport.Rule{{From: []string{"LastName"}, To: "LastName", Transforms: []adcimport.Transform{{Name: "cut"}}}}}
	cut := map[string]adcimport.TransformFunc{"cut": func(in string) (string, error) { return in[:2], nil }}
	for _, show := range []bool{false, true} {
		e, err := m.ExplainCustomer(cut, adcimport.Customer{ID: "1", LastName: "X"}, adcimport.ExplainOptions{ShowValues: show})
		if err != nil || !strings.HasPrefix(e.Rules[0].Error, "transform cut panicked") {
			t.Errorf("%+v %v", e, err)
		}
	}
	r := newRig(3)
	r.cfg.Logger = logToPanic()
	s, err := r.customers(t)
	completed(t, s, err, adcimport.Counts{Read: 3, Created: 3})
}
