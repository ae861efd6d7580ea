package faults_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fault is a row of the suite: what a service does, and what becomes of it. The
// texts go into docs/faults.md as they are.
type fault struct {
	name  string // what the service does
	where string // in which operation
	does  string // what the importer does

	fail func(w *world) // makes the service do it

	mend  func(w *world) // what the host puts right before it starts again; nil: nothing
	first string         // how the run ends, as textOf writes it
	err   string         // its error, as errorOf writes it
	then  string         // how the next or the resumed run ends, when the service works again
	last  string         // how a run after that ends; empty: there is none
	lacks int            // people that SecurityTrax must not have at the end
	most  time.Duration  // the first run takes no longer; 0: a minute
	least time.Duration  // and no less
	calls map[string]int // so many calls of an operation in the first run
}

// outcome is what a test sees of a row.
type outcome struct{ First, Err, Then, Last string }

// TestFaults runs an import into every fault, ends the fault, and does what a
// host does next: nothing may be lost, and nothing be there twice.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, f := range allFaults() {
		t.Run(f.where+": "+f.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, f.test)
		})
	}
}

func (f fault) test(t *testing.T) {
	w := newWorld(people)
	f.fail(w)
	imp := w.importer(t)
	start := time.Now()
	s, firstErr := w.run(t, imp)
	took := time.Since(start)
	got := outcome{First: textOf(s), Err: errorOf(firstErr)}
	for op, want := range f.calls {
		if n := w.alarm.Count(op) + w.crm.Count(op); n != want {
			t.Errorf("%d calls of %s, want %d", n, op, want)
		}
	}
	if most := max(f.most, time.Minute); took > most || took < f.least {
		t.Errorf("took %v, want %v to %v", took, f.least, most)
	}
	w.toAlarm.set(nil)
	w.toCRM.set(nil)
	w.alarm.Fail(nil)
	w.crm.Fail(nil)
	if f.mend != nil {
		f.mend(w)
		imp = w.importer(t)
	}
	s, err := w.next(t, imp, s)
	if err != nil {
		t.Fatalf("the service works again: %v", err)
	}
	got.Then = textOf(s)
	if f.last != "" {
		if s, err = w.run(t, imp); err != nil {
			t.Fatal(err)
		}
		got.Last = textOf(s)
	}
	if diff := cmp.Diff(outcome{f.first, f.err, f.then, f.last}, got); diff != "" {
		t.Errorf("(-want +got):\n%s\nfirst error: %v", diff, firstErr)
	}
	w.verify(t, f)
	w.leaks(t, firstErr)
	if err := imp.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// verify compares what SecurityTrax has with what it must have.
func (w *world) verify(t *testing.T, f fault) {
	t.Helper()
	copies := w.copies()
	lacks := w.people
	for id, n := range copies {
		if lacks--; n != 1 {
			t.Errorf("%s is there %d times", id, n)
		}
	}
	if lacks != f.lacks {
		t.Errorf("SecurityTrax lacks %d, want %d", lacks, f.lacks)
	}
	if w.users {
		if n := len(w.crm.Emails()); n != w.people-f.lacks {
			t.Errorf("%d logins were mailed, want %d", n, w.people-f.lacks)
		}
	}
	if w.toAlarm.strangers+w.toCRM.strangers > 0 {
		t.Errorf("another host was asked, with credentials")
	}
}

// TestFaults_areToldOnce keeps the rows apart: they are the document's lines.
func TestFaults_areToldOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range allFaults() {
		key := fmt.Sprint(f.name, f.where)
		if seen[key] || f.name == "" || f.where == "" || f.does == "" || f.then == "" {
			t.Errorf("row %q is not complete, or there twice", f.name)
		}
		seen[key] = true
	}
}

// section is a part of the suite, and of the document.
type section struct {
	title, intro string
	rows         []fault
}

func sections() []section {
	return []section{
		{"Alarm.com: replies that are not what they should be", "All operations of Alarm.com that are used only read, so a call may be repeated.", sourceReplies()},
		{"Alarm.com: connections", "A call has `Timeout` per attempt, and is repeated up to `MaxRetries` times within 15 seconds. Then the importer waits, up to its `MaxPause`, and pauses the run.", sourceConnections()},
		{"Alarm.com: pushing back", "All calls of a Source, of whatever run, share one pace; a pause is everybody's.", sourcePacing()},
		{"Alarm.com: logins", "A login that is refused is not tried again: repeats lock it.", sourceLogins()},
		{"Alarm.com: accounts that change while they are read", "", sourceChanges()},
		{"SecurityTrax: creates in doubt", "What may have happened is never repeated blindly. The intent is durable, and after the settle time the record is looked up.", sinkDoubt()},
		{"SecurityTrax: creates that certainly did nothing", "", sinkWrites()},
		{"SecurityTrax: look-ups", "They change nothing and are repeated within seconds; then the importer waits, up to its `MaxPause`.", sinkReads()},
		{"SecurityTrax: logins", "", sinkLogins()},
	}
}

func allFaults() []fault {
	var all []fault
	for _, s := range sections() {
		all = append(all, s.rows...)
	}
	return all
}
