package integration_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "github.com/lib/pq" // driver "postgres"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/sqlstore"
)

// postgresDrivers are those that the store is tested with, with the settings for
// one request a statement.
var postgresDrivers = map[string]string{
	"pgx":      " default_query_exec_mode=exec",
	"postgres": " binary_parameters=yes",
}

// fault 52: what a connection can come to, and what a server says that is going
// down, coming up, full, busy, or not the primary anymore. The steps of a story
// take the troubles of one kind in turn.
var troubles = map[string][]trouble{
	"never heard of": {
		{when: beforeIt},
		{when: beforeIt, reset: true},
		{when: beforeIt, refused: []string{"57P03", "53300"}},
	},
	"done, reply lost": {
		{when: afterIt},
		{when: afterIt, reset: true},
		{when: inFlight, reset: true},
		{when: insteadOfIt, instead: "SELECT pg_terminate_backend(pg_backend_pid())"},
	},
	"half a reply": {
		{when: amidReply},
		{when: amidReply, reset: true},
	},
	"word of the server": {
		{when: insteadOfIt, instead: raise("25006"), sticky: true},
		{when: insteadOfIt, instead: raise("40P01")},
		{when: insteadOfIt, instead: raise("0A000"), sticky: true},
		{when: insteadOfIt, instead: raise("55P03")},
		{when: insteadOfIt, instead: raise("XX000"), sticky: true},
		{when: insteadOfIt, instead: raise("53200")},
		{when: insteadOfIt, instead: raise("57014")},
	},
	lostTwice: {{when: beforeIt}},
}

// lostTwice is a trouble after the reply to a COMMIT was lost.
const lostTwice = "lost twice"

// aim makes trouble at the n-th request of a step.
type aim struct {
	mu      sync.Mutex
	trouble *trouble
	n       int
	twice   bool // the first trouble is at COMMIT, and n counts from there
	hit     bool
}

func (a *aim) at(n int, t *trouble, twice bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.n, a.trouble, a.twice = n, t, twice
}

func (a *aim) next(statement string) *trouble {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.trouble == nil {
		return nil
	}
	if a.twice {
		if strings.EqualFold(statement, "commit") {
			a.twice = false
			return &trouble{when: afterIt}
		}
		return nil
	}
	if a.n--; a.n > 0 {
		return nil
	}
	t := a.trouble
	a.trouble, a.hit = nil, true
	return t
}

// steps is a story of two runs in which every method of a store is called, with
// all that came out of it, without times.
type steps struct {
	store  adcimport.StateStore
	id     string    // makes names that no other story has
	before func(int) // each step, which is told its number
	lease  ledger.Lease
	log    []string
}

func (s *steps) step(what string, do func() (any, error)) {
	s.before(len(s.log))
	got, err := do()
	for _, known := range []error{adcimport.ErrNotFound, adcimport.ErrRunInProgress, adcimport.ErrLeaseLost} {
		if errors.Is(err, known) {
			err = known
		}
	}
	s.log = append(s.log, strings.ReplaceAll(fmt.Sprintf("%s: %+v, error %v", what, got, err), s.id, ""))
}

func (s *steps) acquire(tb testing.TB, run string) {
	tb.Helper()
	s.step("Acquire "+run, func() (any, error) {
		l, err := s.store.Acquire(tb.Context(), ledger.LeaseRequest{
			Link: "link" + s.id, Kind: adcimport.KindCustomer, RunID: run + s.id, TTL: time.Hour,
		})
		if err == nil {
			s.lease = l
		}
		return []any{l.Epoch, l.Previous.IsZero()}, err
	})
}

func (s *steps) intend(tb testing.TB, in ...ledger.Intent) {
	tb.Helper()
	s.step("Intend", func() (any, error) { return s.store.Intend(tb.Context(), s.lease, in) })
}

func (s *steps) commit(tb testing.TB, c ledger.Commit) {
	tb.Helper()
	s.step("Commit", func() (any, error) { return nil, s.store.Commit(tb.Context(), s.lease, c) })
}

func (s *steps) release(tb testing.TB, status adcimport.RunStatus) {
	tb.Helper()
	s.step("Release", func() (any, error) {
		end := ledger.RunState{Summary: adcimport.Summary{Status: status, Finished: time.Unix(1, 0)}}
		return nil, s.store.Release(tb.Context(), s.lease, end)
	})
}

func (s *steps) run(tb testing.TB) {
	tb.Helper()
	unpark := ledger.Intent{ID: "2", Unpark: true}
	s.acquire(tb, "run-1")
	s.intend(tb, ledger.Intent{ID: "1"}, ledger.Intent{ID: "2"}, ledger.Intent{ID: "3"}, ledger.Intent{ID: "1"})
	s.intend(tb, ledger.Intent{ID: "1"}, ledger.Intent{ID: "4"})
	c := createdCommit("c-1", "1")
	c.Outcomes = append(c.Outcomes,
		adcimport.Outcome{SourceID: "2", Action: adcimport.ActionFailed, Reason: adcimport.ReasonInDoubt},
		adcimport.Outcome{SourceID: "3", Action: adcimport.ActionFailed, Reason: adcimport.ReasonRejectedBySink})
	c.Withdrawn = []string{"4"}
	s.commit(tb, c)
	s.step("Renew", func() (any, error) {
		l, err := s.store.Renew(tb.Context(), s.lease)
		return l.Epoch, err
	})
	s.intend(tb, ledger.Intent{ID: "1"}, ledger.Intent{ID: "2"}, ledger.Intent{ID: "3"}, ledger.Intent{ID: "4"})
	s.intend(tb, unpark)
	s.step("MarkNotified", func() (any, error) { return nil, s.store.MarkNotified(tb.Context(), "run-1"+s.id, "mail") })
	s.acquire(tb, "run-2") // in progress
	s.release(tb, adcimport.StatusPaused)
	s.acquire(tb, "run-1")
	s.intend(tb, ledger.Intent{ID: "4"}, ledger.Intent{ID: "5"})
	s.commit(tb, createdCommit("c-2", "4"))
	s.release(tb, adcimport.StatusCompleted)
	s.commit(tb, createdCommit("c-3", "6")) // the lease is gone
	s.acquire(tb, "run-2")
	s.reads(tb)
	s.step("Prune", func() (any, error) { return s.store.Prune(tb.Context(), "link"+s.id, time.Unix(2, 0)) })
}

// reads is all that can be seen of a link.
func (s *steps) reads(tb testing.TB) {
	tb.Helper()
	s.step("Known", func() (any, error) {
		return s.store.Known(tb.Context(), "link"+s.id, adcimport.KindCustomer, []string{"1", "2", "3", "4", "5", "6"})
	})
	s.step("InDoubt", func() (all any, _ error) {
		var ids []string
		for it, err := range s.store.InDoubt(tb.Context(), "link"+s.id, adcimport.KindCustomer) {
			ids = append(ids, fmt.Sprint(it.ID, err))
		}
		return ids, nil
	})
	s.step("Run", func() (any, error) {
		st, err := s.store.Run(tb.Context(), "run-1"+s.id)
		return []any{st.Status, st.Cursor, st.Counts, st.Notified, st.Finished.IsZero()}, err
	})
	s.step("Runs", func() (all any, _ error) {
		var ids []string
		for st, err := range s.store.Runs(tb.Context(), "link"+s.id) {
			ids = append(ids, fmt.Sprint(st.RunID, st.Status, err))
		}
		return ids, nil
	})
	s.step("Outcomes", func() (all any, first error) {
		var ids []string
		for o, err := range s.store.Outcomes(tb.Context(), "run-1"+s.id) {
			if err != nil {
				return nil, err
			}
			ids = append(ids, fmt.Sprint(o.SourceID, o.SinkID, o.Action, o.Reason))
		}
		return ids, nil
	})
}

// fault 52: each statement of each method meets each trouble, and the story is
// the same as without any. So it is when the reply to a COMMIT is lost and then
// any statement of the attempt that finds it out.
func TestPostgreSQLTroubleAtEveryStatement(t *testing.T) {
	t.Parallel()
	for driver, settings := range postgresDrivers {
		for name, list := range troubles {
			t.Run(driver+"/"+name, func(t *testing.T) {
				t.Parallel()
				d := newPostgreSQL(t)
				d.diskless(t)
				d.driver = driver
				d.dsn += settings
				a := &aim{}
				s := d.proxied(t, a.next, func(int) string { return "" }).store(t, sqlstore.Options{RetryFor: time.Minute})
				plain := steps{store: s, id: "-plain", before: func(int) {}}
				plain.run(t)
				a.hit = true
				n := 1
				for ; a.hit; n++ {
					a.hit = false
					troubled := steps{store: s, id: fmt.Sprint("-n", n), before: func(step int) {
						a.at(n, &list[(step+n)%len(list)], name == lostTwice)
					}}
					troubled.run(t)
					a.at(0, nil, false)
					if diff := cmp.Diff(plain.log, troubled.log); diff != "" {
						t.Fatalf("trouble at request %d of each step (-without +with):\n%s", n, diff)
					}
				}
				if n < 6 {
					t.Errorf("only %d requests of a step met trouble: the test proves little", n)
				}
			})
		}
	}
}
