package textform

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// AsRead writes a number, a code or a date as a person reads it: without what is not
// seen, with plain spaces, hyphens and digits of full width as those of a keyboard.
// Other letters and digits stay.
func AsRead(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return strings.TrimSpace(strings.Map(plain, s))
		}
	}
	return strings.TrimSpace(s)
}

// pasted is AsRead of a cell of a spreadsheet, without what keeps a spreadsheet from
// changing it (="0123", an apostrophe), quotes around it and a separator after it.
func pasted(s string) string {
	s = strings.TrimSpace(strings.TrimRight(AsRead(s), ",;"))
	s = strings.TrimPrefix(s, "'")
	if text, ok := strings.CutSuffix(strings.TrimPrefix(s, "="), `"`); ok && strings.HasPrefix(text, `"`) {
		return strings.TrimSpace(text[1:])
	}
	return s
}

func plain(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		return r
	case unicode.IsSpace(r), r == '\u2800':
		return ' '
	case unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return -1
	case unicode.Is(unicode.Pd, r), r == '\u2212', r == '\u02d7', r == '\u2043':
		return '-'
	case r >= '！' && r <= '～': // full width
		return r - '！' + '!'
	}
	return r
}
