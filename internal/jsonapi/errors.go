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
	var w struct {
		Errors wireErrors `json:"errors"`
	}
	if unmarshal(body, &w) != nil {
		return nil
	}
	return w.Errors.list
}

// maxErrors is how many errors of a reply are kept.
const maxErrors = 100

type wireError struct {
	Status scalar `json:"status"`
	Code   scalar `json:"code"`
	Source struct {
		Pointer   string `json:"pointer"`
		Parameter string `json:"parameter"`
		Header    string `json:"header"`
	} `json:"source"`
}

// wireErrors are a list or a single object; what is neither is skipped.
type wireErrors struct {
	given bool
	list  []Error
}

// UnmarshalJSON implements json.Unmarshaler.
func (e *wireErrors) UnmarshalJSON(raw []byte) error {
	*e = wireErrors{given: true}
	var items oneOrMany[lenientError]
	_ = items.UnmarshalJSON(raw) // no error document, then
	for _, item := range items.list {
		if item.read && len(e.list) < maxErrors {
			e.list = append(e.list, item.Error)
		}
	}
	return nil
}

// lenientError is an error object; read is false where it is none.
type lenientError struct {
	Error

	read bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (e *lenientError) UnmarshalJSON(raw []byte) error {
	var w wireError
	if json.Unmarshal(raw, &w) != nil {
		return nil //nolint:nilerr // one that cannot be read says nothing
	}
	*e = lenientError{read: true, Error: Error{
		Status:  Token(string(w.Status)),
		Code:    Token(string(w.Code)),
		Pointer: pointer(w.Source.Pointer, w.Source.Parameter, w.Source.Header),
	}}
	return nil
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
