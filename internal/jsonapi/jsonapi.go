// Package jsonapi reads and writes the documents of JSON:API 1.1, as far as the
// SecurityTrax API uses them (FACTS "JSON:API 1.1"). Reading is lenient, since
// that API announces "a few variances"; what a reader does not need, such as
// the title and detail of an error, is not even kept.
package jsonapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// MediaType is the media type of requests and replies.
const MediaType = "application/vnd.api+json"

// ErrNotADocument says that a reply is no JSON:API document. It quotes nothing
// of the reply.
var ErrNotADocument = errors.New("reply is not a JSON:API document")

// Document is a reply.
type Document struct {
	Data     []Resource // one, or the members of a collection
	Many     bool       // data was a list
	Included []Resource
	Next     string // links.next; empty: none
	Errors   []Error
}

// Resource is a resource object, or an identifier: then without attributes.
type Resource struct {
	Type          string
	ID            string
	Attributes    map[string]any          // numbers as json.Number
	Relationships map[string][]Identifier // those with data: none, one or several
}

// Identifier names a resource.
type Identifier struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// Text is an attribute as text: a string as it is, a number and a boolean as
// written, anything else empty.
func (r Resource) Text(name string) string {
	switch v := r.Attributes[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	default:
		return ""
	}
}

// Related is the id of the first resource of a relationship; empty: none.
func (r Resource) Related(name string) string {
	if ids := r.Relationships[name]; len(ids) > 0 {
		return ids[0].ID
	}
	return ""
}

type wireDocument struct {
	Data     json.RawMessage `json:"data"`
	Included []wireResource  `json:"included"`
	Links    struct {
		Next json.RawMessage `json:"next"`
	} `json:"links"`
	Errors json.RawMessage `json:"errors"`
}

type wireResource struct {
	Type          string                      `json:"type"`
	ID            scalar                      `json:"id"`
	Attributes    map[string]any              `json:"attributes"`
	Relationships map[string]wireRelationship `json:"relationships"`
}

type wireRelationship struct {
	Data json.RawMessage `json:"data"`
}

// Decode reads a document. A byte order mark is skipped. A document without
// data, errors and meta is [ErrNotADocument], and so is anything else that is
// not one.
func Decode(body []byte) (Document, error) {
	var w wireDocument
	if err := unmarshal(body, &w); err != nil {
		return Document{}, err
	}
	if w.Data == nil && w.Errors == nil {
		return Document{}, fmt.Errorf("%w: neither data nor errors", ErrNotADocument)
	}
	data, many, err := resources(w.Data)
	if err != nil {
		return Document{}, err
	}
	doc := Document{Data: data, Many: many, Next: link(w.Links.Next), Errors: decodeErrors(w.Errors)}
	for _, in := range w.Included {
		r, err := in.resource()
		if err != nil {
			return Document{}, err
		}
		doc.Included = append(doc.Included, r)
	}
	return doc, nil
}

// unmarshal decodes with exact numbers. The decoder's own errors may quote the
// reply, so none of them is passed on.
func unmarshal(body []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))))
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		return ErrNotADocument
	}
	if dec.More() {
		return ErrNotADocument
	}
	return nil
}

func resources(raw json.RawMessage) (list []Resource, many bool, err error) {
	if isNull(raw) {
		return nil, false, nil
	}
	wire, many, err := oneOrMany[wireResource](raw)
	if err != nil {
		return nil, false, err
	}
	for _, w := range wire {
		r, err := w.resource()
		if err != nil {
			return nil, false, err
		}
		list = append(list, r)
	}
	return list, many, nil
}

func oneOrMany[T any](raw json.RawMessage) (list []T, many bool, err error) {
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		err = unmarshal(raw, &list)
		return list, true, err
	}
	var one T
	if err := unmarshal(raw, &one); err != nil {
		return nil, false, err
	}
	return []T{one}, false, nil
}

func isNull(raw json.RawMessage) bool {
	return len(raw) == 0 || string(bytes.TrimSpace(raw)) == "null"
}

func (w wireResource) resource() (Resource, error) {
	r := Resource{Type: w.Type, ID: string(w.ID), Attributes: w.Attributes}
	for name, rel := range w.Relationships {
		if rel.Data == nil {
			continue // links only
		}
		list, err := identifiers(rel.Data)
		if err != nil {
			return Resource{}, err
		}
		if r.Relationships == nil {
			r.Relationships = make(map[string][]Identifier)
		}
		r.Relationships[name] = list
	}
	return r, nil
}

func identifiers(raw json.RawMessage) ([]Identifier, error) {
	if isNull(raw) {
		return []Identifier{}, nil
	}
	wire, _, err := oneOrMany[wireResource](raw)
	if err != nil {
		return nil, err
	}
	list := make([]Identifier, len(wire))
	for i, w := range wire {
		list[i] = Identifier{Type: w.Type, ID: string(w.ID)}
	}
	return list, nil
}

// link reads a link, which is a string or an object with href.
func link(raw json.RawMessage) string {
	var href string
	if json.Unmarshal(raw, &href) == nil {
		return href
	}
	var object struct {
		Href string `json:"href"`
	}
	if json.Unmarshal(raw, &object) == nil {
		return object.Href
	}
	return ""
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
