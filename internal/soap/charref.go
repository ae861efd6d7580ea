package soap

import (
	"bufio"
	"io"
	"strconv"
)

// charrefs replaces references to characters that XML does not allow, as in
// &#x1F;, by a space. XmlSerializer writes such references for control
// characters in its data, and the decoder would refuse the whole reply.
type charrefs struct {
	r    *bufio.Reader
	rest []byte // of a replaced or passed reference
}

// longestRef is the longest text looked at after an ampersand, as in #x10FFFF;.
const longestRef = 12

func (c *charrefs) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(c.rest) > 0 {
		n := copy(p, c.rest)
		c.rest = c.rest[n:]
		return n, nil
	}
	buf, err := c.r.Peek(1)
	if len(buf) == 0 {
		return 0, err
	}
	buf, err = c.r.Peek(min(len(p), max(1, c.r.Buffered())))
	if len(buf) == 0 {
		return 0, err
	}
	n := 0
	for n < len(buf) && buf[n] != '&' {
		n++
	}
	if n > 0 {
		copy(p, buf[:n])
		_, err = c.r.Discard(n)
		return n, err
	}
	c.rest, err = c.reference()
	if err != nil && len(c.rest) == 0 {
		return 0, err
	}
	return c.Read(p)
}

// reference takes the reference that starts at the reader's place.
func (c *charrefs) reference() ([]byte, error) {
	ahead, err := c.r.Peek(longestRef)
	if err != nil && err != io.EOF {
		return nil, err
	}
	end := 0
	for end < len(ahead) && ahead[end] != ';' {
		end++
	}
	if end == len(ahead) || !illegalRef(ahead[1:end]) {
		_, err = c.r.Discard(1)
		return []byte{'&'}, err
	}
	_, err = c.r.Discard(end + 1)
	return []byte{' '}, err
}

// illegalRef reports whether ref, as in #x1F or #31, names a character that XML
// 1.0 does not allow.
func illegalRef(ref []byte) bool {
	if len(ref) < 2 || ref[0] != '#' {
		return false
	}
	digits, base := string(ref[1:]), 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil {
		return false
	}
	switch {
	case n == 0x9 || n == 0xA || n == 0xD:
		return false
	case n < 0x20, n >= 0xD800 && n <= 0xDFFF, n == 0xFFFE, n == 0xFFFF, n > 0x10FFFF:
		return true
	}
	return false
}
