package pacing_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/securitytrax/adcimport/internal/pacing"
)

// fault 78: what was not whole seconds or a date in GMT was no hint, and the service
// was asked again at once.
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
		"fraction":          {"1.5", 1500 * time.Millisecond},
		"whole fraction":    {"120.0", 2 * time.Minute},
		"no leading digit":  {".5", 500 * time.Millisecond},
		"no digit after":    {"7.", 7 * time.Second},
		"with a sign":       {"+5", 5 * time.Second},
		"below zero":        {"-1.5", 0},
		"two points":        {"1.5.0", 0},
		"a point":           {".", 0},
		"hexadecimal":       {"0x10", 0},
		"exponent":          {"1e3", 0},
		"infinite":          {"Inf", 0},
		"no number":         {"NaN", 0},
		"with a unit":       {"120 seconds", 0},
		"date in UTC":       {date.Add(time.Minute).Format("Mon, 02 Jan 2006 15:04:05") + " UTC", time.Minute},
		"date in Z":         {date.Add(time.Minute).Format("Mon, 02 Jan 2006 15:04:05") + " Z", time.Minute},
		"date with +0000":   {date.Add(time.Minute).Format("Mon, 02 Jan 2006 15:04:05") + " +0000", time.Minute},
		"date with -0700":   {date.Add(time.Minute).In(time.FixedZone("", -7*3600)).Format(time.RFC1123Z), time.Minute},
		"date with +0530":   {date.Add(time.Minute).In(time.FixedZone("", 5*3600+1800)).Format(time.RFC1123Z), time.Minute},
		"one-digit day":     {"Tue, 1 Dec 2026 00:00:00 GMT", 24 * time.Hour},
		"without its day":   {date.Add(time.Minute).Format("2 Jan 2006 15:04:05") + " GMT", time.Minute},
		"RFC 3339":          {date.Add(time.Minute).Format(time.RFC3339), time.Minute},
		"RFC 850 in UTC":    {date.Add(time.Minute).Format("Monday, 02-Jan-06 15:04:05") + " UTC", time.Minute},
		"some zone":         {date.Add(time.Minute).Format("Mon, 02 Jan 2006 15:04:05") + " MST", 0},
		"a year":            {"31536000", 24 * time.Hour},
		"too large":         {"99999999999999999999", 24 * time.Hour},
		"larger than that":  {strings.Repeat("9", 400), 24 * time.Hour},
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
	for _, s := range []string{"", "5", "1.5", "1e999", "99999999999999999999", "Mon, 02 Jan 2006 15:04:05 UTC", "2006-01-02T15:04:05+01:00", "-1", "Mon, 02 Jan 2006 15:04:05 GMT", "9223372036854775807", "Fri, 31 Dec 9999 23:59:59 GMT"} {
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
