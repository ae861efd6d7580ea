package crashtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Figures of a kill run. It is safe for concurrent use.
type Figures struct {
	mu     sync.Mutex
	n      Numbers
	aimed  map[string]int // kills at named points
	random map[string]int // kills at random instants, by the last place passed
}

// Numbers are the sums of [Figures].
type Numbers struct {
	Kills, Cycles, Records  int
	Lost, Doubled, Strange  int
	Emails, EmailsTwice     int
	OpenIntents, SecondRuns int // what was open after a cycle; what a second run created
	Parked                  int // users who may have been mailed, of whom a person said that they are sent again
	Rested                  int // who were about to be sent by as many dying hosts as let them rest, and whom a person sent again
}

// Killed counts a death. last is the last place that the child passed.
func (f *Figures) Killed(k Kill, last string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n.Kills++
	if f.aimed == nil {
		f.aimed, f.random = make(map[string]int), make(map[string]int)
	}
	if k.Point.Name != "" {
		f.aimed[k.Point.Name]++
		return
	}
	if last == "" {
		last = "(before the first place)"
	}
	f.random[last]++
}

// Add adds to the sums.
func (f *Figures) Add(n Numbers) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := &f.n
	s.Kills += n.Kills
	s.Cycles += n.Cycles
	s.Records += n.Records
	s.Lost += n.Lost
	s.Doubled += n.Doubled
	s.Strange += n.Strange
	s.Emails += n.Emails
	s.EmailsTwice += n.EmailsTwice
	s.OpenIntents += n.OpenIntents
	s.SecondRuns += n.SecondRuns
	s.Parked += n.Parked
	s.Rested += n.Rested
}

// Merge adds other figures, which nobody changes any more.
func (f *Figures) Merge(other *Figures) {
	f.Add(other.Numbers())
	f.mu.Lock()
	defer f.mu.Unlock()
	f.aimed, f.random = sum(f.aimed, other.aimed), sum(f.random, other.random)
}

func sum(a, b map[string]int) map[string]int {
	out := make(map[string]int, len(a))
	for _, m := range []map[string]int{a, b} {
		for name, n := range m {
			out[name] += n
		}
	}
	return out
}

// Numbers answers the sums so far.
func (f *Figures) Numbers() Numbers {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n
}

// Unaimed answers which of the points killed no child yet.
func (f *Figures) Unaimed(points []string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, p := range points {
		if f.aimed[p] == 0 {
			out = append(out, p)
		}
	}
	return out
}

// Report is a text of all figures.
func (f *Figures) Report(title string, took time.Duration) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var b strings.Builder
	n := f.n
	fmt.Fprintf(&b, "%s: %d kills in %d cycles, %s\n", title, n.Kills, n.Cycles, took.Round(time.Second))
	fmt.Fprintf(&b, "  records %d: lost %d, doubled %d, not asked for %d\n", n.Records, n.Lost, n.Doubled, n.Strange)
	fmt.Fprintf(&b, "  login e-mails %d: sent twice %d\n", n.Emails, n.EmailsTwice)
	fmt.Fprintf(&b, "  intents left open %d, created by a second run %d\n", n.OpenIntents, n.SecondRuns)
	fmt.Fprintf(&b, "  users who waited for a person %d\n", n.Parked)
	fmt.Fprintf(&b, "  sent by three dying hosts in a row, and resting %d\n", n.Rested)
	writeCounts(&b, "at named points", f.aimed)
	writeCounts(&b, "at random instants, by the last place passed", f.random)
	return b.String()
}

func writeCounts(b *strings.Builder, title string, counts map[string]int) {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	fmt.Fprintf(b, "  %s: %d at %d places\n", title, sum, len(counts))
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(b, "    %4d  %s\n", counts[name], name)
	}
}
