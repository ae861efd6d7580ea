package service

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// OneLine reports whether a text is one line of text: what is copied with the end of
// its line, or with a tab, is another password to a service, and locks a login.
func OneLine(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}
