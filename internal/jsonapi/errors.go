package jsonapi

import (
	"encoding/json"
	"strings"
)

// Error is what is kept of an error object: no title and no detail, which may
// quote what was sent.
type Error struct {
	Status  string
	Code    string // letters, digits and ._- only; else empty
	Pointer string // source.pointer, parameter or header, by the same rule and "/"
}

// Field is the last part of the pointer: the name of the attribute or
// relationship that an error is about; empty: none.
func (e Error) Field() string {
	for _, root := range []string{"/data/attributes/", "/data/relationships/"} {
		if name, ok := strings.CutPrefix(e.Pointer, root); ok {
			name, _, _ = strings.Cut(name, "/")
			return name
		}
	}
	return ""
}

// DecodeErrors reads the errors of a reply, as leniently as possible: a reply
// that is no error document has none.
func DecodeErrors(body []byte) []Error {
	var w wireDocument
	if unmarshal(body, &w) != nil {
		return nil
	}
	return decodeErrors(w.Errors)
}

type wireError struct {
	Status scalar `json:"status"`
	Code   scalar `json:"code"`
	Source struct {
		Pointer   string `json:"pointer"`
		Parameter string `json:"parameter"`
		Header    string `json:"header"`
	} `json:"source"`
}

// decodeErrors takes a list or a single object, and skips what is neither.
func decodeErrors(raw json.RawMessage) []Error {
	if isNull(raw) {
		return nil
	}
	items, _, err := oneOrMany[json.RawMessage](raw)
	if err != nil {
		return nil
	}
	var list []Error
	for _, item := range items {
		var w wireError
		if unmarshal(item, &w) != nil {
			continue
		}
		list = append(list, Error{
			Status:  Token(string(w.Status)),
			Code:    Token(string(w.Code)),
			Pointer: pointer(w.Source.Pointer, w.Source.Parameter, w.Source.Header),
		})
	}
	return list
}

func pointer(candidates ...string) string {
	for _, c := range candidates {
		if c = tokenOf(c, "/[]", 128); c != "" {
			return c
		}
	}
	return ""
}

const (
	maxTokenBytes = 64
	maxDigitRun   = 6 // more in a row may be a phone or an account number
)

// Token answers s when it can only be a code: letters, digits and ._- within 64
// bytes, without a long run of digits. Everything else is dropped, since a
// service may put values into its codes.
func Token(s string) string { return tokenOf(s, "", maxTokenBytes) }

func tokenOf(s, more string, limit int) string {
	if len(s) > limit {
		return ""
	}
	digits := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			if digits++; digits > maxDigitRun {
				return ""
			}
			continue
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', strings.ContainsRune("._-"+more, r):
			digits = 0
		default:
			return ""
		}
	}
	return s
}
