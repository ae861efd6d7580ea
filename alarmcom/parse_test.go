package alarmcom_test

import (
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
)

func TestDates(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{ // in RFC 3339; empty: none; no: refused
		"2019-05-07T13:22:11":           "2019-05-07T13:22:11Z",
		"2019-05-07T13:22:11.123":       "2019-05-07T13:22:11.123Z",
		"2019-05-07T13:22:11.1234567":   "2019-05-07T13:22:11.1234567Z",
		"2019-05-07T13:22:11Z":          "2019-05-07T13:22:11Z",
		"2019-05-07T23:22:11-08:00":     "2019-05-07T23:22:11-08:00",
		"2019-05-07T00:22:11.5+05:30":   "2019-05-07T00:22:11.5+05:30",
		" 2019-05-07 ":                  "2019-05-07T00:00:00Z",
		"2019-05-07+02:00":              "2019-05-07T00:00:00+02:00",
		"1999-12-31T00:00:00":           "1999-12-31T00:00:00Z",
		"0001-01-01T00:00:00":           "",
		"0001-01-01T00:00:00Z":          "",
		"0001-01-01T00:00:00.000-08:00": "",
		"":                              "",
		"2019-02-30T00:00:00":           "no",
		"05/07/2019":                    "2019-05-07T00:00:00Z",
		"5/7/2019 12:00:00 AM":          "2019-05-07T00:00:00Z",
		"1/1/0001 12:00:00 AM":          "",
		"0001-01-01":                    "",
		"0001-01-01 00:00:00":           "",
		"0001-01-01T00:00:00+0000":      "",
		"2019-05-07 23:22:11 -0800":     "2019-05-07T23:22:11-08:00",
		"13/1/2019":                     "no",
		"5/7/19":                        "no",
		"/Date(1557187200000)/":         "no",
		"2019-05-07T13:22":              "2019-05-07T13:22:00Z",
		"0001-01-01 and more":           "no",
	} {
		got, ok := alarmcom.ParseDate(text)
		switch {
		case ok != (want != "no"):
			t.Errorf("%q: accepted %v", text, ok)
		case want == "" && !got.IsZero():
			t.Errorf("%q: %v, want none", text, got)
		case want != "" && ok && got.Format(time.RFC3339Nano) != want:
			t.Errorf("%q: %v, want %s", text, got.Format(time.RFC3339Nano), want)
		}
	}
}

// The day of a date is the one that is written, in any zone.
func FuzzDate(f *testing.F) {
	for _, s := range []string{"2019-05-07T13:22:11", "2019-05-07T23:59:59.999-14:00", "0001-01-01T00:00:00", "9999-12-31", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := alarmcom.ParseDate(text)
		if !ok && !got.IsZero() {
			t.Errorf("%q: refused with %v", text, got)
		}
		if ok && !got.IsZero() && len(text) >= 10 && text[0] >= '0' && text[0] <= '9' && text[4] == '-' && got.Format(time.DateOnly) != text[:10] {
			t.Errorf("%q became %v", text, got)
		}
	})
}

func TestCursors(t *testing.T) {
	t.Parallel()
	for _, bad := range []adcimport.Cursor{"", "b", "b:", "b1", "b1:", "b:1", "b0:5", "01", "+1", " 1", "1 ", "1:2", "b01:2", "b1:2:3", "B1:2", "1e3", "99999999999999999999"} {
		if _, _, ok := alarmcom.ParseCursor(bad); ok {
			t.Errorf("%q is taken for a cursor", bad)
		}
	}
	branch, id, ok := alarmcom.ParseCursor("b12:3456")
	if !ok || branch != 12 || id != 3456 {
		t.Errorf("b12:3456: %d, %d, %v", branch, id, ok)
	}
}

// Whatever is accepted is what is written, and what is written is accepted.
func FuzzCursor(f *testing.F) {
	for _, s := range []string{"3456", "b12:3456", "-5", "b-1:0", "b0:1", "007", "o2:3", "b12:3456!7,9", "o12:3!9,7"} {
		f.Add(s, int64(12), int64(3456), false)
	}
	f.Fuzz(func(t *testing.T, text string, branch, id int64, again bool) {
		if c, ok := alarmcom.RewriteCursor(adcimport.Cursor(text)); ok && string(c) != text {
			t.Errorf("%q came back as %q", text, c)
		}
		want := alarmcom.FormatCursor(branch, id, again, min(branch, id), max(branch, id))
		b, i, ok := alarmcom.ParseCursor(want)
		if c, _ := alarmcom.RewriteCursor(want); !ok || b != branch || i != id || c != want {
			t.Errorf("%d, %d came back as %d, %d, %q, %v", branch, id, b, i, c, ok)
		}
	})
}
