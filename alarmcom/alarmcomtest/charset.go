package alarmcomtest

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// declared is the encoding that an XML declaration names.
var declared = regexp.MustCompile(`^<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']`)

// toUTF8 decodes a request as XML has it: by its byte order mark, by the charset
// of its media type, by its declaration, or else as UTF-8. It returns false for
// an encoding that is not known here.
func toUTF8(text []byte, charset string) ([]byte, bool) {
	switch {
	case bytes.HasPrefix(text, []byte("\xef\xbb\xbf")):
		return text[3:], utf8.Valid(text)
	case bytes.HasPrefix(text, []byte("\xff\xfe")):
		return fromUTF16(text[2:], binary.LittleEndian), true
	case bytes.HasPrefix(text, []byte("\xfe\xff")):
		return fromUTF16(text[2:], binary.BigEndian), true
	}
	if m := declared.FindSubmatch(text); charset == "" && m != nil {
		charset = string(m[1])
	}
	switch strings.ToLower(charset) {
	case "", "utf-8", "utf8", "us-ascii":
		return text, utf8.Valid(text)
	case "utf-16", "utf-16le":
		return fromUTF16(text, binary.LittleEndian), true
	case "utf-16be":
		return fromUTF16(text, binary.BigEndian), true
	case "iso-8859-1":
		runes := make([]rune, len(text))
		for i, b := range text {
			runes[i] = rune(b)
		}
		return []byte(string(runes)), true
	}
	return nil, false
}

func fromUTF16(text []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}
