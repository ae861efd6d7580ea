package states_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport/internal/states"
)

func TestCodes_are72(t *testing.T) {
	t.Parallel()
	codes := states.Codes()
	if len(codes) != 72 {
		t.Errorf("%d codes, want 72: 50 states, DC, 8 territories, 13 Canadian", len(codes))
	}
	form := regexp.MustCompile(`^[A-Z]{2}$`)
	for _, c := range codes {
		if !form.MatchString(c) || !states.IsCode(c) {
			t.Errorf("code %q", c)
		}
		if got, ok := states.Code(strings.ToLower(c)); !ok || got != c {
			t.Errorf("Code(lower %s) = %q, %t", c, got, ok)
		}
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"VA": "VA", "va": "VA", " Va ": "VA", "V.A.": "VA",
		"Virginia": "VA", "west  VIRGINIA": "WV", "North-Carolina": "NC", "new york": "NY",
		"D.C.": "DC", "Washington, D.C.": "DC", "Washington DC": "DC", "District of Columbia": "DC",
		"Washington": "WA", "U.S. Virgin Islands": "VI", "Puerto Rico": "PR", "Micronesia": "FM",
		"Québec": "QC", "QUEBEC": "QC", "Que\u0301bec": "QC", "Newfoundland & Labrador": "NL",
		"Île-du-Prince-Édouard": "PE", "Colombie-Britannique": "BC", "Terre-Neuve-et-Labrador": "NL",
		"": "", "ZZ": "", "Virgin": "", "Texass": "", "UM": "", "V A": "", "💡": "",
	} {
		got, ok := states.Code(in)
		if got != want && (ok || want != "") || ok != (want != "") {
			t.Errorf("Code(%q) = %q, %t, want %q", in, got, ok, want)
		}
	}
}

//nolint:paralleltest // AllocsPerRun panics in a parallel test
func TestCode_allocatesNothingForCodes(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { states.Code("VA") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzCode(f *testing.F) {
	for _, s := range []string{"VA", "new york", "Québec", "D.C.", "", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		code, ok := states.Code(s)
		if ok != states.IsCode(code) {
			t.Fatalf("Code(%q) = %q, %t", s, code, ok)
		}
		if again, _ := states.Code(code); ok && again != code {
			t.Fatalf("Code(%q) = %q, again %q", s, code, again)
		}
	})
}
