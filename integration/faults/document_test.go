package faults_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// apart is what a test of its own proves, since a row cannot.
type apart struct {
	what, outcome string
	test          func(*testing.T)
}

func provedApart() []apart {
	return []apart{
		{"a connection that breaks after any byte of the first reply, to the list, a detail, a look-up, a create or the login", "all created or found again, once each, for every byte", TestFaults_everyByte},
		{"a list of 1,000,000 ids (about 20 MB)", "read as a stream: the heap grows by a few times the ids, not by the text or a tree of it", TestFaults_millionIDs},
		{"a reply of gigabytes", "no more than MaxResponseBytes is read of it, at either end", TestFaults_endlessReplies},
		{"a reply that trickles over a real connection", "given up after Timeout, asked for again", TestFaults_tricklingOverTCP},
		{"marked secrets and personal data in everything that a service is sent and answers", "not in errors, logs, events, notices, URLs or a state file, in any row of this page", TestFaults_leakNothingToAFile},
		{"a server that is fast enough, with and without latency", "the run takes calls ÷ allowed rate, within 2 %", TestPace_wallTime},
		{"a service that allows less than the host does", "the pace finds its limit, stays near it, and recovers when it is over; nobody fails", TestPace_followsTheService},
	}
}

const document = "../../docs/faults.md"

// TestDocument keeps docs/faults.md what the tables say. Run it with -update to
// write it, as go generate does.
func TestDocument(t *testing.T) {
	t.Parallel()
	want := render(t)
	if update := flag.Lookup("update"); update != nil && update.Value.String() == "true" {
		if err := os.WriteFile(filepath.FromSlash(document), []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(filepath.FromSlash(document))
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/faults.md is stale: go generate ./integration/faults (-want +got):\n%s", diff)
	}
}

func render(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# What the services may do, and what becomes of the import\n\n" +
		"<!-- Generated from the tables in integration/faults: go generate ./integration/faults -->\n\n" +
		"Each line is a test. It runs an import of 12 customers (or users) between the fakes of both services, with the defaults of " +
		"both packages, into the fault; then the service works again, and a host does what hosts do: it resumes the run, one that " +
		"paused at its time, or runs again after a completed one. At the end SecurityTrax has everybody once, except where the line says so: " +
		"nothing is lost, nothing is there twice, no login is mailed twice.\n\n" +
		"*Paused* runs have `Summary.PausedUntil` and end with an `*adcimport.PausedError`; in the background they go on by themselves at that time. " +
		" *Failed* runs wait for somebody to look, and can be resumed. Errors are matched with `errors.Is` and `errors.As`.\n")
	for _, s := range sections() {
		fmt.Fprintf(&b, "\n## %s\n\n", s.title)
		if s.intro != "" {
			b.WriteString(s.intro + "\n\n")
		}
		b.WriteString("| the service answers with | where | the importer | the run ends as | error | and then |\n|---|---|---|---|---|---|\n")
		for _, f := range s.rows {
			then := f.then
			if f.last != "" {
				then += "; then " + f.last
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", f.name, f.where, f.does, f.first, code(f.err), then)
		}
	}
	b.WriteString(judgeText(t))
	b.WriteString("\n## Proved apart\n\n| what happens | what becomes of it | test |\n|---|---|---|\n")
	for _, a := range provedApart() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", a.what, a.outcome, code(nameOf(a.test)))
	}
	return b.String()
}

func nameOf(test func(*testing.T)) string {
	name := runtime.FuncForPC(reflect.ValueOf(test).Pointer()).Name()
	return name[strings.LastIndex(name, ".")+1:]
}

// code marks each of several names.
func code(names string) string {
	if names == "" {
		return cmp.Or(names, "none")
	}
	return "`" + strings.ReplaceAll(names, ", ", "`, `") + "`"
}
