package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/securitytrax/adcimport/ledger"
)

func raceAcquire(t *trial) {
	for round := range 3 {
		var (
			won   atomic.Int64
			lease ledger.Lease
		)
		t.race(func(i int) error {
			l, err := t.store.Acquire(t.ctx, request(fmt.Sprintf("run-%d-%d", round, i)))
			if err == nil && won.Add(1) == 1 {
				lease = l
			}
			if errors.Is(err, ledger.ErrRunInProgress) {
				return nil
			}
			return err
		})
		t.equal("how many got the lease", won.Load(), 1)
		t.equal("how many runs were opened", len(t.runIDs(linkName)), round+1)
		t.release(lease, ledger.StatusInterrupted, moment())
	}
}

func raceIntend(t *trial) {
	l := t.acquire("run-1")
	ids := manyIDs(20)
	var freshOnes [20]atomic.Int64
	t.race(func(int) error {
		states, err := t.store.Intend(t.ctx, l, intents(false, ids...))
		for i, st := range states[:min(len(states), len(ids))] {
			if st == isFresh {
				freshOnes[i].Add(1)
			}
		}
		return err
	})
	for i, id := range ids {
		t.equal("how many got "+id, freshOnes[i].Load(), 1)
	}
}

func raceCommit(t *trial) {
	l := t.acquire("run-1")
	var want []string
	for i := range racers {
		for k := range 4 {
			want = append(want, fmt.Sprintf("%d-%d:created", i, k))
		}
	}
	t.race(func(i int) error {
		for k := range 4 {
			id := fmt.Sprintf("%d-%d", i, k)
			if _, err := t.store.Intend(t.ctx, l, intents(false, id)); err != nil {
				return err
			}
			if err := t.store.Commit(t.ctx, l, ledger.Commit{Outcomes: []ledger.Outcome{created(id)}}); err != nil {
				return err
			}
		}
		return nil
	})
	got := t.ledger("run-1")
	slices.Sort(got)
	t.equal("outcomes", got, want)
	t.equal("in doubt", len(t.inDoubt()), 0)
}

func survivalRules() []rule {
	return []rule{
		{"survive_lease", "a lease and its epoch outlast the process: held until it expires, renewable by its holder", surviveLease},
		{"survive_intents", "intents and parked records outlast the process", surviveIntents},
		{"survive_commit", "runs, outcomes, known records, cursor, counts and notified outlast the process", surviveCommit},
	}
}

func surviveLease(t *trial) {
	l := t.acquire("run-1")
	t.reopen()
	t.refused("Acquire after Reopen", ledger.ErrRunInProgress, func() error {
		_, err := t.store.Acquire(t.ctx, request("run-2"))
		return err
	})
	t.renew(l)
	t.release(l, ledger.StatusInterrupted, moment())
	t.reopen()
	t.equal("the epoch", t.acquire("run-2").Epoch, l.Epoch+1)
}

func surviveIntents(t *trial) {
	l := t.acquire("run-1")
	t.intend(l, "1", "2", "3")
	before := t.since("1")
	t.reopen()
	t.outcomes(l, failed("2", ledger.ReasonInDoubt))
	t.commit(l, ledger.Commit{Withdrawn: []string{"3"}})
	t.reopen()
	t.equal("in doubt", t.inDoubt(), []string{"1"})
	after := t.since("1")
	t.equal("the intent", []any{after.Fingerprint, printTime(after.Since)}, []any{before.Fingerprint, printTime(before.Since)})
	t.equal("states", t.intend(l, "1", "2", "3"), []ledger.IntentState{isDuplicate, isParked, isFresh})
}

func surviveCommit(t *trial) {
	req := request("run-1")
	req.State = ledger.RunState{Summary: ledger.Summary{Started: moment()}, Filter: []byte("f"), Options: []byte("o")}
	l := t.acquireFor(req)
	t.commit(l, ledger.Commit{
		Outcomes: []ledger.Outcome{created("1"), failed("2", ledger.ReasonInvalidRecord)},
		Cursor:   "c", Listed: true, Counts: ledger.Counts{Read: 2, Created: 1, Failed: 1},
		ByReason: map[ledger.Reason]int{ledger.ReasonInvalidRecord: 1},
	})
	t.do("MarkNotified", func() error { return t.store.MarkNotified(t.ctx, "run-1", "mail") })
	want := t.run("run-1")
	t.reopen()
	t.sameRun(t.run("run-1"), want)
	t.equal("outcomes", t.ledger("run-1"), []string{"1:created", "2:failed:invalid_record"})
	t.equal("known", t.known("1", "2"), map[string]ledger.Known{"1": {SinkID: "sink-1", RunID: "run-1"}})
	t.commit(l, ledger.Commit{Outcomes: []ledger.Outcome{created("3")}})
	t.equal("outcomes after another commit", t.ledger("run-1"), []string{"1:created", "2:failed:invalid_record", "3:created"})
}
