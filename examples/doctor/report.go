package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// report prints what is found.
type report struct {
	out    io.Writer
	err    error // the first of writing
	unwell bool
}

func (r *report) print(format string, args ...any) {
	if r.err == nil {
		_, r.err = fmt.Fprintf(r.out, format, args...)
	}
}

func (r *report) title(text string) { r.print("\n%s\n", text) }

func (r *report) line(verdict, what, detail string) {
	if detail != "" {
		what += ": " + detail
	}
	r.print("  %-8s  %s\n", verdict, what)
}

// check prints whether something that an import needs works. Errors of adcimport
// hold ids, codes and counts only.
func (r *report) check(what, detail string, err error) bool {
	if err != nil {
		r.unwell = true
		r.line("FAILS", what, err.Error())
		return false
	}
	r.line("ok", what, detail)
	return true
}

// holds prints whether something that adcimport takes for granted holds.
func (r *report) holds(what string, ok bool, detail string) {
	if !ok {
		r.unwell = true
		r.line("NOT SO", what, detail)
		return
	}
	r.line("holds", what, detail)
}

// seen prints what either way is fine.
func (r *report) seen(what, detail string) { r.line("seen", what, detail) }

// unseen prints what could not be looked at, and why.
func (r *report) unseen(what, why string) { r.line("unseen", what, why) }

// limits prints what the other side says of its limits.
func (r *report) limits(w *watch) { r.seen("header fields about limits", some(w.limits())) }

// some is a list of names.
func some(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// calls prints how often, how fast.
func (r *report) calls(title string, w *watch) {
	if len(w.names) == 0 {
		return
	}
	r.title(title + " (time until the last byte)")
	for _, name := range w.names {
		c := w.of(name)
		slices.Sort(c.times)
		r.print("  %-28s %3d, failed %d, median %v, slowest %v\n",
			name, len(c.times), c.failed, round(c.times[len(c.times)/2]), round(c.times[len(c.times)-1]))
	}
}

func round(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
