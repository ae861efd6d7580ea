package securitytraxtest

import (
	"maps"
	"slices"
	"time"
)

// collection is a document of resources with what is included.
func (s *Server) collection(rows []*row, include [][]string) map[string]any {
	data := make([]any, len(rows))
	for i, r := range rows {
		data[i] = s.object(r, include)
	}
	doc := map[string]any{"data": data}
	if len(include) > 0 {
		doc["included"] = s.included(rows, include)
	}
	return doc
}

// object is a resource object. A relationship has its data only when it is
// included, as JSON:API allows.
func (s *Server) object(r *row, include [][]string) map[string]any {
	attributes := map[string]any{"created_at": r.created.UTC().Format(time.RFC3339)}
	maps.Copy(attributes, r.attributes)
	self := s.basePath() + "/" + r.typ + "/" + r.id
	related := map[string]any{}
	for name, to := range s.tables[r.typ].relations {
		rel := map[string]any{"links": map[string]string{"related": self + "/" + name}}
		if slices.ContainsFunc(include, func(path []string) bool { return path[0] == name }) {
			rel["data"] = linkage(r.related[name], to.many)
		}
		related[name] = rel
	}
	o := map[string]any{
		"type": r.typ, "id": r.id, "attributes": attributes, "links": map[string]string{"self": self},
	}
	if len(related) > 0 {
		o["relationships"] = related
	}
	return o
}

func linkage(refs []ref, many bool) any {
	if many {
		return append([]ref{}, refs...)
	}
	if len(refs) == 0 {
		return nil
	}
	return refs[0]
}

// included are the resources at the end of, and along, the paths, each once.
func (s *Server) included(rows []*row, include [][]string) []any {
	list, seen := []any{}, map[*row]bool{}
	var walk func(r *row, path []string)
	walk = func(r *row, path []string) {
		if len(path) == 0 {
			return
		}
		for _, to := range r.related[path[0]] {
			next := s.find(to.Type, to.ID)
			if next == nil {
				continue
			}
			if !seen[next] {
				seen[next] = true
				list = append(list, s.object(next, deeper(include, path[0])))
			}
			walk(next, path[1:])
		}
	}
	for _, r := range rows {
		for _, path := range include {
			walk(r, path)
		}
	}
	return list
}

// deeper are the rests of the paths that go through a relationship.
func deeper(include [][]string, name string) [][]string {
	var rest [][]string
	for _, path := range include {
		if path[0] == name && len(path) > 1 {
			rest = append(rest, path[1:])
		}
	}
	return rest
}
