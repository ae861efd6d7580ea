package sqlstore_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "github.com/lib/pq" // driver "postgres"

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
	store  ledger.StateStore
	id     string    // makes names that no other story has
	before func(int) // each step, which is told its number
	lease  ledger.Lease
	seq    int64
	owners int
	log    []string
}

func (s *steps) step(what string, do func() (any, error)) {
	s.before(len(s.log))
	got, err := do()
	s.log = append(s.log, strings.ReplaceAll(fmt.Sprintf("%s: %+v, error %s", what, got, verdictOf(err)), s.id, ""))
}

func (s *steps) scope() ledger.Scope {
	return ledger.Scope{Account: "link" + s.id, Kind: ledger.KindCustomer}
}

func (s *steps) acquire(tb testing.TB, run, account string, how ledger.Resume) {
	tb.Helper()
	s.owners++
	s.step("Acquire "+run, func() (any, error) {
		scope := s.scope()
		scope.Account += account
		l, err := s.store.Acquire(tb.Context(), ledger.LeaseRequest{
			Scope: scope, Link: "link" + s.id, RunID: run + s.id, Owner: fmt.Sprint("owner-", s.owners), TTL: time.Hour, Resume: how,
		})
		if err == nil {
			s.lease, s.seq = l, 0
		}
		return []any{l.Epoch, l.First, l.Matched, l.State.Pass, l.State.Starts, l.State.Cursor}, err
	})
}

func (s *steps) commit(tb testing.TB, c ledger.Commit) {
	tb.Helper()
	s.seq++
	c.Seq = s.seq
	s.step("Commit", func() (any, error) { return s.store.Commit(tb.Context(), s.lease, c) })
}

func (s *steps) release(tb testing.TB, status ledger.RunStatus) {
	tb.Helper()
	s.step("Release", func() (any, error) {
		st, err := s.store.Release(tb.Context(), s.lease, ledger.End{Status: status})
		return []any{st.Status, st.Counts}, err
	})
}

func (s *steps) mark(tb testing.TB, m ledger.Mark) {
	tb.Helper()
	s.step("Mark", func() (any, error) { return s.store.Mark(tb.Context(), "run-1"+s.id, m) })
}

func (s *steps) amend(tb testing.TB, list ...ledger.Amendment) {
	tb.Helper()
	s.step("Amend", func() (any, error) { return nil, s.store.Amend(tb.Context(), s.scope(), list) })
}

func failedOutcome(id string, r ledger.Reason) ledger.Outcome {
	return ledger.Outcome{SourceID: id, Action: ledger.ActionFailed, Reason: r}
}

func (s *steps) run(tb testing.TB) {
	tb.Helper()
	intents := func(ids ...string) (list []ledger.Intent) {
		for _, id := range ids {
			list = append(list, ledger.Intent{ID: id, Fingerprint: "ff" + id})
		}
		return list
	}
	s.acquire(tb, "run-1", "", ledger.ResumeNew)
	s.commit(tb, ledger.Commit{Intents: intents("1", "2", "3", "1", "4"), Matched: []string{"rule"}})
	c := createdCommit(0, "c-1", "1")
	c.Outcomes = append(c.Outcomes, failedOutcome("2", ledger.ReasonInDoubt), failedOutcome("3", ledger.ReasonRejectedBySink))
	c.Records = append(c.Records, ledger.Record{ID: "2", State: ledger.StateParked, Sent: 1}, ledger.Record{ID: "3", State: ledger.StateFailed})
	c.Withdrawn, c.Intents = []string{"4"}, intents("1", "2", "3", "5")
	s.commit(tb, c)
	s.step("Renew", func() (any, error) {
		l, err := s.store.Renew(tb.Context(), s.lease)
		return []any{l.Epoch, l.Asked}, err
	})
	s.mark(tb, ledger.Mark{Claim: "mail", For: time.Hour})
	s.mark(tb, ledger.Mark{Claim: "mail", For: time.Hour})
	s.mark(tb, ledger.Mark{Told: "mail"})
	s.mark(tb, ledger.Mark{Ask: ledger.AskInterrupt})
	s.acquire(tb, "run-2", "", ledger.ResumeNew) // in progress
	s.amend(tb, ledger.Amendment{ID: "3", Op: ledger.AmendDecide, Decision: ledger.DecisionCreate})
	s.release(tb, ledger.StatusPaused)
	s.amend(tb, ledger.Amendment{ID: "1", Op: ledger.AmendForget}, ledger.Amendment{ID: "2", Op: ledger.AmendRetry})
	s.acquire(tb, "run-1", "", ledger.ResumeAsked)
	again := createdCommit(0, "c-2", "3")
	again.Intents = intents("6")
	s.commit(tb, again)
	s.release(tb, ledger.StatusCompleted)
	s.commit(tb, createdCommit(0, "c-3", "7")) // the lease is gone
	s.acquire(tb, "run-2", "", ledger.ResumeNew)
	s.reads(tb)
	s.release(tb, ledger.StatusStopped)
	s.acquire(tb, "run-3", "-account", ledger.ResumeNew)
	s.step("Records", func() (any, error) {
		scope := s.scope()
		scope.Account += "-account"
		found, err := s.store.Records(tb.Context(), scope, "", []string{"1", "3", "5"})
		for id, r := range found {
			r.Since = time.Time{}
			found[id] = r
		}
		return found, err
	})
	s.step("Prune", func() (any, error) {
		return s.store.Prune(tb.Context(), "link"+s.id, time.Now().Add(time.Hour))
	})
}

// reads is all that can be seen of a link.
func (s *steps) reads(tb testing.TB) {
	tb.Helper()
	names := func(list []ledger.Record, err error) (any, error) {
		var all []string
		for _, r := range list {
			all = append(all, fmt.Sprint(r.ID, r.State, r.SinkID, r.Generation))
		}
		return all, err
	}
	s.step("Records", func() (any, error) {
		found, err := s.store.Records(tb.Context(), s.scope(), "run-1"+s.id, []string{"1", "2", "3", "4", "5", "6"})
		for id, r := range found {
			r.Since = time.Time{}
			found[id] = r
		}
		return found, err
	})
	for _, q := range []ledger.Query{{}, {Known: true}, {Newest: true}} {
		s.step("List", func() (any, error) { return names(collect(s.store.List(tb.Context(), s.scope(), q))) })
	}
	s.step("Run", func() (any, error) {
		st, err := s.store.Run(tb.Context(), "run-1"+s.id)
		return []any{st.Status, st.Cursor, st.Counts, st.Notices, st.Finished.IsZero()}, err
	})
	s.step("Runs", func() (any, error) {
		var ids []string
		list, err := collect(s.store.Runs(tb.Context(), ledger.RunQuery{Link: "link" + s.id}))
		for _, st := range list {
			ids = append(ids, fmt.Sprint(st.RunID, st.Status))
		}
		return ids, err
	})
	s.step("Outcomes", func() (any, error) { return collect(s.store.Outcomes(tb.Context(), "run-1"+s.id, 0)) })
}

// fault 52: each statement of each method meets each trouble, and the story is
// the same as without any. So it is when the reply to a COMMIT is lost and then
// any statement of the attempt that finds it out.
func TestPostgreSQLTroubleAtEveryStatement(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the short run, with the race detector in CI, leaves it to the whole one")
	}
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
