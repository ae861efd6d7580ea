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

// DecodeErrorsBy reads errors likewise. One without a source that can be used has for
// its pointer the attribute that a member of the error object names; the member of a
// member has a dot before it. An empty name is none.
func DecodeErrorsBy(body []byte, member string) []Error {
	list := DecodeErrors(body)
	var w struct {
		Errors oneOrMany[namingError] `json:"errors"`
	}
	if member == "" || len(list) == 0 || unmarshal(body, &w) != nil {
		return list
	}
	path, at := strings.Split(member, "."), 0
	for _, e := range w.Errors.list {
		if !e.read || at == len(list) {
			continue
		}
		if name := e.named(path); name != "" && list[at].Pointer == "" {
			list[at].Pointer = "/data/attributes/" + name
		}
		at++
	}
	return list
}

// namingError is an error object with all that it has, by the rule of lenientError.
type namingError struct {
	lenientError

	members map[string]any
}

// UnmarshalJSON implements json.Unmarshaler.
func (e *namingError) UnmarshalJSON(raw []byte) error {
	_ = e.lenientError.UnmarshalJSON(raw) // it never fails
	_ = json.Unmarshal(raw, &e.members)   // without members it names nothing
	return nil
}

// named is the text at a path, where it can be a name.
func (e *namingError) named(path []string) string {
	var v any = e.members
	for _, name := range path {
		members, _ := v.(map[string]any)
		v = members[name]
	}
	text, _ := v.(string)
	return Token(text)
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
