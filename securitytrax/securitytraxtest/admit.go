package securitytraxtest

import (
	"crypto/rand"
	"encoding/json"
	"mime"
	"net/http"
	"strings"
)

// admit applies the rules that hold for every request: integrator key, media
// types, token.
func (s *Server) admit(r *http.Request, path string) (refusal response, ok bool) {
	if r.Header.Get("X-Securitytrax-Integratorkey") != s.settings.secrets().integratorKey {
		return failure(http.StatusUnauthorized, "integrator_key", ""), false
	}
	if !acceptable(r.Header.Values("Accept")) {
		return failure(http.StatusNotAcceptable, "not_acceptable", ""), false
	}
	if (r.Method == http.MethodPost || r.Method == http.MethodPatch) && !isMediaType(r.Header.Get("Content-Type")) {
		return failure(http.StatusUnsupportedMediaType, "media_type", ""), false
	}
	if path != "authenticate" && !s.authorized(r.Header.Get("Authorization")) {
		return failure(http.StatusUnauthorized, "token", ""), false
	}
	return response{}, true
}

func (s *Server) authorized(header string) bool {
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok || token == "" {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	until, ok := s.tokens()[token]
	return token == s.settings.secrets().access || ok && s.settings.now().Before(until)
}

// isMediaType reports whether a content type is JSON:API's without parameters
// other than ext and profile (JSON:API: else 415).
func isMediaType(contentType string) bool {
	typ, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || typ != mediaType {
		return false
	}
	delete(parameters, "ext")
	delete(parameters, "profile")
	return len(parameters) == 0
}

// acceptable reports whether not every JSON:API entry of Accept carries
// parameters (JSON:API: else 406).
func acceptable(headers []string) bool {
	named := false
	for entry := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		entry = strings.TrimSpace(entry)
		if !strings.HasPrefix(entry, mediaType) {
			continue
		}
		if typ, parameters, err := mime.ParseMediaType(entry); err == nil {
			delete(parameters, "q")
			if isMediaType(mime.FormatMediaType(typ, parameters)) {
				return true
			}
		}
		named = true
	}
	return !named
}

// authenticate gives a token to the login; the server is locked.
func (s *Server) authenticate(r *http.Request, body []byte) response {
	var login struct{ Username, Password string }
	if r.Method != http.MethodPost {
		return failure(http.StatusMethodNotAllowed, "method_not_allowed", "")
	}
	if json.Unmarshal(body, &login) != nil {
		return failure(http.StatusBadRequest, "malformed", "")
	}
	if known := s.settings.secrets(); login.Username != known.username || login.Password != known.password {
		return failure(http.StatusUnauthorized, "credentials", "")
	}
	token := rand.Text()
	s.tokens()[token] = s.settings.now().Add(s.settings.tokenLife)
	return document(http.StatusOK, map[string]string{"token": token})
}
