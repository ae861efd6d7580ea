// Package states knows the closed list of 72 states that SecurityTrax accepts:
// the 50 states and DC, 8 territories, and 13 Canadian provinces and
// territories (FACTS of SecurityTrax, "state").
package states

import (
	"slices"
	"strings"
	"unicode"
)

// Codes returns the 72 two-letter codes, sorted. The slice is the caller's.
func Codes() []string {
	codes := make([]string, 0, len(names))
	for c := range names {
		codes = append(codes, c)
	}
	slices.Sort(codes)
	return codes
}

// IsCode reports whether s is one of the 72 codes, in upper case.
func IsCode(s string) bool {
	_, ok := names[s]
	return ok
}

// Code returns the two-letter code of a state that is given as code or by name,
// in any case, with or without accents, dots and repeated spaces. It allocates
// nothing for a code in upper case.
func Code(s string) (code string, ok bool) {
	if IsCode(s) {
		return s, true
	}
	key := fold(s)
	if len(key) == 2 {
		code = strings.ToUpper(key)
		return code, IsCode(code)
	}
	for code, name := range names {
		if name == key {
			return code, true
		}
	}
	code, ok = otherNames[key]
	return code, ok
}

// fold makes names comparable: lower case, letters only with single spaces
// between words; accents of the two official languages of Canada go.
func fold(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		if unicode.IsSpace(r) || r == '-' || r == '_' {
			gap = b.Len() > 0
			continue
		}
		text := plain(unicode.ToLower(r))
		if text == "" {
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteString(text)
	}
	return b.String()
}

func plain(r rune) string {
	switch r {
	case 'é', 'è', 'ê', 'ë':
		return "e"
	case 'î', 'ï':
		return "i"
	case 'ô':
		return "o"
	case 'à', 'â':
		return "a"
	case 'ç':
		return "c"
	case '&':
		return "and"
	case '.', ',', '\'', '’':
		return ""
	}
	if unicode.Is(unicode.Mn, r) { // an accent of its own
		return ""
	}
	return string(r)
}
