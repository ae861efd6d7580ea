package faults_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

const costPage = "../../docs/cost.md"

// TestCost keeps the table of docs/cost.md what imports cost. Run it with -update to
// write it, as go generate does.
func TestCost(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(costPage)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "go generate ./integration/faults -->\n", "<!-- end -->"
	head, rest, ok := strings.Cut(string(page), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table", costPage)
	}
	var b strings.Builder
	b.WriteString("| customers at Alarm.com | of them new | mode | calls to Alarm.com | calls to SecurityTrax | time |\n|---|---|---|---|---|---|\n")
	for _, c := range []struct {
		all, known int
		mode       adcimport.Mode
	}{
		{100, 0, adcimport.CreateOnly},
		{1000, 0, adcimport.CreateOnly},
		{1000, 1000, adcimport.CreateOnly},
		{1000, 990, adcimport.CreateOnly},
		{1000, 1000, adcimport.Upsert},
	} {
		synctest.Test(t, func(t *testing.T) { b.WriteString(costOf(t, c.all, c.known, c.mode)) })
	}
	want := head + begin + b.String() + end + tail
	if update := flag.Lookup("update"); update != nil && update.Value.String() == "true" {
		if err := os.WriteFile(costPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(want, string(page)); diff != "" {
		t.Errorf("%s is stale: go generate ./integration/faults (-want +got):\n%s", costPage, diff)
	}
}

// costOf runs an import of a dealer with so many customers, of whom some are known, and
// is its row.
func costOf(t *testing.T, all, known int, mode adcimport.Mode) string {
	t.Helper()
	w := newWorld(all)
	var calls atomic.Int64
	w.alarm.Fail(func(string, int, int) *alarmReply {
		calls.Add(1)
		return &alarmReply{Delay: 50 * time.Millisecond}
	})
	w.crm.Fail(func(*http.Request, int) *crmReply { return &crmReply{Delay: 30 * time.Millisecond} })
	if known > 0 {
		w.options.Limit = known
		if s, err := w.run(t, w.importer(t)); err != nil || s.Counts.Created != known {
			t.Fatalf("%v, %v", s, err)
		}
		w.options.Limit = 0
	}
	calls.Store(0)
	w.crm.Reset()
	w.options.Mode = mode
	began := time.Now()
	s, err := w.run(t, w.importer(t))
	if err != nil || s.Counts.Created != all-known {
		t.Fatalf("%v, %v", s, err)
	}
	took := time.Since(began).Round(time.Second)
	fresh, details := all-known, all-known
	if mode == adcimport.Upsert {
		details = all
	}
	longest := time.Duration(max(details*2, fresh))*time.Second/10 + 15*time.Second
	if calls.Load() > int64(details+10) || w.crm.Count("") > fresh+(fresh+99)/100*6+15 || took > longest {
		t.Errorf("%d of %d new, %s: the formula of %s says less than %d and %d calls in %v", fresh, all, mode, costPage, calls.Load(), w.crm.Count(""), took)
	}
	return fmt.Sprintf("| %d | %d | %s | %d | %d | %s |\n", all, all-known, mode, calls.Load(), w.crm.Count(""), took)
}
