// Package wiretext mends what of a reply's text would keep a decoder from reading all
// the rest: one bad byte in a list of thousands is one record's.
package wiretext

import (
	"bufio"
	"encoding/binary"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// mark stands for a byte that is no UTF-8, as long as text is in a decoder. It is a
// character that no text has: one of those that Unicode will never give a meaning.
const mark = "\U0010FFFF"

// Restored puts a byte that is no UTF-8 back where the mark is, so that whoever has the
// text can tell, and refuse it.
func Restored(s string) string {
	if strings.IndexByte(s, mark[0]) < 0 {
		return s
	}
	return strings.ReplaceAll(s, mark, "\xff")
}

// Reader hands text on with a mark for each byte that is no UTF-8 and a space for each
// character that XML does not allow. Of JSON it also makes a space of half a surrogate
// pair.
type Reader struct {
	r      *bufio.Reader
	json   bool
	rest   string // what comes before the next of r
	failed error
}

// ofJSON is how far ahead the escapes of a pair reach.
const ofJSON = 12

// XML makes a Reader of XML text.
func XML(r *bufio.Reader) *Reader { return &Reader{r: r} }

// JSON makes a Reader of JSON text.
func JSON(r *bufio.Reader) *Reader { return &Reader{r: r, json: true} }

// Read implements io.Reader.
func (m *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for m.rest == "" {
		if m.failed != nil {
			return 0, m.failed
		}
		ahead, err := m.r.Peek(1)
		if len(ahead) == 0 {
			return 0, err
		}
		ahead, _ = m.r.Peek(min(len(p), m.r.Buffered())) // it is there
		if n := m.good(ahead); n > 0 {
			copy(p, ahead[:n])
			_, err = m.r.Discard(n)
			return n, err
		}
		m.rest, m.failed = m.mended()
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

// good is how many bytes may stay as they are.
func (m *Reader) good(p []byte) int {
	i := 0
	for i < len(p) {
		if !m.json && i+eight <= len(p) && printable(binary.LittleEndian.Uint64(p[i:])) {
			i += eight
			continue
		}
		switch c := p[i]; {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(p[i:])
			if r == utf8.RuneError && size <= 1 || illegal(r) {
				return i // or it goes on in the next part
			}
			i += size
		case c == '\\' && m.json, c < ' ' && illegal(rune(c)):
			return i
		default:
			i++
		}
	}
	return i
}

const eight = 8

// printable reports whether all of eight bytes are ASCII and no controls.
func printable(w uint64) bool {
	const high, spaces = 0x8080808080808080, 0x2020202020202020
	return (w|(w-spaces))&high == 0
}

// illegal reports whether XML does not allow a character.
func illegal(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
}

// mended takes what good stopped at.
func (m *Reader) mended() (string, error) {
	ahead, err := m.r.Peek(ofJSON)
	if err != nil && err != io.EOF && len(ahead) < utf8.UTFMax { // it may be the beginning of a character
		return "", err
	}
	text, size := m.mend(ahead)
	_, err = m.r.Discard(size)
	return text, err
}

func (m *Reader) mend(ahead []byte) (text string, size int) {
	if ahead[0] == '\\' && m.json {
		return escape(ahead)
	}
	r, size := utf8.DecodeRune(ahead)
	switch {
	case r == utf8.RuneError && size == 1:
		return mark, 1
	case illegal(r):
		return " ", size
	}
	return string(ahead[:size]), size
}

// escape is an escape of JSON, and a pair of them that belong together.
func escape(ahead []byte) (text string, size int) {
	const one = len(`\u0000`)
	code, ok := unit(ahead)
	if !ok {
		size = min(len(ahead), len(`\n`))
		if size == 2 && (ahead[1] < ' ' || ahead[1] >= utf8.RuneSelf) {
			size = 1 // no escape, for the decoder to say
		}
		return string(ahead[:size]), size
	}
	second, paired := unit(ahead[one:])
	switch high := code >= 0xD800 && code <= 0xDBFF; {
	case high && paired && second >= 0xDC00 && second <= 0xDFFF:
		return string(ahead[:2*one]), 2 * one
	case code >= 0xD800 && code <= 0xDFFF:
		return " ", one
	}
	return string(ahead[:one]), one
}

// unit reads \uXXXX.
func unit(p []byte) (uint64, bool) {
	if len(p) < 6 || p[0] != '\\' || p[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p[2:6]), 16, 32)
	return n, err == nil
}
