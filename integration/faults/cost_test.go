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
	synctest.Test(t, func(t *testing.T) { b.WriteString(newFarWorld(100).cost(t, 100, adcimport.CreateOnly)) })
	synctest.Test(t, func(t *testing.T) { b.WriteString(newFarWorld(1000).cost(t, 1000, adcimport.CreateOnly)) })
	synctest.Test(t, func(t *testing.T) {
		w := newFarWorld(1000)
		w.options.Limit = 990 // the dealer as it was the day before
		if s, err := w.run(t, w.importer(t)); err != nil || s.Counts.Created != w.options.Limit {
			t.Fatalf("%v, %v", s, err)
		}
		w.options.Limit = 0
		b.WriteString(w.cost(t, 10, adcimport.CreateOnly))
		b.WriteString(w.cost(t, 0, adcimport.CreateOnly))
		b.WriteString(w.cost(t, 0, adcimport.Upsert))
	})
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

// farWorld is a world whose ends are far away, and counts the calls to Alarm.com.
type farWorld struct {
	*world

	calls *atomic.Int64
}

func newFarWorld(customers int) farWorld {
	w := farWorld{newWorld(customers), new(atomic.Int64)}
	w.alarm.Fail(func(string, int, int) *alarmReply {
		w.calls.Add(1)
		return &alarmReply{Delay: 50 * time.Millisecond}
	})
	w.crm.Fail(func(*http.Request, int) *crmReply { return &crmReply{Delay: 30 * time.Millisecond} })
	return w
}

// cost is the row of an import that brings so many new customers.
func (w farWorld) cost(t *testing.T, fresh int, mode adcimport.Mode) string {
	t.Helper()
	w.calls.Store(0)
	w.crm.Reset()
	w.options.Mode = mode
	began := time.Now()
	s, err := w.run(t, w.importer(t))
	if err != nil || s.Counts.Created != fresh {
		t.Fatalf("%v, %v", s, err)
	}
	took, toAlarm, toCRM := time.Since(began).Round(time.Second), int(w.calls.Load()), w.crm.Count("")
	details := fresh
	if mode == adcimport.Upsert {
		details = w.people
	}
	longest := time.Duration(max(details*2, fresh))*time.Second/10 + 15*time.Second
	if toAlarm > details+10 || toCRM > fresh+(fresh+99)/100*6+15 || took > longest {
		t.Errorf("%d of %d new, %s: %s does not say %d and %d calls in %v", fresh, w.people, mode, costPage, toAlarm, toCRM, took)
	}
	return fmt.Sprintf("| %d | %d | %s | %d | %d | %s |\n", w.people, fresh, mode, toAlarm, toCRM, took)
}
