package riverimport_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river/rivertype"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/links"
	"github.com/securitytrax/adcimport/riverimport"
)

func newSchedules(t *testing.T, w *world) *riverimport.Schedules {
	t.Helper()
	s, err := riverimport.NewSchedules(w.pool, "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func nightly() links.Schedule {
	return links.Schedule{
		Link: "acme", Kind: adcimport.KindCustomer, At: "02:30", Zone: "America/Denver",
		CustomerOptions: adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Match: adcimport.MatchOff}},
	}
}

// The rules of links.Schedules.
func TestSchedules(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := newSchedules(t, w)
	sc := nightly()
	if _, err := s.Get(t.Context(), "acme", sc.Kind); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("of none: %v", err)
	}
	if err := s.Set(t.Context(), links.Schedule{Link: "acme", Kind: sc.Kind, At: "2", Zone: "UTC"}); err == nil {
		t.Error("what Check refuses is kept")
	}
	set := func(sc links.Schedule) {
		t.Helper()
		if err := s.Set(t.Context(), sc); err != nil {
			t.Fatal(err)
		}
	}
	due := func(now time.Time) []links.Due {
		t.Helper()
		list, err := s.Due(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	set(sc)
	got, err := s.Get(t.Context(), "acme", sc.Kind)
	if diff := cmp.Diff(sc, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	first := sc.Next(time.Now())
	if list := due(first.Add(-time.Second)); len(list) > 0 {
		t.Errorf("too early: %v", list)
	}
	later := first.Add(3 * 24 * time.Hour)
	list := due(later)
	if len(list) != 1 || !list[0].Time.Equal(sc.Last(later)) {
		t.Fatalf("three nights later: %v", list)
	}
	sc.CustomerOptions.OfficeID = "2" // the times stay
	set(sc)
	if len(due(later)) != 1 {
		t.Error("a change that leaves the times takes one away")
	}
	for range 2 {
		if err := s.Started(t.Context(), list[0]); err != nil {
			t.Fatal(err)
		}
	}
	if list := due(later); len(list) > 0 {
		t.Errorf("started, and due: %v", list)
	}
	if list := due(later.Add(24 * time.Hour)); len(list) != 1 {
		t.Errorf("the night after: %v", list)
	}
	sc.Off = true
	set(sc)
	if list := due(later.Add(24 * time.Hour)); len(list) > 0 {
		t.Errorf("off, and due: %v", list)
	}
}

// Several workers look for what is due: there is one job for a time, also where the last
// one of the link is still at work at first.
func TestSchedules_oneJobForATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := newSchedules(t, w)
	if err := s.Set(t.Context(), nightly()); err != nil {
		t.Fatal(err)
	}
	w.exec("UPDATE adcimport_schedules SET since = now() - interval '2 days', next = now() - interval '1 day'")
	var starting sync.WaitGroup
	var im *riverimport.Imports
	var mu sync.Mutex
	for range 3 {
		starting.Go(func() {
			one, _ := w.worker(func(c *riverimport.Config) { c.Schedules = s })
			mu.Lock()
			defer mu.Unlock()
			im = one
		})
	}
	starting.Wait()
	var id int64
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for range look.C {
		if err := w.pool.QueryRow(t.Context(), "SELECT coalesce(max(id), 0) FROM river_job").Scan(&id); err != nil || id > 0 {
			break
		}
	}
	w.state(im, id, rivertype.JobStateCompleted)
	w.once()
	w.wantTold(adcimport.StatusCompleted)
	st, err := w.store.Run(t.Context(), riverimport.RunID(id))
	if err != nil || st.Labels["started_by"] != "schedule" {
		t.Errorf("%+v, %v", st.Labels, err)
	}
	if list, err := s.Due(t.Context(), time.Now()); err != nil || len(list) > 0 {
		t.Errorf("still due: %v, %v", list, err)
	}
}
