package adcimport

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
)

// A text report shows so many of the broken rules, and looks at no more
// different ones than memory should hold.
const (
	shownRules   = 10
	countedRules = 1000
)

func (r *report) writeText(ctx context.Context, w io.Writer) error {
	buf := bufio.NewWriter(w)
	out := &textWriter{w: buf}
	s, rules, err := r.totals(ctx)
	if err != nil {
		return err
	}
	out.head(s)
	if n := len(r.retries); n > 0 {
		out.printf("with %d %s of its failed records\n", n, plural(n, "retry", "retries"))
	}
	out.counts(s.Counts)
	out.details(s)
	out.rules(rules)
	if err := cmp.Or(out.err, buf.Flush()); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// totals is the run's summary after the retries, and how often which rule is
// still broken.
func (r *report) totals(ctx context.Context) (Summary, map[string]int, error) {
	s := r.run.Summary
	s.ByReason = maps.Clone(s.ByReason)
	rules := make(map[string]int)
	for o, err := range r.imp.cfg.Store.Outcomes(ctx, r.run.RunID) {
		if err != nil {
			return s, nil, fmt.Errorf("read outcomes: %w", err)
		}
		if later := r.now(o); later.RunID != o.RunID {
			recount(&s, o, later)
			o = later
		}
		if o.Action != ActionFailed {
			continue
		}
		for _, f := range o.Fields {
			rule := f.Field + ": " + f.Rule
			if _, ok := rules[rule]; ok || len(rules) < countedRules {
				rules[rule]++
			}
		}
	}
	return s, rules, nil
}

// recount moves a record from one outcome to another.
func recount(s *Summary, from, to Outcome) {
	s.Counts.Failed--
	s.Counts.Read--
	s.Counts.Add(to.Action)
	if s.ByReason[from.Reason]--; s.ByReason[from.Reason] == 0 {
		delete(s.ByReason, from.Reason)
	}
	if to.Reason != "" {
		s.ByReason[to.Reason]++
	}
}

// textWriter writes for people and keeps the first error.
type textWriter struct {
	w   io.Writer
	err error
}

func (t *textWriter) printf(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format, args...)
	}
}

func (t *textWriter) failed(doing string) error {
	if t.err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, t.err)
}

func (t *textWriter) head(s Summary) {
	t.printf("%ss over link %s\nrun %s: %s\n", s.Kind, printable(s.Link), printable(s.RunID), s.Status)
	t.printf("started  %s\n", s.Started.UTC().Format(time.RFC3339))
	if !s.Finished.IsZero() {
		t.printf("finished %s\n", s.Finished.UTC().Format(time.RFC3339))
	}
	if !s.PausedUntil.IsZero() {
		t.printf("paused until %s\n", s.PausedUntil.UTC().Format(time.RFC3339))
	}
}

func (t *textWriter) counts(c Counts) {
	t.printf("\n")
	for _, line := range []struct {
		what string
		n    int
	}{
		{"read", c.Read},
		{"created", c.Created},
		{"linked", c.Linked},
		{"updated", c.Updated},
		{"unchanged", c.Unchanged},
		{"skipped", c.Skipped},
		{"failed", c.Failed},
	} {
		t.printf("%-9s %8d\n", line.what, line.n)
	}
}

// details are reasons, most frequent first, and warnings.
func (t *textWriter) details(s Summary) {
	t.ranking("reasons", stringKeys(s.ByReason), len(s.ByReason))
	if len(s.Warnings) > 0 {
		t.printf("\nwarnings\n")
	}
	for _, w := range s.Warnings {
		t.printf("  %s\n", printable(w))
	}
}

func (t *textWriter) rules(rules map[string]int) {
	t.ranking("rules that failed records break", rules, shownRules)
	if more := len(rules) - shownRules; more > 0 {
		t.printf("  and %d more: see the CSV\n", more)
	}
}

// ranking lists the n most frequent things.
func (t *textWriter) ranking(title string, things map[string]int, n int) {
	if len(things) == 0 {
		return
	}
	t.printf("\n%s\n", title)
	names := slices.SortedFunc(maps.Keys(things), func(a, b string) int {
		return cmp.Or(cmp.Compare(things[b], things[a]), cmp.Compare(a, b))
	})
	for _, name := range names[:min(n, len(names))] {
		t.printf("%8d  %s\n", things[name], printable(name))
	}
}

func stringKeys[K ~string](m map[K]int) map[string]int {
	out := make(map[string]int, len(m))
	for k, n := range m {
		out[string(k)] = n
	}
	return out
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// printable keeps a text from steering the terminal it is shown on.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}
