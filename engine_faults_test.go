package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

// Every call of the store fails once, before or after it had its effect. The run
// is resumed until it completes: nothing is lost, nothing doubled, and the
// counts are those of a run that nothing happened to (SPEC B1).
func TestEngine_B1_storeErrors(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"Acquire", "Records", "Intend", "Commit", "List", "Release", "Run"} {
		for n := 1; n <= 8; n++ {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s %d after=%v", method, n, after), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						r := newRig(25)
						r.src.PageSize = 10
						r.cfg.BatchSize = 4 // the stop is in mid-page
						if after {
							r.store.after = failOn(method, n)
						} else {
							r.store.before = failOn(method, n)
						}
						untilComplete(t, r, 25)
					})
				})
			}
		}
	}
}

// untilComplete runs and resumes until a run completed.
func untilComplete(t *testing.T, r *rig, n int) {
	t.Helper()
	s, err := r.customers(t)
	if err != nil && s.Status == adcimport.StatusCompleted {
		t.Errorf("completed with %v", err)
	}
	for try := 0; err != nil; try++ {
		if try > 3 {
			t.Fatalf("does not complete: %v", err)
		}
		waitOut(r)
		if s.RunID == "" { // it did not begin, or nobody knows that it did
			s, err = r.customers(t)
			continue
		}
		if st, serr := r.store.StateStore.Run(t.Context(), s.RunID); serr == nil && st.Status == adcimport.StatusCompleted {
			s, err = &st.Summary, nil // its end was stored, only the reply was lost
			continue
		}
		s, err = r.resume(t, s.RunID)
	}
	if s.Counts.Read != n || s.Counts.Created+s.Counts.Linked != n || s.Counts.Failed != 0 {
		t.Errorf("counts %+v", s.Counts)
	}
	r.agrees(t, s)
	r.once(t, idsUpTo(n)...)
	if open := r.openIntents(t); len(open) > 0 {
		t.Errorf("open intents: %v", open)
	}
}

// waitOut lets a lease that nobody released expire.
func waitOut(r *rig) { sleepBubble(r.cfg.LeaseTTL + ttl) }

func TestEngine_sourceErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		breaks func(*rig, *bool)
		want   adcimport.Counts
	}{
		"mid-list": {func(r *rig, broken *bool) {
			r.src.page = func(n int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
				if n == 3 && *broken {
					return adcimport.Page[adcimport.Customer]{}, errLogin
				}
				return p, nil
			}
		}, adcimport.Counts{Read: 20, Created: 20}},
		"mid-page": {func(r *rig, broken *bool) {
			r.cfg.Concurrency = 1
			r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
				if id == "16" && *broken {
					return adcimport.Customer{}, errLogin
				}
				return r.src.Source.CustomerDetail(ctx, id)
			}
		}, adcimport.Counts{Read: 15, Created: 15}},
		"login refused": {func(r *rig, broken *bool) {
			r.cfg.Concurrency = 1
			r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
				if id == "1" && *broken {
					return adcimport.Customer{}, fmt.Errorf("detail: %w", adcimport.ErrAuth)
				}
				return r.src.Source.CustomerDetail(ctx, id)
			}
		}, adcimport.Counts{}},
	}
	for name, tt := range tests {
		for _, batch := range []int{3, 10, 50} {
			t.Run(fmt.Sprintf("%s, batches of %d", name, batch), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r, broken := newRig(25), true
					r.cfg.BatchSize = batch
					tt.breaks(r, &broken)
					s, err := r.customers(t)
					if !errors.Is(err, adcimport.ErrAuth) || s.Status != adcimport.StatusFailed {
						t.Errorf("got %v, %v", s.Status, err)
					}
					if diff := cmp.Diff(tt.want, s.Counts); diff != "" {
						t.Errorf("what was done is kept (-want +got):\n%s", diff)
					}
					r.agrees(t, s)
					broken = false
					r.src.ResetCalls()
					s, err = r.resume(t, s.RunID)
					completed(t, s, err, adcimport.Counts{Read: 25, Created: 25})
					r.agrees(t, s)
					r.once(t, idsUpTo(25)...)
					if n := r.src.Calls().CustomerDetails; n > 25-tt.want.Created {
						t.Errorf("%d details after the resume", n)
					}
				})
			})
		}
	}
}

// How a create can end. Whatever the sink says of a batch, each record is in the
// sink once in the end, and counted once (SPEC B1).
func TestEngine_B1_sinkErrorsInABatch(t *testing.T) {
	t.Parallel()
	type results = []adcimport.WriteResult
	cut := func(r *rig, n int, tail func(int) results, err error) func(context.Context, []adcimport.CustomerRecord) (results, error) {
		first := true
		return func(ctx context.Context, recs []adcimport.CustomerRecord) (results, error) {
			if !first {
				return r.sink.Sink.CreateCustomers(ctx, recs)
			}
			first = false
			res, _ := r.sink.Sink.CreateCustomers(ctx, recs[:n])
			return append(res, tail(len(recs)-n)...), err
		}
	}
	missing := func(int) results { return nil }
	all := func(s adcimport.WriteStatus) func(int) results {
		return func(n int) results {
			res := make(results, n)
			for i := range res {
				res[i].Status = s
			}
			return res
		}
	}
	tests := map[string]struct {
		create func(*rig) func(context.Context, []adcimport.CustomerRecord) (results, error)
		fails  bool
		first  adcimport.Counts // of the run that fails
		want   adcimport.Counts
	}{
		"not sent": {
			create: func(r *rig) func(context.Context, []adcimport.CustomerRecord) (results, error) {
				return cut(r, 4, all(adcimport.WriteNotSent), nil)
			}, want: adcimport.Counts{Read: 25, Created: 25},
		},
		"not sent and an error": {
			create: func(r *rig) func(context.Context, []adcimport.CustomerRecord) (results, error) {
				return cut(r, 4, all(adcimport.WriteNotSent), errLogin)
			}, fails: true, first: adcimport.Counts{Read: 4, Created: 4}, want: adcimport.Counts{Read: 25, Created: 25},
		},
		"unknown": {
			create: func(r *rig) func(context.Context, []adcimport.CustomerRecord) (results, error) {
				return cut(r, 4, all(adcimport.WriteUnknown), nil)
			}, want: adcimport.Counts{Read: 25, Created: 25},
		},
		"unknown and an error": {
			create: func(r *rig) func(context.Context, []adcimport.CustomerRecord) (results, error) {
				return cut(r, 4, all(adcimport.WriteUnknown), errLogin)
			}, fails: true, first: adcimport.Counts{Read: 4, Created: 4}, want: adcimport.Counts{Read: 25, Created: 25},
		},
		"results are missing": {
			create: func(r *rig) func(context.Context, []adcimport.CustomerRecord) (results, error) {
				return cut(r, 4, missing, nil)
			}, want: adcimport.Counts{Read: 25, Created: 25},
		},
		"results are missing, and an error": {
			create: func(r *rig) func(context.Context, []adcimport.CustomerRecord) (results, error) {
				return cut(r, 4, missing, errLogin)
			}, fails: true, first: adcimport.Counts{Read: 4, Created: 4}, want: adcimport.Counts{Read: 25, Created: 25},
		},
		"created all the same": {
			create: func(r *rig) func(context.Context, []adcimport.CustomerRecord) (results, error) {
				created := cut(r, 10, missing, errLogin)
				return func(ctx context.Context, recs []adcimport.CustomerRecord) (results, error) {
					res, err := created(ctx, recs)
					if err != nil {
						return nil, err
					}
					return res, nil
				}
			}, fails: true, want: adcimport.Counts{Read: 25, Created: 15, Linked: 10},
		},
		"not sent and an error that says nothing": {
			create: func(r *rig) func(context.Context, []adcimport.CustomerRecord) (results, error) {
				return cut(r, 4, all(adcimport.WriteNotSent), errBoom)
			}, want: adcimport.Counts{Read: 25, Created: 25},
		},
		"unknown and an error that says nothing": {
			create: func(r *rig) func(context.Context, []adcimport.CustomerRecord) (results, error) {
				return cut(r, 4, all(adcimport.WriteUnknown), errBoom)
			}, want: adcimport.Counts{Read: 25, Created: 25},
		},
		"results are missing, and an error that says nothing": {
			create: func(r *rig) func(context.Context, []adcimport.CustomerRecord) (results, error) {
				return cut(r, 4, missing, errBoom)
			}, want: adcimport.Counts{Read: 25, Created: 25},
		},
		"created all the same, and an error that says nothing": {
			create: func(r *rig) func(context.Context, []adcimport.CustomerRecord) (results, error) {
				created := cut(r, 10, missing, errBoom)
				return func(ctx context.Context, recs []adcimport.CustomerRecord) (results, error) {
					res, err := created(ctx, recs)
					if err != nil {
						return nil, err
					}
					return res, nil
				}
			}, want: adcimport.Counts{Read: 25, Created: 15, Linked: 10},
		},
		"an unheard-of status": {
			create: func(r *rig) func(context.Context, []adcimport.CustomerRecord) (results, error) {
				return cut(r, 4, all(adcimport.WriteStatus(99)), nil)
			}, want: adcimport.Counts{Read: 25, Created: 25},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(25)
				r.sink.create = tt.create(r)
				s, err := r.customers(t)
				if tt.fails {
					if !errors.Is(err, adcimport.ErrAuth) || s.Status != adcimport.StatusFailed {
						t.Fatalf("got %v, %v", s.Status, err)
					}
					if diff := cmp.Diff(tt.first, s.Counts); diff != "" {
						t.Errorf("what was done is kept (-want +got):\n%s", diff)
					}
					r.agrees(t, s)
					s, err = r.resume(t, s.RunID)
				}
				completed(t, s, err, tt.want)
				r.agrees(t, s)
				r.once(t, idsUpTo(25)...)
			})
		})
	}
}

// Errors that concern single records end them and nothing else; an error beside
// them ends the run.
func TestEngine_recordErrorsAmongOthers(t *testing.T) {
	t.Parallel()
	one := &adcimport.RecordError{ID: "1", Reason: adcimport.ReasonRejectedBySink}
	two := &adcimport.RecordError{ID: "2", Reason: adcimport.ReasonUsernameTaken}
	other := &adcimport.RecordError{ID: "no such record"}
	tests := map[string]struct {
		err  error
		ends adcimport.RunStatus
	}{
		"joined":             {errors.Join(one, two), adcimport.StatusCompleted},
		"wrapped":            {fmt.Errorf("find: %w", errors.Join(one, fmt.Errorf("chunk: %w", two))), adcimport.StatusCompleted},
		"beside another":     {errors.Join(one, two, errBoom), adcimport.StatusPaused},
		"beside a clear one": {errors.Join(one, two, errLogin), adcimport.StatusFailed},
		"beside it, wrapped": {fmt.Errorf("find: %w", errors.Join(one, errBoom)), adcimport.StatusPaused},
		"of nobody asked":    {errors.Join(one, two, other), adcimport.StatusFailed},
		"in one text":        {fmt.Errorf("%w: %w", errBoom, one), adcimport.StatusPaused},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(3)
				r.sink.find = func(context.Context, []adcimport.CustomerKey) (map[string][]string, error) { return nil, tt.err }
				s, err := r.customers(t)
				if tt.ends != adcimport.StatusCompleted {
					if err == nil || s.Status != tt.ends || s.Counts.Read > 0 {
						t.Errorf("the error is swallowed: %v, %v", s, err)
					}
					return
				}
				completed(t, s, err, adcimport.Counts{Read: 3, Created: 1, Failed: 2})
				want := map[string]string{"1": "failed/rejected_by_sink", "2": "failed/username_taken", "3": "created"}
				if diff := cmp.Diff(want, r.outcomes(t, s.RunID)); diff != "" {
					t.Errorf("outcomes (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A sink that sends nothing, again and again, does not keep a run from ending.
func TestEngine_neverSent(t *testing.T) {
	t.Parallel()
	r := newRig(3)
	r.sink.create = func(_ context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
		res := make([]adcimport.WriteResult, len(recs))
		for i := range res {
			res[i].Status = adcimport.WriteNotSent
		}
		return res, nil
	}
	s, err := r.customers(t)
	completed(t, s, err, adcimport.Counts{Read: 3, Failed: 3})
	if n := s.ByReason[adcimport.ReasonNotSent]; n != 3 {
		t.Errorf("reasons %v", s.ByReason)
	}
	r.sink.create = nil
	s, err = r.customers(t)
	completed(t, s, err, adcimport.Counts{Read: 3, Created: 3})
}
