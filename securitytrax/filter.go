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

// chunks cuts groups of terms that belong together into URLs, each of at most
// Schema.FindChunk groups and Schema.MaxURLBytes bytes; a single group goes
// alone when it is longer.
func (c *client) chunks(l lookup, groups [][]term) []string {
	var addresses []string
	for len(groups) > 0 {
		n := 1
		address := c.address(l, groups[0])
		for n < len(groups) && n < c.cfg.schema.FindChunk {
			longer := c.address(l, slices.Concat(groups[:n+1]...))
			if len(longer) > c.cfg.schema.MaxURLBytes {
				break
			}
			address = longer
			n++
		}
		addresses = append(addresses, address)
		groups = groups[n:]
	}
	return addresses
}
