package soap

import "bytes"

// A list of a million ids is a million elements, of which the XML decoder makes seven
// million allocations. Nearly all are written in one way, which is read here without
// it; all else is left to it.

// maxNumber is the longest element that Numbers takes, in bytes.
const maxNumber = 64

// Numbers reads the next children of the element whose tag was read last, as long as
// each is <name>digits</name> and nothing else, and calls each with the digits. What
// comes after them, also such an element in another form, is for [Children].
func (d *Decoder) Numbers(name string, each func(digits []byte) error) error {
	begin, end := []byte("<"+name+">"), []byte("</"+name+">")
	r := d.tokens.bytes.Reader
	for {
		_, _ = r.Peek(maxNumber)         // an error is met again by who reads on
		ahead, _ := r.Peek(r.Buffered()) // which is much more, mostly
		read, err := numbers(ahead, begin, end, each)
		_, _ = r.Discard(read) // it was there to be looked at
		if err != nil || read == 0 {
			return err
		}
	}
}

// numbers reads those at the beginning of a text, and returns how many bytes they take.
// The text may break off within one, which then is read when more is there.
func numbers(text, begin, end []byte, each func(digits []byte) error) (read int, _ error) {
	for {
		rest, ok := bytes.CutPrefix(text[read:], begin)
		n := 0
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		size := len(begin) + n + len(end)
		if !ok || n == 0 || size > maxNumber || !bytes.HasPrefix(rest[n:], end) {
			return read, nil
		}
		if err := each(rest[:n]); err != nil {
			return read, err
		}
		read += size
	}
}
