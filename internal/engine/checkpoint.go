package engine

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// cursorEvery is how often a cursor is stored that moves over records of which
// nothing else is stored. A crash costs at most so much of a listing, which is
// read again.
const cursorEvery = 5 * time.Second

// checkpoint is what the next commit stores of the batches before it. Outcomes
// wait for the intents of the next batch, so that a batch costs one commit, as
// long as these are ready: they never wait for the network.
type checkpoint struct {
	commit  ledger.Commit
	passed  bool             // it has counts, or a total, that no cursor goes with
	tells   []ledger.Outcome // to be told once it is stored
	written time.Time        // when the last one was
}

// empty reports whether it stores nothing, not even a place.
func (c *checkpoint) empty() bool { return !c.urgent() && c.commit.Cursor == nil }

// urgent reports whether it stores more than a place.
func (c *checkpoint) urgent() bool {
	k := &c.commit
	rows := len(k.Outcomes) + len(k.Records) + len(k.Withdrawn) + len(k.Matched)
	return rows > 0 || k.Listed || c.passed
}

// due reports whether it is to be stored now, though nothing else is.
func (c *checkpoint) due() bool {
	return c.urgent() || c.commit.Cursor != nil && time.Since(c.written) >= cursorEvery
}

// add takes what was decided in a batch. It moves the cursor when the batch was
// read and written as a whole.
func (w *writer[S, R]) add(b *batch[S, R], whole bool) error {
	c := &w.next
	rows := 0
	for i := range b.items {
		if it := &b.items[i]; it.stage == decided && it.out.Stored(false) {
			rows++
		}
	}
	c.commit.Outcomes, c.commit.Records = slices.Grow(c.commit.Outcomes, rows), slices.Grow(c.commit.Records, rows)
	c.tells = slices.Grow(c.tells, len(b.items))
	for i := range b.items {
		switch it := &b.items[i]; it.stage {
		case decided:
			w.take(c, it)
		case deferred: // not counted yet
			w.putOff[it.id] = true
			if r, changed := it.record(); changed {
				c.commit.Records = append(c.commit.Records, r)
			}
		case listed, read, shaped, intended:
		}
	}
	if whole && b.moves {
		cursor := b.cursor
		c.commit.Cursor, c.commit.Listed = &cursor, b.listed
		w.run.tally.moved()
	}
	w.run.publish()
	if w.run.tally.overBudget(w.plan.Options) {
		return w.flush(true)
	}
	if c.urgent() {
		return nil
	}
	tells := c.tells
	if c.tells = tells[:0]; len(tells) == 0 {
		return nil
	}
	return w.run.tell(tells) // nothing of them is stored: they wait for nothing
}

func (w *writer[S, R]) take(c *checkpoint, it *item[S, R]) {
	if r, changed := it.record(); changed {
		c.commit.Records = append(c.commit.Records, r)
	}
	it.out.Ahead = it.ahead
	stored := it.stored(w.named[it.id] || w.retries())
	if stored {
		c.commit.Outcomes = append(c.commit.Outcomes, it.out)
	}
	switch {
	case stored && it.id != "":
		w.run.tally.store(it.out.Verdict(), it.had.Here)
	case w.last: // no cursor moves past it any more, and it does not come again
		w.run.tally.passNow(it.out.Verdict())
		c.passed = true
	default:
		w.run.tally.pass(it.out.Verdict())
	}
	c.tells = append(c.tells, it.out)
}

// store commits the checkpoint with the intents of what is sent next.
func (w *writer[S, R]) store(intents []ledger.Intent) ([]ledger.IntentState, error) {
	w.stores++
	c := w.next
	w.next = checkpoint{written: time.Now()}
	c.commit.Intents = intents
	states, err := w.run.commit(&c.commit)
	if err != nil || len(c.tells) == 0 && c.commit.Cursor == nil {
		return states, err
	}
	if err := w.run.tell(c.tells); err != nil {
		for i, st := range states { // they are not sent any more
			if st == ledger.IntentFresh {
				w.next.commit.Withdrawn = append(w.next.commit.Withdrawn, intents[i].ID)
			}
		}
		return nil, err
	}
	w.next.tells = c.tells[:0] // room for the next ones
	return states, nil
}

// flush stores what is due. The last flush of a run stores all.
func (w *writer[S, R]) flush(all bool) error {
	if !w.next.due() && (!all || w.next.empty()) {
		return nil
	}
	_, err := w.store(nil)
	return err
}

// commit makes a checkpoint durable, with the counts of the run.
func (r *Run) commit(c *ledger.Commit) ([]ledger.IntentState, error) {
	r.tally.commit(c)
	c.Progress = ledger.Progress{Read: c.Tally.Counts.Read, Total: r.total}
	// A commit is not canceled by a stop: what was sent must be known.
	states, err := r.books.commit(r.writes, c)
	if err != nil {
		r.stale = true
		r.tally.back()
		return nil, err
	}
	r.tally.stored, r.tally.counted = c.Tally, r.tally.spent
	if c.Mends() {
		r.patience.moves()
	}
	return states, nil
}

// tell passes outcomes on, and ends the run when nobody listens anymore, a hook
// fails or too many records failed.
func (r *Run) tell(outcomes []ledger.Outcome) error {
	err := r.tellAll(outcomes)
	r.deaf = r.deaf || err != nil
	return err
}

func (r *Run) tellAll(outcomes []ledger.Outcome) error {
	broken := false
	var err error // of a hook; the others are not called then, and the caller still gets every outcome
	for i := range outcomes {
		if err == nil {
			err = r.plan.Hooks.RecordDone(r.tells, &outcomes[i])
		}
		broken = broken || r.emit != nil && !r.emit(outcomes[i])
	}
	r.publish()
	if err == nil {
		err = r.plan.Hooks.Committed(r.tells, r.Progress())
	}
	switch {
	case err != nil:
		return fmt.Errorf("tell of run %s: %w", r.state.RunID, err)
	case broken:
		r.cancel(ErrBroken)
		return ErrBroken
	case r.tally.overBudget(r.plan.Options):
		return fmt.Errorf("run %s: %d failed: %w", r.state.RunID, r.tally.spent.Failed, ErrTooManyFailures)
	}
	return nil
}

// end commits what is left when the phases are over. A lease that is another's
// takes nothing more.
func (w *phases[S, R]) end(err error) error {
	if w.run.stale || errors.Is(err, ledger.ErrLeaseLost) {
		return err
	}
	if err == nil && w.run.tally.ahead.Counts.Read > 0 { // its Limit ended it: it has passed what it skipped
		w.run.tally.moved()
		w.writer.next.passed = true
	}
	if ferr := w.writer.flush(true); ferr != nil {
		if err == nil {
			return ferr
		}
		if !errors.Is(err, ferr) && !errors.Is(ferr, ErrBroken) && !errors.Is(ferr, ErrTooManyFailures) {
			return errors.Join(err, ferr)
		}
	}
	return err
}
