package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/securitytrax/adcimport"
)

// A text report shows so many of the broken rules, and looks at no more
// different ones than memory should hold.
const (
	shownRules   = 10
	countedRules = 1000
)

// WriteText writes the summary of a run for a person, with the rules that the
// failed records of its rows break most often. Errors are that of the rows,
// before anything is written, or that of w.
func WriteText(w io.Writer, run *Run) error {
	rules, err := brokenRules(run.Rows)
	if err != nil {
		return err
	}
	buf := bufio.NewWriter(w)
	out := &textWriter{w: buf}
	out.head(run.Summary)
	if n := len(run.Retries); n > 0 {
		out.printf("with %d %s of its failed records\n", n, plural(n, "retry", "retries"))
	}
	out.counts(run.Summary)
	out.details(run.Summary)
	out.rules(rules)
	if err := cmp.Or(out.err, buf.Flush()); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}

// brokenRules counts how often failed records break which rule.
func brokenRules(rows iter.Seq2[adcimport.Outcome, error]) (map[string]int, error) {
	rules := make(map[string]int)
	for o, err := range Failures.rows(rows) {
		if err != nil {
			return nil, err
		}
		for _, f := range o.Fields {
			rule := f.Field + ": " + f.Rule
			if _, ok := rules[rule]; ok || len(rules) < countedRules {
				rules[rule]++
			}
		}
	}
	return rules, nil
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

func (t *textWriter) head(s adcimport.Summary) {
	t.printf("%ss over link %s\nrun %s: %s\n", s.Kind, printable(s.Link), printable(s.RunID), s.Status)
	if s.Failure != nil {
		t.printf("because of %s\n", printable(s.Failure.String()))
	}
	t.printf("started  %s\n", s.Started.UTC().Format(time.RFC3339))
	if !s.Finished.IsZero() {
		t.printf("finished %s\n", s.Finished.UTC().Format(time.RFC3339))
	}
	if !s.PausedUntil.IsZero() {
		t.printf("paused until %s\n", s.PausedUntil.UTC().Format(time.RFC3339))
	}
}

func (t *textWriter) counts(s adcimport.Summary) {
	c, waiting := s.Counts, s.ToReview()
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
		{"skipped", c.Skipped - waiting},
		{"failed", c.Failed},
	} {
		t.printf("%-9s %8d\n", line.what, line.n)
	}
	if waiting > 0 {
		t.printf("%-9s %8d\n", "to review", waiting)
	}
}

// details are reasons, most frequent first, and warnings.
func (t *textWriter) details(s adcimport.Summary) {
	t.ranking("reasons", stringKeys(s.ByReason), len(s.ByReason))
	if e := s.Excluded; e.Terminated+e.Demo+e.Commitment > 0 {
		t.printf("\nexcluded, as the filter does not include them\n")
		t.printf("%8d  terminated\n%8d  demo\n%8d  commitment\n", e.Terminated, e.Demo, e.Commitment)
	}
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
