//go:build unix

package main

import (
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// The host is killed and restarted at once, three times, in the middle of imports of
// all its dealers: one call each was enough, and it was the first.
func TestHostIsKilled(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(testing.TB) []string{"sqlite": nil, "postgresql": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 20, 25, 6, database)
			p := w.host()
			var runs []string
			for i, d := range w.dealers {
				runs = append(runs, p.customers(d.Link))
				if i%4 == 0 {
					runs = append(runs, p.users(d.Link))
				}
			}
			for _, seen := range []int{20, 100, 180} {
				w.wait("some details", func() bool { return w.details() >= seen })
				p.kill()
				p = w.host()
			}
			w.completed(runs...)
			w.customersAreThere(w.dealers...)
			w.usersAreThere(runs...)
		})
	}
}

// The database is away for longer than a lease lasts.
func TestDatabaseIsAway(t *testing.T) {
	t.Parallel()
	const away = 4 * time.Second
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 6, 40, 0, nil)
		databaseIsAway(w, func() { lockSQLite(t, w.file("host.db"), away) })
	})
	t.Run("postgresql", func(t *testing.T) {
		t.Parallel()
		wire := newWire(t)
		w := newWorld(t, 6, 40, 0, func(tb testing.TB) []string {
			tb.Helper()
			return []string{"-postgres", newSchema(tb)(wire.port())}
		})
		databaseIsAway(w, func() {
			wire.setCut(true)
			time.Sleep(away)
			wire.setCut(false)
		})
	})
}

func databaseIsAway(w *world, takeAway func()) {
	w.tb.Helper()
	p := w.host()
	var runs []string
	for _, d := range w.dealers {
		runs = append(runs, p.customers(d.Link))
	}
	w.wait("some details", func() bool { return w.details() >= 40 })
	takeAway()
	w.completed(runs...)
	w.once(runs...)
	w.customersAreThere(w.dealers...)
}

// Alarm.com asks to be left alone for an hour: the runs pause, say why, and go on by
// themselves when it is over, with another process of the host. The test shortens the
// hour to two seconds, in the database.
func TestAlarmComAsksForAnHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3, 25, 0, nil)
	var asks atomic.Bool
	asks.Store(true)
	for _, d := range w.dealers {
		d.AlarmCom.Fail(func(op string, _, n int) *alarmcomtest.Reply {
			if op != "GetCustomerInfo_V2" || n <= 5 || !asks.Load() {
				return nil
			}
			return &alarmcomtest.Reply{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"3600"}}}
		})
	}
	p := w.host()
	var runs []string
	for _, d := range w.dealers {
		runs = append(runs, p.customers(d.Link))
	}
	w.wait("runs that are paused for an hour, with their failure", func() bool {
		paused := 0
		var page struct{ Runs []adcimport.RunInfo }
		p.get("/runs", &page)
		for _, run := range page.Runs {
			if run.Status == adcimport.StatusPaused && run.Failure != nil && run.Failure.End == "source" &&
				slices.Contains([]string{"unavailable", "rate_limited"}, run.Failure.Code) && time.Until(run.PausedUntil) > 50*time.Minute {
				paused++
			}
		}
		return paused == len(runs)
	})
	p.kill()
	asks.Store(false)
	before := w.details()
	due := time.Now().Add(2 * time.Second)
	w.exec("UPDATE adcimport_runs SET paused_until = ? WHERE status = 'paused'", due.UnixMicro())
	w.host()
	w.wait("details after the pause", func() bool {
		asked, now := w.details() > before, time.Now()
		if asked && now.Before(due) {
			t.Error("Alarm.com was asked before the end of the pause")
		}
		return asked
	})
	w.completed(runs...)
	w.once(runs...)
	w.customersAreThere(w.dealers...)
}

// Alarm.com is away for longer than a run waits at once: it pauses, says why, and
// goes on by itself, also when the host is killed meanwhile.
func TestAlarmComIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, 25, 0, nil)
	var back atomic.Bool
	for _, d := range w.dealers {
		d.AlarmCom.Fail(func(op string, _, _ int) *alarmcomtest.Reply {
			if op != "GetCustomerList_V2" || back.Load() {
				return nil
			}
			return &alarmcomtest.Reply{Status: http.StatusServiceUnavailable}
		})
	}
	p := w.host()
	runs := []string{p.customers(w.dealers[0].Link)}
	w.wait("a run that is paused, with its failure", func() bool {
		var run adcimport.RunInfo
		p.get("/links/dealer-01/runs/"+runs[0], &run)
		return run.Status == adcimport.StatusPaused && run.Failure != nil && run.Failure.End == "source" &&
			run.Failure.Code == "unavailable" && time.Until(run.PausedUntil) > 0
	})
	back.Store(true)
	p.kill()
	w.exec("UPDATE adcimport_runs SET paused_until = ? WHERE status = 'paused'", time.Now().Add(time.Second).UnixMicro()) // a long pause
	w.host()
	w.completed(runs...)
	w.customersAreThere(w.dealers...)
}
