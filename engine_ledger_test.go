package adcimport_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// cutOff imports until the nth commit, which ends the run.
func (r *rig) cutOff(t *testing.T, n int) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{OnProgress: func(adcimport.Progress) {
		if n--; n == 0 {
			cancel()
		}
	}}}
	s, err := r.importer(t).ImportCustomers(ctx, adcimport.CustomerFilter{}, o)
	if err == nil || s.Counts.Read == 0 {
		t.Fatalf("got %v, %v; want a part", s, err)
	}
	return s.RunID
}

// TestEngine_fault20_sumsAfterOthers resumes runs after others of their kind, and
// after a cut at once (fault 20: 400 read of 300, 50 of 40).
func TestEngine_fault20_sumsAfterOthers(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]func(*testing.T, *rig, string){
		"an upsert": func(t *testing.T, r *rig, _ string) {
			t.Helper()
			if _, err := r.customers(t, adcimport.RunOptions{Mode: adcimport.Upsert}); err != nil {
				t.Error(err)
			}
		},
		"one customer by hand": func(t *testing.T, r *rig, _ string) {
			t.Helper()
			f := adcimport.CustomerFilter{CustomerIDs: []string{"250"}}
			if _, err := r.importer(t).ImportCustomers(t.Context(), f, adcimport.CustomerOptions{}); err != nil {
				t.Error(err)
			}
		},
		"a cut at the first commit after a resume": func(t *testing.T, r *rig, id string) {
			t.Helper()
			r.store.mu.Lock()
			r.store.calls = nil
			r.store.after = failOn("Commit", 1)
			r.store.mu.Unlock()
			if _, err := r.importer(t).Resume(t.Context(), id); err == nil {
				t.Error("it was not cut off")
			}
			r.store.heal()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(300)
				if _, err := r.customers(t, adcimport.RunOptions{Limit: 50}); err != nil { // some are known
					t.Fatal(err)
				}
				id := r.cutOff(t, 12)
				between(t, r, id)
				s, err := r.resume(t, id)
				if err != nil || s.Counts.Read != 300 || s.Counts.Failed > 0 {
					t.Errorf("got %v, %v; want 300 read", s, err)
				}
				r.agrees(t, s)
				r.once(t, idsUpTo(300)...)
			})
		})
	}
}

// TestEngine_fault22_changedWhileInDoubt loses the reply of a create whose record
// changes before it is found: the next Upsert brings the change (fault 22).
func TestEngine_fault22_changedWhileInDoubt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(3)
		r.lost("2", 1, 0)
		r.src.Full = true
		r.sink.check = nil
		find := r.sink.find
		r.sink.find = func(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
			r.src.Update(func(d *adcimporttest.Dealer) { d.Customers[1].LastName = "Changed" }) // before it is read again
			return find(ctx, keys)
		}
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 3, Created: 2, Linked: 1})
		if got := r.outcomes(t, s.RunID)["2"]; got != "linked/in_doubt_resolved" {
			t.Errorf("got %s", got)
		}
		r.sink.find = nil
		s, err = r.customers(t, adcimport.RunOptions{Mode: adcimport.Upsert})
		completed(t, s, err, adcimport.Counts{Read: 3, Updated: 1, Unchanged: 2})
		for _, c := range r.sink.Customers() {
			if c.Record.AlarmComID == "2" && c.Record.LastName != "Changed" {
				t.Errorf("the sink has %q", c.Record.LastName)
			}
		}
	})
}

// TestEngine_fault23_existsIsComparedAnew has a sink that says Exists to a create:
// what it has is not what was sent (fault 23).
func TestEngine_fault23_existsIsComparedAnew(t *testing.T) {
	t.Parallel()
	r := newRig(2)
	if _, err := r.sink.Sink.CreateCustomers(t.Context(), []adcimport.CustomerRecord{{AlarmComID: "1", LastName: "Old"}}); err != nil {
		t.Fatal(err)
	}
	id := r.sink.Customers()[0].ID
	r.sink.find = func(context.Context, []adcimport.CustomerKey) (map[string][]string, error) { return nil, nil }
	r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
		res := make([]adcimport.WriteResult, len(recs))
		for i := range recs {
			if recs[i].AlarmComID == "1" {
				res[i] = adcimport.WriteResult{Status: adcimport.WriteExists, ID: id}
				continue
			}
			one, err := r.sink.Sink.CreateCustomers(ctx, recs[i:i+1])
			if err != nil {
				return nil, err
			}
			res[i] = one[0]
		}
		return res, nil
	}
	s, err := r.customers(t)
	completed(t, s, err, adcimport.Counts{Read: 2, Created: 1, Linked: 1})
	s, err = r.customers(t, adcimport.RunOptions{Mode: adcimport.Upsert})
	completed(t, s, err, adcimport.Counts{Read: 2, Updated: 1, Unchanged: 1})
	if got := r.sink.Customers()[0].Record.LastName; got != "L1" {
		t.Errorf("the sink has %q", got)
	}
}

// fleeting is a source of n customers that it makes as it lists them. It leaves
// filters to the importer.
type fleeting struct {
	n, page int
	listed  func(read int)
	rest    time.Duration // what a page takes
}

func (s fleeting) Customers(ctx context.Context, _ adcimport.CustomerFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return adcimport.Pages(ctx, from, func(_ context.Context, c adcimport.Cursor) (adcimport.Page[adcimport.Customer], error) {
		at, _ := strconv.Atoi(string(c))
		if s.listed != nil {
			s.listed(at)
		}
		<-time.After(s.rest)
		var p adcimport.Page[adcimport.Customer]
		for i := at + 1; i <= min(at+s.page, s.n); i++ {
			p.Items = append(p.Items, adcimport.Customer{ID: strconv.Itoa(i), FirstName: "F", LastName: "L"})
		}
		if at+s.page < s.n {
			p.Next = adcimport.Cursor(strconv.Itoa(at + s.page))
		}
		return p, nil
	})
}

// TestEngine_fault55_whatIsFilteredOutLeavesNothing filters 60,000 records out:
// they have no rows, and no memory (fault 55: 170 and 73 bytes each).
//
//nolint:paralleltest // it measures the heap of the process
func TestEngine_fault55_whatIsFilteredOutLeavesNothing(t *testing.T) {
	const n, early, late = 60_000, 10_000, 55_000
	heap := map[int]uint64{} // the least while some pages are read: what is on its way comes and goes
	store := new(adcimport.MemoryStore)
	src := fleeting{n: n, page: 500, listed: func(read int) {
		if at := read / 5_000 * 5_000; at == early || at == late {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			if least, ok := heap[at]; !ok || m.HeapAlloc < least {
				heap[at] = m.HeapAlloc
			}
		}
	}}
	imp, err := adcimport.New(adcimport.Config{Link: "isp-1", Source: adcimport.CustomersOnly(src), Sink: &adcimporttest.Sink{}, Store: store})
	if err != nil {
		t.Fatal(err)
	}
	s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{SubDealerIDs: []string{"x"}}, adcimport.CustomerOptions{})
	completed(t, s, err, adcimport.Counts{Read: n, Skipped: n})
	if got := s.ByReason[adcimport.ReasonFilteredOut]; got != n {
		t.Errorf("%d filtered out", got)
	}
	for o, err := range imp.Outcomes(t.Context(), s.RunID) {
		t.Fatalf("a row: %+v, %v", o, err)
	}
	if each := (float64(heap[late]) - float64(heap[early])) / (late - early); each > 8 {
		t.Errorf("%.1f bytes of heap for each record that is filtered out", each)
	}
}

// commits counts commits.
type commits struct {
	adcimport.StateStore
	n int
}

func (s *commits) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	s.n++
	return s.StateStore.Commit(ctx, l, c)
}

// TestEngine_fault56_knownOnesAreCommittedByTime imports 20,000 known records
// again: a cursor that only moves is stored by time (fault 56: 207 commits).
func TestEngine_fault56_knownOnesAreCommittedByTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &commits{StateStore: new(adcimport.MemoryStore)}
		src := &fleeting{n: 20_000, page: 100}
		imp, err := adcimport.New(adcimport.Config{Link: "isp-1", Source: adcimport.CustomersOnly(src), Sink: &adcimporttest.Sink{}, Store: store})
		if err != nil {
			t.Fatal(err)
		}
		if s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); err != nil || s.Counts.Created != 20_000 {
			t.Fatalf("got %v, %v", s, err)
		}
		for _, tt := range []struct {
			rest time.Duration
			most int
		}{{0, 1}, {100 * time.Millisecond, 5}, {time.Second, 41}} { // 200 pages: at once, in 20 s, in 200 s
			store.n, src.rest = 0, tt.rest
			s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
			completed(t, s, err, adcimport.Counts{Read: 20_000, Skipped: 20_000})
			if store.n > tt.most || store.n == 0 {
				t.Errorf("%d commits, want at most %d", store.n, tt.most)
			}
		}
	})
}

// aheadStore is the store as a host has it whose clock is two hours ahead.
type aheadStore struct{ adcimport.StateStore }

func (s aheadStore) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	req.State.Started, req.State.Heartbeat = req.State.Started.Add(2*time.Hour), req.State.Heartbeat.Add(2*time.Hour)
	return s.StateStore.Acquire(ctx, req)
}

// TestEngine_fault45_orderIsTheStores lets a host whose clock is ahead import with
// another filter between a cut and its resume (fault 45: 43 of 45 read).
func TestEngine_fault45_orderIsTheStores(t *testing.T) {
	t.Parallel()
	for _, ahead := range []bool{false, true} { // which of the two hosts' clocks is
		t.Run(strconv.FormatBool(ahead), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(45)
				other := *r
				if ahead {
					r.cfg.Store = aheadStore{r.store}
				} else {
					other.cfg.Store = aheadStore{r.store}
				}
				r.lost("14", 1, 20*time.Second)
				id := r.cutOff(t, 3)
				f := adcimport.CustomerFilter{SubDealerIDs: []string{"sub3"}}
				s, err := other.importer(t).ImportCustomers(t.Context(), f, adcimport.CustomerOptions{})
				if err != nil {
					t.Fatal(err)
				}
				other.agrees(t, s)
				s, err = r.resume(t, id)
				if err != nil || s.Counts.Read != 45 {
					t.Errorf("got %v, %v; want 45 read", s, err)
				}
				r.agrees(t, s)
				r.once(t, idsUpTo(45)...)
			})
		})
	}
}

// TestEngine_fault24_ownNameIsInDoubt loses the reply of a user's create at a sink
// that keeps no id: its name is taken by itself, now and in later runs (fault 24).
func TestEngine_fault24_ownNameIsInDoubt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dealer := &adcimporttest.Dealer{Users: []adcimport.User{{ID: "1", FirstName: "A", LastName: "B", LoginName: "ab", Email: "ab@example.com"}}}
		sink := &adcimporttest.Sink{KeepsNoID: true, UniqueUsernames: true}
		imp, err := adcimport.New(adcimport.Config{
			Link: "isp-1", Source: &adcimporttest.Source{Dealer: dealer}, Store: new(adcimport.MemoryStore),
			Sink: adcimporttest.FaultySink(sink, adcimporttest.OnCall("CreateUsers", 1, adcimporttest.Fault{Lost: errBoom})),
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			s, err := imp.ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{CanLogin: true})
			completed(t, s, err, adcimport.Counts{Read: 1, Failed: 1})
			if s.ByReason[adcimport.ReasonInDoubt] != 1 {
				t.Errorf("reasons %v", s.ByReason)
			}
		}
		if n := len(sink.Emails()); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

// A record that waits for a person goes on waiting when it cannot be read for a
// while.
func TestEngine_parkedStaysParked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(1)
		r.sink.KeepsNoID = true
		r.lost("1", 1, 0)
		for _, tt := range []struct {
			reason adcimport.Reason
			detail error
		}{
			{adcimport.ReasonInDoubt, nil},
			{adcimport.ReasonSourceNotFound, &adcimport.RecordError{ID: "1", Reason: adcimport.ReasonSourceNotFound}},
			{adcimport.ReasonInDoubt, nil},
			{adcimport.ReasonSourceFailed, seen("source", "GetCustomerInfo_V2")},
			{adcimport.ReasonInDoubt, nil},
		} {
			r.src.detail = nil
			if tt.detail != nil {
				r.src.detail = func(context.Context, string) (adcimport.Customer, error) { return adcimport.Customer{}, tt.detail }
			}
			s, err := r.customers(t)
			completed(t, s, err, adcimport.Counts{Read: 1, Failed: 1})
			if s.ByReason[tt.reason] != 1 {
				t.Errorf("got %v, want %s", s.ByReason, tt.reason)
			}
		}
		r.once(t, "1")
	})
}

// openStore says of an intent that its record was sent before, and keeps what was
// withdrawn.
type openStore struct {
	*tapStore
	id        string
	withdrawn []string
}

func (s *openStore) Commit(ctx context.Context, l ledger.Lease, c ledger.Commit) ([]ledger.IntentState, error) {
	states, err := s.tapStore.Commit(ctx, l, c)
	for i, in := range c.Intents {
		if in.ID == s.id && err == nil {
			states[i] = ledger.IntentOpen
		}
	}
	s.withdrawn = append(s.withdrawn, c.Withdrawn...)
	return states, err
}

// A run that ends before it sends what it intended takes that back: but for what was sent
// before, which stays in doubt.
func TestEngine_takesBackOnlyWhatItIntended(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(20)
		store := &openStore{tapStore: r.store, id: "15"}
		r.cfg.Store = store
		r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
			sleepBubble(time.Second) // so that the next ones are ready
			return r.sink.Sink.CreateCustomers(ctx, recs)
		}
		for _, err := range r.importer(t).ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			break // of those that were created, once the next ones are intended
		}
		want := []string{"11", "12", "13", "14", "16", "17", "18", "19", "20"}
		if diff := cmp.Diff(want, store.withdrawn); diff != "" {
			t.Errorf("withdrawn (-want +got):\n%s", diff)
		}
		r.once(t, idsUpTo(10)...)
	})
}

// Where a run stops, its place is stored, though nothing else is: what it has passed is not
// read again.
func TestEngine_placeAtAStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(60)
		s, err := r.customers(t)
		completed(t, s, err, adcimport.Counts{Read: 60, Created: 60})
		ctx, cancel := context.WithCancel(t.Context())
		r.src.page = func(n int, p adcimport.Page[adcimport.Customer]) (adcimport.Page[adcimport.Customer], error) {
			if n == 5 {
				sleepBubble(time.Second)
				cancel()
			}
			return p, nil
		}
		s, err = r.importer(t).ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if !errors.Is(err, context.Canceled) || s.Counts.Read != 40 {
			t.Fatalf("got %v, %v", s, err)
		}
		st, err := r.store.StateStore.Run(t.Context(), s.RunID)
		if err != nil || st.Counts.Read != 40 {
			t.Errorf("stored: %v, %v", st.Counts, err)
		}
	})
}
