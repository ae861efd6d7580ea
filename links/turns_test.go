package links_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

// No link has its second turn before each that waits had its first.
func TestSet_turnsAreFair(t *testing.T) {
	t.Parallel()
	for most := 1; most <= 3; most++ {
		t.Run(fmt.Sprintf("%d at work", most), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHost(6, 3)
				h.cfg.MaxRuns = most
				s := h.set(t)
				defer h.closed(t, s)
				var runs []*adcimport.Run
				for i := range 6 { // the first link asks for three before anybody else does for one
					if i == 0 {
						users, err := s.StartUsers(t.Context(), name(i), adcimport.UserFilter{}, adcimport.UserOptions{})
						if err != nil {
							t.Fatal(err)
						}
						defer completed(t, users, 1)
					}
					runs = append(runs, start(t, s, name(i)))
				}
				for _, run := range runs {
					completed(t, run, 3)
				}
				first := map[string]bool{}
				for i, link := range h.worked() {
					if first[link] && len(first) < 6 && i >= most {
						t.Errorf("%s had its second turn before all had their first: %v", link, h.worked())
					}
					first[link] = true
				}
				if h.atOnce() != most {
					t.Errorf("%d were at work at once", h.atOnce())
				}
			})
		})
	}
}

// Runs that wait for a pause hold no turn, and take one to go on: over many
// pauses, never more than allowed are at work, and all end.
func TestSet_turnsOverPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(12, 5)
		h.cfg.MaxRuns = 3
		begin := time.Now()
		calls := map[string]int{}
		h.pauses = func(link string) time.Time {
			h.mu.Lock()
			defer h.mu.Unlock()
			if calls[link]++; calls[link] <= 4 && link <= "link-08" { // all until the same time
				return begin.Add(time.Duration(calls[link]) * time.Hour)
			}
			return time.Time{}
		}
		s := h.set(t)
		defer h.closed(t, s)
		var runs []*adcimport.Run
		for _, link := range h.names() {
			runs = append(runs, start(t, s, link))
		}
		for _, run := range runs[8:] { // they do not wait for those that are paused
			completed(t, run, 5)
		}
		if took := time.Since(begin); took > 10*time.Minute {
			t.Errorf("those that need not wait took %s", took)
		}
		for _, run := range runs {
			completed(t, run, 5)
		}
		if took := time.Since(begin); took < 4*time.Hour || h.atOnce() != 3 {
			t.Errorf("after %s, %d at once", took, h.atOnce())
		}
	})
}

// Without a limit all are at work.
func TestSet_noLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(12, 5)
		s := h.set(t)
		defer h.closed(t, s)
		var runs []*adcimport.Run
		for _, link := range h.names() {
			runs = append(runs, start(t, s, link))
		}
		for _, run := range runs {
			completed(t, run, 5)
		}
		if h.atOnce() != 12 {
			t.Errorf("%d were at work at once", h.atOnce())
		}
	})
}

// A run of an importer that the host has from the set keeps to the limit too, here
// and in the background; runs of one link have their turns in order.
func TestSet_runsOfImportersHaveTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(3, 3)
		h.cfg.MaxRuns = 1
		s := h.set(t)
		defer h.closed(t, s)
		other := start(t, s, "link-02")
		imp, err := s.Importer(t.Context(), "link-01")
		if err != nil {
			t.Fatal(err)
		}
		users, err := imp.StartUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{})
		if err != nil {
			t.Fatal(err)
		}
		sum, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
		if err != nil || sum.Counts.Created != 3 {
			t.Errorf("%v: %v", sum, err)
		}
		completed(t, users, 1)
		completed(t, other, 3)
		if diff := cmp.Diff("link-02 link-01 link-01", strings.Join(h.worked(), " ")); diff != "" {
			t.Errorf("turns (-want +got):\n%s", diff)
		}
	})
}
