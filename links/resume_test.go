package links_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/links"
)

// Close in the midst of everything: a run at work, one that waits for its turn, one
// that is paused, one of a link that was refreshed, and an Open that hangs.
func TestSet_Close_inTheMidst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(6, 50)
		h.cfg.MaxRuns = 2
		h.pauses = func(link string) time.Time { return map[string]time.Time{"link-01": time.Now().Add(time.Hour)}[link] }
		s := h.set(t)
		var runs []*adcimport.Run
		for _, link := range []string{"link-01", "link-02", "link-03", "link-04"} {
			runs = append(runs, start(t, s, link))
		}
		sleep(10 * time.Second)
		s.Refresh("link-02")
		h.mu.Lock()
		h.open = func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return ctx.Err()
		}
		h.mu.Unlock()
		var opening error
		var wg sync.WaitGroup
		wg.Go(func() { _, opening = s.Importer(t.Context(), "link-05") })
		wg.Go(func() {
			if err := s.RunSchedules(t.Context(), new(links.LocalSchedules)); !errors.Is(err, adcimport.ErrClosed) {
				t.Errorf("schedules: %v", err)
			}
		})
		sleep(time.Second)
		begin := time.Now()
		h.closed(t, s)
		wg.Wait()
		if opening == nil || time.Since(begin) > 5*time.Second {
			t.Errorf("after %s: %v", time.Since(begin), opening)
		}
		var statuses []adcimport.RunStatus
		for _, run := range runs {
			if _, err := run.Wait(t.Context()); err == nil {
				t.Errorf("run %s completed", run.ID())
			}
			st, err := h.store.Run(t.Context(), run.ID())
			if err != nil {
				t.Fatal(err)
			}
			statuses = append(statuses, st.Status)
		}
		want := []adcimport.RunStatus{adcimport.StatusPaused, adcimport.StatusInterrupted, adcimport.StatusInterrupted, adcimport.StatusInterrupted}
		if diff := cmp.Diff(want, statuses); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
		if _, err := s.Importer(t.Context(), "link-06"); !errors.Is(err, adcimport.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		s.Refresh("link-01")
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("again: %v", err)
		}
		h.mu.Lock()
		h.open, h.pauses = nil, nil // the host starts again
		h.mu.Unlock()
		again := h.set(t)
		defer h.closed(t, again)
		resumed, err := again.ResumeAll(t.Context())
		if err != nil || len(resumed) != 4 {
			t.Fatalf("%d runs go on: %v", len(resumed), err)
		}
		for _, run := range resumed {
			completed(t, run, 50)
		}
	})
}

// A host's start: 20 of 50 links have unfinished runs, four may be at work.
func TestSet_ResumeAll_withoutAHerd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(50, 30)
		before := h.set(t)
		for i := range 20 {
			start(t, before, name(2*i))
		}
		sleep(5 * time.Second)
		h.closed(t, before)
		h.opened, h.began, h.most = nil, nil, 0
		opening, most := 0, 0
		h.open = func(context.Context, int) error {
			h.mu.Lock()
			opening++
			most = max(most, opening)
			h.mu.Unlock()
			sleep(time.Second)
			h.mu.Lock()
			opening--
			h.mu.Unlock()
			return nil
		}
		h.cfg.MaxRuns, h.cfg.MaxOpens = 4, 6
		s := h.set(t)
		defer h.closed(t, s)
		runs, err := s.ResumeAll(t.Context())
		if err != nil || len(runs) != 20 || most != 6 || h.opens() != 50 {
			t.Fatalf("%d runs go on, %d opens, %d at once: %v", len(runs), h.opens(), most, err)
		}
		for _, run := range runs {
			completed(t, run, 30)
		}
		if h.atOnce() != 4 {
			t.Errorf("%d runs were at work at once", h.atOnce())
		}
		for i := range 20 {
			if n := len(h.ends[name(2*i)].sink.Customers()); n != 30 {
				t.Errorf("%s has %d customers", name(2*i), n)
			}
		}
	})
}

// One link that cannot be opened, or hangs, keeps no other from going on; a second
// call has all, with the same runs.
func TestSet_ResumeAll_badLinks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(4, 30)
		before := h.set(t)
		for i := range 4 {
			start(t, before, name(i))
		}
		sleep(5 * time.Second)
		h.closed(t, before)
		open := h.cfg.Open
		var bad atomic.Bool
		bad.Store(true)
		h.cfg.Open = func(ctx context.Context, link string) (adcimport.Config, error) {
			switch {
			case bad.Load() && link == "link-01":
				return adcimport.Config{}, errBoom
			case bad.Load() && link == "link-02":
				<-ctx.Done()
			}
			return open(ctx, link)
		}
		h.cfg.MaxOpens = 1
		s := h.set(t)
		defer h.closed(t, s)
		begin := time.Now()
		runs, err := s.ResumeAll(t.Context())
		if len(runs) != 2 || !errors.Is(err, errBoom) || !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 2*time.Minute {
			t.Fatalf("%d runs go on after %s: %v", len(runs), time.Since(begin), err)
		}
		for _, link := range []string{"link-01", "link-02"} {
			if !strings.Contains(err.Error(), link) {
				t.Errorf("%s is not named: %v", link, err)
			}
		}
		sleep(3 * time.Minute) // the set tries them again
		if n := len(h.worked()); n != 6 {
			t.Errorf("%d runs were at work, four and two again", n)
		}
		bad.Store(false)
		sleep(3 * time.Minute)
		if n := len(h.worked()); n != 8 {
			t.Errorf("%d runs were at work, the other two too", n)
		}
		all, err := s.ResumeAll(t.Context())
		if err != nil {
			t.Error(err)
		}
		for _, run := range all {
			completed(t, run, 30)
		}
		h.cfg.Links = func(context.Context) ([]string, error) { return nil, errBoom }
		other := h.set(t)
		defer h.closed(t, other)
		if _, err := other.ResumeAll(t.Context()); !errors.Is(err, errBoom) {
			t.Errorf("links that cannot be listed: %v", err)
		}
	})
}

// Close ends what ResumeAll left to be tried again.
func TestSet_Close_whileLinksAreTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(3, 1)
		h.open = func(context.Context, int) error { return errBoom }
		s := h.set(t)
		for range 2 {
			if _, err := s.ResumeAll(t.Context()); !errors.Is(err, errBoom) {
				t.Error(err)
			}
		}
		sleep(10 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
		n := h.opens()
		if sleep(time.Hour); h.opens() != n || n != 3*2+3*3 { // after one, three and seven seconds, once
			t.Errorf("%d opens, %d before Close", h.opens(), n)
		}
	})
}
