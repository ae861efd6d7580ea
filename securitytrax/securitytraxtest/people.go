package securitytraxtest

import (
	"maps"
	"slices"
)

// What people do in SecurityTrax between two runs.

// Edit changes attributes of a resource, as in "customers", as a person does, and
// reports whether there is one with that id. A nil value empties the attribute.
func (s *Server) Edit(typ, id string, attributes map[string]any) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.find(typ, id)
	if r == nil {
		return false
	}
	maps.Copy(r.attributes, attributes)
	s.tables[typ].indexed(r)
	return true
}

// Relate makes a relationship of a resource lead to these, as a person does, and to
// nothing where there are none. It reports whether there is such a relationship.
func (s *Server) Relate(typ, id, name string, to ...string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.find(typ, id)
	if r == nil || s.tables[typ].relations[name].typ == "" {
		return false
	}
	r.related[name] = nil
	for _, one := range to {
		r.related[name] = append(r.related[name], ref{s.tables[typ].relations[name].typ, one})
	}
	return true
}

// Delete deletes a resource and the connections that belong to it, and reports
// whether it was there. Idempotency keys stay remembered.
func (s *Server) Delete(typ, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.find(typ, id)
	if r == nil {
		return false
	}
	for _, to := range r.related["isp_connections"] {
		s.tables[to.Type].remove(to.ID)
	}
	s.tables[typ].remove(id)
	return true
}

// remove takes a resource out; the server is locked.
func (t *table) remove(id string) {
	gone := func(r *row) bool { return r.id == id }
	t.rows = slices.DeleteFunc(t.rows, gone)
	delete(t.byID, id)
	for _, values := range t.index {
		for text, rows := range values {
			values[text] = slices.DeleteFunc(rows, gone)
		}
	}
}
