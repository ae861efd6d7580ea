package adcimporttest

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/securitytrax/adcimport"
)

func storeRaceAcquire(t *storeTrial) {
	for round := range 3 {
		var (
			won   atomic.Int64
			lease adcimport.Lease
		)
		t.race(func(i int) error {
			l, err := t.store.Acquire(t.ctx, storeRequest(fmt.Sprintf("run-%d-%d", round, i)))
			if err == nil && won.Add(1) == 1 {
				lease = l
			}
			if errors.Is(err, adcimport.ErrRunInProgress) {
				return nil
			}
			return err
		})
		t.equal("how many got the lease", won.Load(), 1)
		t.equal("how many runs were opened", len(t.runIDs(storeLink)), round+1)
		t.release(lease, adcimport.StatusInterrupted, storeMoment())
	}
}

func storeRaceIntend(t *storeTrial) {
	l := t.acquire("run-1")
	ids := storeIDs(20)
	var freshOnes [20]atomic.Int64
	t.race(func(int) error {
		states, err := t.store.Intend(t.ctx, l, storeIntents(false, ids...))
		for i, st := range states {
			if st == storeIsFresh {
				freshOnes[i].Add(1)
			}
		}
		return err
	})
	for i, id := range ids {
		t.equal("how many got "+id, freshOnes[i].Load(), 1)
	}
}

func storeRaceCommit(t *storeTrial) {
	l := t.acquire("run-1")
	var want []string
	for i := range storeRacers {
		for k := range 4 {
			want = append(want, fmt.Sprintf("%d-%d:created", i, k))
		}
	}
	t.race(func(i int) error {
		for k := range 4 {
			id := fmt.Sprintf("%d-%d", i, k)
			if _, err := t.store.Intend(t.ctx, l, storeIntents(false, id)); err != nil {
				return err
			}
			if err := t.store.Commit(t.ctx, l, adcimport.Commit{Outcomes: []adcimport.Outcome{storeCreated(id)}}); err != nil {
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

func storeSurvivalRules() []storeRule {
	return []storeRule{
		{"survive_lease", "a lease and its epoch outlast the process: held until it expires, renewable by its holder", storeSurviveLease},
		{"survive_intents", "intents and parked records outlast the process", storeSurviveIntents},
		{"survive_commit", "runs, outcomes, known records, cursor, counts and notified outlast the process", storeSurviveCommit},
	}
}

func storeSurviveLease(t *storeTrial) {
	l := t.acquire("run-1")
	t.reopen()
	t.refused("Acquire after Reopen", adcimport.ErrRunInProgress, func() error {
		_, err := t.store.Acquire(t.ctx, storeRequest("run-2"))
		return err
	})
	t.renew(l)
	t.release(l, adcimport.StatusInterrupted, storeMoment())
	t.reopen()
	t.equal("the epoch", t.acquire("run-2").Epoch, l.Epoch+1)
}

func storeSurviveIntents(t *storeTrial) {
	l := t.acquire("run-1")
	t.intend(l, "1", "2", "3")
	before := t.since("1")
	t.reopen()
	t.outcomes(l, storeFailed("2", adcimport.ReasonInDoubt))
	t.commit(l, adcimport.Commit{Withdrawn: []string{"3"}})
	t.reopen()
	t.equal("in doubt", t.inDoubt(), []string{"1"})
	after := t.since("1")
	t.equal("the intent", []any{after.Fingerprint, storeTime(after.Since)}, []any{before.Fingerprint, storeTime(before.Since)})
	t.equal("states", t.intend(l, "1", "2", "3"), []adcimport.IntentState{storeIsDuplicate, storeIsParked, storeIsFresh})
}

func storeSurviveCommit(t *storeTrial) {
	req := storeRequest("run-1")
	req.State = adcimport.RunState{Summary: adcimport.Summary{Started: storeMoment()}, Filter: []byte("f"), Options: []byte("o")}
	l := t.acquireFor(req)
	t.commit(l, adcimport.Commit{
		Outcomes: []adcimport.Outcome{storeCreated("1"), storeFailed("2", adcimport.ReasonInvalidRecord)},
		Cursor:   "c", Listed: true, Counts: adcimport.Counts{Read: 2, Created: 1, Failed: 1},
		ByReason: map[adcimport.Reason]int{adcimport.ReasonInvalidRecord: 1},
	})
	t.do("MarkNotified", func() error { return t.store.MarkNotified(t.ctx, "run-1", "mail") })
	want := t.run("run-1")
	t.reopen()
	t.sameRun(t.run("run-1"), want)
	t.equal("outcomes", t.ledger("run-1"), []string{"1:created", "2:failed:invalid_record"})
	t.equal("known", t.known("1", "2"), map[string]adcimport.Known{"1": {SinkID: "sink-1", RunID: "run-1"}})
	t.commit(l, adcimport.Commit{Outcomes: []adcimport.Outcome{storeCreated("3")}})
	t.equal("outcomes after another commit", t.ledger("run-1"), []string{"1:created", "2:failed:invalid_record", "3:created"})
}
