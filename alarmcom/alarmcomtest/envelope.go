package alarmcomtest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"strconv"
	"strings"
)

const (
	soap11 = "http://schemas.xmlsoap.org/soap/envelope/"
	soap12 = "http://www.w3.org/2003/05/soap-envelope"
	xsi    = "http://www.w3.org/2001/XMLSchema-instance"
)

// node is an element of a request.
type node struct {
	space, name string
	null        bool // xsi:nil
	chars       string
	children    []*node
}

// envelope is a request.
type envelope struct{ auth, body *node }

var errBadRequest = errors.New("Server was unable to read request. ---> There is an error in XML document.") //nolint:revive,staticcheck // the service's own text

// parseEnvelope reads a request.
func parseEnvelope(text []byte, is12 bool) (*envelope, error) {
	root, err := parse(text)
	want := soap11
	if is12 {
		want = soap12
	}
	if err != nil || root.name != "Envelope" || root.space != want {
		return nil, errBadRequest
	}
	e := &envelope{}
	for _, part := range root.children {
		switch {
		case part.space != want:
		case part.name == "Header":
			e.auth = part.child(namespace, "Authentication")
		case part.name == "Body" && len(part.children) > 0:
			e.body = part.children[0]
		}
	}
	return e, nil
}

func parse(text []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	top := &node{}
	open := []*node{top}
	for {
		tok, err := d.Token()
		if err != nil {
			break // the end, or an error: then an element is still open
		}
		last := open[len(open)-1]
		switch t := tok.(type) {
		case xml.StartElement:
			n := &node{space: t.Name.Space, name: t.Name.Local}
			for _, a := range t.Attr {
				n.null = n.null || a.Name.Space == xsi && a.Name.Local == "nil" && (a.Value == "true" || a.Value == "1")
			}
			last.children = append(last.children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			last.chars += string(t)
		}
	}
	if len(open) != 1 || len(top.children) != 1 {
		return nil, errBadRequest
	}
	return top.children[0], nil
}

func (n *node) child(space, name string) *node {
	if n == nil {
		return nil
	}
	for _, c := range n.children {
		if c.space == space && c.name == name && !c.null {
			return c
		}
	}
	return nil
}

// members answers the children that stand where the WSDL has them, by name: as
// an .asmx, it drops what is unknown or misplaced without a word (FACTS 1).
func (n *node) members(order ...string) map[string]*node {
	found := map[string]*node{}
	if n == nil {
		return found
	}
	at := 0
	for _, c := range n.children {
		for i := at; i < len(order); i++ {
			if c.space == namespace && c.name == order[i] {
				if !c.null {
					found[c.name] = c
				}
				at = i + 1
				break
			}
		}
	}
	return found
}

func (n *node) text(name string) string {
	if c := n.child(namespace, name); c != nil {
		return c.chars
	}
	return ""
}

// number is the default 0 where there is none.
func (n *node) number() int {
	if n == nil {
		return 0
	}
	v, _ := strconv.Atoi(strings.TrimSpace(n.chars)) // 0, as the service's default
	return v
}

// truth is the default false where there is none.
func (n *node) truth() bool {
	if n == nil {
		return false
	}
	text := strings.TrimSpace(n.chars)
	return text == "true" || text == "1"
}
