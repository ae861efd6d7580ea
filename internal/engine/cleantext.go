package engine

import (
	"maps"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/securitytrax/adcimport/ledger"
)

// CleanText makes the text of a source's record what it looks like: a control character
// is a space, and text of which nothing is seen is empty, so that what is required is
// missed. Ids stay. It returns what [brokenText] finds.
func CleanText(record any) []ledger.FieldError {
	v := reflect.ValueOf(record).Elem()
	if everyText(v, plainText) { // as nearly all are
		return nil
	}
	cleanIn(v)
	return brokenText(record)
}

// plainText reports whether there is nothing to clean, and nothing broken.
func plainText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c < ' ' || c == 0x7f {
			return utf8.ValidString(s) && cleaned(s) == s
		}
	}
	return true
}

func cleanIn(v reflect.Value) {
	switch v.Kind() { //nolint:exhaustive // nothing else holds text
	case reflect.String:
		if v.CanSet() {
			v.SetString(cleaned(v.String()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && !strings.HasSuffix(f.Name, "ID") && !strings.HasSuffix(f.Name, "IDs") {
				cleanIn(v.Field(i))
			}
		}
	case reflect.Map:
		m, ok := reflect.TypeAssert[map[string]string](v)
		if !ok || !v.CanSet() {
			return
		}
		m = maps.Clone(m) // it is the source's
		for key, value := range m {
			m[key] = cleaned(value)
		}
		v.Set(reflect.ValueOf(m))
	}
}

// cleaned leaves what is no UTF-8 as it is, for somebody to refuse.
func cleaned(s string) string {
	if !utf8.ValidString(s) {
		return s
	}
	seen := false
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r' || isNone(r) {
			return ' '
		}
		seen = seen || !unseen(r)
		return r
	}, s)
	if !seen && strings.TrimSpace(s) != "" {
		return ""
	}
	return s
}

// isNone reports whether Unicode will never make a character of a code point.
func isNone(r rune) bool { return r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF }

// unseen reports whether a character shows nothing: spaces, marks of direction, joiners,
// and what fills the place of a letter, as the Hangul fillers and the empty pattern of
// Braille do.
func unseen(r rune) bool {
	return unicode.IsSpace(r) || r == '\u2800' ||
		unicode.In(r, unicode.Cf, unicode.Cc, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
