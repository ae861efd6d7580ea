package account

import (
	"strings"
	"time"
)

// dateLayouts are those of a dateTime, and of a bare date; then what databases, and .NET
// in the United States, make of a time that is not written as XML. A fraction is read
// without being in the layout.
var dateLayouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02Z07:00", "2006-01-02",
	"2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02T15:04Z0700", "2006-01-02T15:04:05Z07",
	"2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04:05 Z0700",
	"2006-01-02 15:04", "1/2/2006", "1/2/2006 3:04:05 PM", "1/2/2006 3:04 PM", "1/2/2006 15:04:05", "1/2/2006 15:04",
	"1/2/2006 3:04:05 PM Z07:00",
}

// ParseDate reads a dateTime as it is written, in the zone it is written in,
// UTC where there is none. The first day of year 1, in whatever zone, is what
// .NET writes for no date, and so is an empty text: both are the zero time.
func ParseDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}, true
	}
	for _, layout := range dateLayouts {
		// In UTC, so that an offset never becomes the zone of this machine.
		t, err := time.ParseInLocation(layout, s, time.UTC)
		if err != nil {
			continue
		}
		if t.Year() == 1 && t.YearDay() == 1 {
			return time.Time{}, true
		}
		return t, true
	}
	return time.Time{}, false
}
