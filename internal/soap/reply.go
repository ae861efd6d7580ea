package soap

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/securitytrax/adcimport/internal/wiretext"
)

// maxFaultText bounds the text kept of a fault, in bytes.
const maxFaultText = 4 << 10

// Read reads a reply of at most limit bytes, within the bounds of a [Decoder].
// It returns the fault the reply holds, or calls decode with the response
// element, which decode must read to its end. For a reply that is none it returns a [*FormatError]; an
// error of r is answered as it is.
func Read(r io.Reader, limit int64, response string, decode func(*Decoder, xml.StartElement) error) (*Fault, error) {
	src := &source{r: r, left: limit}
	buffered := bufio.NewReaderSize(src, 16<<10)
	mended := bufio.NewReader(wiretext.XML(buffered))
	d := newDecoder(bufio.NewReader(&charrefs{r: mended}), src)
	err := skipBOM(buffered)
	var fault *Fault
	if err == nil {
		fault, err = readEnvelope(d, response, decode)
	}
	if err != nil {
		return nil, clean(d, src, err)
	}
	return fault, nil
}

// charset accepts the encodings that are UTF-8 or a part of it.
func charset(label string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "utf-8", "utf8", "us-ascii":
		return in, nil
	}
	return nil, &FormatError{Problem: Encoding}
}

// clean turns an error into one without text of the reply.
func clean(d *Decoder, src *source, err error) error {
	if src.err != nil {
		return src.err
	}
	if format, ok := errors.AsType[*FormatError](err); ok {
		return format
	}
	line, _ := d.tokens.raw.InputPos()
	if d.tokens.raw.InputOffset() == 0 {
		line = 0
	}
	var syntax *xml.SyntaxError
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &syntax) && syntax.Msg == "unexpected EOF" {
		return &FormatError{Problem: Truncated, Line: line}
	}
	return &FormatError{Problem: Malformed, Line: line}
}

func readEnvelope(d *Decoder, response string, decode func(*Decoder, xml.StartElement) error) (*Fault, error) {
	root, err := readRoot(d)
	if err != nil {
		return nil, err
	}
	var fault *Fault
	found := false
	err = Children(d, func(part xml.StartElement) error {
		if part.Name.Local != "Body" || part.Name.Space != root.Name.Space || found {
			return d.Skip()
		}
		return Children(d, func(start xml.StartElement) error {
			switch {
			case found:
				return d.Skip()
			case start.Name.Local == "Fault" && start.Name.Space == root.Name.Space:
				found = true
				fault, err = readFault(d, start)
				return err
			case start.Name.Local == response:
				found = true
				return decode(d, start)
			}
			return d.Skip()
		})
	})
	if err == nil && !found {
		err = &FormatError{Problem: Unknown}
	}
	return fault, err
}

// readRoot reads up to the envelope's start.
func readRoot(d *Decoder) (xml.StartElement, error) {
	for {
		tok, err := d.Token()
		if err != nil {
			return xml.StartElement{}, notXML(d, err)
		}
		switch t := tok.(type) {
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return xml.StartElement{}, &FormatError{Problem: NotXML}
			}
		case xml.Directive:
			if fields := strings.Fields(string(t)); len(fields) > 1 && strings.EqualFold(fields[1], "html") {
				return xml.StartElement{}, &FormatError{Problem: HTML}
			}
			return xml.StartElement{}, &FormatError{Problem: Doctype}
		case xml.StartElement:
			return t, checkRoot(t)
		}
	}
}

func checkRoot(t xml.StartElement) error {
	switch {
	case strings.EqualFold(t.Name.Local, "html"):
		return &FormatError{Problem: HTML}
	case t.Name.Local != "Envelope" || t.Name.Space != Namespace11 && t.Name.Space != Namespace12:
		return &FormatError{Problem: NotSOAP}
	}
	return nil
}

// notXML says what a reply is whose first element could not be read.
func notXML(d *Decoder, err error) error {
	var format *FormatError
	if errors.As(err, &format) || errors.Is(err, io.EOF) && d.tokens.raw.InputOffset() > 0 {
		return err
	}
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) && syntax.Msg != "unexpected EOF" {
		return &FormatError{Problem: NotXML}
	}
	return err
}

// Children calls each with every child of the element that was just opened. Each
// must read the child to its end.
func Children(d *Decoder, each func(xml.StartElement) error) error {
	for {
		tok, err := d.Token()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if err := each(t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

func readFault(d *Decoder, start xml.StartElement) (*Fault, error) {
	var f struct {
		Code11 string   `xml:"faultcode"`
		Text11 string   `xml:"faultstring"`
		Code12 string   `xml:"Code>Value"`
		Text12 []string `xml:"Reason>Text"`
	}
	d.tokens.fault()
	if err := d.DecodeElement(&f, &start); err != nil {
		return nil, err
	}
	fault := &Fault{Code: f.Code11 + f.Code12, Text: f.Text11 + strings.Join(f.Text12, "\n")}
	if i := strings.LastIndexByte(fault.Code, ':'); i >= 0 {
		fault.Code = fault.Code[i+1:]
	}
	fault.Code = strings.TrimSpace(fault.Code)
	if len(fault.Text) > maxFaultText {
		fault.Text = strings.ToValidUTF8(fault.Text[:maxFaultText], "")
	}
	return fault, nil
}
