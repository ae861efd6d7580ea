package textform_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/securitytrax/adcimport/internal/textform"
)

func TestCollapse(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", " ": "", "a": "a", "a b": "a b", " a b": "a b", "a b ": "a b", "a  b": "a b",
		"a\tb": "a b", "a\nb": "a b", "a\u00a0b": "a b", "é  é": "é é", "é é": "é é", "a \r\n b": "a b",
	} {
		if got := textform.Collapse(in); got != want {
			t.Errorf("Collapse(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzCollapse(f *testing.F) {
	f.Add(" a  b ")
	f.Add("a\u00a0b")
	f.Fuzz(func(t *testing.T, s string) {
		if want, got := strings.Join(strings.Fields(s), " "), textform.Collapse(s); got != want {
			t.Fatalf("Collapse(%q) = %q, want %q", s, got, want)
		}
	})
}

func TestDigits(t *testing.T) {
	t.Parallel()
	if got := textform.Digits("A-1 (2)٣3"); got != "123" {
		t.Errorf("Digits = %q", got)
	}
}

func FuzzTruncate(f *testing.F) {
	f.Add("héllo", 3)
	f.Add("", 1)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if n < 1 || n > 100 {
			return
		}
		got := textform.Truncate(s, n)
		if !strings.HasPrefix(s, got) || utf8.RuneCountInString(got) != min(n, utf8.RuneCountInString(s)) {
			t.Fatalf("Truncate(%q, %d) = %q", s, n, got)
		}
	})
}
