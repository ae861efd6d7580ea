package securitytraxtest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// list returns a collection: filtered, with what is included, by pages. The
// server is locked.
func (s *Server) list(r *http.Request, typ string) response {
	q := r.URL.Query()
	if p, ok := unknownParameter(q, "filter", "include", s.settings.paging.page, s.settings.paging.size); !ok {
		return failures(http.StatusBadRequest, p)
	}
	rows, ok := s.filtered(typ, q.Get("filter"))
	if !ok {
		return failures(http.StatusBadRequest, problem{code: "filter", parameter: "filter"})
	}
	include, ok := s.includes(typ, q.Get("include"))
	if !ok {
		return failures(http.StatusBadRequest, problem{code: "include", parameter: "include"})
	}
	size, from, ok := s.paging(q)
	if !ok {
		return failures(http.StatusBadRequest, problem{code: "page", parameter: "page"})
	}
	number := from/size + 1
	from = min(from, len(rows))
	to := min(from+size, len(rows))
	doc := s.collection(rows[from:to], include)
	if !s.settings.cutPages && s.settings.paging.links {
		doc["links"] = pageLinks(r, number, (len(rows)+size-1)/size)
	}
	return document(http.StatusOK, doc)
}

// one returns a single resource.
func (s *Server) one(r *http.Request, typ, id string) response {
	q := r.URL.Query()
	if p, ok := unknownParameter(q, "include"); !ok {
		return failures(http.StatusBadRequest, p)
	}
	include, ok := s.includes(typ, q.Get("include"))
	if !ok {
		return failures(http.StatusBadRequest, problem{code: "include", parameter: "include"})
	}
	found := s.find(typ, id)
	if found == nil {
		return failure(http.StatusNotFound, "not_found", "")
	}
	doc := s.collection([]*row{found}, include)
	doc["data"] = s.object(found, include)
	return document(http.StatusOK, doc)
}

// relatedTo returns what the related link of a relationship leads to.
func (s *Server) relatedTo(r *http.Request, typ, id, name string) response {
	if p, ok := unknownParameter(r.URL.Query()); !ok {
		return failures(http.StatusBadRequest, p)
	}
	from := s.find(typ, id)
	to, ok := s.tables[typ].relations[name]
	if from == nil || !ok {
		return failure(http.StatusNotFound, "not_found", "")
	}
	objects := []any{}
	for _, at := range from.related[name] {
		if found := s.find(at.Type, at.ID); found != nil {
			objects = append(objects, s.object(found, nil))
		}
	}
	switch {
	case to.many:
		return document(http.StatusOK, map[string]any{"data": objects})
	case len(objects) == 0:
		return document(http.StatusOK, map[string]any{"data": nil})
	}
	return document(http.StatusOK, map[string]any{"data": objects[0]})
}

// unknownParameter refuses what JSON:API has refused.
func unknownParameter(q url.Values, known ...string) (problem, bool) {
	for name := range q {
		if !slices.Contains(known, name) {
			return problem{code: "unknown_parameter", parameter: name}, false
		}
	}
	return problem{}, true
}

// filtered returns the visible resources that a filter selects, in the order of
// their creation.
func (s *Server) filtered(typ, filter string) ([]*row, bool) {
	t, now := s.tables[typ], s.settings.now()
	rows, match := t.rows, func(*row) bool { return true }
	if filter != "" {
		n, err := parseFilter(filter)
		if err != nil || !t.knows(n.attributes()) {
			return nil, false
		}
		if some, ok := n.candidates(t); ok && !s.settings.collates {
			rows = inOrder(some)
		}
		match = func(r *row) bool { return n.matches(r, s.settings.collation) }
	}
	var list []*row
	for _, r := range rows {
		if !r.visible.After(now) && match(r) {
			list = append(list, r)
		}
	}
	return list, true
}

func inOrder(rows []*row) []*row {
	byNumber := func(a, b *row) int {
		return len(a.id) - len(b.id) + strings.Compare(a.id, b.id)*boolInt(len(a.id) == len(b.id))
	}
	rows = slices.Clone(rows)
	slices.SortFunc(rows, byNumber)
	return slices.Compact(rows)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// knows reports whether a filter names attributes that there are.
func (t *table) knows(attributes []string) bool {
	for _, name := range attributes {
		if !slices.Contains(t.known, name) {
			return false
		}
	}
	return true
}

// includes reads an include parameter: relationships with dots.
func (s *Server) includes(typ, text string) ([][]string, bool) {
	if text == "" {
		return nil, true
	}
	var paths [][]string
	for path := range strings.SplitSeq(text, ",") {
		parts, at := strings.Split(path, "."), typ
		for _, name := range parts {
			to, ok := s.tables[at].relations[name]
			if !ok {
				return nil, false
			}
			at = to.typ
		}
		paths = append(paths, parts)
	}
	return paths, true
}

// paging is how many resources a page has, and how many come before it.
func (s *Server) paging(q url.Values) (size, from int, ok bool) {
	form := s.settings.paging
	size, at := s.settings.pageSize, form.first
	for _, p := range []struct {
		name  string
		least int
		into  *int
	}{{form.size, 1, &size}, {form.page, form.first, &at}} {
		if text := q.Get(p.name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < p.least || n > 1<<20 {
				return 0, 0, false
			}
			*p.into = n
		}
	}
	size = min(size, s.settings.pageSize)
	if form.offset {
		return size, at, true
	}
	return size, (at - form.first) * size, true
}

func pageLinks(r *http.Request, number, pages int) map[string]any {
	at := func(n int) string {
		q := maps.Clone(r.URL.Query())
		q.Set("page[number]", strconv.Itoa(n))
		return "http://" + r.Host + r.URL.Path + "?" + q.Encode()
	}
	// A page that there is not is left out: JSON:API 1.0 and 1.1 allow null, too,
	// but the published schema of 1.0 does not.
	links := map[string]any{"first": at(1), "last": at(max(pages, 1))}
	if number > 1 {
		links["prev"] = at(number - 1)
	}
	if number < pages {
		links["next"] = at(number + 1)
	}
	return links
}
