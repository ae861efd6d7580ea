package links

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/securitytrax/adcimport"
)

// Schedule is a re-import that begins by itself, such as every night. Filter and
// options are those of its kind; the mode is in the options.
type Schedule struct {
	Link string         `json:"link"`
	Kind adcimport.Kind `json:"kind"`
	Off  bool           `json:"off,omitempty"`  // it is kept, and starts nothing
	At   string         `json:"at"`             // time of day, as in 02:30
	Zone string         `json:"zone"`           // as in America/Denver
	Days []time.Weekday `json:"days,omitempty"` // empty: every day

	CustomerFilter  adcimport.CustomerFilter  `json:"customer_filter,omitzero"`
	CustomerOptions adcimport.CustomerOptions `json:"customer_options,omitzero"`
	UserFilter      adcimport.UserFilter      `json:"user_filter,omitzero"`
	UserOptions     adcimport.UserOptions     `json:"user_options,omitzero"`
}

// Due is a time of a schedule that has come, and for which nothing was started yet.
type Due struct {
	Schedule Schedule
	Time     time.Time
}

// Schedules keeps the schedules of links, for [Set.RunSchedules] and for the pages
// on which people set them. It is safe for concurrent use. [LocalSchedules] is one.
//
// Whoever writes one over a database keeps two times beside each schedule: since
// when it is set, and the last time that was started. [Schedule.Last] does the rest.
type Schedules interface {
	// Get returns the schedule of a link and kind, or [adcimport.ErrNotFound].
	Get(ctx context.Context, link string, k adcimport.Kind) (Schedule, error)
	// Set keeps a schedule in place of the one that its link and kind have. Times
	// before it was set are not due, except that a change which leaves the times as
	// they were takes nothing away. What [Schedule.Check] refuses is refused.
	Set(ctx context.Context, s Schedule) error
	// Due returns, of each schedule that is on, the last time that has come, where
	// nothing was started for it. Times before that one were missed, and stay so.
	Due(ctx context.Context, now time.Time) ([]Due, error)
	// Started says that there is a run for a time that was due.
	Started(ctx context.Context, d Due) error
}

// Check refuses a schedule that could never start, with an
// [*adcimport.InvalidOptionsError].
func (s Schedule) Check() error {
	bad := func(field, rule string) error {
		return &adcimport.InvalidOptionsError{Field: "links.Schedule." + field, Rule: rule}
	}
	if s.Link == "" {
		return bad("Link", "is required")
	}
	if s.Kind != adcimport.KindCustomer && s.Kind != adcimport.KindUser {
		return bad("Kind", "must be customer or user")
	}
	if _, err := time.Parse(timeOfDay, s.At); err != nil {
		return bad("At", "must be a time of day, as in 02:30")
	}
	if _, err := s.zone(); err != nil {
		return bad("Zone", "must be a time zone that this host knows, as in America/Denver")
	}
	for _, d := range s.Days {
		if d < time.Sunday || d > time.Saturday {
			return bad("Days", "must be days of the week")
		}
	}
	return nil
}

const timeOfDay = "15:04"

func (s Schedule) zone() (*time.Location, error) {
	if s.Zone == "" || s.Zone == "Local" {
		return nil, fmt.Errorf("zone %q names none", s.Zone)
	}
	return time.LoadLocation(s.Zone)
}

// Last is the last time of the schedule that is not after now, and Next the first
// one that is. Both are once a day, also on days on which the clock is set: a time
// that comes twice is the first of the two, and for one that does not come it is as
// long after midnight as if the clock had not been set yet. They are zero for a
// schedule that [Schedule.Check] refuses.
func (s Schedule) Last(now time.Time) time.Time { return s.nearest(now, -1) }

// Next is explained at [Schedule.Last].
func (s Schedule) Next(now time.Time) time.Time { return s.nearest(now, 1) }

// nearest goes from day to day, from the day before now or after it.
func (s Schedule) nearest(now time.Time, step int) time.Time {
	zone, err := s.zone()
	if err != nil {
		return time.Time{}
	}
	at, err := time.Parse(timeOfDay, s.At)
	if err != nil {
		return time.Time{}
	}
	now = now.In(zone)
	for i := -1; i <= 8; i++ { // a week, and a day more at either end
		day := time.Date(now.Year(), now.Month(), now.Day()+i*step, at.Hour(), at.Minute(), 0, 0, time.UTC)
		if len(s.Days) > 0 && !slices.Contains(s.Days, day.Weekday()) {
			continue
		}
		if t := onClock(day, zone); t.After(now) == (step > 0) {
			return t
		}
	}
	return time.Time{}
}

// onClock is when a clock in the zone shows what wall shows in UTC.
func onClock(wall time.Time, zone *time.Location) time.Time {
	const day = 24 * time.Hour
	var first time.Time
	for _, near := range []time.Time{wall.Add(-day), wall.Add(day)} { // before and after the clock is set
		_, offset := near.In(zone).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if first.IsZero() {
			first = t
		}
		if t.Hour() == wall.Hour() && t.Minute() == wall.Minute() && t.Day() == wall.Day() {
			return t
		}
	}
	return first
}
