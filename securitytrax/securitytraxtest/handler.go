package securitytraxtest

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	mediaType    = "application/vnd.api+json"
	maxBodyBytes = 4 << 20
)

// response is a reply before it is written.
type response struct {
	status int
	header http.Header
	body   []byte
}

// Handler is the API as a handler. A lost reply aborts it with
// http.ErrAbortHandler, which net/http's server takes for a closed connection.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if err != nil {
		panic(http.ErrAbortHandler) // what did not come whole has no effect
	}
	n := s.record(r, body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	f := s.fault(r, n)
	if f.ExpireTokens {
		s.ExpireTokens()
	}
	if !f.After && !pause(r.Context(), f.Delay) {
		panic(http.ErrAbortHandler)
	}
	var answer response
	if f.After || !f.answers() {
		answer = s.answer(r, body)
	}
	if f.After && !pause(r.Context(), f.Delay) || f.Lost {
		panic(http.ErrAbortHandler)
	}
	write(w, r, f.response(answer), f)
}

func write(w http.ResponseWriter, r *http.Request, answer response, f Reply) {
	h := w.Header()
	maps.Copy(h, answer.header)
	h.Set("Content-Length", strconv.Itoa(len(answer.body)))
	w.WriteHeader(answer.status)
	body := answer.body
	if f.Truncate > 0 {
		body = body[:min(f.Truncate, len(body))]
	}
	writeBody(w, r, body, f.ByteDelay)
	if f.Truncate > 0 {
		flush(w)
		panic(http.ErrAbortHandler)
	}
}

func writeBody(w http.ResponseWriter, r *http.Request, body []byte, between time.Duration) {
	if between <= 0 {
		_, _ = w.Write(body) // the client may be gone
		return
	}
	for i := range body {
		if _, err := w.Write(body[i : i+1]); err != nil {
			return
		}
		flush(w)
		if !pause(r.Context(), between) {
			return
		}
	}
}

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// answer is the ordinary reply.
func (s *Server) answer(r *http.Request, body []byte) response {
	path, ok := strings.CutPrefix(r.URL.Path, s.basePath()+"/")
	if !ok {
		return failure(http.StatusNotFound, "unknown_profile", "")
	}
	if refusal, ok := s.admit(r, path); !ok {
		return refusal
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if path == "authenticate" {
		return s.authenticate(r, body)
	}
	typ, id, single := strings.Cut(path, "/")
	if s.tables[typ] == nil {
		return failure(http.StatusNotFound, "unknown_resource", "")
	}
	id, relationship, related := strings.Cut(id, "/")
	switch {
	case r.Method == http.MethodGet && related:
		return s.relatedTo(r, typ, id, relationship)
	case related:
	case r.Method == http.MethodGet && single:
		return s.one(r, typ, id)
	case r.Method == http.MethodGet:
		return s.list(r, typ)
	case r.Method == http.MethodPost && !single:
		return s.once(r, func() response { return s.create(typ, body) })
	case r.Method == http.MethodPatch && single:
		return s.change(typ, id, body)
	}
	return failure(http.StatusMethodNotAllowed, "method_not_allowed", "")
}

// once honours the idempotency key, where the server does.
func (s *Server) once(r *http.Request, do func() response) response {
	key := r.Header.Get("Idempotency-Key")
	if key == "" || !s.settings.honourKeys {
		return do()
	}
	key = r.URL.Path + " " + key
	if before, ok := s.replayed[key]; ok {
		return before
	}
	answer := do()
	if answer.status == http.StatusCreated {
		s.replayed[key] = answer
	}
	return answer
}

func document(status int, doc any) response {
	body, err := json.Marshal(doc)
	if err != nil {
		return failure(http.StatusInternalServerError, "unencodable", "")
	}
	return response{status: status, header: http.Header{"Content-Type": {mediaType}}, body: body}
}

// failure is an error document with one error.
func failure(status int, code, pointer string) response {
	return failures(status, problem{code: code, pointer: pointer})
}

// broken answers to what breaks rules.
func (s *Server) broken(problems ...problem) response {
	return failuresIn(s.settings.errorForm, s.settings.invalidStatus, problems...)
}

// problem is what an error object says.
type problem struct{ code, pointer, parameter, detail string }

func failures(status int, problems ...problem) response { return failuresIn(nil, status, problems...) }

func failuresIn(form *errorForm, status int, problems ...problem) response {
	list := make([]map[string]any, len(problems))
	for i, p := range problems {
		e := map[string]any{"status": strconv.Itoa(status), "code": p.code, "title": http.StatusText(status)}
		if p.detail != "" {
			e["detail"] = p.detail
		}
		if p.pointer != "" {
			e["source"] = map[string]string{"pointer": p.pointer}
		} else if p.parameter != "" {
			e["source"] = map[string]string{"parameter": p.parameter}
		}
		if form != nil {
			form.shape(e, p)
		}
		list[i] = e
	}
	return document(status, map[string]any{"errors": list})
}
