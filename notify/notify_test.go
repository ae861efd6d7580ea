package notify_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/notify"
)

// heard keeps what it is told, and what that tells of.
type heard struct {
	events []notify.Event
	needs  []int
}

func (h *heard) Notify(_ context.Context, s adcimport.Summary) error {
	h.events, h.needs = append(h.events, notify.EventOf(s)), append(h.needs, notify.NeedYou(s))
	return nil
}

// Real runs bring the events, the one of a long wait among them.
func TestEventOf_realNotices(t *testing.T) {
	t.Parallel()
	away := &adcimport.CallError{End: "source", Operation: "list", Code: "unavailable", Err: errors.New("away")}
	for name, tt := range map[string]struct {
		fails      func(since time.Duration) error
		foreground bool
		want       []notify.Event
	}{
		"completed": {fails: func(time.Duration) error { return nil }, want: []notify.Event{notify.Completed}},
		"failed":    {fails: func(time.Duration) error { return adcimport.ErrAuth }, want: []notify.Event{notify.Failed}},
		"waited": {fails: func(since time.Duration) error {
			if since < 2*time.Hour {
				return away
			}
			return nil
		}, want: []notify.Event{notify.Waiting, notify.Completed}},
		"paused": {fails: func(time.Duration) error { return away }, foreground: true, want: []notify.Event{notify.Paused}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h, began := &heard{}, time.Now()
				src := adcimporttest.FaultySource(&adcimporttest.Source{Dealer: adcimporttest.NewDealer(1, 3, 0)},
					func(c adcimporttest.FaultCall) (f adcimporttest.Fault) {
						if c.Method == "Customers" {
							f.Before = tt.fails(time.Since(began))
						}
						return f
					})
				imp, err := adcimport.New(adcimport.Config{
					Link: "acme", Source: src, Sink: &adcimporttest.Sink{}, Store: &adcimport.MemoryStore{}, Notifiers: []adcimport.Notifier{h},
				})
				if err != nil {
					t.Fatal(err)
				}
				if tt.foreground {
					_, err = imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
				} else if run, serr := imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}); serr == nil {
					_, err = run.Wait(t.Context())
				}
				if (err != nil) != (tt.want[0] == notify.Failed || tt.want[0] == notify.Paused) {
					t.Errorf("the run ended with %v", err)
				}
				if err := imp.Close(t.Context()); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(tt.want, h.events); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestEventOf_others(t *testing.T) {
	t.Parallel()
	for status, want := range map[adcimport.RunStatus]notify.Event{
		adcimport.StatusStopped: notify.Stopped, adcimport.StatusCanceled: notify.Canceled,
		adcimport.StatusHeld: "", adcimport.StatusRunning: "", adcimport.StatusInterrupted: "",
	} {
		if got := notify.EventOf(adcimport.Summary{Status: status, Notice: "waiting-1/3"}); got != want {
			t.Errorf("%s: %q, want %q", status, got, want)
		}
	}
}

// What waits for a person is counted by reason, and adds up, also with reasons of
// another version.
func TestLines(t *testing.T) {
	t.Parallel()
	s := adcimport.Summary{
		Counts: adcimport.Counts{Read: 60, Created: 10, Linked: 1, Skipped: 40, Failed: 9},
		ByReason: map[adcimport.Reason]int{
			adcimport.ReasonPossibleMatch: 2, adcimport.ReasonInvalidRecord: 3, adcimport.ReasonInDoubt: 5, "of_tomorrow": 1,
			adcimport.ReasonAlreadyImported: 30, adcimport.ReasonExcluded: 8, adcimport.ReasonMatched: 1,
		},
	}
	lines := func(list []notify.Line) (out []string) {
		for _, l := range list {
			out = append(out, fmt.Sprint(l.Count, " ", l.Text))
		}
		return out
	}
	for name, tt := range map[string]struct {
		got  []notify.Line
		want []string
	}{
		"needs": {notify.Needs(s), []string{
			"2 may be in SecurityTrax already", "5 may have been created", "3 missing something that SecurityTrax needs", "1 failed",
		}},
		"done": {notify.Done(s), []string{"10 created in SecurityTrax", "1 in SecurityTrax already, and linked now"}},
		"left": {notify.Left(s), []string{"30 imported before", "8 terminated, demo or commitment accounts"}},
	} {
		if diff := cmp.Diff(tt.want, lines(tt.got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if n := notify.NeedYou(s); n != 11 {
		t.Errorf("%d need you", n)
	}
}

// Each reason of the ledger has words, and is counted where its action is.
func TestReasons_allHaveWords(t *testing.T) {
	t.Parallel()
	rows := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (failed|skipped|linked|unchanged) \\|").FindAllStringSubmatch(read(t, "../docs/reference.md"), -1)
	if len(rows) < 20 {
		t.Fatalf("docs/reference.md has %d reasons", len(rows))
	}
	for _, row := range rows {
		reason := adcimport.Reason(row[1])
		s := adcimport.Summary{ByReason: map[adcimport.Reason]int{reason: 1}}
		needs, left := 0, 0
		switch {
		case reason == adcimport.ReasonPossibleMatch:
			s.Counts.Skipped, needs = 1, 1
		case row[2] == "failed":
			s.Counts.Failed, needs = 1, 1
		case row[2] == "skipped":
			s.Counts.Skipped, left = 1, 1
		}
		for what, got := range map[string]struct {
			list []notify.Line
			want int
		}{"needs": {notify.Needs(s), needs}, "left": {notify.Left(s), left}} {
			if len(got.list) != got.want || got.want > 0 && got.list[0].Reason != reason {
				t.Errorf("%s: %s are %+v", reason, what, got.list)
			}
			if what == "needs" && got.want > 0 && got.list[0].Help == "" {
				t.Errorf("%s: nothing helps", reason)
			}
		}
	}
}

// Each code of docs/reference.md has words of its own, with the name of the end.
func TestTroubleOf_everyCode(t *testing.T) {
	t.Parallel()
	_, table, _ := strings.Cut(read(t, "../docs/reference.md"), "## Failures\n")
	table, _, _ = strings.Cut(table, "\n## ")
	var codes []string
	for row := range strings.Lines(table) {
		if head, _, ok := strings.Cut(row, " | "); ok && strings.HasPrefix(head, "| `") {
			for _, m := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(head, -1) {
				codes = append(codes, m[1])
			}
		}
	}
	if len(codes) < 25 {
		t.Fatalf("the table has %v", codes)
	}
	unknown := notify.TroubleOf(&adcimport.Failure{End: "sink", Code: "of_tomorrow"})
	for _, code := range append(codes, string(adcimport.ReasonRejectedBySink)) {
		for end, name := range map[string]string{"source": "Alarm.com", "sink": "SecurityTrax", "store": "database", "host": "server", "": "server"} {
			got := notify.TroubleOf(&ledger.Failure{End: end, Code: code})
			if got.What == "" || got.Help == "" || strings.Contains(got.What+got.Help, "{") {
				t.Errorf("%s of %q: %+v", code, end, got)
			}
			if says := strings.Contains(strings.ToLower(got.Help), "start another import"); says != got.Anew {
				t.Errorf("%s helps anew: %v, and says %q", code, got.Anew, got.Help)
			}
			if code == "unavailable" && !strings.Contains(got.What, name) {
				t.Errorf("%s of %q: %+v", code, end, got)
			}
			if end == "sink" && got == unknown && code != "failed" {
				t.Errorf("%s has no words of its own", code)
			}
		}
	}
	if got := notify.TroubleOf(nil); got != (notify.Trouble{}) {
		t.Errorf("no failure: %+v", got)
	}
	if !slices.Contains(codes, "auth") {
		t.Error("the table does not have auth")
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
