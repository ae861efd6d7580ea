package month_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	seeds = flag.Int("month.seeds", 0, "months that are lived; 0: as many as there is time for")
	every = flag.Bool("month.all", false, "go on after a broken month, and list what broke")
	calls = flag.Bool("month.calls", false, "tell of each call in the story")
	only  = flag.Uint64("month.seed", 0, "live the month of one seed, and tell its story")
)

// enough is how many months reach every goal: so many are lived before a release, with
// -month.seeds=200.
const enough = 200

// defaultSeeds is how many months are lived where nobody says it: in CI a minute or two,
// and fewer in a short run, as CI's under the race detector.
func defaultSeeds() int {
	switch ci := os.Getenv("CI") == "true"; { //nolint:forbidigo // a test may ask where it runs
	case ci && testing.Short():
		return 12
	case ci:
		return 40
	case testing.Short():
		return 6
	}
	return 24
}

// TestMonth lives months, each with troubles of its own.
//
//nolint:tparallel // the shards are parallel, and their parent waits for them
func TestMonth(t *testing.T) {
	t.Parallel()
	if *only > 0 {
		w := live(t, *only, mistake{})
		t.Logf("%s", w.story(0))
		report(t, w)
		return
	}
	n := *seeds
	if n == 0 {
		n = defaultSeeds()
	}
	c := &coverage{reached: make(map[goal]int), owed: make(map[string]int), broken: make(map[string]int)}
	began := time.Now()
	t.Run("seeds", func(t *testing.T) { // ends with its shards
		for shard := range shards {
			t.Run(strconv.Itoa(shard), func(t *testing.T) {
				t.Parallel()
				for seed := 1 + shard; seed <= n && !t.Failed(); seed += shards {
					w := live(t, uint64(seed), mistake{})
					c.add(t, w)
				}
			})
		}
	})
	t.Logf("%d months in %v\n%v", n, time.Since(began).Round(time.Millisecond), c)
	if len(c.broken) > 0 {
		t.Errorf("broken:\n%s", lines(c.broken))
	}
	if n >= enough && !t.Failed() {
		c.judge(t, n)
	}
}

const shards = 4 // that run side by side

// judge fails where a goal was not reached, also by as many months more, and tells
// what is owed no more.
func (c *coverage) judge(t *testing.T, lived int) {
	t.Helper()
	for seed := lived + 1; seed <= lived+lived/2 && len(c.missing()) > 0 && !t.Failed(); seed++ {
		c.add(t, live(t, uint64(seed), mistake{}))
	}
	if missing := c.missing(); len(missing) > 0 {
		t.Errorf("never reached: %v", missing)
	}
	for rule := range owed {
		if c.owed[rule] == 0 {
			t.Logf("%q is owed no more, as it seems", rule)
		}
	}
}

func lines(counts map[string]int) string {
	var list []string
	for what, n := range counts {
		list = append(list, fmt.Sprintf("%4d months: %s", n, what))
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

func report(t *testing.T, w *world) {
	t.Helper()
	if w.broken != nil {
		t.Errorf("seed %d: %s: %s\n%s\nreplay: go test ./integration/month -run '^TestMonth$' -v -args -month.seed=%d", w.seed, w.broken.rule, w.broken.text, w.story(0), w.seed)
	}
}
