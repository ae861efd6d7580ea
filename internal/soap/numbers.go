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
		ahead, _ := r.Peek(maxNumber) // an error is met again by who reads on
		rest, ok := bytes.CutPrefix(ahead, begin)
		n := 0
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		if !ok || n == 0 || !bytes.HasPrefix(rest[n:], end) {
			return nil
		}
		if err := each(rest[:n]); err != nil {
			return err
		}
		_, _ = r.Discard(len(begin) + n + len(end)) // it was there to be looked at
	}
}
