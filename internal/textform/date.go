package textform

import (
	"strings"
	"time"
)

// layouts are the usual ways to write a date in the United States and Canada,
// month before day, and those of machines.
var layouts = []string{
	time.DateOnly, "1/2/2006", "1-2-2006", "1.2.2006", "20060102", "2006/1/2",
	"Jan 2, 2006", "January 2, 2006", "2 Jan 2006", "2 January 2006",
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "1/2/2006 3:04:05 PM", "1/2/2006 15:04",
}

// Date normalizes a date to 2006-01-02, as written: a time of day and a zone
// are dropped, not converted. Given layouts, in the notation of package time,
// take the place of the usual ones. A date of year 1 is none and becomes empty.
func Date(s string, own ...string) (string, bool) {
	s = strings.TrimSpace(s)
	if len(own) == 0 {
		own = layouts
	}
	for _, layout := range own {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if t.Year() <= 1 {
			return "", true
		}
		return t.Format(time.DateOnly), true
	}
	return "", false
}

// IsDate reports whether s is a date of the form 2006-01-02.
func IsDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// IsLayout reports whether layout, in the notation of package time, has year,
// month and day.
func IsLayout(layout string) bool {
	want := time.Date(2019, time.November, 28, 0, 0, 0, 0, time.UTC)
	got, err := time.Parse(layout, want.Format(layout))
	return err == nil && got.Format(time.DateOnly) == "2019-11-28"
}
