//go:build unix

package crash_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/securitytrax/adcimport/internal/crashtest"
)

// TestTwoLinksOfOneAccount kills the children of two links at random that bring
// the same customers and users into one account at the same time (fault 25):
// nobody is lost, made twice or mailed twice.
func TestTwoLinksOfOneAccount(t *testing.T) {
	t.Parallel()
	for name, open := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, *killSeed+400, open(t), "east")
			w.account, w.others = "account", []string{"west"}
			deaths := make([]int, 2)
			errs := make([]error, 2)
			var links sync.WaitGroup
			for i, link := range []string{w.link, w.others[0]} {
				links.Go(func() { deaths[i], errs[i] = w.liveOn(t.Context(), link, *killSeed+uint64(i), max(3, *killCount/10)) })
			}
			links.Wait()
			for _, err := range errs {
				if err != nil {
					t.Fatal(err)
				}
			}
			found, err := w.verify(t.Context(), bothKinds()...)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%v deaths: %+v", deaths, found.Numbers)
			for _, wrong := range found.wrong {
				t.Error(wrong)
			}
			if slices.Max(deaths) == 0 {
				t.Error("no child died")
			}
		})
	}
}

// liveOn starts children of a link until one completes, and kills at most so many.
func (w *world) liveOn(ctx context.Context, link string, seed uint64, most int) (deaths int, err error) {
	points := slices.DeleteFunc(allPoints(), func(p string) bool { return p == pointArrived || p == pointCommitted }) // of whose writes, the gateway cannot tell
	schedule := crashtest.NewSchedule(seed, points, randomSpan)
	for {
		var k crashtest.Kill
		switch {
		case deaths == 0:
			k.Point = crashtest.Point{Name: pointWork, N: 1} // which each child comes to
		case deaths < most:
			k = schedule.Next()
		}
		cfg := w.config()
		cfg.Link = link
		end, err := w.liveAs(ctx, cfg, k)
		switch {
		case err != nil:
			return deaths, fmt.Errorf("child of %s killed %v: %w", link, k, err)
		case end.Killed:
			deaths++
		case end.Code == exitComplete:
			return deaths, nil
		case end.Code == exitLooped: // the next child goes on with it, as a person would
		default:
			return deaths, fmt.Errorf("child of %s to be killed %v ended with %d: %s", link, k, end.Code, end.Stderr)
		}
	}
}
