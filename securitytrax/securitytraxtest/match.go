package securitytraxtest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// matches evaluates an expression. Texts are equal that have one key.
func (n *node) matches(r *row, key func(string) string) bool {
	switch n.join {
	case "AND":
		return n.left.matches(r, key) && n.right.matches(r, key)
	case "OR":
		return n.left.matches(r, key) || n.right.matches(r, key)
	}
	return compare(key(r.text(n.attribute)), n.operator, key(n.value))
}

func (r *row) text(attribute string) string {
	switch attribute {
	case "id":
		return r.id
	case "created_at":
		return r.created.UTC().Format(time.RFC3339)
	}
	return textOf(r.attributes[attribute])
}

func compare(have, operator, want string) bool {
	switch operator {
	case "=":
		return have == want
	case "!=":
		return have != want
	case "<":
		return order(have, want) < 0
	case ">":
		return order(have, want) > 0
	case "<=":
		return order(have, want) <= 0
	case ">=":
		return order(have, want) >= 0
	case "~":
		return contains(have, want)
	case "!~":
		return !contains(have, want)
	case "%":
		return like(strings.ToLower(have), strings.ToLower(want))
	}
	return false
}

// order compares numbers as such and all else as text.
func order(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a, b)
}

func contains(have, want string) bool {
	return strings.Contains(strings.ToLower(have), strings.ToLower(want))
}

// like matches a pattern in which % stands for any text.
func like(text, pattern string) bool {
	parts := strings.Split(pattern, "%")
	if len(parts) == 1 {
		return text == pattern
	}
	first, last := parts[0], parts[len(parts)-1]
	text, ok := strings.CutPrefix(text, first)
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		if _, text, ok = strings.Cut(text, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(text, last)
}

// attributes are all that an expression names.
func (n *node) attributes() []string {
	if n.join == "" {
		return []string{n.attribute}
	}
	return append(n.left.attributes(), n.right.attributes()...)
}

// candidates narrows a filter down by the indexes: every match is among them.
// Without ok, all resources are.
func (n *node) candidates(t *table) (rows []*row, ok bool) {
	if n.join == "" {
		index, ok := t.index[n.attribute]
		return index[n.value], ok && n.operator == "=" && n.value != ""
	}
	left, okLeft := n.left.candidates(t)
	right, okRight := n.right.candidates(t)
	switch {
	case n.join == "OR":
		return append(slices.Clip(left), right...), okLeft && okRight
	case okLeft:
		return left, true
	default:
		return right, okRight
	}
}
