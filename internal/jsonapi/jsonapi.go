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

	"github.com/securitytrax/adcimport/internal/jsonbound"
)

// MediaType is the media type of requests and replies.
const MediaType = "application/vnd.api+json"

// ErrNotADocument says that a reply is no JSON:API document. It quotes nothing
// of the reply.
var ErrNotADocument = errors.New("reply is not a JSON:API document")

// Document is a reply.
type Document struct {
	Data   []Resource // one, or the members of a collection
	Many   bool       // data was a list
	Next   string     // links.next; empty: none
	Errors []Error

	Included json.RawMessage // what came along with the data, as written: see IncludedResources
}

// IncludedResources are the resources that came along with the data; none where they
// are not as they should be, since in most replies nobody reads them.
func (d Document) IncludedResources() []Resource {
	var list []Resource
	if len(d.Included) == 0 || json.Unmarshal(d.Included, &list) != nil {
		return nil
	}
	return list
}

// Resource is a resource object, or an identifier: then without attributes.
//
//nolint:recvcheck // a value everywhere but where it is read into
type Resource struct {
	Type          string
	ID            string
	Attributes    map[string]any          // text, json.Number or bool; anything else is nil
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

// limits are what a document may hold: some thousand resources of some dozen
// attributes. Each part of it may take a hundred bytes in memory.
func limits() jsonbound.Limits {
	return jsonbound.Limits{Depth: 64, ItemParts: 200_000, TextBytes: 256 << 10}
}

// maxID bounds an id, in bytes: ids are kept longer than their document.
const maxID = 256

// Decode reads a document. A byte order mark is skipped. A document without
// data and errors is [ErrNotADocument], and so is anything else that is not one,
// that is no UTF-8, or that holds more than a document may.
func Decode(body []byte) (Document, error) {
	var w wireDocument
	if err := unmarshal(body, &w); err != nil {
		return Document{}, err
	}
	if !w.Data.given && !w.Errors.given {
		return Document{}, fmt.Errorf("%w: neither data nor errors", ErrNotADocument)
	}
	doc := Document{Data: w.Data.list, Many: w.Data.many, Next: string(w.Links.Next), Errors: w.Errors.list, Included: w.Included}
	if len(doc.Data) == 0 {
		doc.Data = nil
	}
	return doc, nil
}

// unmarshal decodes what is within the limits. The decoder's own errors may
// quote the reply, so none of them is passed on.
func unmarshal(body []byte, into any) error {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if jsonbound.Check(body, limits()) != nil || json.Unmarshal(body, into) != nil {
		return ErrNotADocument
	}
	return nil
}
