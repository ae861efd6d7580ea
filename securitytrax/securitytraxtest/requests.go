package securitytraxtest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Request is one that the server got. It is the caller's. It prints without
// Header and Body, which hold credentials.
type Request struct {
	Route  string // as in "POST /customers" or "GET /customers/{id}", below the base URL
	Path   string // below the base URL
	Query  url.Values
	Header http.Header
	Body   []byte
	At     time.Time
}

// Requests are all requests since the start or the last [Server.Reset], in the
// order of their arrival, those that a fault replied to among them.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Request, len(s.requests))
	for i, kept := range s.requests {
		r := kept()
		r.Header, r.Query, r.Body = r.Header.Clone(), maps.Clone(r.Query), slices.Clone(r.Body)
		list[i] = r
	}
	return list
}

// Count is how many requests of a route there were, as in "POST /customers" or
// "GET /customers/{id}"; of all routes for "".
func (s *Server) Count(route string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if route == "" {
		return len(s.requests)
	}
	return s.counts[route]
}

// Counts are the numbers of requests by route.
func (s *Server) Counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.counts)
}

// Reset forgets the requests, and nothing else.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
	clear(s.counts)
}

// record notes a request and returns the how manyth of its route it is.
func (s *Server) record(r *http.Request, body []byte) int {
	path := strings.TrimPrefix(r.URL.Path, s.basePath())
	route := r.Method + " " + routeOf(path)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[route]++
	kept := Request{
		Route: route, Path: path, Query: r.URL.Query(), Header: r.Header.Clone(), Body: body,
		At: s.settings.now(),
	}
	s.requests = append(s.requests, func() Request { return kept })
	return s.counts[route]
}

// routeOf puts {id} in the place of an id.
func routeOf(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) > 1 {
		parts[1] = "{id}"
	}
	return "/" + strings.Join(parts, "/")
}
