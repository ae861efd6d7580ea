// Package strictjson reads JSON that people write into a tree that knows where
// everything stands: names that occur twice in one object, text after the end
// and broken encoding are errors, and none of them is guessed away.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// Kind is what a [Value] is.
type Kind int

// The kinds of JSON.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// String names the kind for a person.
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "true or false"
	case Number:
		return "a number"
	case String:
		return "text"
	case Array:
		return "a list"
	case Object:
		return "an object"
	}
	return "unknown"
}

// Value is a node of the tree.
type Value struct {
	Kind    Kind
	Path    string   // as in rules[3].from[0]; empty: the root
	Text    string   // of a String; a Number as it was written
	Bool    bool     // of a Bool
	Items   []Value  // of an Array
	Members []Member // of an Object, in order
}

// Member is a named part of an object.
type Member struct {
	Name  string
	Value Value
}

// Error says where the text is no JSON that can be taken.
type Error struct {
	Path   string // of the value it is about; empty: the root, or not known
	Line   int    // from 1; 0: not known
	Column int    // in bytes, from 1
	Err    error
}

func (e *Error) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("line %d, column %d: %v", e.Line, e.Column, e.Err)
	}
	return e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// What a person may write: maxDepth bounds the recursion, and the others the
// paths, each of which repeats the names around it.
const (
	maxDepth = 50
	maxBytes = 1 << 20 // of the whole text
	maxPath  = 1000    // bytes
)

// Parse reads exactly one value. Its errors are [*Error]s.
func Parse(data []byte) (Value, error) {
	data = bytes.TrimPrefix(data, []byte("\uFEFF")) // as editors put before UTF-8
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return Value{}, &Error{Err: errors.New("is UTF-16 text: save it as UTF-8")}
	}
	if len(data) > maxBytes {
		return Value{}, &Error{Err: errors.New("is larger than 1 MiB")}
	}
	if !utf8.Valid(data) {
		return Value{}, &Error{Err: errors.New("is not UTF-8 text")}
	}
	if err := json.Unmarshal(data, new(json.RawMessage)); err != nil {
		return Value{}, syntaxError(data, err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	p := parser{dec: dec, data: data}
	return p.value("", 0)
}

type parser struct {
	dec  *json.Decoder
	data []byte
}

func (p *parser) value(path string, depth int) (Value, error) {
	tok, err := p.dec.Token()
	if err != nil {
		return Value{}, syntaxError(p.data, err)
	}
	v := Value{Path: path}
	switch t := tok.(type) {
	case json.Delim:
		if depth == maxDepth || len(path) > maxPath {
			return v, p.fail(path, errors.New("is nested too deeply"))
		}
		if t == '[' {
			return p.array(v, depth)
		}
		return p.object(v, depth)
	case string:
		v.Kind, v.Text = String, t
	case json.Number:
		v.Kind, v.Text = Number, t.String()
	case bool:
		v.Kind, v.Bool = Bool, t
	}
	return v, nil
}

func (p *parser) array(v Value, depth int) (Value, error) {
	v.Kind = Array
	for p.dec.More() {
		item, err := p.value(v.Path+"["+strconv.Itoa(len(v.Items))+"]", depth+1)
		if err != nil {
			return v, err
		}
		v.Items = append(v.Items, item)
	}
	_, err := p.dec.Token()
	return v, err
}

func (p *parser) object(v Value, depth int) (Value, error) {
	v.Kind = Object
	seen := make(map[string]bool)
	for p.dec.More() {
		tok, err := p.dec.Token()
		if err != nil {
			return v, syntaxError(p.data, err)
		}
		name, _ := tok.(string)
		path := Join(v.Path, name)
		if seen[name] {
			return v, p.fail(path, errors.New("is there twice"))
		}
		seen[name] = true
		member, err := p.value(path, depth+1)
		if err != nil {
			return v, err
		}
		v.Members = append(v.Members, Member{Name: name, Value: member})
	}
	_, err := p.dec.Token()
	return v, err
}

// Join makes the path of an object's member.
func Join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (p *parser) fail(path string, err error) error {
	line, column := position(p.data, p.dec.InputOffset())
	return &Error{Path: path, Line: line, Column: column, Err: err}
}

func syntaxError(data []byte, err error) error {
	e := &Error{Err: err}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		e.Line, e.Column = position(data, syntax.Offset)
		if mistake := commonMistake(data, syntax.Offset); mistake != "" {
			e.Err = fmt.Errorf("%s: %w", mistake, err)
		}
	} else if errors.Is(err, io.EOF) {
		e.Err = io.ErrUnexpectedEOF
	}
	return e
}

// commonMistake says what people write who do not know JSON by heart, where the n-th byte
// is the first that cannot be; empty: nothing is known.
func commonMistake(data []byte, n int64) string {
	if len(bytes.TrimSpace(data)) == 0 {
		return "there is nothing"
	}
	if n < 1 || n > int64(len(data)) {
		return ""
	}
	before := bytes.TrimRight(data[:n-1], " \t\r\n")
	switch at := data[n-1]; {
	case at == '/' || at == '#':
		return "JSON has no comments"
	case (at == '}' || at == ']') && bytes.HasSuffix(before, []byte(",")):
		return "the comma before it is one too many"
	}
	return ""
}

// position finds the line and column of the last of the first n bytes.
func position(data []byte, n int64) (line, column int) {
	before := data[:min(max(n-1, 0), int64(len(data)))]
	return 1 + bytes.Count(before, []byte("\n")), len(before) - bytes.LastIndexByte(before, '\n')
}
