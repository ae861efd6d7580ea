package textform_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/textform"
)

func TestParsePhone(t *testing.T) {
	t.Parallel()
	tests := map[string]string{ // number, and the extension after a space
		"5555550123":                   "5555550123",
		"(555) 555-0123":               "5555550123",
		"555.555.0123":                 "5555550123",
		"+1 555 555 0123":              "5555550123",
		"1-555-555-0123":               "5555550123",
		"15555550123":                  "5555550123",
		" +1 (555)\u00a0555\u20110123": "5555550123",
		"555-555-0123 x12":             "5555550123 12",
		"555-555-0123x12":              "5555550123 12",
		"555-555-0123 ext. 7":          "5555550123 7",
		"555-555-0123, Extension 007":  "5555550123 007",
		"555-555-0123 #9":              "5555550123 9",
		"555-555-0123 ext: 9":          "5555550123 9",
		"":                             "-",
		"911":                          "-",
		"555-0123":                     "-",
		"055-555-0123":                 "-",
		"155-555-0123":                 "-",
		"555-155-0123":                 "-",
		"911-555-0123":                 "-",
		"555-911-0123":                 "-",
		"25555550123":                  "-",
		"555555012345":                 "-",
		"1-800-FLOWERS":                "-",
		"555-555-0123 x":               "-",
		"555-555-0123 exit 4":          "-",
		"555-555-0123 x1x2":            "-",
		"+44 20 7946 0958":             "-",
		"555-555-0123 or 5550124":      "-",
		"555+555-0123":                 "-",
		"x12":                          "-",
		"٥٥٥٥٥٥٠١٢٣":                   "-",
	}
	for in, want := range tests {
		p, ok := textform.ParsePhone(in)
		got := "-"
		if ok {
			got = strings.TrimSpace(p.Number + " " + p.Extension)
		}
		if got != want {
			t.Errorf("ParsePhone(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPhone_Format(t *testing.T) {
	t.Parallel()
	p := textform.Phone{Number: "5555550123"}
	got := make(map[string]string)
	for _, form := range []string{"digits", "dashes", "national", "e164", "", "E164"} {
		out, ok := p.Format(form)
		if ok != (out != "") {
			t.Errorf("Format(%q) = %q, %t", form, out, ok)
		}
		got[form] = out
	}
	want := map[string]string{
		"digits": "5555550123", "dashes": "555-555-0123", "national": "(555) 555-0123",
		"e164": "+15555550123", "": "", "E164": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("forms (-want +got):\n%s", diff)
	}
}

func FuzzParsePhone(f *testing.F) {
	for _, s := range []string{"(555) 555-0123", "+1 555 555 0123 x12", "1", "x", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, ok := textform.ParsePhone(s)
		if !ok {
			return
		}
		for _, form := range []string{"digits", "dashes", "national", "e164"} {
			out, _ := p.Format(form)
			if p.Extension != "" {
				out += " x" + p.Extension
			}
			if again, ok := textform.ParsePhone(out); !ok || again != p {
				t.Fatalf("%q is %+v, written %q, again %+v", s, p, out, again)
			}
		}
	})
}

func TestPostal(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"23220": "23220", " 23220 ": "23220", "23220-1234": "23220-1234", "232201234": "23220-1234",
		"23220 1234": "23220-1234", "k1a 0b1": "K1A 0B1", "K1A0B1": "K1A 0B1", "k1a-0b1": "K1A 0B1",
		"": "", "2322": "", "232201": "", "K1A 0O1": "", "D1A 0B1": "", "W1A 0B1": "", "Z1A 0B1": "",
		"KAA 0B1": "", "abcde": "", "23220-12": "", "K1AW1Z": "", "K1W 1Z1": "K1W 1Z1", "١٢٣٤٥": "",
	} {
		if got, ok := textform.Postal(in); got != want || ok != (want != "") {
			t.Errorf("Postal(%q) = %q, %t, want %q", in, got, ok, want)
		}
	}
}

func FuzzPostal(f *testing.F) {
	for _, s := range []string{"23220", "23220-1234", "k1a0b1", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out, ok := textform.Postal(s)
		if again, _ := textform.Postal(out); ok && again != out {
			t.Fatalf("Postal(%q) = %q, again %q", s, out, again)
		}
	})
}

func TestDate(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2024-02-29": "2024-02-29", "2/9/2024": "2024-02-09", "02/09/2024": "2024-02-09",
		"12-31-2024": "2024-12-31", "20240229": "2024-02-29", "Feb 29, 2024": "2024-02-29",
		"February 9, 2024": "2024-02-09", "9 Feb 2024": "2024-02-09", " 2024-02-29 ": "2024-02-29",
		"2024-02-29T23:30:00-08:00": "2024-02-29", "2024-02-29T23:30:00Z": "2024-02-29",
		"2024-02-29T23:30:00": "2024-02-29", "2024-02-29T23:30:00.123": "2024-02-29",
		"2/9/2024 11:59:00 PM": "2024-02-09",
		"0001-01-01":           "", "0001-01-01T00:00:00": "",
		"2023-02-29": "-", "13/1/2024": "-", "soon": "-", "2/9/24": "-",
	} {
		got, ok := textform.Date(in)
		if !ok {
			got = "-"
		}
		if got != want {
			t.Errorf("Date(%q) = %q, want %q", in, got, want)
		}
	}
	if got, ok := textform.Date("09.02.2024", "02.01.2006"); !ok || got != "2024-02-09" {
		t.Errorf("Date with an own layout = %q, %t", got, ok)
	}
	if got, ok := textform.Date("2024-02-09", "02.01.2006"); ok {
		t.Errorf("own layouts take the place of the usual ones, got %q", got)
	}
}

func TestIsLayout(t *testing.T) {
	t.Parallel()
	for layout, want := range map[string]bool{
		"2006-01-02": true, "02.01.06": true, "Jan 2 2006": true, time.RFC3339: true,
		"": false, "2006-01": false, "MM/DD/YYYY": false, "01/02": false, "15:04": false,
	} {
		if got := textform.IsLayout(layout); got != want {
			t.Errorf("IsLayout(%q) = %t", layout, got)
		}
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"2024-02-29", "2/9/2024", "Feb 29, 2024", "0001-01-01", "2024-02-29T23:30:00-08:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if out, ok := textform.Date(s); ok && out != "" && !textform.IsDate(out) {
			t.Fatalf("Date(%q) = %q", s, out)
		}
	})
}

func TestBool(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"true", "TRUE", " t", "Yes", "y", "ON", "1"} {
		if v, ok := textform.Bool(s); !v || !ok {
			t.Errorf("Bool(%q) = %t, %t", s, v, ok)
		}
	}
	for _, s := range []string{"false", "F", "no", "N", "off", "0"} {
		if v, ok := textform.Bool(s); v || !ok {
			t.Errorf("Bool(%q) = %t, %t", s, v, ok)
		}
	}
	for _, s := range []string{"", "2", "maybe", "yes!", "truе"} {
		if v, ok := textform.Bool(s); v || ok {
			t.Errorf("Bool(%q) = %t, %t", s, v, ok)
		}
	}
}

func FuzzBool(f *testing.F) {
	f.Add("yes")
	f.Add("0")
	f.Fuzz(func(t *testing.T, s string) {
		if v, ok := textform.Bool(s); v && !ok {
			t.Fatalf("Bool(%q) is true and not known", s)
		}
	})
}
