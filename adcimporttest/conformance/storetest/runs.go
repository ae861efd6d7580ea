package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

func runRules() []rule {
	return []rule{
		{"runs", "Runs yields runs newest first by the order they were opened in, however many there are", runsInOrder},
		{"runs_select", "Runs selects by link, kind and what is not ended, at most Limit", runsSelect},
		{"runs_alive", "Alive and DueIn are by the store's clock: held until the lease ends, due then or at PausedUntil", runsAlive},
		{"not_found", "Run, Outcomes and Mark return ErrNotFound for a run that does not exist", notFound},
		{"outcomes_from", "Outcomes begins at a place, and an outcome keeps its place when another one replaces it", outcomesFrom},
		{
			"outcomes_vanish", "Outcomes of a run that vanishes meanwhile is ErrNotFound, or all of them: never a short list in silence",
			outcomesVanish,
		},
	}
}

func runsInOrder(t *trial) {
	var want []string
	for i := range 120 {
		id := fmt.Sprintf("run-%d", (i*7)%1000) // not in the order of the ids
		t.whole(id, ledger.StatusStopped)
		want = append(want, id)
	}
	slices.Reverse(want)
	t.equal("runs", t.runIDs(ledger.RunQuery{}), want)
	t.resume(want[len(want)-1])
	t.equal("runs after the oldest was resumed", t.runIDs(ledger.RunQuery{}), want)
	for _, st := range collect(t, "Runs", t.store.Runs(t.ctx, ledger.RunQuery{Limit: 1})) {
		t.sameRun("a run in a list", st, t.run(st.RunID))
	}
}

func runsSelect(t *trial) {
	for i, status := range []ledger.RunStatus{
		ledger.StatusInterrupted, ledger.StatusHeld, ledger.StatusCompleted, ledger.StatusStopped, ledger.StatusCanceled, ledger.StatusFailed,
	} {
		req := t.request(string(status))
		req.Kind = []ledger.Kind{ledger.KindCustomer, ledger.KindUser}[i%2]
		t.release(t.acquireFor(req), status)
	}
	other := t.request("other")
	other.Account, other.Link = "link-2", "link-2"
	t.acquireFor(other)
	t.releaseAs(t.acquire("paused"), ledger.End{Status: ledger.StatusPaused, Wait: time.Hour})
	t.acquire("running")
	for _, c := range []struct {
		what string
		q    ledger.RunQuery
		want []string
	}{
		{"unended", ledger.RunQuery{Unended: true}, []string{"running", "paused", "other", "held", "interrupted"}},
		{"of a link", ledger.RunQuery{Link: "link-2"}, []string{"other"}},
		{"of a link without any", ledger.RunQuery{Link: "link-3"}, nil},
		{"of users", ledger.RunQuery{Kind: ledger.KindUser}, []string{"failed", "stopped", "held"}},
		{"of all criteria", ledger.RunQuery{Link: linkName, Kind: ledger.KindCustomer, Unended: true, Limit: 2}, []string{"running", "paused"}},
		{"the newest one", ledger.RunQuery{Limit: 1}, []string{"running"}},
	} {
		t.equal("runs "+c.what, t.runIDs(c.q), c.want)
	}
}

func runsAlive(t *trial) {
	seen := func(what string, alive bool, due time.Duration) {
		for _, st := range append(collect(t, "Runs", t.store.Runs(t.ctx, ledger.RunQuery{})), t.run("run-1")) {
			t.equal("whether the run is alive "+what, st.Alive, alive)
			t.about("DueIn "+what, max(st.DueIn, 0), due)
		}
	}
	l := t.acquire("run-1")
	t.advance(20 * time.Second)
	seen("before the lease ends", true, 40*time.Second)
	t.advance(50 * time.Second)
	seen("after the lease ended", false, 0)
	t.releaseAs(l, ledger.End{Status: ledger.StatusPaused, Wait: time.Hour})
	t.advance(10 * time.Minute)
	seen("while it is paused", false, 50*time.Minute)
	t.advance(time.Hour)
	seen("when the pause is over", false, 0)
}

func notFound(t *trial) {
	t.refused("Run", ledger.ErrNotFound, func() error {
		_, err := t.store.Run(t.ctx, "none such")
		return err
	})
	t.refused("Mark", ledger.ErrNotFound, func() error {
		_, err := t.store.Mark(t.ctx, "none such", ledger.Mark{Told: "mail"})
		return err
	})
	for _, from := range []int{0, 3} {
		t.refused("Outcomes", ledger.ErrNotFound, func() error { return lastError(t, "none such", from) })
	}
	t.whole("run-1", ledger.StatusCompleted)
	t.equal("outcomes of a run without any", len(t.ledger("run-1")), 0)
}

// lastError is how a list of outcomes ends.
func lastError(t *trial, runID string, from int) (last error) {
	for _, err := range t.store.Outcomes(t.ctx, runID, from) {
		last = err
	}
	return last
}

func outcomesFrom(t *trial) {
	ids := manyIDs(700)
	l := t.acquire("run-1")
	for chunk := range slices.Chunk(ids, 100) {
		t.know(l, chunk...)
	}
	t.outcomes(l, failed(ids[650], ledger.ReasonNotSent), failed(ids[0], ledger.ReasonNotSent), failed(ids[256], ledger.ReasonNotSent))
	for _, from := range []int{0, 1, 99, 100, 256, 650, 699, 700, 1000} {
		var got []string
		for _, o := range collect(t, "Outcomes", t.store.Outcomes(t.ctx, "run-1", from)) {
			got = append(got, o.SourceID)
		}
		t.equal(fmt.Sprintf("outcomes from %d on", from), got, ids[min(from, len(ids)):])
	}
	for _, o := range collect(t, "Outcomes", t.store.Outcomes(t.ctx, "run-1", 650)) {
		t.equal("the action of "+o.SourceID, o.Action == ledger.ActionFailed, o.SourceID == ids[650])
	}
}

func outcomesVanish(t *trial) {
	l := t.acquire("run-1")
	ids := manyIDs(3000)
	for chunk := range slices.Chunk(ids, 500) {
		t.know(l, chunk...)
	}
	st := t.release(l, ledger.StatusCompleted)
	if t.err != nil {
		return
	}
	n, last := 0, error(nil)
	for _, err := range t.store.Outcomes(t.ctx, "run-1", 0) {
		if last = err; err == nil {
			n++
		}
		if n == 10 { // and another one takes its name
			t.equal("how many are pruned", t.prune(st.Finished.Add(time.Hour)), 1)
			t.know(t.acquire("run-1"), ids[:20]...)
			n++
		}
	}
	if t.err != nil {
		return
	}
	if last == nil && n <= len(ids) {
		t.failf("the list ended in silence after %d of %d", n-1, len(ids))
	} else if last != nil && !errors.Is(last, ledger.ErrNotFound) {
		t.failf("the list ended with %w", last)
	}
}
