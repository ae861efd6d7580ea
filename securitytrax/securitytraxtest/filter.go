package securitytraxtest

import (
	"errors"
	"strings"
)

// The grammar of a filter expression:
//
//	expression = and { "OR" and }
//	and        = operand { "AND" operand }
//	operand    = "(" expression ")" | attribute operator value
//	operator   = "=" | "!=" | "<" | ">" | "<=" | ">=" | "~" | "!~" | "%"
//	value      = quoted text | number or word without quotes
//
// What "~" and "%" mean is not told there; here the one is "contains" and the
// other is LIKE with % for any text, both without regard to case.

// errFilter says that a filter expression breaks the grammar.
var errFilter = errors.New("filter expression breaks the grammar")

// node is a filter expression: of a comparison, or of two expressions.
type node struct {
	attribute, operator, value string // a comparison
	join                       string // "AND" or "OR"
	left, right                *node
}

// maxDepth bounds parentheses within each other.
const maxDepth = 50

// parseFilter reads a filter expression.
func parseFilter(text string) (*node, error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	n, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if p.at != len(p.tokens) {
		return nil, errFilter
	}
	return n, nil
}

// String writes the expression with all its parentheses.
func (n *node) String() string {
	if n.join != "" {
		return "(" + n.left.String() + " " + n.join + " " + n.right.String() + ")"
	}
	return n.attribute + " " + n.operator + " '" + n.value + "'"
}

// token is a part of an expression.
type token struct {
	kind tokenKind
	text string
}

type tokenKind int

const (
	word tokenKind = iota
	quoted
	operator
	parenthesis
)

func lex(text string) ([]token, error) {
	var tokens []token
	for text != "" {
		t, rest, err := next(text)
		if err != nil {
			return nil, err
		}
		if t != nil {
			tokens = append(tokens, *t)
		}
		text = rest
	}
	return tokens, nil
}

// next cuts a token off; nil is a space.
func next(text string) (*token, string, error) {
	switch c := text[0]; {
	case c == ' ' || c == '\t':
		return nil, text[1:], nil
	case c == '(' || c == ')':
		return &token{parenthesis, text[:1]}, text[1:], nil
	case c == '\'':
		value, rest, ok := strings.Cut(text[1:], "'")
		if !ok {
			return nil, "", errFilter
		}
		return &token{quoted, value}, rest, nil
	case isWord(c):
		end := 1
		for end < len(text) && isWord(text[end]) {
			end++
		}
		return &token{word, text[:end]}, text[end:], nil
	}
	for _, op := range []string{"!=", "!~", "<=", ">=", "=", "<", ">", "~", "%"} {
		if strings.HasPrefix(text, op) {
			return &token{operator, op}, text[len(op):], nil
		}
	}
	return nil, "", errFilter
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_.-:", c) >= 0
}

type parser struct {
	tokens []token
	at     int
}

func (p *parser) take(kind tokenKind, text string) bool {
	if p.at < len(p.tokens) && p.tokens[p.at].kind == kind && (text == "" || strings.EqualFold(p.tokens[p.at].text, text)) {
		p.at++
		return true
	}
	return false
}

func (p *parser) last() string { return p.tokens[p.at-1].text }

func (p *parser) expression(depth int) (*node, error) {
	return p.joined("OR", func() (*node, error) {
		return p.joined("AND", func() (*node, error) { return p.operand(depth) })
	})
}

func (p *parser) joined(join string, part func() (*node, error)) (*node, error) {
	left, err := part()
	for err == nil && p.take(word, join) {
		var right *node
		right, err = part()
		left = &node{join: join, left: left, right: right}
	}
	return left, err
}

func (p *parser) operand(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, errFilter
	}
	if p.take(parenthesis, "(") {
		n, err := p.expression(depth + 1)
		if err != nil {
			return nil, err
		}
		if !p.take(parenthesis, ")") {
			return nil, errFilter
		}
		return n, nil
	}
	n := &node{}
	if !p.take(word, "") {
		return nil, errFilter
	}
	n.attribute = p.last()
	if !p.take(operator, "") {
		return nil, errFilter
	}
	n.operator = p.last()
	if !p.take(quoted, "") && !p.take(word, "") {
		return nil, errFilter
	}
	n.value = p.last()
	return n, nil
}
