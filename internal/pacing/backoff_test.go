package pacing_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/securitytrax/adcimport/internal/pacing"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	date := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return date.Add(d).Format(http.TimeFormat) }
	for name, test := range map[string]struct {
		value string
		want  time.Duration
	}{
		"absent":            {"", 0},
		"seconds":           {"120", 2 * time.Minute},
		"spaces":            {" 3 ", 3 * time.Second},
		"zero":              {"0", 0},
		"negative":          {"-5", 0},
		"fraction":          {"1.5", 0},
		"a year":            {"31536000", 24 * time.Hour},
		"too large":         {"99999999999999999999", 0},
		"garbage":           {"soon", 0},
		"date":              {at(90 * time.Second), 90 * time.Second},
		"date in a year":    {at(365 * 24 * time.Hour), 24 * time.Hour},
		"date in past ages": {"Fri, 01 Jan 0001 00:00:00 GMT", 0},
		"past date":         {at(-time.Hour), 0},
		"now":               {at(0), 0},
		"ANSI C date":       {date.Add(time.Minute).Format(time.ANSIC), time.Minute},
		"date of no month":  {"Mon, 99 Foo 2026 12:00:00 GMT", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The reply's own date counts, not this machine's clock, which is wrong by years.
			h := http.Header{"Retry-After": {test.value}, "Date": {at(0)}}
			if got := pacing.RetryAfter(h, date.AddDate(-3, 0, 0)); got != test.want {
				t.Errorf("Retry-After %q: %v, want %v", test.value, got, test.want)
			}
			h.Del("Date")
			if got := pacing.RetryAfter(h, date); got != test.want {
				t.Errorf("Retry-After %q without a Date: %v, want %v", test.value, got, test.want)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "5", "-1", "Mon, 02 Jan 2006 15:04:05 GMT", "9223372036854775807", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, after, date string) {
		d := pacing.RetryAfter(http.Header{"Retry-After": {after}, "Date": {date}}, time.Unix(1e9, 0))
		if d < 0 || d > 24*time.Hour {
			t.Errorf("%q at %q: %v", after, date, d)
		}
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for attempt, ceiling := range map[int]time.Duration{
		0: 500 * time.Millisecond, 1: time.Second, 3: 4 * time.Second, 6: 30 * time.Second, 63: 30 * time.Second, 1000: 30 * time.Second,
	} {
		longest := time.Duration(0)
		for range 2000 {
			d := pacing.Backoff(attempt, 500*time.Millisecond, 30*time.Second)
			if d < 0 || d > ceiling {
				t.Fatalf("attempt %d: %v", attempt, d)
			}
			longest = max(longest, d)
		}
		if longest < ceiling/2 {
			t.Errorf("attempt %d: never more than %v of %v", attempt, longest, ceiling)
		}
	}
}
