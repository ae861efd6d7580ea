package faults_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
)

// fault 15: what proxies and networks in front of a service say when it is away is
// waited for as 503 is, at either end, whatever is asked for. Nothing fails for
// good.
func TestFaults_statusesOfProxies(t *testing.T) {
	t.Parallel()
	for _, status := range []int{408, 425, 503, 507, 509, 520, 521, 522, 523, 524, 525, 526, 527, 529, 530, 598, 599} {
		for _, end := range []string{"Alarm.com", "SecurityTrax"} {
			for name, from := range map[string]int{"from the first call on": 1, "after the check": 2, "in mid-run": 12} {
				t.Run(fmt.Sprint(status, " at ", end, " ", name), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { proxySays(t, status, end, from) })
				})
			}
		}
	}
}

// proxySays lets one end answer every call with a status, from the nth on, for an
// hour.
func proxySays(t *testing.T, status int, end string, from int) {
	t.Helper()
	w := newWorld(people)
	calls, until := 0, time.Now().Add(time.Hour)
	away := func() bool {
		calls++
		return calls >= from && time.Now().Before(until)
	}
	if end == "Alarm.com" {
		w.alarm.Fail(func(string, int, int) *alarmReply {
			if away() {
				return &alarmReply{Status: status, Body: []byte(html)}
			}
			return nil
		})
	} else {
		w.crm.Fail(func(*http.Request, int) *crmReply {
			if away() {
				r := page(status)
				return &r
			}
			return nil
		})
	}
	w.workers, w.sink = 1, oneAtOnce
	imp := w.importer(t)
	s, err := w.run(t, imp)
	for rounds := 0; err != nil; rounds++ {
		if s.RunID == "" { // the check at its start: nothing begins, and a host tries again
			time.Sleep(5 * time.Minute)
			s, err = w.run(t, imp)
			continue
		}
		if s.Status != adcimport.StatusPaused || rounds > 50 {
			t.Fatalf("%s, %v", textOf(s), err)
		}
		if s.Failure == nil || s.Failure.Code != "unavailable" && s.Failure.Code != "timeout" {
			t.Errorf("%+v", s.Failure)
		}
		time.Sleep(time.Until(s.PausedUntil))
		s, err = imp.Resume(t.Context(), s.RunID)
	}
	if s.Status != adcimport.StatusCompleted || s.Counts.Failed > 0 || time.Now().Before(until) {
		t.Errorf("%s at %v", textOf(s), time.Now())
	}
	w.verify(t, fault{})
}
