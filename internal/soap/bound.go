package soap

import (
	"bufio"
	"encoding/xml"
)

// What one reply may hold, whatever its size. The XML decoder itself keeps a
// whole tag, a whole text and every open element, however many they are.
const (
	maxDepth       = 64        // elements within each other
	maxAttributes  = 64        // of one element
	maxText        = 256 << 10 // bytes of one tag, one comment, and the text of one element
	maxDecoded     = 100_000   // elements below one that is decoded as a whole
	maxDecodedText = 8 << 20   // bytes of text in it
	maxFaultBytes  = 1 << 20   // of a fault
	unboundedCount = -1
)

// Decoder reads a reply within the bounds of this package. What goes beyond them
// is a [*FormatError].
type Decoder struct {
	*xml.Decoder

	tokens *tokens
}

func newDecoder(r *bufio.Reader, src *source) *Decoder {
	bytes := &tokenBytes{Reader: r}
	raw := xml.NewDecoder(bytes)
	raw.CharsetReader = charset
	t := &tokens{raw: raw, bytes: bytes, src: src, left: unboundedCount}
	return &Decoder{Decoder: xml.NewTokenDecoder(t), tokens: t}
}

// DecodeElement decodes an element that was just opened, with at most as many
// below it as one record or one list of choices has.
func (d *Decoder) DecodeElement(v any, start *xml.StartElement) error {
	d.tokens.left, d.tokens.decoded = maxDecoded, 0
	err := d.Decoder.DecodeElement(v, start)
	d.tokens.left = unboundedCount
	return err
}

// tokenBytes lets the decoder read no more than a token may have.
type tokenBytes struct {
	*bufio.Reader

	left int
}

// ReadByte implements io.ByteReader, which is all that the decoder uses.
func (t *tokenBytes) ReadByte() (byte, error) {
	if t.left--; t.left < 0 {
		return 0, &FormatError{Problem: TooLarge}
	}
	return t.Reader.ReadByte()
}

// tokens hands on what the raw decoder reads, as long as it is within bounds.
type tokens struct {
	raw   *xml.Decoder
	bytes *tokenBytes
	src   *source
	depth int
	text  int // bytes since the last tag
	left  int // elements that may still be opened; unboundedCount: any

	decoded int // bytes of text in the element that is decoded
}

// Token implements xml.TokenReader.
func (t *tokens) Token() (xml.Token, error) {
	t.bytes.left = maxText
	tok, err := t.raw.RawToken()
	if err != nil {
		return nil, err
	}
	problem := Problem("")
	switch v := tok.(type) {
	case xml.StartElement:
		problem = t.opened(len(v.Attr))
	case xml.EndElement:
		t.depth, t.text = t.depth-1, 0
	case xml.CharData:
		problem = t.read(len(v))
	}
	if problem != "" {
		line, _ := t.raw.InputPos()
		return nil, &FormatError{Problem: problem, Line: line}
	}
	return tok, nil
}

func (t *tokens) read(text int) Problem {
	if t.left != unboundedCount {
		t.decoded += text
	}
	if t.text += text; t.text > maxText || t.decoded > maxDecodedText {
		return TooLarge
	}
	return ""
}

func (t *tokens) opened(attributes int) Problem {
	t.text = 0
	if t.depth++; t.depth > maxDepth {
		return TooDeep
	}
	if attributes > maxAttributes || t.left == 0 {
		return TooMany
	}
	if t.left > 0 {
		t.left--
	}
	return ""
}

// fault bounds what is still read: a fault is short.
func (t *tokens) fault() { t.src.left = min(t.src.left, maxFaultBytes) }
