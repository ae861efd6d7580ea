package textform

import (
	"strings"
	"time"
)

// layouts are the usual ways to write a date in the United States and Canada,
// month before day, and those of machines.
var layouts = []string{
	time.DateOnly, "1/2/2006", "1-2-2006", "1.2.2006", "20060102", "2006/1/2", "2006.1.2", "2006-1-2",
	"Jan 2 2006", "January 2 2006", "2 Jan 2006", "2 January 2006", "2-Jan-2006", "2006-Jan-2", "Jan-2-2006",
}

// times are what may follow a date, with a zone or without. A fraction of a second
// needs no layout.
var times = []string{"15:04:05", "15:04", "3:04:05PM", "3:04PM", "3PM", "150405", "1504"}

// zones follow a time, and so do zoneNames.
var (
	zones     = []string{"", "Z07:00", "-0700", "-07"}
	zoneNames = []string{
		"UTC", "GMT", "NST", "NDT", "AKST", "AKDT", "AST", "ADT",
		"EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "HST",
	}
)

// Date normalizes a date to 2006-01-02, as written: a time of day and a zone
// are dropped, not converted. Given layouts, in the notation of package time,
// take the place of the usual ones. A date of year 1 is none and becomes empty.
// What is not seen does not count, and spaces and dashes may be any.
func Date(s string, own ...string) (string, bool) {
	s = strings.Join(strings.Fields(pasted(s)), " ")
	if len(own) > 0 {
		return firstOf(own, s)
	}
	if date, ok := firstOf(layouts, s); ok {
		return date, true
	}
	day, rest := cutTime(usual(s))
	if rest != "" && !isTime(rest) {
		return "", false
	}
	return firstOf(layouts, day)
}

func firstOf(layouts []string, s string) (string, bool) {
	for _, layout := range layouts {
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

// usual writes what people write in several ways in one: without the day of the week,
// commas, and the endings of 1st, 2nd, 3rd and 4th, with Sep for Sept.
func usual(s string) string {
	words := strings.Fields(strings.ReplaceAll(s, ",", " "))
	if len(words) > 1 && isWeekday(words[0]) {
		words = words[1:]
	}
	for i, w := range words {
		w = strings.TrimSuffix(w, ".")
		if strings.EqualFold(w, "sept") {
			w = "Sep"
		}
		for _, ending := range []string{"st", "nd", "rd", "th"} {
			if day, ok := strings.CutSuffix(strings.ToLower(w), ending); ok && day != "" && Digits(day) == day {
				w = day
			}
		}
		words[i] = w
	}
	return strings.Join(words, " ")
}

func isWeekday(w string) bool {
	w = strings.ToLower(strings.TrimSuffix(w, "."))
	for day := time.Sunday; day <= time.Saturday; day++ {
		if name := strings.ToLower(day.String()); len(w) >= 3 && strings.HasPrefix(name, w) {
			return true
		}
	}
	return false
}

// cutTime cuts a date from the time that follows: after a T between digits, or at the
// word with a colon, or with AM or PM.
func cutTime(s string) (day, rest string) {
	for i := 1; i+1 < len(s); i++ {
		if (s[i] == 'T' || s[i] == 't') && isDigit(s[i-1]) && isDigit(s[i+1]) {
			return s[:i], s[i+1:]
		}
	}
	words := strings.Split(s, " ")
	for i, w := range words {
		half := i+1 < len(words) && isHalf(words[i+1])
		if i > 0 && (strings.Contains(w, ":") || half || isHalf(strings.TrimLeft(w, "0123456789"))) {
			return strings.TrimSuffix(strings.Join(words[:i], " "), " at"), strings.Join(words[i:], " ")
		}
	}
	return s, ""
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHalf(w string) bool {
	switch strings.ToLower(strings.ReplaceAll(w, ".", "")) {
	case "am", "pm", "a", "p":
		return true
	}
	return false
}

// isTime reports whether text is a time of day, with a zone or without.
func isTime(s string) bool {
	s = strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	for _, half := range []string{"A", "P"} {
		s = strings.Replace(s, half+".M.", half+"M", 1)
		s = strings.Replace(s, half+".M", half+"M", 1)
	}
	for _, name := range zoneNames {
		if rest, ok := strings.CutSuffix(s, name); ok {
			s = rest
			break
		}
	}
	for _, layout := range times {
		for _, zone := range zones {
			if _, err := time.Parse(layout+zone, s); err == nil {
				return true
			}
		}
	}
	return false
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
