package jsonapi

import (
	"bytes"
	"encoding/json"
	"slices"
)

// The types of this file take what they need from the text at once, and keep no
// copy of it.

type wireDocument struct {
	Data  oneOrMany[Resource] `json:"data"`
	Links struct {
		Next link `json:"next"`
	} `json:"links"`
	Errors   wireErrors      `json:"errors"`
	Included json.RawMessage `json:"included"`
}

type wireResource struct {
	Type          string                      `json:"type"`
	ID            scalar                      `json:"id"`
	Attributes    map[string]attribute        `json:"attributes"`
	Relationships map[string]wireRelationship `json:"relationships"`
}

type wireRelationship struct {
	Data oneOrMany[wireIdentifier] `json:"data"`
}

type wireIdentifier struct {
	Type string `json:"type"`
	ID   scalar `json:"id"`
}

// oneOrMany is an object, a list of them, or null.
type oneOrMany[T any] struct {
	given, many bool
	list        []T
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrMany[T]) UnmarshalJSON(raw []byte) error {
	*o = oneOrMany[T]{given: true}
	switch {
	case isNull(raw):
		return nil
	case raw[0] == '[':
		o.many = true
		return json.Unmarshal(raw, &o.list)
	}
	o.list = make([]T, 1)
	return json.Unmarshal(raw, &o.list[0])
}

func isNull(raw []byte) bool { return string(bytes.TrimSpace(raw)) == "null" }

// UnmarshalJSON implements json.Unmarshaler.
func (r *Resource) UnmarshalJSON(raw []byte) error {
	var w wireResource
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	*r = w.resource()
	if r.hasLongID() {
		return ErrNotADocument
	}
	return nil
}

func (r *Resource) hasLongID() bool {
	for _, ids := range r.Relationships {
		if slices.ContainsFunc(ids, func(i Identifier) bool { return len(i.ID) > maxID }) {
			return true
		}
	}
	return len(r.ID) > maxID
}

func (w wireResource) resource() Resource {
	r := Resource{Type: w.Type, ID: string(w.ID)}
	if w.Attributes != nil {
		r.Attributes = make(map[string]any, len(w.Attributes))
	}
	for name, a := range w.Attributes {
		r.Attributes[name] = a.value
	}
	for name, rel := range w.Relationships {
		if !rel.Data.given {
			continue // links only
		}
		if r.Relationships == nil {
			r.Relationships = make(map[string][]Identifier)
		}
		ids := make([]Identifier, len(rel.Data.list))
		for i, id := range rel.Data.list {
			ids[i] = Identifier{Type: id.Type, ID: string(id.ID)}
		}
		r.Relationships[name] = ids
	}
	return r
}

// attribute keeps what can be read as text, with exact numbers.
type attribute struct{ value any }

// UnmarshalJSON implements json.Unmarshaler.
func (a *attribute) UnmarshalJSON(raw []byte) error {
	a.value = nil
	switch raw[0] {
	case '"':
		var text string
		err := json.Unmarshal(raw, &text)
		a.value = text
		return err
	case 't', 'f':
		a.value = raw[0] == 't'
	case 'n', '{', '[':
	default:
		a.value = json.Number(raw)
	}
	return nil
}

// link is a string or an object with href.
type link string

// UnmarshalJSON implements json.Unmarshaler.
func (l *link) UnmarshalJSON(raw []byte) error {
	*l = ""
	switch raw[0] {
	case '"':
		return json.Unmarshal(raw, (*string)(l))
	case '{':
		var object struct {
			Href link `json:"href"`
		}
		err := json.Unmarshal(raw, &object)
		*l = object.Href
		return err
	}
	return nil
}

// scalar takes a string or a number: ids and codes come as either.
type scalar string

// UnmarshalJSON implements json.Unmarshaler.
func (s *scalar) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		*s = scalar(text)
		return nil
	}
	var number json.Number
	if err := json.Unmarshal(raw, &number); err != nil {
		return ErrNotADocument
	}
	*s = scalar(number.String())
	return nil
}
