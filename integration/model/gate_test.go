package model_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// What a caller sees of mishaps.
var (
	errDead    = errors.New("model: this runner is dead")
	errRefused = errors.New("model: the call failed before it had an effect")
	errLost    = errors.New("model: the reply was lost")
)

// fate is what becomes of a call.
type fate int

const (
	proceed     fate = iota
	refuse           // no effect, an error
	loseReply        // an effect, an error
	crashBefore      // the runner dies, no effect
	crashAfter       // the runner dies, the effect is there
	landLate         // creates: an error now, the effect later
	crashLand        // creates: the runner dies, the effect comes later
	partly           // creates: each record has a fate of its own
	twice            // pages: delivered twice
	gone             // the runner was dead already
)

func (f fate) String() string {
	return [...]string{
		"proceed", "refuse", "lose reply", "crash before", "crash after", "land late", "crash, land late", "partly",
		"twice", "gone",
	}[f]
}

// verdict is a fate with what else the tape says about it.
type verdict struct {
	fate fate
	bits byte
}

// call waits in the gate until the scheduler lets it happen.
type call struct {
	runner  *runner
	op, arg string
	step    int // when it arrived
	release chan verdict
}

func (c *call) String() string { return fmt.Sprintf("r%d %s %s", c.runner.number, c.op, c.arg) }

// enter blocks a call of a runner until the scheduler picks it. Calls of one
// runner arrive in any order, so the scheduler sorts them.
func (r *runner) enter(op, arg string) verdict {
	w := r.world
	w.mu.Lock()
	if r.dead {
		w.mu.Unlock()
		return verdict{fate: gone}
	}
	c := &call{runner: r, op: op, arg: arg, step: w.step, release: make(chan verdict, 1)}
	w.pending = append(w.pending, c)
	w.mu.Unlock()
	select {
	case w.arrived <- struct{}{}:
	default:
	}
	return <-c.release
}

// eligible are the calls that may happen now, in an order that does not depend
// on goroutines: by arrival, runner, operation and argument.
func (w *world) eligible() []*call {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []*call
	for _, c := range w.pending {
		if !c.runner.paused {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b *call) int {
		return cmp.Or(cmp.Compare(a.step, b.step), cmp.Compare(a.runner.number, b.runner.number),
			cmp.Compare(a.op, b.op), cmp.Compare(a.arg, b.arg))
	})
	return out
}

// let makes a call happen.
func (w *world) let(c *call, v verdict) {
	w.tracef("%s: %s", c, v.fate)
	w.mu.Lock()
	w.pending = slices.DeleteFunc(w.pending, func(p *call) bool { return p == c })
	w.mu.Unlock()
	if v.fate == crashBefore {
		w.crash(c.runner)
		v.fate = gone
	}
	c.release <- v
}

// crash kills a runner: from now on none of its calls has an effect.
func (w *world) crash(r *runner) {
	w.mu.Lock()
	if r.dead {
		w.mu.Unlock()
		return
	}
	r.dead = true
	var mine []*call
	w.pending = slices.DeleteFunc(w.pending, func(c *call) bool {
		if c.runner == r {
			mine = append(mine, c)
		}
		return c.runner == r
	})
	w.mu.Unlock()
	for _, c := range mine {
		c.release <- verdict{fate: gone}
	}
	r.cancel(errDead)
	w.closing.Go(func() { _ = r.importer.Close(w.ctx) })
}

// happen is one call: into the gate, the effect, and back as the verdict says.
func happen[T any](r *runner, op, arg string, effect func() (T, error)) (T, error) {
	return carry(r, r.enter(op, arg), effect)
}

// carry is the rest of a call, after the gate.
func carry[T any](r *runner, v verdict, effect func() (T, error)) (T, error) {
	var none T
	switch v.fate {
	case gone:
		return none, errDead
	case refuse:
		return none, errRefused
	case proceed, loseReply, crashBefore, crashAfter, landLate, crashLand, partly, twice:
	}
	res, err := effect()
	return after(r, v, res, err)
}

// after is how a call's answer comes back, or does not.
func after[T any](r *runner, v verdict, res T, err error) (T, error) {
	var none T
	switch {
	case v.fate == crashAfter:
		r.world.crash(r)
		return none, errDead
	case v.fate == loseReply && err == nil:
		return none, errLost
	default:
		return res, err
	}
}
