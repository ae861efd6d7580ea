package textform

import (
	"net/mail"
	"strings"
	"unicode"
)

// Email reports whether s is one e-mail address and nothing else, as mail can be sent
// to: no name or comment beside it, no second one, no quotes, and no character that is
// not seen.
func Email(s string) bool {
	if len(s) > maxEmail || strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsPrint(r) || unicode.IsSpace(r) || r == unicode.ReplacementChar
	}) {
		return false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s {
		return false
	}
	at := strings.LastIndexByte(s, '@')
	return !strings.ContainsAny(s[:at], `"`) && host(s[at+1:])
}

const maxEmail = 254 // bytes of a path in SMTP

// host reports whether s is a domain: letters, digits and hyphens, with dots between.
func host(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || label != strings.Trim(label, "-") || strings.ContainsFunc(label, func(r rune) bool {
			return r != '-' && !unicode.In(r, unicode.L, unicode.N, unicode.M)
		}) {
			return false
		}
	}
	return true
}
