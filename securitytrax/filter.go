package securitytrax

import (
	"net/url"
	"slices"
	"strings"
)

// term is one comparison of a filter expression.
type term struct{ attribute, value string }

// quotable reports whether a value can stand in a filter expression. How a
// quote is escaped there is not known, so a value that holds
// one cannot; neither do control characters belong there.
func quotable(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r == '\'' || r == '\\' || r < ' ' || r == 0x7f })
}

func (t term) String() string { return t.attribute + " = '" + t.value + "'" }

// anyOf is the expression that one of the terms holds: (a = '1' OR a = '2').
func anyOf(terms []term) string {
	texts := make([]string, len(terms))
	for i, t := range terms {
		texts[i] = t.String()
	}
	return "(" + strings.Join(texts, " OR ") + ")"
}

// allOf is the expression that all expressions hold; empty ones do not count.
func allOf(expressions ...string) string {
	expressions = slices.DeleteFunc(expressions, func(s string) bool { return s == "" })
	if len(expressions) == 1 {
		return expressions[0]
	}
	return strings.Join(expressions, " AND ")
}

// inParentheses is an expression that a host wrote, so that it stays whole beside
// others.
func inParentheses(expression string) string {
	if expression == "" {
		return ""
	}
	return "(" + expression + ")"
}

// paired reports whether the parentheses and quotes of an expression come in pairs.
func paired(expression string) bool {
	depth, quoted := 0, false
	for _, r := range expression {
		switch {
		case r == '\'':
			quoted = !quoted
		case quoted:
		case r == '(':
			depth++
		case r == ')':
			if depth--; depth < 0 {
				return false
			}
		}
	}
	return depth == 0 && !quoted
}

// lookup is a kind of look-up: everything of its URLs but the terms.
type lookup struct {
	path    string
	and     string // expression that holds in addition
	include string
}

// address is the URL of a look-up or, without terms, of a listing.
func (c *client) address(l lookup, terms []term) string {
	s := c.cfg.schema
	var filter string
	if len(terms) > 0 {
		filter = anyOf(terms)
	}
	q := url.Values{}
	if filter = allOf(filter, l.and); filter != "" {
		q.Set(s.FilterParam, filter)
	}
	if l.include != "" {
		q.Set(s.IncludeParam, l.include)
	}
	if s.PageSizeParam != "" {
		q.Set(s.PageSizeParam, itoa(s.PageSize))
	}
	address := c.url(l.path)
	if len(q) > 0 {
		// a plus sign is a space to some servers only
		address += "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
	}
	return address
}

// fit returns how many groups of terms that belong together go into one request, and
// its URL: at most as many as Schema.FindChunk and Schema.MaxURLBytes say, and as were
// found to work. A single group goes alone when it is longer.
func (c *client) fit(l lookup, groups [][]term) (n int, address string) {
	most, length := c.sizes.within(c.cfg.schema.FindChunk, c.cfg.schema.MaxURLBytes)
	n, address = 1, c.address(l, groups[0])
	for n < len(groups) && n < most {
		longer := c.address(l, slices.Concat(groups[:n+1]...))
		if len(longer) > length {
			break
		}
		address = longer
		n++
	}
	return n, address
}
