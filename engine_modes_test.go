package adcimport_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// A dry run says what the real run then does, and writes nothing (SPEC B4).
func TestEngine_B4_dryRun(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			r := newRig(0)
			d := adcimporttest.NewDealer(seed, 150, 60)
			r.src.Dealer = d
			r.sink.Strict = true
			r.sink.Choices = adcimporttest.SinkChoices{Offices: []adcimport.Choice{{ID: "1"}}, PermissionGroups: []adcimport.Choice{{ID: "2"}}}
			cf, uf := adcimport.CustomerFilter{}, adcimport.UserFilter{}
			if seed%3 == 1 {
				cf.SubDealerIDs, uf.RoleIDs = []string{"3101", "3107"}, []string{"12"}
			}
			if seed%3 == 2 {
				cf.CustomerIDs = []string{d.Customers[3].ID, d.Customers[9].ID, "99"}
			}
			co := adcimport.CustomerOptions{OfficeID: "1", RunOptions: adcimport.RunOptions{Mode: adcimport.Mode(seed % 3), Limit: int(seed % 4 * 30)}}
			uo := adcimport.UserOptions{PermissionGroupID: "2", CanLogin: seed%2 == 0, Tags: []string{"new"}}
			if seed%2 == 1 { // some are known, some are only in the sink, some changed
				if _, err := r.importer(t).ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{OfficeID: "1", RunOptions: adcimport.RunOptions{Limit: 60}}); err != nil {
					t.Fatal(err)
				}
				r.src.Update(func(d *adcimporttest.Dealer) { d.Customers[0].LastName += "x" })
			}
			both := func(dry bool) []map[string]string {
				imp := r.importer(t)
				customers, users := map[string]string{}, map[string]string{}
				seqC, seqU := imp.ImportCustomersSeq(t.Context(), cf, co), imp.ImportUsersSeq(t.Context(), uf, uo)
				if dry {
					planC, errC := imp.PlanCustomers(cf, co)
					planU, errU := imp.PlanUsers(uf, uo)
					if err := errors.Join(errC, errU); err != nil {
						t.Fatal(err)
					}
					seqC, seqU = planC.Outcomes(t.Context()), planU.Outcomes(t.Context())
				}
				for o, err := range seqC {
					if err != nil {
						t.Fatal(err)
					}
					customers[o.SourceID] = verdict(o)
				}
				for o, err := range seqU {
					if err != nil {
						t.Fatal(err)
					}
					users[o.SourceID] = verdict(o)
				}
				return []map[string]string{customers, users}
			}
			r.sink.ResetCalls()
			state := r.snapshot(t)
			would := both(true)
			for _, m := range []string{"CreateCustomers", "UpdateCustomers", "CreateUsers", "UpdateUsers"} {
				if n := r.sink.CallCounts()[m]; n > 0 {
					t.Errorf("%d calls of %s", n, m)
				}
			}
			if tags, err := r.sink.UserTags(t.Context()); err != nil || len(tags) != 0 {
				t.Errorf("O7: tags were made: %v, %v", tags, err)
			}
			if diff := cmp.Diff(state, r.snapshot(t)); diff != "" {
				t.Errorf("state changed (-before +after):\n%s", diff)
			}
			did := both(false)
			if diff := cmp.Diff(would, did); diff != "" {
				t.Errorf("outcomes (-dry run +real run):\n%s", diff)
			}
		})
	}
}

// snapshot is what the store has of runs.
func (r *rig) snapshot(t *testing.T) (all []ledger.RunState) {
	t.Helper()
	for st, err := range r.store.StateStore.Runs(t.Context(), ledger.RunQuery{Link: "isp-1"}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, st)
	}
	return all
}

func TestEngine_limit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(40)
		limit := adcimport.RunOptions{Limit: 15}
		s, err := r.customers(t, limit)
		completed(t, s, err, adcimport.Counts{Read: 15, Created: 15})
		if n := r.src.Calls().CustomerDetails; n != 15 {
			t.Errorf("%d details", n)
		}
		s, err = r.customers(t, limit)
		completed(t, s, err, adcimport.Counts{Read: 30, Created: 15, Skipped: 15})
		r.agrees(t, s)

		// Interrupted, it goes on with what is left of its limit, failures included.
		r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = plainCustomers(80) })
		r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
			if id == "31" {
				return adcimport.Customer{}, adcimport.ErrDenied
			}
			return r.src.Source.CustomerDetail(ctx, id)
		}
		r.store.before = func(method string, _ int) error {
			if method == "Intend" && len(r.sink.Customers()) >= 39 {
				return errBoom
			}
			return nil
		}
		s, err = r.customers(t, limit)
		if !errors.Is(err, errBoom) || s.Counts.Created > 9 { // as far as the commits came
			t.Fatal(s, err)
		}
		r.store.heal()
		s, err = r.resume(t, s.RunID)
		linked := s.Counts.Linked // of the batch whose commit did not come to be
		completed(t, s, err, adcimport.Counts{Read: 45, Created: 14 - linked, Linked: linked, Skipped: 30, Failed: 1})
		r.agrees(t, s)
	})
}

func TestEngine_failureBudgets(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		o       adcimport.RunOptions
		every   int // each so manyth record fails
		stopped bool
		read    int
	}{
		"no limit":           {adcimport.RunOptions{}, 2, false, 200},
		"none tolerated":     {adcimport.RunOptions{MaxFailures: -1}, 50, true, 50},
		"none, and none":     {adcimport.RunOptions{MaxFailures: -1}, 1000, false, 200},
		"as many as allowed": {adcimport.RunOptions{MaxFailures: 4}, 50, false, 200},
		"more than allowed":  {adcimport.RunOptions{MaxFailures: 3}, 50, true, 200},
		"share, after 100":   {adcimport.RunOptions{MaxFailureShare: 0.05}, 10, true, 100},
		"share kept":         {adcimport.RunOptions{MaxFailureShare: 0.1}, 10, false, 200},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(200)
			fails := true
			r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
				var n int
				if _, err := fmt.Sscan(id, &n); err != nil {
					return adcimport.Customer{}, err
				}
				if fails && n%tt.every == 0 {
					return adcimport.Customer{}, adcimport.ErrDenied
				}
				return r.src.Source.CustomerDetail(ctx, id)
			}
			s, err := r.customers(t, tt.o)
			if stopped := errors.Is(err, adcimport.ErrTooManyFailures) && s.Status == adcimport.StatusStopped; stopped != tt.stopped || s.Counts.Read != tt.read {
				t.Fatalf("got %v, %v", s, err)
			}
			r.agrees(t, s)
			if !tt.stopped {
				return
			}
			failed := s.Counts.Failed
			fails = false // somebody saw to it
			s, err = r.resume(t, s.RunID)
			completed(t, s, err, adcimport.Counts{Read: 200, Created: 200 - failed, Failed: failed})
			r.agrees(t, s)
		})
	}
}

// deny refuses the details of the customers with these numbers.
func (r *rig) deny(denied func(n int) bool) {
	r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
		if n, err := strconv.Atoi(id); err != nil || denied(n) {
			return adcimport.Customer{}, adcimport.ErrDenied
		}
		return r.src.Source.CustomerDetail(ctx, id)
	}
}

// After a person's word the share is of what is tried from then on: neither what failed
// before counts, nor what went well.
func TestEngine_failureShareAfterAPersonsWord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(300)
		r.deny(func(n int) bool { return n <= 160 && n%10 == 0 })
		share := adcimport.RunOptions{MaxFailureShare: 0.05}
		s, err := r.customers(t, share) // 10 of 100
		for _, read := range []int{100, 200} {
			if !errors.Is(err, adcimport.ErrTooManyFailures) || s.Counts.Read != read {
				t.Fatalf("got %v, %v, want %d read", s, err, read)
			}
			s, err = r.resume(t, s.RunID) // 6 of the next 100, and none of those after them
		}
		completed(t, s, err, adcimport.Counts{Read: 300, Created: 284, Failed: 16})
	})
}

// What has no row counts as well: a record without an id that fails, and one that was tried
// and is as it was.
func TestEngine_failureBudgets_withoutRows(t *testing.T) {
	t.Parallel()
	t.Run("failed", func(t *testing.T) {
		t.Parallel()
		r := newRig(0)
		r.cfg.Source = adcimport.CustomersOnly(pagesOf([]string{"1", "", "3"}))
		s, err := r.customers(t, adcimport.RunOptions{MaxFailures: -1})
		if !errors.Is(err, adcimport.ErrTooManyFailures) || s.Status != adcimport.StatusStopped {
			t.Errorf("got %v, %v", s, err)
		}
	})
	for share, stopped := range map[float64]bool{0.02: true, 0.04: false} {
		t.Run(fmt.Sprint("tried, of which may fail ", share), func(t *testing.T) {
			t.Parallel()
			r := newRig(200)
			s, err := r.customers(t)
			completed(t, s, err, adcimport.Counts{Read: 200, Created: 200})
			r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = plainCustomers(206) })
			r.deny(func(n int) bool { return n > 200 })
			s, err = r.customers(t, adcimport.RunOptions{Mode: adcimport.Upsert, MaxFailureShare: share})
			if errors.Is(err, adcimport.ErrTooManyFailures) != stopped || s.Counts.Read != 206 {
				t.Errorf("got %v, %v", s, err)
			}
		})
	}
}

func TestEngine_B8_upsert(t *testing.T) {
	t.Parallel()
	upsert := adcimport.RunOptions{Mode: adcimport.Upsert}
	change := func(r *rig) {
		r.src.Update(func(d *adcimporttest.Dealer) { d.Customers[1].LastName = "Changed" })
	}
	t.Run("changed and unchanged", func(t *testing.T) {
		t.Parallel()
		r := newRig(5)
		if _, err := r.customers(t); err != nil {
			t.Fatal(err)
		}
		change(r)
		s, err := r.customers(t, upsert)
		completed(t, s, err, adcimport.Counts{Read: 5, Updated: 1, Unchanged: 4})
		r.agrees(t, s)
		s, err = r.customers(t, upsert)
		completed(t, s, err, adcimport.Counts{Read: 5, Unchanged: 5})
		if got := r.sink.Customers()[1]; got.Record.LastName != "Changed" || got.Updates != 1 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("found in the sink", func(t *testing.T) {
		t.Parallel()
		r := newRig(5)
		if _, err := r.customers(t); err != nil {
			t.Fatal(err)
		}
		r.store.StateStore = new(adcimport.MemoryStore)
		s, err := r.customers(t, upsert)
		completed(t, s, err, adcimport.Counts{Read: 5, Updated: 5})
		r.once(t, idsUpTo(5)...)
	})
	t.Run("linked before, compared anew", func(t *testing.T) {
		t.Parallel()
		r := newRig(5)
		if _, err := r.customers(t); err != nil {
			t.Fatal(err)
		}
		r.store.StateStore = new(adcimport.MemoryStore)
		if _, err := r.customers(t); err != nil {
			t.Fatal(err)
		}
		s, err := r.customers(t, upsert)
		completed(t, s, err, adcimport.Counts{Read: 5, Updated: 5})
	})
	t.Run("a sink that cannot update, and later can", func(t *testing.T) {
		t.Parallel()
		r := newRig(5)
		if _, err := r.customers(t); err != nil {
			t.Fatal(err)
		}
		change(r)
		full := r.cfg.Sink
		r.cfg.Sink = adcimport.CustomersOnlySink(struct{ adcimport.CustomerSink }{r.sink})
		s, err := r.customers(t, upsert)
		completed(t, s, err, adcimport.Counts{Read: 5, Unchanged: 5})
		r.cfg.Sink = full
		s, err = r.customers(t, upsert)
		completed(t, s, err, adcimport.Counts{Read: 5, Updated: 1, Unchanged: 4})
	})
	t.Run("what fails stays known, and can be retried", func(t *testing.T) {
		t.Parallel()
		r := newRig(5)
		if _, err := r.customers(t); err != nil {
			t.Fatal(err)
		}
		change(r)
		sink := &refusing{tapSink: r.sink, on: true}
		r.cfg.Sink = sink
		s, err := r.customers(t, upsert)
		completed(t, s, err, adcimport.Counts{Read: 5, Unchanged: 4, Failed: 1})
		failed := s.RunID
		s, err = r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 5, Skipped: 5})
		sink.on = false
		run, err := r.importer(t).StartRetryFailed(t.Context(), failed)
		if err != nil {
			t.Fatal(err)
		}
		s, err = run.Wait(t.Context())
		completed(t, s, err, adcimport.Counts{Read: 1, Updated: 1})
		r.once(t, idsUpTo(5)...)
	})
	t.Run("answers that are missing or not sent", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { // what is not answered is waited for
			r := newRig(5)
			if _, err := r.customers(t); err != nil {
				t.Fatal(err)
			}
			r.src.Update(func(d *adcimporttest.Dealer) {
				for i := range d.Customers {
					d.Customers[i].LastName = "Changed"
				}
			})
			r.cfg.Sink = &halting{tapSink: r.sink}
			s, err := r.customers(t, upsert)
			completed(t, s, err, adcimport.Counts{Read: 5, Updated: 3, Failed: 2})
			r.agrees(t, s)
		})
	})
}

// refusing refuses updates.
type refusing struct {
	*tapSink
	on bool
}

func (s *refusing) UpdateCustomers(ctx context.Context, ids []string, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	if !s.on {
		return s.Sink.UpdateCustomers(ctx, ids, recs)
	}
	res := make([]adcimport.WriteResult, len(recs))
	for i := range res {
		res[i] = adcimport.WriteResult{Status: adcimport.WriteRejected, Err: errBoom}
	}
	return res, nil
}

// halting updates one record a call, says of the rest that it was not sent, and
// says nothing at all in the end.
type halting struct {
	*tapSink
	calls int
}

func (s *halting) UpdateCustomers(ctx context.Context, ids []string, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	if s.calls++; s.calls > 3 {
		return nil, nil
	}
	res, err := s.Sink.UpdateCustomers(ctx, ids[:1], recs[:1])
	for range recs[1:] {
		res = append(res, adcimport.WriteResult{Status: adcimport.WriteNotSent})
	}
	return res, err
}

func TestEngine_B3_retryFailed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(40)
		r.cfg.BatchSize = 3
		broken := true
		bad := map[string]bool{"3": true, "4": true, "12": true, "13": true, "14": true, "15": true, "29": true}
		r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
			if broken && bad[id] {
				return adcimport.Customer{}, adcimport.ErrDenied
			}
			return r.src.Source.CustomerDetail(ctx, id)
		}
		f := adcimport.CustomerFilter{SubDealerIDs: []string{"sub2", "sub3", "sub4", "sub5", "sub9"}}
		o := adcimport.CustomerOptions{TagIDs: []string{"t"}, RunOptions: adcimport.RunOptions{Limit: 100}}
		r.sink.Choices.CustomerTags = []adcimport.Choice{{ID: "t"}}
		s, err := r.importer(t).ImportCustomers(t.Context(), f, o)
		completed(t, s, err, adcimport.Counts{Read: 20, Created: 13, Failed: 7})
		broken = false
		r.src.Update(func(d *adcimporttest.Dealer) {
			d.Customers[3].SubDealerID = "elsewhere"                    // 4 moved
			d.Customers = append(d.Customers[:28], d.Customers[29:]...) // 29 is gone
		})
		r.src.ResetCalls()

		// The retry is interrupted and resumed.
		r.store.before = func(method string, _ int) error {
			if method == "Intend" && len(r.sink.Customers()) == 15 {
				return errBoom
			}
			return nil
		}
		imp := r.importer(t)
		run, err := imp.StartRetryFailed(t.Context(), s.RunID)
		if err != nil {
			t.Fatal(err)
		}
		sleepBubble(time.Minute)
		if err := imp.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		s, err = ended(t, run)
		if !errors.Is(err, adcimport.ErrClosed) || s.Counts.Read != 3 {
			t.Fatal(s, err)
		}
		r.store.heal()
		s, err = r.resume(t, s.RunID)
		completed(t, s, err, adcimport.Counts{Read: 7, Created: 5, Skipped: 1, Failed: 1})
		r.agrees(t, s)
		want := map[string]string{
			"3": "created", "4": "skipped/filtered_out", "12": "created", "13": "created", "14": "created", "15": "created", "29": "failed/source_not_found",
		}
		if diff := cmp.Diff(want, r.outcomes(t, s.RunID)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		for _, c := range r.sink.Customers() {
			if diff := cmp.Diff([]string{"t"}, c.Record.TagIDs); diff != "" {
				t.Errorf("customer %s lacks the stored options:\n%s", c.Record.AlarmComID, diff)
			}
		}
		for _, id := range r.src.Calls().CustomerDetailIDs {
			if !bad[id] {
				t.Errorf("asked for %s, which had not failed", id)
			}
		}
	})
}

func TestEngine_O2_reps(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ def, known, unknown, none string }{
		"default rep on":  {"d", "k", "d", "d"},
		"default rep off": {"", "k", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(3)
			r.cfg.BatchSize = 1
			r.sink.RepIDs = map[string]string{"kim": "k"}
			r.sink.Choices.Reps = []adcimport.Choice{{ID: "d"}}
			r.src.Update(func(d *adcimporttest.Dealer) {
				d.Customers[0].SalesRepLogin, d.Customers[1].SalesRepLogin = "kim", "nobody"
			})
			if _, err := r.importer(t).ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{DefaultRepID: tt.def}); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range r.sink.Customers() {
				got = append(got, c.Record.RepID)
			}
			if diff := cmp.Diff([]string{tt.known, tt.unknown, tt.none}, got); diff != "" {
				t.Errorf("reps (-want +got):\n%s", diff)
			}
			if n := r.sink.CallCounts()["FindReps"]; n != 2 {
				t.Errorf("%d look-ups for 2 logins in 3 batches", n)
			}
		})
	}
}
