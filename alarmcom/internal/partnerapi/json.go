package partnerapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/alarmcom/internal/call"
	"github.com/securitytrax/adcimport/internal/jsonbound"
	"github.com/securitytrax/adcimport/internal/soap"
	"github.com/securitytrax/adcimport/internal/wiretext"
)

// jsonLimits are what a reply may hold. An item is one of a list, or the object
// that the reply is.
func jsonLimits() jsonbound.Limits {
	return jsonbound.Limits{Depth: 64, Items: 200_000, ItemBytes: account.MaxDetailBytes, ItemParts: 20_000}
}

// What may be wrong with a reply.
const (
	errJSONHTML      call.JSONError = "an HTML page instead of JSON"
	errJSONNone      call.JSONError = "no JSON"
	errJSONEncoding                 = call.JSONEncoding
	errJSONMalformed call.JSONError = "malformed JSON"
	errJSONTooLarge                 = call.JSONTooLarge
	errJSONTooDeep                  = call.JSONTooDeep
	errJSONTooMany                  = call.JSONTooMany
	errJSONNoList    call.JSONError = "a reply without the list that was asked for"
	errJSONOther     call.JSONError = "JSON of another shape than expected"
)

// jsonReply is one JSON document.
type jsonReply struct {
	list   bool           // an array, whose items were handed on
	object map[string]any // an object; numbers as json.Number
}

// readJSON reads one document of at most limit bytes: an object, null, or, where
// item is not nil, an array, whose items are handed on one by one and never held
// together. An item may be null.
func readJSON(r io.Reader, limit int64, item func(v map[string]any) error) (jsonReply, error) {
	g := &jsonGuard{r: bufio.NewReader(r), left: limit, scanner: jsonbound.New(jsonLimits())}
	if err := g.begin(); err != nil {
		return jsonReply{}, err
	}
	g.mended = wiretext.JSON(g.r)
	d := json.NewDecoder(g)
	d.UseNumber()
	reply, err := readDocument(d, item)
	if err == nil {
		err = atEnd(d)
	}
	return reply, g.explain(err)
}

func readDocument(d *json.Decoder, item func(map[string]any) error) (jsonReply, error) {
	first, err := d.Token()
	switch {
	case err != nil:
		return jsonReply{}, err
	case first == nil:
		return jsonReply{}, nil
	case first == json.Delim('{'):
		object, err := readMembers(d)
		return jsonReply{object: object}, err
	case first == json.Delim('[') && item != nil:
		return jsonReply{list: true}, readItems(d, item)
	}
	return jsonReply{}, errJSONOther
}

func readMembers(d *json.Decoder) (map[string]any, error) {
	object := make(map[string]any)
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value any
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		if text, ok := name.(string); ok { // it is: the decoder sees to it
			object[text] = value
		}
	}
	_, err := d.Token()
	return object, err
}

func readItems(d *json.Decoder, item func(map[string]any) error) error {
	for d.More() {
		var v map[string]any
		if err := d.Decode(&v); err != nil {
			return err
		}
		if err := item(v); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// atEnd wants nothing but the end.
func atEnd(d *json.Decoder) error {
	switch _, err := d.Token(); err {
	case io.EOF:
		return nil
	case nil:
		return errJSONMalformed
	default:
		return err
	}
}

// jsonGuard stands between a reply and the decoder: it stops at a limit of size
// and at those of jsonbound, and remembers an error of the connection.
type jsonGuard struct {
	r       *bufio.Reader
	left    int64
	err     error
	mended  io.Reader // r, without what would keep all the rest from being read
	scanner *jsonbound.Scanner
}

// begin drops a byte order mark and looks at what follows.
func (g *jsonGuard) begin() error {
	head, err := g.r.Peek(3)
	switch {
	case len(head) == 0 && err != io.EOF:
		return jsonReadError(err)
	case bytes.HasPrefix(head, []byte("\xFE\xFF")), bytes.HasPrefix(head, []byte("\xFF\xFE")):
		return errJSONEncoding
	case string(head) == "\uFEFF":
		_, _ = g.r.Discard(len(head)) // it is buffered
	}
	for {
		b, err := g.r.ReadByte()
		switch {
		case err == io.EOF:
			return call.JSONEmpty
		case err != nil:
			return jsonReadError(err)
		case b == ' ', b == '\t', b == '\r', b == '\n':
			if g.left--; g.left < 0 {
				return errJSONTooLarge
			}
			continue
		case b == '<':
			return errJSONHTML
		case bytes.IndexByte([]byte(`{["-0123456789tfn`), b) < 0:
			return errJSONNone
		}
		return g.r.UnreadByte()
	}
}

func (g *jsonGuard) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	if int64(len(p)) > g.left+1 {
		p = p[:g.left+1] // one more, to see whether there is more
	}
	n, err := g.mended.Read(p)
	g.left -= int64(n)
	switch {
	case g.left < 0:
		g.err = errJSONTooLarge
	default:
		if g.err = bounded(g.scanner.Scan(p[:n])); g.err == nil && err != nil && err != io.EOF {
			g.err = jsonReadError(err)
		}
	}
	if g.err != nil {
		return 0, g.err
	}
	return n, err
}

// jsonReadError is call.ReadError, with the words of this file for what is no UTF-8.
func jsonReadError(err error) error {
	if format, ok := errors.AsType[*soap.FormatError](err); ok && format.Problem == soap.Encoding {
		return errJSONEncoding
	}
	return call.ReadError(err)
}

// bounded makes an error of this package of one of a limit.
func bounded(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jsonbound.ErrTooDeep):
		return errJSONTooDeep
	case errors.Is(err, jsonbound.ErrTooMany):
		return errJSONTooMany
	case errors.Is(err, jsonbound.ErrEncoding):
		return errJSONEncoding
	}
	return errJSONTooLarge
}

// explain makes an error of this package of the decoder's.
func (g *jsonGuard) explain(err error) error {
	var shape *json.UnmarshalTypeError
	var ours call.JSONError
	switch {
	case err == nil:
		return nil
	case g.err != nil:
		return g.err
	case errors.As(err, &ours):
		return ours
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return call.JSONTruncated
	case errors.As(err, &shape):
		return errJSONOther
	}
	return errJSONMalformed
}
