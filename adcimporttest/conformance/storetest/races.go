package storetest

import (
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/adcimporttest/internal/panics"
	"github.com/securitytrax/adcimport/ledger"
)

func raceRules() []rule {
	return []rule{
		{"race_acquire", "of many that acquire one lease at the same time, exactly one gets it", raceAcquire},
		{"race_commit", "of many commits with one number at the same time one is stored, and all return its states", raceCommit},
		{"race_fence", "a commit at the same time as the end of its lease is stored whole, or not at all and ErrLeaseLost", raceFence},
		{"race_claim", "of many that claim one notice at the same time, exactly one gets it", raceClaim},
		{"race_list", "lists and look-ups work beside commits, and a list of outcomes is never short", raceList},
	}
}

const racers = 8

// race runs step on as many goroutines as there are racers and waits for them.
func (t *trial) race(step func(i int) error) {
	if t.err != nil {
		return
	}
	var (
		wg    sync.WaitGroup
		errs  = make([]error, racers)
		start = make(chan struct{})
	)
	for i := range racers {
		wg.Go(func() {
			<-start
			errs[i] = panics.Guard(func() error { return step(i) })
		})
	}
	close(start)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.failf("one of %d at the same time: %w", racers, err)
		}
	}
}

func raceAcquire(t *trial) {
	for round := range 3 {
		var (
			won   atomic.Int64
			lease ledger.Lease
			reqs  []ledger.LeaseRequest
		)
		for i := range racers {
			reqs = append(reqs, t.request(fmt.Sprintf("run-%d-%d", round, i)))
		}
		t.race(func(i int) error {
			l, err := t.store.Acquire(t.ctx, reqs[i])
			if err == nil && won.Add(1) == 1 {
				lease = l
			}
			if errors.Is(err, ledger.ErrRunInProgress) {
				return nil
			}
			return err
		})
		t.equal("how many got the lease", won.Load(), 1)
		t.equal("how many runs were opened", len(t.runIDs(ledger.RunQuery{})), round+1)
		t.release(lease, ledger.StatusInterrupted)
	}
}

func raceCommit(t *trial) {
	l := t.acquire("run-1")
	for seq := range 4 {
		c := known(fmt.Sprintf("%d-known", seq))
		c.Seq, c.Intents = int64(seq+1), intents(fmt.Sprintf("%d-sent", seq), fmt.Sprintf("%d-known", seq))
		all := make([][]ledger.IntentState, racers)
		t.race(func(i int) (err error) {
			all[i], err = t.store.Commit(t.ctx, l, c)
			return err
		})
		for _, states := range all {
			t.equal("states", states, []ledger.IntentState{isFresh, isDuplicate})
		}
	}
	t.equal("how many outcomes", len(t.ledger("run-1")), 4)
	for _, r := range t.list(inState(ledger.StateOpen)) {
		t.equal("how often "+r.ID+" was sent", r.Sent, 1)
	}
	t.equal("how many are open", len(t.open()), 4)
}

func raceFence(t *trial) {
	for round := range 5 {
		l := t.acquire(fmt.Sprintf("run-%d", round))
		done, sent := fmt.Sprintf("%d-done", round), fmt.Sprintf("%d-sent", round)
		var stored atomic.Bool
		t.race(func(i int) error {
			switch i {
			case 0:
				c := known(done)
				c.Seq, c.Intents = 1, intents(sent)
				_, err := t.store.Commit(t.ctx, l, c)
				stored.Store(err == nil)
				if errors.Is(err, ledger.ErrLeaseLost) {
					return nil
				}
				return err
			case 1:
				_, err := t.store.Release(t.ctx, l, ledger.End{Status: ledger.StatusInterrupted})
				return err
			}
			return nil
		})
		n := len(t.knownIDs(done)) // of a commit that is lost, too: its reply may have been
		if stored.Load() {
			n = 1
		}
		t.equal("how many records, outcomes and intents are stored of a commit",
			[]int{len(t.knownIDs(done)), len(t.ledger(l.RunID)), len(t.records("", sent))}, []int{n, n, n})
	}
}

func raceClaim(t *trial) {
	t.whole("run-1", ledger.StatusCompleted)
	for _, name := range []string{"mail", "chat", "hook"} {
		var won, toldOnce atomic.Int64
		count := func(m ledger.Mark, n *atomic.Int64) {
			t.race(func(int) error {
				ok, err := t.store.Mark(t.ctx, "run-1", m)
				if ok {
					n.Add(1)
				}
				return err
			})
		}
		count(ledger.Mark{Claim: name, For: time.Hour}, &won)
		count(ledger.Mark{Told: name}, &toldOnce)
		t.equal("how many claimed and told", []int64{won.Load(), toldOnce.Load()}, []int64{1, 1})
	}
	t.equal("notices", t.run("run-1").Notices, []string{"mail", "chat", "hook"})
}

func raceList(t *trial) {
	l := t.acquire("run-1")
	ids := manyIDs(600)
	t.know(l, ids[:300]...)
	t.race(func(i int) error {
		if i > 0 {
			return t.readAll(300)
		}
		for k, seq := 300, t.seqs[lease{l.Scope, l.Epoch}]+1; k < len(ids); k, seq = k+50, seq+1 {
			c := known(ids[k : k+50]...)
			c.Seq = seq
			if _, err := t.store.Commit(t.ctx, l, c); err != nil {
				return err
			}
		}
		return nil
	})
	t.equal("how many outcomes", len(t.ledger("run-1")), len(ids))
	t.equal("known", t.listed(ledger.Query{Known: true}), ids)
}

// readAll reads whatever there is, at least so many of each.
func (t *trial) readAll(atLeast int) error {
	for name, seq := range map[string]iter.Seq[error]{
		"outcomes": errorsOf(t.store.Outcomes(t.ctx, "run-1", 0)),
		"known":    errorsOf(t.store.List(t.ctx, scope, ledger.Query{Known: true})),
		"newest":   errorsOf(t.store.List(t.ctx, scope, ledger.Query{Newest: true})),
	} {
		n := 0
		for err := range seq {
			if err != nil {
				return err
			}
			n++
		}
		if n < atLeast {
			return fmt.Errorf("a list of %s beside commits has %d, there were %d before", name, n, atLeast)
		}
	}
	found, err := t.store.Records(t.ctx, scope, "run-1", manyIDs(atLeast))
	if err == nil && len(found) != atLeast {
		err = fmt.Errorf("a look-up beside commits finds %d of %d", len(found), atLeast)
	}
	return err
}

// errorsOf has one entry for each item.
func errorsOf[T any](seq iter.Seq2[T, error]) iter.Seq[error] {
	return func(yield func(error) bool) {
		for _, err := range seq {
			if !yield(err) {
				return
			}
		}
	}
}
