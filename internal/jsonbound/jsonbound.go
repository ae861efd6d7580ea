// Package jsonbound looks at JSON text on its way to a decoder, and stops it
// where a decoder would take too much memory or would silently replace what is
// no text: encoding/json builds a map for every {}, and puts U+FFFD for bytes that
// are no UTF-8 and for half a surrogate pair.
package jsonbound

import (
	"errors"
	"unicode/utf8"
)

// What can be wrong with a text.
var (
	ErrTooDeep  = errors.New("JSON nested deeper than allowed")
	ErrTooMany  = errors.New("JSON with more items than allowed")
	ErrTooLarge = errors.New("JSON with an item larger than allowed")
	ErrEncoding = errors.New("a character encoding other than UTF-8")
)

// Limits are for one text. An item is an element of the list that the text is,
// or the whole text where it is no list. 0 means no limit.
type Limits struct {
	Depth     int // of nesting
	Items     int // of the list
	ItemBytes int // of one item
	ItemParts int // of one item: objects, lists and commas
	TextBytes int // of one string, as it is written
}

// Scanner holds a text to its limits, part by part. It need not be JSON: that is
// for the decoder to say.
type Scanner struct {
	limits Limits

	list  bool // the text is a list
	began bool // the first object or list was opened
	depth int
	items int
	bytes int // of the item
	parts int // of the item
	text  int // bytes of the string

	quoted, escaped bool
	hex             int  // digits of \u that are still to come
	code            rune // of these digits
	high            bool // the first half of a pair came, and must be followed by the second

	char []byte // the beginning of a character that the next part goes on with
}

// New makes a Scanner for one text.
func New(l Limits) *Scanner { return &Scanner{limits: l} }

// Check holds a whole text to its limits.
func Check(text []byte, l Limits) error {
	s := New(l)
	if err := s.Scan(text); err != nil {
		return err
	}
	return s.End()
}

// Scan looks at the next part of the text.
func (s *Scanner) Scan(part []byte) error {
	if !s.utf8(part) {
		return ErrEncoding
	}
	for _, b := range part {
		var err error
		if s.quoted {
			err = s.inText(b)
		} else {
			err = s.outside(b)
		}
		if err != nil {
			return err
		}
		if s.bytes++; over(s.bytes, s.limits.ItemBytes) {
			return ErrTooLarge
		}
	}
	return nil
}

// End says whether the text may end here.
func (s *Scanner) End() error {
	if len(s.char) > 0 {
		return ErrEncoding
	}
	return nil
}

func over(n, limit int) bool { return limit > 0 && n > limit }

// utf8 reports whether a part is UTF-8 together with what came before.
func (s *Scanner) utf8(p []byte) bool {
	for len(s.char) > 0 && len(p) > 0 {
		s.char, p = append(s.char, p[0]), p[1:]
		if utf8.FullRune(s.char) {
			if !utf8.Valid(s.char) {
				return false
			}
			s.char = s.char[:0]
		}
	}
	for i := len(p) - 1; i >= max(0, len(p)-utf8.UTFMax); i-- {
		if !utf8.RuneStart(p[i]) {
			continue
		}
		if !utf8.FullRune(p[i:]) {
			s.char, p = append(s.char, p[i:]...), p[:i]
		}
		break
	}
	return utf8.Valid(p)
}

// inText follows the escapes of a string.
func (s *Scanner) inText(b byte) error {
	if s.text++; over(s.text-1, s.limits.TextBytes) { // a quote ends it
		return ErrTooLarge
	}
	switch {
	case s.hex > 0:
		s.code = s.code<<4 | digit(b)
		if s.hex--; s.hex > 0 {
			return nil
		}
		low := s.code >= 0xDC00 && s.code <= 0xDFFF
		if low != s.high {
			return ErrEncoding
		}
		s.high = s.code >= 0xD800 && s.code <= 0xDBFF
	case s.escaped:
		s.escaped = false
		if b == 'u' {
			s.hex, s.code = 4, 0
		} else if s.high {
			return ErrEncoding
		}
	case b == '\\':
		s.escaped = true
	case s.high:
		return ErrEncoding
	case b == '"':
		s.quoted = false
	}
	return nil
}

// digit is the value of a hexadecimal digit; the decoder refuses what is none.
func digit(b byte) rune {
	switch {
	case b >= '0' && b <= '9':
		return rune(b - '0')
	case b >= 'a' && b <= 'f':
		return rune(b-'a') + 10
	case b >= 'A' && b <= 'F':
		return rune(b-'A') + 10
	}
	return 0
}

// outside follows what stands between strings.
func (s *Scanner) outside(b byte) error {
	switch b {
	case '"':
		s.quoted, s.text = true, 0
	case '{', '[':
		if !s.began {
			s.began, s.list = true, b == '['
		}
		if s.depth++; over(s.depth, s.limits.Depth) {
			return ErrTooDeep
		}
		return s.part()
	case '}', ']':
		s.depth--
	case ',':
		if !s.list || s.depth != 1 {
			return s.part()
		}
		s.bytes, s.parts = 0, 0
		if s.items++; over(s.items+1, s.limits.Items) {
			return ErrTooMany
		}
	}
	return nil
}

func (s *Scanner) part() error {
	if s.parts++; over(s.parts, s.limits.ItemParts) {
		return ErrTooMany
	}
	return nil
}
