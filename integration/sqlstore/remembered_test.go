package sqlstore_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/dbclock"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/sqlstore"
)

// asked is the ids that the look-up among statements names, and whether it may leave
// out the open batch.
func asked(tb testing.TB, list []statement) (ids []string, leavesOut bool) {
	tb.Helper()
	for _, s := range list {
		if !strings.Contains(s.query, "_decided d") || !strings.HasPrefix(strings.TrimSpace(s.query), "WITH") {
			continue
		}
		text, _ := s.args[len(s.args)-1].(string)
		if err := json.Unmarshal([]byte(text), &ids); err != nil {
			tb.Fatal(err)
		}
		seq, _ := s.args[1].(int64)
		return ids, seq > 0
	}
	tb.Fatal("no look-up")
	return nil, false
}

// A commit asks for what it intends, and not for what the commit before it intended,
// unless somebody else has written since.
func TestCommitAsksForItsIntentsAlone(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, d database) {
		t.Helper()
		m := newImported(t, d)
		m.create(100)
		m.create(100)
		ids, _ := asked(t, m.recorder.during(func() { m.create(100) }))
		if want := fmt.Sprintf("%08d", m.n); len(ids) != 100 || ids[0] != want {
			t.Errorf("%d ids, from %q; want 100 from %q", len(ids), ids[0], want)
		}
		m.amend(m.store, "7")
		if ids, _ := asked(t, m.recorder.during(func() { m.create(100) })); len(ids) != 200 {
			t.Errorf("%d ids after an amendment, want 200", len(ids))
		}
		if _, leavesOut := asked(t, m.recorder.during(func() { m.lookUp("%08d", m.n, 10) })); !leavesOut {
			t.Error("a look-up reads the open batch that its store has just written")
		}
	})
}

// amend decides about a record that is known by now, by another handle perhaps.
func (m *imported) amend(s *sqlstore.Store, id string) {
	m.tb.Helper()
	err := s.Amend(m.tb.Context(), costScope, []ledger.Amendment{{ID: fmt.Sprintf("%08s", id), Op: ledger.AmendDecide, Decision: "create"}})
	if err != nil {
		m.tb.Fatal(err)
	}
}

// What another process writes is seen by the store that remembers: a decision, the
// same one taken from an open batch, and another holder of the lease.
func TestRememberedIsNotBelieved(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, d database) {
		t.Helper()
		m := newImported(t, d)
		other, err := sqlstore.Open(dbclock.With(t.Context(), m.clock), m.db, d.dialect, sqlstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		m.create(3) // 3, 4 and 5 are open from now on
		m.amend(other, "3")
		got := m.records("00000003", "00000004", "00000009")
		want := map[string]ledger.Record{
			"00000003": {ID: "00000003", State: ledger.StateOpen, Fingerprint: costPrint, Sent: 1, Unproved: 1, Decision: "create"},
			"00000004": {ID: "00000004", State: ledger.StateOpen, Fingerprint: costPrint, Sent: 1, Unproved: 1},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after a decision elsewhere (-want +got):\n%s", diff)
		}

		m.clock.Advance(2 * time.Hour)
		l, err := m.acquireBy(other)
		if err != nil {
			t.Fatal(err)
		}
		c := ledger.Commit{Seq: 1, Records: []ledger.Record{{ID: "00000004", Known: true, SinkID: "9"}}}
		if _, err := other.Commit(t.Context(), l, c); err != nil {
			t.Fatal(err)
		}
		got = m.records("00000004", "00000005")
		want = map[string]ledger.Record{
			"00000004": {ID: "00000004", Known: true, SinkID: "9"},
			"00000005": {ID: "00000005", State: ledger.StateOpen, Fingerprint: costPrint, Sent: 1, Unproved: 1},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after another holder's commit (-want +got):\n%s", diff)
		}
		if _, err := m.store.Commit(t.Context(), m.lease, ledger.Commit{Seq: m.seq + 1}); err == nil {
			t.Error("the former holder commits")
		}
	})
}

// records are without what goes by the clock, and without the run.
func (m *imported) records(ids ...string) map[string]ledger.Record {
	m.tb.Helper()
	found, err := m.store.Records(m.tb.Context(), costScope, "run-1", ids)
	if err != nil {
		m.tb.Fatal(err)
	}
	for id, r := range found {
		r.Since, r.RunID, r.Here = time.Time{}, "", ledger.Verdict{}
		found[id] = r
	}
	return found
}

func (m *imported) acquireBy(s *sqlstore.Store) (ledger.Lease, error) {
	return s.Acquire(m.tb.Context(), ledger.LeaseRequest{
		Scope: costScope, Link: "link-1", RunID: "run-1", Owner: "another", TTL: time.Hour, Resume: ledger.ResumeAsked,
	})
}
