package links_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

// Days of a fleet, at random: starts, cancels, refreshes, pauses, and hosts that
// end in the midst and start again. Never are more at work than may be, no turn is
// lost, every run ends, and each customer is there once.
func TestSet_days(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { fleet(t, rand.New(rand.NewPCG(seed, 7))) })
		})
	}
}

func fleet(t *testing.T, r *rand.Rand) {
	t.Helper()
	const dealers, customers = 8, 15
	h := newHost(dealers, customers)
	h.cfg.MaxRuns, h.cfg.MaxOpens = 1+r.IntN(3), 1+r.IntN(4)
	var mu sync.Mutex
	pauses := rand.New(rand.NewPCG(r.Uint64(), 1))
	h.pauses = func(string) time.Time {
		mu.Lock()
		defer mu.Unlock()
		if pauses.IntN(3) > 0 {
			return time.Time{}
		}
		return time.Now().Add(time.Duration(pauses.IntN(1200)) * time.Second)
	}
	s := h.set(t)
	var runs []*adcimport.Run
	for range 60 {
		link := name(r.IntN(dealers))
		switch r.IntN(9) {
		case 0, 1, 2:
			run, err := s.StartCustomers(t.Context(), link, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
			if err == nil { // else one is at work
				runs = append(runs, run)
			}
		case 3:
			run, err := s.StartUsers(t.Context(), link, adcimport.UserFilter{}, adcimport.UserOptions{})
			if err == nil {
				runs = append(runs, run)
			}
		case 4:
			s.Refresh(link)
		case 5:
			if len(runs) > 0 {
				runs[r.IntN(len(runs))].Cancel()
			}
		case 6:
			sleep(time.Duration(r.IntN(600)) * time.Second)
		case 7:
			sleep(time.Duration(r.IntN(9000)) * time.Millisecond)
		case 8:
			h.closed(t, s)
			sleep(time.Duration(r.IntN(120)) * time.Second)
			s = h.set(t)
			resumed, err := s.ResumeAll(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			runs = resumed
		}
	}
	defer func() { h.closed(t, s) }()
	atEnd(t, runs)
	for _, link := range h.names() { // a turn that was lost would be missed
		run := start(t, s, link)
		atEnd(t, []*adcimport.Run{run})
		if n := len(h.ends[link].sink.Customers()); n != customers {
			t.Errorf("%s has %d customers", link, n)
		}
		if n := len(h.ends[link].sink.Users()); n > 1 {
			t.Errorf("%s has %d users", link, n)
		}
	}
	// A run that was canceled while another one held its lease stays as it is.
	resumed, err := s.ResumeAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	atEnd(t, resumed)
	for info, err := range s.Runs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if info.Status != adcimport.StatusCompleted && info.Status != adcimport.StatusCanceled {
			t.Errorf("run %s of %s is %s", info.RunID, info.Link, info.Status)
		}
		if c := info.Counts; cmp.Diff(c.Read, c.Created+c.Linked+c.Updated+c.Unchanged+c.Skipped+c.Failed) != "" {
			t.Errorf("run %s: %+v", info.RunID, c)
		}
	}
}

func atEnd(t *testing.T, runs []*adcimport.Run) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*24*time.Hour) // of a bubble's time
	defer cancel()
	for _, run := range runs {
		select {
		case <-run.Done():
		case <-ctx.Done():
			t.Fatalf("run %s does not end", run.ID())
		}
	}
}
