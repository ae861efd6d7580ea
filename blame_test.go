package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

func seen(end, operation string) error {
	return &adcimport.CallError{End: end, Operation: operation, Code: "unavailable", Status: 502}
}

// badDetails makes the details of some customers fail, for as long as they are in
// bad, and says how often they were asked for.
func (r *rig) badDetails(bad map[string]bool) (asked func() int) {
	n := make(chan int, 1)
	n <- 0
	r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
		if bad[id] {
			n <- <-n + 1
			return adcimport.Customer{}, seen("source", "GetCustomerInfo_V2")
		}
		return r.src.Source.CustomerDetail(ctx, id)
	}
	return func() int {
		total := <-n
		n <- 0
		return total
	}
}

func setOf(ids ...string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// fault 2, fault 3: customers whose detail fails keep nobody else out, however long
// that lasts. They are tried once a night, rest, and come in once they are well.
func TestBlame_detailsOfAFew(t *testing.T) {
	t.Parallel()
	neighbours := make([]string, 12)
	for i := range neighbours {
		neighbours[i] = strconv.Itoa(11 + i)
	}
	for name, ids := range map[string][]string{"far apart": {"3", "17", "38"}, "neighbours": neighbours, "a page of them": idsUpTo(10)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(40)
				bad := setOf(ids...)
				asked := r.badDetails(bad)
				sick, n := len(bad), 40
				for night := range 20 {
					r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = plainCustomers(n) })
					began := time.Now()
					s, err := r.customers(t)
					if err != nil || s.Status != adcimport.StatusCompleted || s.Counts.Created == 0 {
						t.Fatalf("night %d: %v, %v", night, s, err)
					}
					r.agrees(t, s)
					reasons := s.ByReason[adcimport.ReasonSourceFailed] + s.ByReason[adcimport.ReasonResting]
					if reasons != sick || s.Counts.Read != n {
						t.Errorf("night %d: %v, %v", night, s, s.ByReason)
					}
					if calls := asked(); night > 0 && calls > sick {
						t.Errorf("night %d: %d sick ones were asked for %d times", night, sick, calls)
					}
					if took := time.Since(began); took > 30*time.Second {
						t.Errorf("night %d took %v", night, took)
					}
					n++
					sleepBubble(24*time.Hour - time.Since(began))
				}
				clear(bad)
				for range 7 { // within a week
					if s, err := r.customers(t); err != nil {
						t.Fatal(s, err)
					}
					sleepBubble(24 * time.Hour)
				}
				r.once(t, idsUpTo(n-1)...)
			})
		})
	}
}

// fault 4: a retry of five, one of which is well again.
func TestBlame_retryOfTheSick(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(20)
		bad := setOf("2", "4", "6", "8", "10")
		r.badDetails(bad)
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 20, Created: 15, Failed: 5})
		delete(bad, "6")
		s, err = r.importer(t).RetryFailed(t.Context(), s.RunID)
		completed(t, s, err, adcimport.Counts{Read: 5, Created: 1, Failed: 4})
		r.agrees(t, s)
	})
}

// fault 5: a preview says of each record what the run would do.
func TestBlame_preview(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(20)
		r.badDetails(setOf("2", "9", "10", "11"))
		plan, err := r.importer(t).PlanCustomers(adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range plan.Outcomes(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if c := plan.Summary().Counts; c != (adcimport.Counts{Read: 20, Created: 16, Failed: 4}) {
			t.Errorf("%v", plan)
		}
	})
}

// Nobody is blamed for an operation that is out of order: the run waits, pauses,
// and goes on when it works again.
func TestBlame_detailsOfAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(20)
		if _, err := r.customers(t); err != nil {
			t.Fatal(err)
		}
		r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = plainCustomers(30) })
		bad := setOf(idsUpTo(30)...)
		r.badDetails(bad)
		began := time.Now()
		s, err := r.customers(t)
		if _, ok := errors.AsType[*adcimport.PausedError](err); !ok || s.Status != adcimport.StatusPaused || s.Failure == nil {
			t.Fatalf("got %v, %v", s, err)
		}
		if s.Failure.Operation != "GetCustomerInfo_V2" || s.Failure.End != "source" || s.Failure.Status != 502 {
			t.Errorf("it says %+v", s.Failure)
		}
		if took := time.Since(began); took < 4*time.Minute || took > 6*time.Minute {
			t.Errorf("it waited %v", took)
		}
		clear(bad)
		s, err = r.importer(t).Resume(t.Context(), s.RunID)
		completed(t, s, err, adcimport.Counts{Read: 30, Created: 10, Skipped: 20})
		r.agrees(t, s)
	})
}

// A dealer of one whose detail fails: there is no witness, the run ends, and says
// what failed; nothing is counted against the record.
func TestBlame_nobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(1)
		bad := setOf("1")
		r.badDetails(bad)
		for range 10 {
			s, err := r.customers(t)
			completed(t, s, err, adcimport.Counts{Read: 1, Failed: 1})
			if s.ByReason[adcimport.ReasonSourceFailed] != 1 {
				t.Errorf("%v", s.ByReason)
			}
			sleepBubble(24 * time.Hour)
		}
		clear(bad)
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 1, Created: 1})
	})
}

// A record that was deferred when the host was killed is not forgotten.
func TestBlame_deferredAndKilled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(40)
		bad := setOf("3")
		r.badDetails(bad)
		n := 0
		for _, err := range r.importer(t).ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == 25 {
				break
			}
		}
		clear(bad)
		s, err := r.importer(t).Resume(t.Context(), "run-1")
		completed(t, s, err, adcimport.Counts{Read: 40, Created: 40})
		r.agrees(t, s)
		r.once(t, idsUpTo(40)...)
	})
}

// Changed options or a changed mapping are a new chance, and so is a person's word.
func TestBlame_restEnds(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]func(r *rig) (*adcimport.Summary, error){
		"another mode": func(r *rig) (*adcimport.Summary, error) {
			imp, err := adcimport.New(r.cfg)
			if err != nil {
				return nil, err
			}
			return imp.ImportCustomers(context.Background(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Mode: adcimport.Upsert}})
		},
		"a person": func(r *rig) (*adcimport.Summary, error) {
			imp, err := adcimport.New(r.cfg)
			if err != nil {
				return nil, err
			}
			return imp.RetryRecords(context.Background(), adcimport.KindCustomer, "3")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(12)
				r.cfg.RestAfter = 1
				bad := setOf("3")
				r.badDetails(bad)
				for i, want := range []adcimport.Reason{adcimport.ReasonSourceFailed, adcimport.ReasonResting} {
					if s, err := r.customers(t); err != nil || s.ByReason[want] != 1 {
						t.Fatalf("run %d: %v, %v, %v", i, s, s.ByReason, err)
					}
				}
				clear(bad)
				s, err := again(r)
				if err != nil || s.Counts.Created != 1 {
					t.Errorf("%v, %v", s, err)
				}
			})
		})
	}
}

// fault 7: one record that the sink cannot be asked for, in a batch of others.
func TestBlame_lookUpOfOne(t *testing.T) {
	t.Parallel()
	for _, bad := range [][]string{{"7"}, {"1"}, {"12"}, {"2", "3", "11"}, idsUpTo(12)} {
		t.Run(fmt.Sprint(bad), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(12)
				finds := 0
				r.sink.find = func(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
					finds++
					for _, k := range keys {
						if slices.Contains(bad, k.ID) {
							return nil, seen("sink", "find customers")
						}
					}
					return r.sink.Sink.FindCustomers(ctx, keys)
				}
				want := adcimport.Counts{Read: 12, Created: 12 - len(bad), Failed: len(bad)}
				s, err := r.customers(t)
				if len(bad) == 12 { // it is not the records
					if s.Status != adcimport.StatusPaused || err == nil {
						t.Fatalf("got %v, %v", s, err)
					}
					return
				}
				completed(t, s, err, want)
				r.agrees(t, s)
				if most := 2*len(bad)*4 + 6; finds > most {
					t.Errorf("%d look-ups, want at most %d", finds, most)
				}
				for o, err := range r.importer(t).Outcomes(t.Context(), s.RunID) {
					if err != nil {
						t.Fatal(err)
					}
					if slices.Contains(bad, o.SourceID) {
						want := []adcimport.FieldError{{Field: "AlarmComID", Rule: "cannot be looked up in the destination"}}
						if diff := cmp.Diff(want, o.Fields); diff != "" || o.Reason != adcimport.ReasonSinkFailed {
							t.Errorf("%s is %s (-want +got):\n%s", o.SourceID, o.Reason, diff)
						}
					}
				}
				for range 3 {
					s, err := r.customers(t)
					completed(t, s, err, adcimport.Counts{Read: 12, Skipped: 12 - len(bad), Failed: len(bad)})
					sleepBubble(24 * time.Hour)
				}
			})
		})
	}
}

// A record that was deferred, and turns out not to be the filter's, is like any
// other from then on.
func TestBlame_deferredAndFilteredOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(1)
		bad := setOf("1")
		r.badDetails(bad)
		state := func() ledger.RecordState {
			t.Helper()
			found, err := r.store.Records(t.Context(), ledger.Scope{Account: "isp-1", Kind: adcimport.KindCustomer}, "", []string{"1"})
			if err != nil {
				t.Fatal(err)
			}
			return found["1"].State
		}
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 1, Failed: 1})
		if got := state(); got != ledger.StateDeferred {
			t.Fatalf("it is %q", got)
		}
		clear(bad)
		f := adcimport.CustomerFilter{SubDealerIDs: []string{"another"}}
		if s, err := r.importer(t).ImportCustomers(t.Context(), f, adcimport.CustomerOptions{}); err != nil || s.Counts.Failed > 0 {
			t.Fatal(s, err)
		}
		if got := state(); got != ledger.StateNone {
			t.Errorf("it is %q after a run that it does not belong to", got)
		}
		s, err = r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 1, Created: 1})
	})
}
