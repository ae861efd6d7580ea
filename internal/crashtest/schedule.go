package crashtest

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Kill says how a child shall die: at a point, or else at an instant.
type Kill struct {
	Point   Point
	After   time.Duration // from the child's start, or from its first sign of work
	Working bool          // After counts from the first sign of work
}

func (k Kill) String() string {
	switch {
	case k.Point != Point{}:
		return "at " + k.Point.String()
	case k.Working:
		return "at random, " + k.After.String() + " into its work"
	}
	return "at random, " + k.After.String() + " after its start"
}

// Schedule is an endless list of kills, the same one for the same seed: in turn
// at a named point and at a random instant. Points come in an order of the
// seed's, each once before any comes again. It belongs to one goroutine.
type Schedule struct {
	rng     *rand.Rand
	points  []string
	pending []Point
	span    time.Duration
	turn    int
}

// maxNth is how late an occurrence of a point may be aimed at.
const maxNth = 6

// NewSchedule makes the list of a seed. Random instants lie within span.
func NewSchedule(seed uint64, points []string, span time.Duration) *Schedule {
	s := &Schedule{
		rng:    rand.New(rand.NewPCG(seed, 0x6b696c6c)), //nolint:gosec // G404: a schedule must be repeatable
		points: slices.Clone(points), span: span,
	}
	return s
}

// Next is the next kill.
func (s *Schedule) Next() Kill {
	s.turn++
	if s.turn%2 == 0 || len(s.points) == 0 {
		return Kill{After: 1 + time.Duration(s.rng.Int64N(int64(s.span))), Working: s.rng.IntN(4) > 0}
	}
	if len(s.pending) == 0 {
		for _, name := range s.points {
			s.pending = append(s.pending, Point{Name: name, N: s.nth()})
		}
		s.rng.Shuffle(len(s.pending), func(i, j int) { s.pending[i], s.pending[j] = s.pending[j], s.pending[i] })
	}
	p := s.pending[0]
	s.pending = s.pending[1:]
	return Kill{Point: p}
}

// nth prefers the first passages: every later one needs a longer life.
func (s *Schedule) nth() int { return 1 + min(s.rng.IntN(maxNth), s.rng.IntN(maxNth)) }

// Missed gives back a kill whose child ended before it. A point comes again,
// after those that are due, and then at its first passage.
func (s *Schedule) Missed(k Kill) {
	if k.Point.Name != "" {
		s.pending = append(s.pending, Point{Name: k.Point.Name, N: 1})
	}
}
