package links_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/links"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	tm, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return tm
}

func TestSchedule_Check(t *testing.T) {
	t.Parallel()
	good := links.Schedule{Link: "a", Kind: adcimport.KindUser, At: "02:30", Zone: "America/Denver"}
	good.Days = []time.Weekday{time.Sunday, time.Saturday}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*links.Schedule){
		"links.Schedule.Link": func(s *links.Schedule) { s.Link = "" },
		"links.Schedule.Kind": func(s *links.Schedule) { s.Kind = "customers" },
		"links.Schedule.At":   func(s *links.Schedule) { s.At = "24:00" },
		"links.Schedule.Zone": func(s *links.Schedule) { s.Zone = "America/Dever" },
		"links.Schedule.Days": func(s *links.Schedule) { s.Days = []time.Weekday{7} },
	} {
		bad := good
		change(&bad)
		var invalid *adcimport.InvalidOptionsError
		if err := bad.Check(); !errors.As(err, &invalid) || invalid.Field != want {
			t.Errorf("%s: %v", want, err)
		}
		if err := new(links.LocalSchedules).Set(t.Context(), bad); !errors.As(err, &invalid) {
			t.Errorf("Set of a bad %s: %v", want, err)
		}
	}
	for _, bad := range []links.Schedule{{}, {At: "02:30"}, {Zone: "UTC"}, {At: "02:30", Zone: "Local"}} {
		if now := at(t, "2026-03-08T09:00:00Z"); !bad.Last(now).IsZero() || !bad.Next(now).IsZero() {
			t.Errorf("%+v has a time", bad)
		}
	}
}

// A time is once a day, also where the clock is set: by an hour, by half an hour,
// at midnight, and across the date line.
func TestSchedule_LastAndNext(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		at, zone, now string
		days          []time.Weekday
		last, next    string
	}{
		"before":         {"02:30", "UTC", "2026-03-08T02:29:59Z", nil, "2026-03-07T02:30:00Z", "2026-03-08T02:30:00Z"},
		"then":           {"02:30", "UTC", "2026-03-08T02:30:00Z", nil, "2026-03-08T02:30:00Z", "2026-03-09T02:30:00Z"},
		"midnight":       {"00:00", "UTC", "2026-12-31T23:59:59Z", nil, "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"},
		"leap day":       {"02:30", "UTC", "2028-03-01T00:00:00Z", nil, "2028-02-29T02:30:00Z", "2028-03-01T02:30:00Z"},
		"Mondays":        {"02:30", "UTC", "2026-03-09T02:29:00Z", []time.Weekday{time.Monday}, "2026-03-02T02:30:00Z", "2026-03-09T02:30:00Z"},
		"Mondays, after": {"02:30", "UTC", "2026-03-09T02:30:00Z", []time.Weekday{time.Monday}, "2026-03-09T02:30:00Z", "2026-03-16T02:30:00Z"},
		// The clocks of Denver go from 2:00 to 3:00 on 8 March, and from 2:00 back to 1:00 on 1 November 2026.
		"does not come, before": {"02:30", "America/Denver", "2026-03-08T09:29:59Z", nil, "2026-03-07T09:30:00Z", "2026-03-08T09:30:00Z"},
		"does not come, after":  {"02:30", "America/Denver", "2026-03-08T09:30:00Z", nil, "2026-03-08T09:30:00Z", "2026-03-09T08:30:00Z"},
		"comes twice, before":   {"01:30", "America/Denver", "2026-11-01T07:29:59Z", nil, "2026-10-31T07:30:00Z", "2026-11-01T07:30:00Z"},
		"comes twice, between":  {"01:30", "America/Denver", "2026-11-01T08:00:00Z", nil, "2026-11-01T07:30:00Z", "2026-11-02T08:30:00Z"},
		"comes twice, after":    {"01:30", "America/Denver", "2026-11-01T08:30:00Z", nil, "2026-11-01T07:30:00Z", "2026-11-02T08:30:00Z"},
		"day of the change":     {"23:00", "America/Denver", "2026-03-09T05:00:00Z", []time.Weekday{time.Sunday}, "2026-03-09T05:00:00Z", "2026-03-16T05:00:00Z"},
		// Lord Howe goes forward by half an hour, from 2:00 on 4 October 2026.
		"half an hour": {"02:15", "Australia/Lord_Howe", "2026-10-04T00:00:00Z", nil, "2026-10-03T15:45:00Z", "2026-10-04T15:15:00Z"},
		// Santiago has no midnight on 6 September 2026.
		"no midnight": {"00:10", "America/Santiago", "2026-09-06T12:00:00Z", nil, "2026-09-06T04:10:00Z", "2026-09-07T03:10:00Z"},
		// Samoa had no 30 December 2011 at all.
		"no such day": {"02:30", "Pacific/Apia", "2011-12-30T20:00:00Z", nil, "2011-12-30T12:30:00Z", "2011-12-31T12:30:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := links.Schedule{At: tt.at, Zone: tt.zone, Days: tt.days}
			now := at(t, tt.now)
			if got := s.Last(now); !got.Equal(at(t, tt.last)) {
				t.Errorf("last %s, want %s", got.UTC().Format(time.RFC3339), tt.last)
			}
			if got := s.Next(now); !got.Equal(at(t, tt.next)) {
				t.Errorf("next %s, want %s", got.UTC().Format(time.RFC3339), tt.next)
			}
		})
	}
}

// Over a year, in zones that set their clocks in every way: each
// day has one time, Last and Next agree, and neither goes back.
func TestSchedule_eachDayOnce(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"America/Denver", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "UTC"} {
		for _, clock := range []string{"00:00", "01:30", "02:00", "02:30", "23:59"} {
			t.Run(zone+" "+clock, func(t *testing.T) {
				t.Parallel()
				s := links.Schedule{At: clock, Zone: zone}
				loc, err := time.LoadLocation(zone)
				if err != nil {
					t.Fatal(err)
				}
				now := time.Date(2026, 1, 1, 12, 0, 0, 0, loc)
				seen := map[int64]bool{}
				last := s.Last(now)
				for ; now.Year() < 2027; now = now.Add(97 * time.Minute) {
					l, n := s.Last(now), s.Next(now)
					if l.After(now) || !n.After(now) || l.Before(last) || n.Sub(l) > 26*time.Hour {
						t.Fatalf("at %s: last %s, next %s", now, l, n)
					}
					last, seen[l.Unix()] = l, true
				}
				if len(seen) != 365 && len(seen) != 366 { // with the last one of the year before
					t.Errorf("%d times in 365 days", len(seen))
				}
			})
		}
	}
}

func TestLocalSchedules_file(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/schedules.json"
	open := func() *links.LocalSchedules {
		l, err := links.OpenSchedules(path)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	l := open()
	if _, err := l.Get(t.Context(), "b", adcimport.KindUser); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("nothing is there: %v", err)
	}
	want := []links.Schedule{
		{Link: "b", Kind: adcimport.KindUser, At: "03:00", Zone: "UTC", UserOptions: adcimport.UserOptions{Active: true, Tags: []string{"new"}}},
		{
			Link: "b", Kind: adcimport.KindCustomer, At: "02:30", Zone: "America/Denver", Days: []time.Weekday{time.Monday, time.Friday},
			CustomerFilter:  adcimport.CustomerFilter{SubDealerIDs: []string{"7"}},
			CustomerOptions: adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Mode: adcimport.Upsert}, OfficeID: "12"},
		},
		{Link: "a", Kind: adcimport.KindUser, Off: true, At: "03:00", Zone: "UTC"},
	}
	for _, s := range want {
		if err := l.Set(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	want[1].Days[0] = time.Sunday // the caller's slice is the caller's
	want[1].Days = []time.Weekday{time.Monday, time.Friday}
	for _, l := range []*links.LocalSchedules{l, open()} {
		for _, s := range want {
			got, err := l.Get(t.Context(), s.Link, s.Kind)
			if diff := cmp.Diff(s, got); diff != "" || err != nil {
				t.Errorf("%v; (-want +got):\n%s", err, diff)
			}
		}
	}
	for content, text := range map[string]string{
		`{"v":1,"schedules":[`: "unexpected end",
		`{"v":2}`:              "version 2",
		``:                     "unexpected end",
		`{"v":1,"schedules":[{"schedule":{"link":"a","kind":"user","at":"3","zone":"UTC"}}]}`: "links.Schedule.At",
	} {
		writeFile(t, path, content)
		if _, err := links.OpenSchedules(path); err == nil || !contains(err, text) {
			t.Errorf("%s: %v", content, err)
		}
	}
}

// What cannot be kept is not taken either, and what cannot be read is an error.
func TestLocalSchedules_noFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := links.OpenSchedules(dir); err == nil {
		t.Error("a folder was read")
	}
	l, err := links.OpenSchedules(filepath.Join(dir, "none", "schedules.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := links.Schedule{Link: "a", Kind: adcimport.KindUser, At: "02:30", Zone: "UTC"}
	if err := l.Set(t.Context(), s); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("set: %v", err)
	}
	if _, err := l.Get(t.Context(), "a", adcimport.KindUser); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
}

// What becomes due is what comes after the setting, once; a change of the options
// alone takes nothing away, one of the time does.
func TestLocalSchedules_Due(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l links.LocalSchedules // of midnight, on 1 January 2000
		s := links.Schedule{Link: "a", Kind: adcimport.KindUser, At: "02:30", Zone: "UTC"}
		set := func() {
			t.Helper()
			if err := l.Set(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		due := func() string {
			t.Helper()
			all, err := l.Due(t.Context(), time.Now())
			if err != nil || len(all) > 1 {
				t.Fatalf("%v: %v", all, err)
			}
			for _, d := range all {
				return d.Time.Format("2 15:04")
			}
			return ""
		}
		step := func(name, want string) {
			t.Helper()
			if got := due(); got != want {
				t.Errorf("%s: due is %q, want %q", name, got, want)
			}
		}
		sleep(3 * time.Hour)
		set()
		step("set after today's time", "")
		sleep(24 * time.Hour)
		step("a day later", "2 02:30")
		s.UserOptions.Active = true
		set()
		step("with other options", "2 02:30")
		sleep(72 * time.Hour)
		step("three nights missed", "5 02:30")
		all, _ := l.Due(t.Context(), time.Now())
		if err := l.Started(t.Context(), all[0]); err != nil {
			t.Fatal(err)
		}
		step("started", "")
		early := all[0]
		early.Time = early.Time.Add(-24 * time.Hour)
		if err := l.Started(t.Context(), early); err != nil {
			t.Fatal(err)
		}
		step("an older one started", "")
		sleep(24 * time.Hour)
		s.At = "02:45"
		set()
		step("another time", "")
		s.Off = true
		set()
		sleep(24 * time.Hour)
		step("off", "")
		s.Off = false
		set()
		step("on again", "")
		sleep(24 * time.Hour)
		step("the next night", "8 02:45")
		s.At = "05:00"
		set()
		sleep(2 * time.Hour)
		step("a time of the same day", "8 05:00")
	})
}
