package links_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/links"
)

func contains(err error, text string) bool { return strings.Contains(err.Error(), text) }

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// nights runs schedules for some time, in a host that is stopped afterwards.
func (h *host) nights(t *testing.T, schedules links.Schedules, d time.Duration) {
	t.Helper()
	s := h.set(t)
	if _, err := s.ResumeAll(t.Context()); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := s.RunSchedules(ctx, schedules); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("schedules ended with %v", err)
	}
	h.closed(t, s)
}

// started are the times at which runs began, by link and kind.
func (h *host) started(t *testing.T, zone string) map[string][]string {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	s := h.set(t)
	defer h.closed(t, s)
	for info, err := range s.Runs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		key := info.Link + " " + string(info.Kind)
		all[key] = append([]string{info.Started.In(loc).Format("01-02 15:04")}, all[key]...)
		if info.Labels["started_by"] != "schedule" || info.Status != adcimport.StatusCompleted {
			t.Errorf("run %s is %s, with labels %v", info.RunID, info.Status, info.Labels)
		}
	}
	return all
}

func denver(link string, k adcimport.Kind, clock string, days ...time.Weekday) links.Schedule {
	return links.Schedule{Link: link, Kind: k, At: clock, Zone: "America/Denver", Days: days}
}

func setAll(t *testing.T, schedules links.Schedules, all ...links.Schedule) {
	t.Helper()
	for _, s := range all {
		if err := schedules.Set(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

// sleepUntil moves the clock to a time of the year 2000, in UTC.
func sleepUntil(month time.Month, day, hour int) {
	sleep(time.Until(time.Date(2000, month, day, hour, 0, 0, 0, time.UTC)))
}

// A month with both ends of it: every night once, also where the clock is set (2
// April and 29 October 2000), over restarts, and with nights missed.
func TestRunSchedules_overAMonth(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		month time.Month
		clock string
	}{
		"a night at 02:30, which does not come": {time.April, "02:30"},
		"a night at 01:30, which comes twice":   {time.October, "01:30"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHost(3, 2)
				h.cfg.MaxRuns = 1
				path := t.TempDir() + "/schedules.json"
				open := func() links.Schedules {
					l, err := links.OpenSchedules(path)
					if err != nil {
						t.Fatal(err)
					}
					return l
				}
				sleepUntil(tt.month, 1, 18) // noon in Denver
				setAll(t, open(),
					denver("link-01", adcimport.KindCustomer, tt.clock),
					denver("link-01", adcimport.KindUser, tt.clock),
					denver("link-02", adcimport.KindCustomer, tt.clock, time.Sunday))
				var want []string
				for day := 2; day <= 30; day++ {
					if day == 11 || day == 12 { // no host was up
						continue
					}
					clock := tt.clock
					if day == 2 && tt.month == time.April {
						clock = "03:30" // as long after midnight as 02:30
					}
					if day == 13 {
						clock = "12:00" // at the restart, for the 13th
					}
					want = append(want, fmt.Sprintf("%02d-%02d %s", tt.month, day, clock))
				}
				for range 9 {
					h.nights(t, open(), 24*time.Hour) // it restarts every noon
				}
				sleep(72 * time.Hour)
				if now := time.Now().UTC(); now.Day() != 13 {
					t.Fatal(now)
				}
				h.nights(t, open(), 17*24*time.Hour+13*time.Hour)
				got := h.started(t, "America/Denver")
				for link, list := range got {
					for i := range list { // a turn may come a little later
						list[i] = list[i][:len(list[i])-1] + "0"
					}
					got[link] = list
				}
				if diff := cmp.Diff(want, got["link-01 customer"]); diff != "" {
					t.Errorf("customers (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(want, got["link-01 user"]); diff != "" {
					t.Errorf("users (-want +got):\n%s", diff)
				}
				if n := len(got["link-02 customer"]); n != 5 && n != 4 {
					t.Errorf("%d Sundays: %v", n, got["link-02 customer"])
				}
			})
		})
	}
}

// Two hosts, and one whose schedules forget what was started, start one run.
func TestRunSchedules_twoHosts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(1, 30)
		var wg sync.WaitGroup
		for range 2 {
			l := &forgetful{}
			setAll(t, l, denver("link-01", adcimport.KindCustomer, "02:30"))
			wg.Go(func() { h.nights(t, l, 72*time.Hour) })
		}
		wg.Wait()
		if got := h.started(t, "UTC"); len(got["link-01 customer"]) != 3 {
			t.Errorf("started %v", got)
		}
	})
}

type forgetful struct{ links.LocalSchedules }

func (*forgetful) Started(context.Context, links.Due) error { return nil }

// What cannot be started is told, and tried again, less and less often; others are
// started meanwhile.
func TestRunSchedules_whatCannotBeStarted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(2, 1)
		var told []string
		h.cfg.NotStarted = func(_ context.Context, d links.Due, err error) {
			if d.Schedule.Link != "link-01" || !errors.Is(err, adcimport.ErrAuth) {
				t.Errorf("%+v: %v", d, err)
			}
			told = append(told, time.Now().Format("02 15:04"))
			if len(told) == 2 {
				panic("Sesame")
			}
		}
		h.ends["link-01"].check = adcimport.ErrAuth
		l := &links.LocalSchedules{}
		for i := range 2 {
			s := denver(name(i), adcimport.KindCustomer, "02:30")
			s.Zone = "UTC"
			setAll(t, l, s)
		}
		h.nights(t, l, 6*time.Hour)
		want := []string{"01 02:30", "01 02:31", "01 02:33", "01 02:37", "01 02:45", "01 03:01", "01 03:33", "01 04:33", "01 05:33"}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("tries (-want +got):\n%s", diff)
		}
		h.ends["link-01"].check = nil
		h.nights(t, l, 6*time.Hour)
		if diff := cmp.Diff(map[string][]string{"link-01 customer": {"01-01 06:00"}, "link-02 customer": {"01-01 02:30"}}, h.started(t, "UTC")); diff != "" {
			t.Errorf("started (-want +got):\n%s", diff)
		}
	})
}

// A run of the kind that is still at work is waited for.
func TestRunSchedules_waitsForTheOneAtWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(1, 600)
		s := h.set(t)
		defer h.closed(t, s)
		sleep(2*time.Hour + 25*time.Minute)
		long := start(t, s, "link-01")
		sc := denver("link-01", adcimport.KindCustomer, "02:30")
		sc.Zone = "UTC"
		l := &links.LocalSchedules{}
		setAll(t, l, sc)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_ = s.RunSchedules(ctx, l)
		completed(t, long, 600)
		var all []string
		for info, err := range s.Runs(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(info.Status)+" "+info.Started.Format("15:04"))
		}
		if diff := cmp.Diff([]string{"completed 02:37", "completed 02:25"}, all); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
	})
}

// Users come before the customers of the same link.
func TestRunSchedules_usersFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(1, 1)
		h.cfg.MaxRuns = 1
		l := &links.LocalSchedules{}
		setAll(t, l, denver(name(0), adcimport.KindCustomer, "02:30"), denver(name(0), adcimport.KindUser, "02:30"))
		h.nights(t, l, 24*time.Hour)
		if diff := cmp.Diff([]string{"adcimport.User", "adcimport.Customer"}, h.kinds); diff != "" {
			t.Errorf("turns (-want +got):\n%s", diff)
		}
	})
}
