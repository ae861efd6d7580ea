package pacing_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport/internal/pacing"
)

// order runs requests that are begun one after another while the first is in
// flight, and returns in which order they are sent.
func order(t *testing.T, p *pacing.Pacer, statuses map[string][]int, names ...string) string {
	t.Helper()
	var mu sync.Mutex
	var sent []string
	var wg sync.WaitGroup
	for _, name := range names {
		keep := pacing.Keep
		if strings.HasPrefix(name, "ahead") {
			keep = pacing.KeepAhead
		}
		ctx := keep(t.Context())
		wg.Go(func() {
			for _, status := range append(slices.Clone(statuses[name]), http.StatusOK) {
				turn, err := p.Acquire(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				sent = append(sent, name)
				mu.Unlock()
				turn.Reply(status, nil)
				turn.Done()
			}
		})
		synctest.Wait()
	}
	wg.Wait()
	return strings.Join(sent, " ")
}

func TestQueue(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		statuses map[string][]int
		names    []string
		want     string
	}{
		"in the order they are begun": {nil, []string{"a", "b", "c", "d"}, "a b c d"},
		"ahead":                       {nil, []string{"a", "b", "c", "ahead"}, "a b ahead c"},
		"one that comes too fast lets others go until one is served, and keeps its place": {
			map[string][]int{"b": {429}}, []string{"a", "b", "c", "d", "e"}, "a b c d b e",
		},
		"nobody waits for one that never comes through": {
			map[string][]int{"b": {429, 429, 429, 429}}, []string{"a", "b", "c", "d", "e"}, "a b c d b e b b b",
		},
		"nor for several": {
			map[string][]int{"b": {429, 429}, "c": {429, 429}}, []string{"a", "b", "c", "d", "e"}, "a b c d e b c b c",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := pacing.New(pacing.Config{Rate: 1, Burst: 1, MaxPause: time.Hour})
				if got := order(t, p, tt.statuses, tt.names...); got != tt.want {
					t.Errorf("sent %s, want %s", got, tt.want)
				}
			})
		})
	}
}

// A request whose time is over while it waits is no longer in the way.
func TestQueue_abandoned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pacing.New(pacing.Config{Rate: 0.1, Burst: 1, MaxPause: time.Hour})
		acquire(t, p).Done()
		start := time.Now()
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				if turn, err := p.Acquire(ctx); err == nil {
					turn.Done()
					t.Error("it had its turn")
				}
			})
		}
		synctest.Wait()
		acquire(t, p).Done()
		wg.Wait()
		if took := time.Since(start).Round(time.Second); took != 10*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
