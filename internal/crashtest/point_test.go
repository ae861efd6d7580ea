package crashtest_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/crashtest"
)

func TestParsePoint(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]crashtest.Point{
		"":                {},
		"store.Intend#1":  {Name: "store.Intend", N: 1},
		"a:before#12":     {Name: "a:before", N: 12},
		"server.POST:x#3": {Name: "server.POST:x", N: 3},
	} {
		got, err := crashtest.ParsePoint(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("ParsePoint(%q) = %+v, %v, which prints as %q", text, got, err, got)
		}
	}
	for _, text := range []string{"a", "a#", "a#0", "a#-1", "#1", "a#b"} {
		if got, err := crashtest.ParsePoint(text); err == nil {
			t.Errorf("ParsePoint(%q) = %+v, want an error", text, got)
		}
	}
}

func TestTrap(t *testing.T) {
	t.Parallel()
	var passed []string
	sprung := 0
	trap := crashtest.NewTrap(crashtest.Point{Name: "b", N: 2}, func(name string) { passed = append(passed, name) }, func() { sprung += len(passed) })
	for _, name := range []string{"a", "b", "a", "b", "b"} {
		trap.Pass(name)
	}
	if sprung != 4 {
		t.Errorf("it acted after %d places in sum, want once, at the fourth", sprung)
	}
	if diff := cmp.Diff([]string{"a", "b", "a", "b", "b"}, passed); diff != "" {
		t.Errorf("reported places (-want +got):\n%s", diff)
	}
	var none *crashtest.Trap
	none.Pass("b")
}

func TestTrapIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	sprung := 0
	trap := crashtest.NewTrap(crashtest.Point{Name: "b", N: 500}, nil, func() {
		mu.Lock()
		defer mu.Unlock()
		sprung++
	})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 100 {
				trap.Pass("b")
			}
		})
	}
	wg.Wait()
	if sprung != 1 {
		t.Errorf("it acted %d times", sprung)
	}
}
