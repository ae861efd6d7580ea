package jsonbound_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/securitytrax/adcimport/internal/jsonbound"
)

// Faults 50 and 32: what a decoder would take too much memory for, or replace.
func TestScan(t *testing.T) {
	t.Parallel()
	limits := jsonbound.Limits{Depth: 3, Items: 4, ItemBytes: 20, ItemParts: 4, TextBytes: 18}
	for text, want := range map[string]error{
		"":                              nil,
		`[{"a":[1]},null,"[[[[",{}]`:    nil,
		`{"a":{"b":{}}}`:                nil,
		`"\\"`:                          nil,
		`"\"[[[["`:                      nil,
		`[[[1]]]`:                       nil,
		`[[[[1]]]]`:                     jsonbound.ErrTooDeep,
		`{"a":[{"b":{}}]}`:              jsonbound.ErrTooDeep,
		`[1,2,3,4]`:                     nil,
		`[1,2,3,4,5]`:                   jsonbound.ErrTooMany,
		`[{},{},{},{},{}]`:              jsonbound.ErrTooMany,
		`[[1,2,3],[1,2,3,4]]`:           nil,
		`[[1,2,3,4,5]]`:                 jsonbound.ErrTooMany,
		`{"a":[1,2,3,4]}`:               jsonbound.ErrTooMany,
		`["12345678901234567890"]`:      jsonbound.ErrTooLarge,
		`["123456789012345678"]`:        jsonbound.ErrTooLarge,
		`"123456789012345678"`:          nil,
		`"1234567890123456789"`:         jsonbound.ErrTooLarge,
		`["1234567890","1234567890"]`:   nil,
		"[" + strings.Repeat(" ", 30):   jsonbound.ErrTooLarge,
		"\"Ren\xc3\xa9\"":               nil,
		"\"Ren\xe9\"":                   jsonbound.ErrEncoding,
		"\"Ren\xe9":                     jsonbound.ErrEncoding,
		"\"\xed\xa0\x80\"":              jsonbound.ErrEncoding, // a surrogate as if it were a character
		"\"\xc0\x80\"":                  jsonbound.ErrEncoding, // longer than it need be
		`"Ren\u00e9"`:                   nil,
		`"\ud83d\ude00"`:                nil,
		`"\uD83D\uDE00 \n"`:             nil,
		`"\ud83d"`:                      jsonbound.ErrEncoding,
		`"\ud83dx"`:                     jsonbound.ErrEncoding,
		`"\ud83d\n"`:                    jsonbound.ErrEncoding,
		`"\ud83d\u0041"`:                jsonbound.ErrEncoding,
		`"\ud83d\ud83d"`:                jsonbound.ErrEncoding,
		`"\ude00"`:                      jsonbound.ErrEncoding,
		`"\\ud83d"`:                     nil,
		"{\"\xe9\":1}":                  jsonbound.ErrEncoding,
		"\xff\xfe[\x00":                 jsonbound.ErrEncoding,
		"\"\xf0\x9f\x98\x80 \xe2\x82\"": jsonbound.ErrEncoding,
	} {
		whole := jsonbound.Check([]byte(text), limits)
		s := jsonbound.New(limits)
		var err error
		for i := 0; i < len(text) && err == nil; i++ {
			err = s.Scan([]byte{text[i]})
		}
		if err == nil {
			err = s.End()
		}
		if !errors.Is(whole, want) || !errors.Is(err, want) || want == nil && (whole != nil || err != nil) {
			t.Errorf("%q: %v, byte by byte %v, want %v", text, whole, err, want)
		}
	}
}

// FuzzCheck shows that a text which passes is decoded without a replacement,
// and that it does not matter how it is cut.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{`{"a":"\ud83d\ude00"}`, `"\ud83d"`, "\"Ren\xe9\"", `[[1],{"a":"\\u"}]`, `"é\u00e9"`} {
		f.Add([]byte(seed), 3)
	}
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		limits := jsonbound.Limits{Depth: 8, Items: 8, ItemBytes: 100, ItemParts: 20}
		whole := jsonbound.Check(text, limits)
		if cut >= 0 && cut <= len(text) {
			s := jsonbound.New(limits)
			err := s.Scan(text[:cut])
			if err == nil {
				err = s.Scan(text[cut:])
			}
			if err == nil {
				err = s.End()
			}
			if (err == nil) != (whole == nil) {
				t.Errorf("cut at %d: %v, whole %v", cut, err, whole)
			}
		}
		var v string
		if whole != nil || json.Unmarshal(text, &v) != nil {
			return
		}
		if strings.ContainsRune(v, utf8.RuneError) && !strings.Contains(string(text), "\uFFFD") &&
			!strings.Contains(strings.ToLower(string(text)), `\ufffd`) {
			t.Errorf("%q became %q", text, v)
		}
	})
}
