package pacing

import "time"

// served counts replies: all of them, and those of the last minute.
type served struct {
	all    int
	parts  [parts]int
	latest int64 // number of the latest part, by the clock
}

const (
	parts    = 60
	partTime = time.Second
)

func (s *served) add(now time.Time) {
	s.move(now)
	s.all++
	s.parts[s.latest%parts]++
}

// rate is the replies a second in the last minute.
func (s *served) rate(now time.Time) float64 {
	s.move(now)
	n := 0
	for _, part := range s.parts {
		n += part
	}
	return float64(n) / (parts * partTime).Seconds()
}

// sustained is the highest rate that a service with so much room for a burst must
// have had over some time up to now, and how many replies show it.
func (s *served) sustained(now time.Time, room int) (rate float64, replies int) {
	s.move(now)
	n := -room
	for i := s.latest; i > s.latest-parts; i-- {
		n += s.parts[i%parts]
		span := now.Sub(time.Unix(0, i*int64(partTime))).Seconds()
		if n > 0 && float64(n) > rate*span {
			rate, replies = float64(n)/span, n
		}
	}
	return rate, replies
}

// move forgets what is older than a minute.
func (s *served) move(now time.Time) {
	number := now.UnixNano() / int64(partTime)
	for s.latest = max(s.latest, number-parts); s.latest < number; {
		s.latest++
		s.parts[s.latest%parts] = 0
	}
}
