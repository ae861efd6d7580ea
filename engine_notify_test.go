package adcimport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

func TestNotifiers_A10(t *testing.T) {
	t.Parallel()
	told := func(t *testing.T, n *teller, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, n.all()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	}
	t.Run("once a run", func(t *testing.T) {
		t.Parallel()
		r, n := newRig(3), &teller{}
		r.cfg.Notifiers = []adcimport.Notifier{n}
		for range 2 {
			if _, err := r.customers(t); err != nil {
				t.Fatal(err)
			}
		}
		told(t, n, "run-1 completed", "run-2 completed")
	})
	t.Run("not of an interruption, but of the end", func(t *testing.T) {
		t.Parallel()
		r, n := newRig(20), &teller{}
		r.cfg.Notifiers = []adcimport.Notifier{n}
		id := r.interrupted(t)
		told(t, n)
		if _, err := r.resume(t, id); err != nil {
			t.Fatal(err)
		}
		told(t, n, "run-1 completed")
	})
	t.Run("of a failure and of the end", func(t *testing.T) {
		t.Parallel()
		r, n := newRig(20), &teller{}
		r.cfg.Notifiers = []adcimport.Notifier{n}
		r.store.before = failOn("Records", 2)
		s, err := r.customers(t)
		if !errors.Is(err, errBoom) {
			t.Fatal(err)
		}
		if _, err := r.resume(t, s.RunID); err != nil {
			t.Fatal(err)
		}
		told(t, n, "run-1 failed", "run-1 completed")
	})
	t.Run("again when it failed", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r, n, good := newRig(3), &teller{err: errBoom}, &teller{}
			r.cfg.Notifiers = []adcimport.Notifier{n, good}
			for range 2 { // no start repeats a notice
				if _, err := r.customers(t); err != nil {
					t.Fatal(err)
				}
			}
			sleepBubble(time.Minute)
			resumed(t, r.importer(t)) // one that fails is asked once in a round, not once for each run
			n.mend()
			sleepBubble(16 * time.Minute) // one call is enough
			told(t, n, "run-1 completed", "run-2 completed", "run-2 completed", "run-2 completed", "run-1 completed")
			told(t, good, "run-1 completed", "run-2 completed")
		})
	})
	t.Run("at least once after a crash", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r, n := newRig(3), &teller{}
			r.cfg.Notifiers = []adcimport.Notifier{n}
			r.store.before = failOn("Mark", 2) // dies between telling and remembering
			if _, err := r.customers(t); err != nil {
				t.Fatal(err)
			}
			sleepBubble(time.Minute)
			resumed(t, r.importer(t))
			told(t, n, "run-1 completed", "run-1 completed")
		})
	})
	t.Run("each end, by name (fault 70)", func(t *testing.T) {
		t.Parallel()
		r, n := newRig(20), &teller{}
		r.cfg.Notifiers = []adcimport.Notifier{n}
		r.store.before = func(method string, _ int) error {
			if method == "Records" {
				return errBoom
			}
			return nil
		}
		s, err := r.customers(t)
		if !errors.Is(err, errBoom) {
			t.Fatal(err)
		}
		first := &teller{}
		r.cfg.Notifiers = []adcimport.Notifier{namedTeller{first}, n} // put in front
		if _, err := r.importer(t).Resume(t.Context(), s.RunID); !errors.Is(err, errBoom) {
			t.Fatal(err)
		}
		r.store.before = nil
		if _, err := r.importer(t).Resume(t.Context(), s.RunID); err != nil {
			t.Fatal(err)
		}
		resumed(t, r.importer(t))
		told(t, n, "run-1 failed", "run-1 failed", "run-1 completed")
		told(t, first, "run-1 failed", "run-1 completed")
	})
	t.Run("by one of two hosts (fault 70)", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r, n := newRig(3), &teller{err: errBoom}
			r.cfg.Notifiers = []adcimport.Notifier{n}
			if _, err := r.customers(t); err != nil {
				t.Fatal(err)
			}
			n.mend()
			sleepBubble(time.Minute)
			for range 3 { // hosts that begin at once, and stay up
				imp := r.importer(t)
				go func() { _, _ = imp.ResumeInterrupted(t.Context()) }()
			}
			sleepBubble(time.Hour)
			told(t, n, "run-1 completed", "run-1 completed")
		})
	})
	t.Run("not of runs that began without it", func(t *testing.T) {
		t.Parallel()
		r, n := newRig(3), &teller{}
		if _, err := r.customers(t); err != nil {
			t.Fatal(err)
		}
		r.cfg.Notifiers = []adcimport.Notifier{n}
		if _, err := r.customers(t); err != nil {
			t.Fatal(err)
		}
		told(t, n, "run-2 completed")
	})
	t.Run("not of an end that was not stored", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r, n := newRig(3), &teller{}
			r.cfg.Notifiers = []adcimport.Notifier{n}
			r.store.before = failOn("Release", 1)
			s, err := r.customers(t)
			if !errors.Is(err, errBoom) || s.Status != adcimport.StatusInterrupted {
				t.Fatal(s, err)
			}
			told(t, n)
			sleepBubble(ttl)
			if s, err = r.resume(t, s.RunID); err != nil {
				t.Fatal(s, err)
			}
			told(t, n, "run-1 completed")
		})
	})
}

// namedTeller has a name of its own.
type namedTeller struct{ *teller }

func (namedTeller) Name() string { return "mail" }

func TestEvents_order(t *testing.T) {
	t.Parallel()
	r := newRig(12)
	var got []string
	say := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
	r.cfg.Events = adcimport.Events{
		RunStarted: func(_ context.Context, run adcimport.RunInfo) { say("started %s resumed %v", run.RunID, run.Resumed) },
		PageRead: func(_ context.Context, _ adcimport.RunInfo, p adcimport.Progress) {
			say("page after %d of %d", p.Counts.Read, p.Total)
		},
		RecordDone: func(_ context.Context, _ adcimport.RunInfo, o adcimport.Outcome) {
			say("%s %s", o.SourceID, verdict(o))
		},
		Committed: func(_ context.Context, _ adcimport.RunInfo, p adcimport.Progress) {
			say("committed %d of %d", p.Counts.Read, p.Total)
		},
		RunEnded: func(_ context.Context, s adcimport.Summary, err error) { say("ended %s %v", s.Status, err) },
	}
	o := adcimport.RunOptions{OnProgress: func(p adcimport.Progress) { say("progress %d of %d", p.Counts.Read, p.Total) }}
	if _, err := r.customers(t, o); err != nil {
		t.Fatal(err)
	}
	want := []string{"started run-1 resumed false"}
	for i := range 10 {
		want = append(want, fmt.Sprintf("%d created", i+1))
	}
	want = append(want, "committed 10 of 12", "progress 10 of 12", "11 created", "12 created",
		"committed 12 of 12", "progress 12 of 12", "ended completed <nil>")
	var pages, others []string // a page may come in before what was decided is committed
	for _, line := range got {
		switch {
		case strings.HasPrefix(line, "page"):
			pages = append(pages, line)
		case len(others) < 2 || !slices.Contains(others[len(others)-2:], line): // nor is it told how many commits it takes
			others = append(others, line)
		}
	}
	if diff := cmp.Diff([]string{"page after 0 of 12", "page after 10 of 12"}, pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, others); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// Nothing of a person is logged, kept in state or put into an error.
func TestEngine_nothingPersonalLeaks(t *testing.T) {
	t.Parallel()
	const mark = "Sesame"
	secret := func(s string) string { return mark + s }
	r := newRig(0)
	for i := range 12 {
		id := strconv.Itoa(i + 1)
		r.src.Dealer.Customers = append(r.src.Dealer.Customers, adcimport.Customer{
			ID: id, FirstName: secret("first"), LastName: secret("last"), CompanyName: secret("co"), PrimaryPhoneNumber: secret("phone"),
			PrimaryEmail: secret("mail"), SalesRepLogin: secret("rep"),
			InstallAddress: adcimport.Address{Street1: secret("street"), City: secret("city"), State: secret("state"), Zip: secret("zip")},
		})
		r.src.Dealer.Users = append(r.src.Dealer.Users, adcimport.User{ID: id, FirstName: secret("first"), LoginName: secret("login")})
	}
	var log bytes.Buffer
	r.cfg.Logger = logTo(&log)
	r.cfg.Notifiers = []adcimport.Notifier{&teller{err: errors.New(secret("notifier"))}}
	r.sink.UniqueUsernames = true
	var all []string
	keep := func(s *adcimport.Summary, err error) { all = append(all, fmt.Sprintf("%+v %v", *s, err)) }

	keep(r.customers(t)) // created
	r.src.Update(func(d *adcimporttest.Dealer) { d.Customers[0].LastName = secret("changed") })
	keep(r.customers(t, adcimport.RunOptions{Mode: adcimport.Upsert}))
	keep(r.importer(t).ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{}))               // taken names
	keep(r.importer(t).ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{CanLogin: true})) // no email
	r.sink.Strict = true
	r.store.StateStore = keepRuns(t, r.store.StateStore, &all)
	keep(r.customers(t)) // no office
	r.sink.Strict, r.store.calls, r.store.before = false, nil, failOn("Records", 1)
	keep(r.customers(t)) // a failure
	_ = keepRuns(t, r.store.StateStore, &all)
	all = append(all, log.String())
	if !strings.Contains(log.String(), "import run ended") {
		t.Fatal("nothing was logged")
	}
	for _, text := range all {
		if i := strings.Index(text, mark); i >= 0 {
			t.Errorf("personal data: …%s…", text[max(0, i-80):min(len(text), i+40)])
		}
	}
}

// keepRuns adds what the state has of all runs to texts, and starts over with
// an empty one.
func keepRuns(t *testing.T, store adcimport.StateStore, texts *[]string) adcimport.StateStore {
	t.Helper()
	for st, err := range store.Runs(t.Context(), ledger.RunQuery{Link: "isp-1"}) {
		if err != nil {
			t.Fatal(err)
		}
		*texts = append(*texts, fmt.Sprintf("%+v %s %s", st.Summary, st.Filter, st.Options))
		for o, err := range store.Outcomes(t.Context(), st.RunID, 0) {
			if err != nil {
				t.Fatal(err)
			}
			*texts = append(*texts, fmt.Sprintf("%+v", o))
		}
		known, err := store.Records(t.Context(), ledger.Scope{Account: "isp-1", Kind: st.Kind}, "", idsUpTo(12))
		if err != nil {
			t.Fatal(err)
		}
		*texts = append(*texts, fmt.Sprint(known))
	}
	return new(adcimport.MemoryStore)
}
