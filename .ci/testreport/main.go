// Command testreport reads the output of go test -json on standard input, prints
// it as go test would, and ends with failure where a test failed, where a test
// was skipped for something that CI has to provide, where one that passed printed
// a credential or a person of the tests (see marks), or where no test ran. It runs
// in the root of the repository.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
)

func main() {
	m, err := readMarks(".")
	if err == nil {
		err = report(os.Stdin, os.Stdout, m)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(1)
	}
}

// event is a line of go test -json (go doc test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string // of a build's output
	Test       string
	Output     string
	Elapsed    float64 // seconds
}

// name is the test with its package.
func (e event) name() string { return e.Package + " " + e.Test }

// results are what a run of tests came to.
type results struct {
	out                     io.Writer
	marks                   marks
	output                  map[string]*strings.Builder // what a test printed, until it ended
	passed, failed, skipped int
	refused                 []string // skips that speak of something missing
	leaks                   []string // what nobody may print, and who did
	slow                    []event
	broken                  bool // a package failed, with or without a failed test
}

// slowest is how many of the slowest tests are listed at the end.
const slowest = 8

// maxLine bounds a line of the input; a test that prints more on one line is at
// fault.
const maxLine = 16 << 20

func report(in io.Reader, out io.Writer, m marks) error {
	r := results{out: out, marks: m, output: map[string]*strings.Builder{}}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			// What the go command says outside of any package.
			fmt.Fprintln(out, lines.Text())
			continue
		}
		r.add(e)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read test output: %w", err)
	}
	return r.end()
}

func (r *results) add(e event) {
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "build-fail":
		r.broken = true
	case "output":
		r.print(e)
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.broken = r.broken || e.Action == "fail"
			return
		}
		r.count(e)
	}
}

// print keeps what a test says until its result is known; what a package says
// (its ok or FAIL line) is printed at once.
func (r *results) print(e event) {
	if e.Test == "" {
		r.search(e, e.Output)
		if e.Output != "PASS\n" {
			fmt.Fprint(r.out, e.Output)
		}
		return
	}
	b := r.output[e.name()]
	if b == nil {
		b = new(strings.Builder)
		r.output[e.name()] = b
	}
	b.WriteString(e.Output)
}

func (r *results) count(e event) {
	var said string
	if b := r.output[e.name()]; b != nil {
		said = b.String()
		delete(r.output, e.name())
	}
	switch e.Action {
	case "pass":
		r.passed++
		r.search(e, said)
	case "fail":
		r.failed++
		fmt.Fprint(r.out, said)
	case "skip":
		r.skipped++
		r.search(e, said)
		fmt.Fprintf(r.out, "skipped: %s\n%s", e.name(), said)
		if refuse(e.Test, said) {
			r.refused = append(r.refused, e.name())
		}
	}
	if !strings.Contains(e.Test, "/") {
		r.slow = append(r.slow, e)
	}
}

// search looks for marks in what a test says itself. One that failed says what it
// has to.
func (r *results) search(e event, said string) {
	for _, mark := range r.marks.in(frame.ReplaceAllString(said, "")) {
		r.leaks = append(r.leaks, fmt.Sprintf("%s printed %q", e.name(), mark))
	}
}

// missing is how a skip speaks of what .ci/run has to provide.
var missing = regexp.MustCompile(`(?i)shared|database|postgres|sqlite|driver|server|dsn|connect|xmllint|wsdl|` +
	`\b(go|tool|npm|node|zeep|python3?|binary|command|executable|PATH)\b|install|not found|missing|absent|unavailable|no such`)

// frame is what go test itself says around a test.
var frame = regexp.MustCompile(`(?m)^\s*(=== |--- ).*\n?|^\s*[\w.-]+\.go:\d+: ?`)

// refuse reports whether a skip is a failure: it speaks of something missing, or
// says nothing. A fuzz target skips inputs that are none for it.
func refuse(test, said string) bool {
	why := strings.TrimSpace(frame.ReplaceAllString(said, ""))
	// A conformance suite names its rule before it says which ability is not there.
	if _, gap, found := strings.Cut(why, ": left out: "); found {
		why = gap
	}
	if why == "" {
		return !strings.HasPrefix(test, "Fuzz")
	}
	return missing.MatchString(why)
}

func (r *results) end() error {
	r.printUnfinished()
	slices.SortFunc(r.slow, func(a, b event) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
	for _, e := range r.slow[:min(slowest, len(r.slow))] {
		fmt.Fprintf(r.out, "slow: %6.1f s  %s\n", e.Elapsed, e.name())
	}
	for _, name := range r.refused {
		fmt.Fprintf(r.out, "refused: %s was skipped for something that CI has to provide\n", name)
	}
	for _, leak := range r.leaks {
		fmt.Fprintf(r.out, "leaked: %s\n", leak)
	}
	fmt.Fprintf(r.out, "%d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped)
	switch {
	case r.failed > 0 || r.broken:
		return errors.New("tests failed")
	case len(r.refused) > 0:
		return fmt.Errorf("%d skips refused", len(r.refused))
	case len(r.leaks) > 0:
		return fmt.Errorf("%d credentials or persons printed", len(r.leaks))
	case r.passed == 0:
		return errors.New("no test ran")
	}
	return nil
}

// printUnfinished shows what tests said that never ended: a panic or a timeout
// took the process with it.
func (r *results) printUnfinished() {
	for _, b := range r.output {
		if strings.Contains(b.String(), "panic: ") || strings.Contains(b.String(), "DATA RACE") {
			fmt.Fprint(r.out, b.String())
		}
	}
}
