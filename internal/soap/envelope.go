// Package soap is the little of SOAP 1.1 and 1.2 that document/literal services
// need: envelopes out, and replies in as a stream of tokens. It keeps nothing of
// a reply's text in its errors.
package soap

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
)

// Version is a version of SOAP.
type Version int

// The versions.
const (
	V11 Version = iota
	V12
)

// The namespaces of the two envelopes.
const (
	Namespace11 = "http://schemas.xmlsoap.org/soap/envelope/"
	Namespace12 = "http://www.w3.org/2003/05/soap-envelope"
)

const xsiNamespace = "http://www.w3.org/2001/XMLSchema-instance"

// Nil is a value type without a value: <X xsi:nil="true"></X>. The zero value
// must not be sent, [Null] is the one to use.
type Nil struct {
	Nil string `xml:"xsi:nil,attr"`
}

// Null answers the value type without a value.
func Null() Nil { return Nil{Nil: "true"} }

func (v Version) namespace() string {
	if v == V12 {
		return Namespace12
	}
	return Namespace11
}

// Envelope renders an envelope around one header and one body element.
func Envelope(v Version, header, body any) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, `%s<soap:Envelope xmlns:soap="%s" xmlns:xsi="%s"><soap:Header>`, xml.Header, v.namespace(), xsiNamespace)
	enc := xml.NewEncoder(&b)
	if err := enc.Encode(header); err != nil {
		return nil, fmt.Errorf("render SOAP header: %w", err)
	}
	b.WriteString("</soap:Header><soap:Body>")
	if err := enc.Encode(body); err != nil {
		return nil, fmt.Errorf("render SOAP body: %w", err)
	}
	b.WriteString("</soap:Body></soap:Envelope>")
	return b.Bytes(), nil
}

// SetHeader sets the HTTP headers that carry the action and the content type.
func SetHeader(h http.Header, v Version, action string) {
	if v == V12 {
		h.Set("Content-Type", fmt.Sprintf(`application/soap+xml; charset=utf-8; action=%q`, action))
		h.Set("Accept", "application/soap+xml, text/xml")
		return
	}
	h.Set("Content-Type", "text/xml; charset=utf-8")
	h.Set("SOAPAction", `"`+action+`"`)
	h.Set("Accept", "text/xml")
}
