package month_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// way is how somebody got out of a trouble.
type way string

const (
	byItself  way = "by itself"  // in the same run
	rested    way = "rested"     // after it rested for some days
	nextNight way = "next night" // by another run
)

// goal is what the months must reach.
type goal struct {
	owner owner
	on    operation
	way   way
}

var (
	owners     = []owner{ofRecord, ofOperation, ofService, ofLogin}                 //nolint:gochecknoglobals // in their order
	operations = []operation{opCheck, opList, opDetail, opFind, opCreate, opUpdate} //nolint:gochecknoglobals // in their order
	ways       = []way{byItself, rested, nextNight}                                 //nolint:gochecknoglobals // in their order
)

// reachable reports whether there is such a way out by the design.
func (g goal) reachable() bool {
	switch g.owner {
	case ofRecord: // a record's fault is met where the record is asked for
		return g.on != opCheck && g.on != opList
	case ofLogin: // repeats would lock it
		return g.way == nextNight
	case ofOperation, ofService: // nobody rests for them, and in the background they are waited for; a start looks at both ends once
		return g.way == byItself && g.on != opCheck || g.way == nextNight && (g.on == opCheck || g.on == opList)
	}
	return false
}

// coverage is what months came to.
type coverage struct {
	mu      sync.Mutex
	reached map[goal]int
	owed    map[string]int // months that broke a rule, and were forgiven
	broken  map[string]int // months that broke a rule, with -month.all
}

// add takes a month.
func (c *coverage) add(t *testing.T, w *world) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for rule := range w.owes {
		c.owed[rule]++
	}
	switch {
	case w.broken != nil && *every:
		if c.broken[w.broken.rule]++; c.broken[w.broken.rule] == 1 {
			t.Logf("seed %d: %s: %s\n%s", w.seed, w.broken.rule, w.broken.text, w.story(2))
		}
		return
	case w.broken != nil:
		report(t, w)
		return
	}
	c.goals(w)
}

// goals counts what a month reached.
func (c *coverage) goals(w *world) {
	for _, t := range w.troubles {
		if t.limited() {
			continue
		}
		reached := make(map[goal]bool)
		for _, m := range t.met {
			if out := w.wayOut(t, m); out != "" {
				reached[goal{t.owner, m.on, out}] = true
			}
		}
		for g := range reached {
			c.reached[g]++
		}
	}
}

// wayOut says how a trouble that was met ended there; empty: not.
func (w *world) wayOut(t *trouble, m meeting) way {
	if t.owner == ofRecord {
		whole, _, _ := w.inSink(t.kind)
		switch {
		case whole[t.who.id] == 0:
			return ""
		case t.who.rested > 0:
			return rested
		case t.who.failed > 0:
			return nextNight
		}
		return byItself
	}
	for _, run := range w.all {
		switch {
		case m.run == run.RunID && run.Status == adcimport.StatusCompleted:
			return byItself
		case run.Started.After(m.at) && run.Status == adcimport.StatusCompleted && (m.kind == "" || m.kind == run.Kind):
			return nextNight
		}
	}
	return ""
}

// missing are the goals that were not reached and are not owed.
func (c *coverage) missing() []goal {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []goal
	for _, o := range owners {
		for _, on := range operations {
			for _, out := range ways {
				if g := (goal{o, on, out}); g.reachable() && c.reached[g] == 0 && owedGoals[g] == "" {
					list = append(list, g)
				}
			}
		}
	}
	return list
}

// String is the table.
func (c *coverage) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%-10s %-7s", "owner", "met at")
	for _, out := range ways {
		fmt.Fprintf(&b, " %11s", out)
	}
	for _, o := range owners {
		for _, on := range operations {
			fmt.Fprintf(&b, "\n%-10s %-7s", o, on)
			for _, out := range ways {
				g := goal{o, on, out}
				text := strconv.Itoa(c.reached[g])
				if !g.reachable() && c.reached[g] == 0 {
					text = "-"
				}
				fmt.Fprintf(&b, " %11s", text)
			}
		}
	}
	if len(c.owed) > 0 {
		b.WriteString("\nowed:\n" + lines(c.owed))
	}
	return b.String()
}

// sorted are the runs of a month, oldest first.
func sorted(runs []ledger.RunState) []ledger.RunState {
	slices.SortFunc(runs, func(a, b ledger.RunState) int { return a.Started.Compare(b.Started) })
	return runs
}
