package alarmcomtest

import (
	"bytes"
	"encoding/xml"
	"io"
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
	must        bool // a header entry that this server must understand
	chars       string
	children    []*node
}

// refusal is why a request does not reach an operation.
type refusal struct{ code, text string }

func (r *refusal) Error() string { return r.text }

// envelope is a request.
type envelope struct{ auth, body *node }

func badRequest() *refusal {
	return &refusal{"Client", "Server was unable to read request. ---> There is an error in XML document."}
}

// parseEnvelope reads a request.
func parseEnvelope(text []byte, is12 bool) (*envelope, error) {
	root, err := parse(text)
	want := soap11
	if is12 {
		want = soap12
	}
	switch {
	case err != nil || root.name != "Envelope":
		return nil, badRequest()
	case root.space != want:
		return nil, &refusal{"VersionMismatch", "Possible SOAP version mismatch: Envelope namespace was unexpected. Expecting " + want + "."}
	}
	e := &envelope{}
	for _, part := range root.children {
		switch {
		case part.space != want:
		case part.name == "Header":
			if e.auth, err = part.header(); err != nil {
				return nil, err
			}
		case part.name == "Body" && len(part.children) > 0:
			e.body = part.children[0]
		}
	}
	return e, nil
}

// header returns the credentials. Any other entry is ignored, unless the client
// insists on it.
func (n *node) header() (auth *node, err error) {
	for _, c := range n.children {
		switch {
		case c.space == namespace && c.name == "Authentication":
			auth = c
		case c.must:
			return nil, &refusal{"MustUnderstand", "SOAP header " + c.name + " was not understood."}
		}
	}
	return auth, nil
}

func parse(text []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
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
			n := newNode(t)
			last.children = append(last.children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			last.chars += string(t)
		case xml.Directive: // SOAP allows no DTD
			return nil, badRequest()
		}
	}
	if len(open) != 1 || len(top.children) != 1 {
		return nil, badRequest()
	}
	return top.children[0], nil
}

func newNode(start xml.StartElement) *node {
	n := &node{space: start.Name.Space, name: start.Name.Local}
	elsewhere := false
	for _, a := range start.Attr {
		yes := truths[strings.TrimSpace(a.Value)]
		inEnvelope := a.Name.Space == soap11 || a.Name.Space == soap12
		switch {
		case a.Name.Space == xsi && a.Name.Local == "nil":
			n.null = yes
		case inEnvelope && a.Name.Local == "mustUnderstand":
			n.must = yes
		case inEnvelope && (a.Name.Local == "actor" || a.Name.Local == "role"):
			elsewhere = !strings.HasSuffix(a.Value, "/next") && !strings.HasSuffix(a.Value, "/ultimateReceiver") && a.Value != ""
		}
	}
	n.must = n.must && !elsewhere
	return n
}

// truths are the texts of xs:boolean.
var truths = map[string]bool{"true": true, "1": true, "false": false, "0": false}

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

// members returns the children that stand where the WSDL has them, by name: as
// an .asmx, it drops what is unknown or misplaced without a word.
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
	return truths[strings.TrimSpace(n.chars)]
}
