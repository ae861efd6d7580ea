package crashtest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/crashtest"
)

func kills(seed uint64, points []string, n int) []crashtest.Kill {
	s := crashtest.NewSchedule(seed, points, time.Second)
	out := make([]crashtest.Kill, n)
	for i := range out {
		out[i] = s.Next()
	}
	return out
}

func TestScheduleIsThatOfItsSeed(t *testing.T) {
	t.Parallel()
	points := []string{"a", "b", "c"}
	if diff := cmp.Diff(kills(1, points, 50), kills(1, points, 50)); diff != "" {
		t.Errorf("same seed (-first +second):\n%s", diff)
	}
	if cmp.Equal(kills(1, points, 50), kills(2, points, 50)) {
		t.Error("another seed gives the same kills")
	}
}

func TestScheduleTakesEveryPoint(t *testing.T) {
	t.Parallel()
	points := []string{"a", "b", "c", "d", "e"}
	count := map[string]int{}
	for i, k := range kills(3, points, 40) {
		if atPoint := k.Point.Name != ""; atPoint != (i%2 == 0) {
			t.Fatalf("kill %d is %v: want points and instants in turn", i, k)
		}
		if k.Point.Name == "" && (k.After <= 0 || k.After > time.Second) {
			t.Errorf("kill %d is %v, want within the span", i, k)
		}
		count[k.Point.Name]++
	}
	want := map[string]int{"": 20, "a": 4, "b": 4, "c": 4, "d": 4, "e": 4}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("kills by point (-want +got):\n%s", diff)
	}
}

func TestScheduleGivesMissedPointsAgain(t *testing.T) {
	t.Parallel()
	s := crashtest.NewSchedule(4, []string{"a", "b"}, time.Second)
	first := s.Next()
	s.Missed(first)
	s.Missed(s.Next()) // an instant: nothing to give again
	other := s.Next()
	s.Next()
	got := s.Next()
	if other.Point.Name == first.Point.Name {
		t.Errorf("%v came again before the other one", first)
	}
	if want := (crashtest.Point{Name: first.Point.Name, N: 1}); got.Point != want {
		t.Errorf("after a miss of %v came %v, want %v", first, got.Point, want)
	}
}

func TestScheduleWithoutPoints(t *testing.T) {
	t.Parallel()
	for _, k := range kills(5, nil, 10) {
		if k.Point.Name != "" || k.After <= 0 {
			t.Errorf("kill %v, want an instant", k)
		}
	}
}
