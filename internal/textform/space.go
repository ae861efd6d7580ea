// Package textform brings text that people typed into one form: names, phone
// numbers, postal codes, dates, boolean words. It knows the United States and
// Canada.
package textform

import (
	"strings"
	"unicode/utf8"
)

// Collapse makes one space of every run of white space and removes it at both
// ends. It allocates nothing when there is nothing to change.
func Collapse(s string) string {
	if collapsed(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

func collapsed(s string) bool {
	space := true // so that a leading space is one too many
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			return s == strings.Join(strings.Fields(s), " ")
		case c == ' ' && space, c >= '\t' && c <= '\r':
			return false
		default:
			space = c == ' '
		}
	}
	return !space || s == ""
}

// Digits keeps the digits 0 to 9 of s.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// Truncate keeps the first n characters of s.
func Truncate(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
