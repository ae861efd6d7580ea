package adcimport_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// unfound lets the sink's look-ups miss records.
func (r *rig) unfound(missed func(id string) bool) {
	find := r.sink.find
	if find == nil {
		find = r.sink.Sink.FindCustomers
	}
	r.sink.find = func(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
		return find(ctx, slices.DeleteFunc(slices.Clone(keys), func(k adcimport.CustomerKey) bool { return missed(k.ID) }))
	}
}

// That a record in doubt is absent is believed of a look-up that finds another one,
// which the sink has (fault 17).
func TestAbsence_believed(t *testing.T) {
	t.Parallel()
	first := func(id string) bool { return id == "12" } // the last one that was created, and so the first control
	for name, tt := range map[string]struct {
		customers int
		known     int // imported in an earlier run
		pruned    bool
		missed    func(id string) bool
		want      string // becomes of the one in doubt
		warned    bool
	}{
		"what was created after it is found":   {12, 0, false, nil, "created", false},
		"what was created before it is found":  {12, 11, false, nil, "created", false},
		"the same, and that run is pruned":     {12, 11, true, nil, "created", false},
		"the first control is gone":            {12, 0, false, first, "created", true},
		"nothing is found":                     {12, 0, false, func(string) bool { return true }, "failed/in_doubt", true},
		"nothing was ever created":             {1, 0, false, nil, "failed/in_doubt", false},
		"nothing is found, and some are known": {12, 11, false, func(string) bool { return true }, "failed/in_doubt", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(tt.customers)
				doubtful := "5"
				if tt.known > 0 {
					doubtful = strconv.Itoa(tt.customers)
				} else if tt.customers == 1 {
					doubtful = "1"
				}
				if tt.known > 0 {
					r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = plainCustomers(tt.known) })
					s, err := r.customers(t)
					completed(t, s, err, adcimport.Counts{Read: tt.known, Created: tt.known})
					r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = plainCustomers(tt.customers) })
					time.Sleep(24 * time.Hour)
				}
				if tt.pruned {
					if n, err := r.importer(t).Prune(t.Context(), time.Now()); n != 1 || err != nil {
						t.Fatal(n, err)
					}
				}
				r.lost(doubtful, 1, -1)
				if tt.missed != nil {
					r.unfound(tt.missed)
				}
				s, err := r.customers(t)
				if err != nil || s.Status != adcimport.StatusCompleted {
					t.Fatalf("%v: %v", s, err)
				}
				r.agrees(t, s)
				if got := r.outcomes(t, s.RunID)[doubtful]; got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
				warned := slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.Contains(w, "did not find a customer that it has") })
				if once := slices.Compact(slices.Sorted(slices.Values(s.Warnings))); len(once) != len(s.Warnings) {
					t.Errorf("it warns again: %q", s.Warnings)
				}
				if warned != tt.warned || len(r.openIntents(t)) > 0 {
					t.Errorf("warnings %q, open %v", s.Warnings, r.openIntents(t))
				}
			})
		})
	}
}

// A preview believes it where the run will by then have made what a look-up can find.
func TestAbsence_preview(t *testing.T) {
	t.Parallel()
	for customers, want := range map[int]string{1: "failed/in_doubt", 2: "created"} {
		t.Run(strconv.Itoa(customers), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(1)
				r.lost("1", 1, -1)
				ctx, kill := context.WithCancel(t.Context())
				r.cfg.Events.Waiting = func(context.Context, adcimport.RunInfo, time.Duration) { kill() } // dies in doubt
				if s, err := r.importer(t).ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); !errors.Is(err, context.Canceled) {
					t.Fatal(s, err)
				}
				r.cfg.Events.Waiting = nil
				r.src.Update(func(d *adcimporttest.Dealer) { d.Customers = plainCustomers(customers) })
				plan, err := r.importer(t).PlanCustomers(adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
				if err != nil {
					t.Fatal(err)
				}
				got := make(map[string]string)
				for o, err := range plan.Outcomes(t.Context()) {
					if err != nil {
						t.Fatal(err)
					}
					got[o.SourceID] = verdict(o)
				}
				if got["1"] != want {
					t.Errorf("got %v", got)
				}
				s, err := r.customers(t)
				if err != nil || r.outcomes(t, s.RunID)["1"] != want {
					t.Errorf("the run: %v, %v", s, err)
				}
			})
		})
	}
}

// A person who looked says so, and the record that was parked is created.
func TestAbsence_personsWord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(1)
		r.lost("1", 1, -1)
		for range 3 {
			s, err := r.customers(t)
			completed(t, s, err, adcimport.Counts{Read: 1, Failed: 1})
			time.Sleep(24 * time.Hour)
		}
		s, err := r.importer(t).RetryRecords(t.Context(), adcimport.KindCustomer, "1")
		completed(t, s, err, adcimport.Counts{Read: 1, Created: 1})
		r.once(t, "1")
	})
}

// fault 16: what was made without its id is found by what was sent, and never
// linked, nor made again; also where it was made on another night, and the record
// came to be in doubt by a kill.
func TestAbsence_copies(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(c *adcimport.Customer) // at the source, after the create
		want   string
	}{
		"as it was sent":         {nil, "failed/in_doubt"},
		"it has changed since":   {func(c *adcimport.Customer) { c.LastName = "Other" }, "created"},
		"its sub-dealer changed": {func(c *adcimport.Customer) { c.SubDealerID = "other" }, "failed/in_doubt"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(12)
				r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
					r.sink.create = nil
					i := slices.IndexFunc(recs, func(rec adcimport.CustomerRecord) bool { return rec.AlarmComID == "5" })
					half := recs[i]
					half.AlarmComID, half.IdempotencyKey = "", ""
					if _, err := r.sink.Sink.CreateCustomers(ctx, []adcimport.CustomerRecord{half}); err != nil {
						t.Error(err)
					}
					if tt.change != nil {
						r.src.Update(func(d *adcimporttest.Dealer) { tt.change(&d.Customers[4]) })
					}
					res, err := r.sink.Sink.CreateCustomers(ctx, slices.Delete(slices.Clone(recs), i, i+1))
					return slices.Insert(res, i, adcimport.WriteResult{}), err
				}
				for night := range 3 {
					s, err := r.customers(t)
					if err != nil || s.Status != adcimport.StatusCompleted {
						t.Fatalf("night %d: %v: %v", night, s, err)
					}
					if got := r.outcomes(t, s.RunID)["5"]; night == 0 && got != tt.want {
						t.Errorf("got %s, want %s", got, tt.want)
					}
					time.Sleep(24 * time.Hour)
				}
				if n := len(r.sink.Customers()); (tt.want == "created") != (n == 13) {
					t.Errorf("%d customers in the sink", n)
				}
			})
		})
	}
}

// userRig is a rig of n users who can log in, of whom a sink takes what it likes.
func userRig(logins ...string) (*rig, *tapUsers) {
	r := newRig(0)
	for i, login := range logins {
		id := strconv.Itoa(i + 1)
		r.src.Dealer.Users = append(r.src.Dealer.Users, adcimport.User{
			ID: id, FirstName: "F" + id, LastName: "L" + id, LoginName: login, Email: "u" + id + "@example.com",
		})
	}
	sink := &tapUsers{Sink: r.sink.Sink}
	r.cfg.Sink = sink
	return r, sink
}

// tapUsers makes nothing of the creates of some users, and says nothing of them.
type tapUsers struct {
	*adcimporttest.Sink
	silent map[string]adcimport.WriteResult // by id
	sent   []string
}

func (s *tapUsers) CreateUsers(ctx context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	res := make([]adcimport.WriteResult, len(recs))
	for i, rec := range recs {
		s.sent = append(s.sent, rec.AlarmComID)
		if r, silent := s.silent[rec.AlarmComID]; silent {
			res[i] = r
			continue
		}
		one, err := s.Sink.CreateUsers(ctx, recs[i:i+1])
		if err != nil {
			return res, err
		}
		res[i] = one[0]
	}
	return res, nil
}

func (r *rig) users(t *testing.T, canLogin bool) (*adcimport.Summary, map[string]string) {
	t.Helper()
	s, err := r.importer(t).ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{CanLogin: canLogin})
	if err != nil {
		t.Fatal(s, err)
	}
	time.Sleep(24 * time.Hour)
	return s, r.outcomes(t, s.RunID)
}

// fault 16: a user who can log in is sent once, whatever comes of it, until a person
// says otherwise; a clear refusal is tried again every night.
func TestUsers_sentOnce(t *testing.T) {
	t.Parallel()
	refused := adcimport.WriteResult{Status: adcimport.WriteRejected}
	for name, tt := range map[string]struct {
		canLogin bool
		answer   adcimport.WriteResult
		want     string
		sends    int // in four nights
	}{
		"no answer":               {true, adcimport.WriteResult{}, "failed/in_doubt", 1},
		"no answer, and no login": {false, adcimport.WriteResult{}, "failed/sink_failed", 4},
		"a refusal":               {true, refused, "failed/rejected_by_sink", 4},
		"a refusal, and no login": {false, refused, "failed/rejected_by_sink", 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, sink := userRig("a", "b", "c")
				sink.silent = map[string]adcimport.WriteResult{"2": tt.answer}
				for night := range 4 {
					s, outcomes := r.users(t, tt.canLogin)
					if outcomes["2"] != tt.want && s.ByReason[adcimport.ReasonResting] == 0 || s.Status != adcimport.StatusCompleted {
						t.Errorf("night %d: %s, %v", night, outcomes["2"], s)
					}
				}
				sends := func() int {
					return len(slices.DeleteFunc(slices.Clone(sink.sent), func(id string) bool { return id != "2" }))
				}
				if n := sends(); n != tt.sends {
					t.Errorf("sent %d times, want %d", n, tt.sends)
				}
				sink.silent = nil
				s, err := r.importer(t).RetryRecords(t.Context(), adcimport.KindUser, "2")
				completed(t, s, err, adcimport.Counts{Read: 1, Created: 1})
			})
		})
	}
}

// fault 19: one login name belongs to one user, whose create comes first; the others
// fail before anything of them is sent, in one batch and over batches, in any case.
func TestUsers_oneLogin(t *testing.T) {
	t.Parallel()
	taken := "failed/username_taken"
	for name, tt := range map[string]struct {
		logins []string
		silent map[string]adcimport.WriteResult
		want   map[string]string
	}{
		"twice":           {[]string{"kim", "lee", "kim"}, nil, map[string]string{"1": "created", "2": "created", "3": taken}},
		"in another case": {[]string{"kim", "KIM", "Kim"}, nil, map[string]string{"1": "created", "2": taken, "3": taken}},
		"with spaces":     {[]string{"kim", " kim "}, nil, map[string]string{"1": "created", "2": taken}},
		"with an accent":  {[]string{"josé", "JOSÉ", "jose"}, nil, map[string]string{"1": "created", "2": taken, "3": "created"}},
		"first is refused": {
			[]string{"kim", "kim"},
			map[string]adcimport.WriteResult{"1": {Status: adcimport.WriteRejected}},
			map[string]string{"1": "failed/rejected_by_sink", "2": taken},
		},
		"first is in doubt": {
			[]string{"kim", "lee", "kim"},
			map[string]adcimport.WriteResult{"1": {}},
			map[string]string{"1": "failed/in_doubt", "2": "created", "3": taken},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, size := range []int{1, 10} {
				synctest.Test(t, func(t *testing.T) {
					r, sink := userRig(tt.logins...)
					r.cfg.BatchSize = size
					sink.silent = tt.silent
					_, got := r.users(t, true)
					want := tt.want
					if size == 1 && name == "first is refused" { // the name is free again
						want = map[string]string{"1": "failed/rejected_by_sink", "2": "created"}
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("batches of %d (-want +got):\n%s", size, diff)
					}
				})
			}
		})
	}
}
