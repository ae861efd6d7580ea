package textform_test

import (
	"net/mail"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport/internal/textform"
)

// Fault 44: what a login must not be mailed to.
func TestEmail(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"ann@example.com": true, "a.b+c@mail.example.co.uk": true, "o'neil@example.com": true, "A_B@EXAMPLE.COM": true,
		"zoë@exämple.de": true, "ann@localhost": true, "1@2.example": true,
		"": false, "ann": false, "@example.com": false, "ann@": false, "a@x;b@y": false, "a@x,b@y": false, "a@x b@y": false,
		"a@b@c": false, "mailto:a@x": false, "mailto:a@x;": false, "a@x.com\u200b": false, "\ufeffa@x.com": false, "a\u200b@x.com": false,
		"a@x.com\u00a0": false, " a@x.com": false, "a@x.com\n": false, "a@x.com\r\nBcc: b@y.com": false, "Ann <a@x.com>": false,
		"<a@x.com>": false, "a@x.com (Ann)": false, `"a b"@x.com`: false, `"a"@x.com`: false, "a..b@x.com": false, ".a@x.com": false,
		"a@x..com": false, "a@x.com.": false, "a@.com": false, "a@-x.com": false, "a@[127.0.0.1]": false, "a@x_y.com": false,
		"a@x.com\u202e": false, "a\x00@x.com": false, "a@x.com\xff": false, "n/a": false, "none@none@none.com": false, "a@x.com.;": false,
		strings.Repeat("a", 250) + "@x.com": false,
	} {
		if got := textform.Email(s); got != want {
			t.Errorf("Email(%q) = %t", s, got)
		}
	}
}

// What is one is one to package net/mail too, and can stand in a header.
func FuzzEmail(f *testing.F) {
	for _, s := range []string{"a@x.com", "a@x;b@y", "mailto:a@x", "\"a\"@x", "a@x.com\u200b", "a@[1.2.3.4]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !textform.Email(s) {
			return
		}
		if a, err := mail.ParseAddress(s); err != nil || a.Address != s || strings.ContainsAny(s, "\r\n\t ,;<>()\"") || strings.Count(s, "@") != 1 {
			t.Fatalf("%q: %v", s, err)
		}
	})
}
