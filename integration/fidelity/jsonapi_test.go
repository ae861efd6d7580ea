package fidelity_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// document is one that went over the wire.
type document struct {
	what     string
	Create   bool `json:"create"`
	Document any  `json:"document"`
}

// wire keeps every document that is sent and received.
type wire struct {
	base http.RoundTripper
	mu   sync.Mutex
	docs []document
	auth int // exchanges with authenticate: FACTS has their form, which is not JSON:API's
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.Body != nil {
		sent, _ = io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	resp, err := w.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(got))
	w.mu.Lock()
	defer w.mu.Unlock()
	what := req.Method + " " + req.URL.Path
	if strings.HasSuffix(what, "/authenticate") && resp.StatusCode == http.StatusOK {
		w.auth++
		return resp, nil
	}
	if len(sent) > 0 && !strings.HasSuffix(what, "/authenticate") {
		w.add("request "+what, req.Method == http.MethodPost, sent)
	}
	w.add("reply "+resp.Status+" to "+what, false, got)
	return resp, nil
}

func (w *wire) add(what string, create bool, text []byte) {
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		what += ": " + err.Error()
	}
	w.docs = append(w.docs, document{what, create, doc})
}

// TestDocumentsAreJSONAPI validates every document of an import, in both
// directions, with npm's jsonapi-validator. What deviates is SecurityTrax's own
// variance (FACTS "Resources"), and nothing else.
func TestDocumentsAreJSONAPI(t *testing.T) {
	t.Parallel()
	cmd := node(t, "jsonapi.cjs")
	srv := securitytraxtest.New(securitytraxtest.WithPageSize(2), securitytraxtest.WithUniqueUsernames(),
		securitytraxtest.WithAccessToken(personalToken))
	w := &wire{base: srv.Transport()}
	exercise(t, srv, w)
	docs := w.docs
	var nested, variant int
	for _, d := range w.docs {
		if parts := takeOut(d.Document); len(parts) > 0 && d.Create {
			// The same without the variance, and the nested resources by themselves.
			docs = append(docs, document{d.what + ", without what is nested", true, strip(d.Document)})
			for _, p := range parts {
				docs = append(docs, document{"nested in " + d.what, true, map[string]any{"data": p}})
				nested++
			}
		}
	}
	got := answers[[][]string](t, cmd, docs)
	for i, d := range docs {
		if len(takeOut(d.Document)) > 0 {
			variant++
			onlyNested(t, d, got[i])
			continue
		}
		if len(got[i]) > 0 {
			t.Errorf("%s: %s\n%v", d.what, strings.Join(got[i], "; "), d.Document)
		}
	}
	if len(got) != len(docs) || nested == 0 || variant != nested || w.auth == 0 {
		t.Errorf("%d verdicts on %d documents, %d nested resources in %d documents, %d logins", len(got), len(docs), nested, variant, w.auth)
	}
	w.covers(t)
}

// onlyNested checks that a validator objects to nothing but the nested resource.
func onlyNested(t *testing.T, d document, problems []string) {
	t.Helper()
	const at = ".data.relationships['isp_connections'].data"
	for _, p := range problems {
		path, _, _ := strings.Cut(p, " ")
		// The path itself, for an object at fault, or one of its parents, of which
		// a "oneOf" does not hold then.
		if !strings.HasPrefix(path, at) && !strings.HasPrefix(at, path) || strings.HasPrefix(path, ".data.attributes") {
			t.Errorf("%s: %s", d.what, p)
		}
	}
	if len(problems) == 0 {
		t.Errorf("%s: the nested resource is not noticed: what does the validator look at?", d.what)
	}
}

// related visits the linkage of a document's primary resource.
func related(doc any, visit func(linkage map[string]any)) {
	root, _ := doc.(map[string]any)
	data, _ := root["data"].(map[string]any)
	relationships, _ := data["relationships"].(map[string]any)
	for _, r := range relationships {
		relationship, _ := r.(map[string]any)
		members, _ := relationship["data"].([]any)
		for _, m := range members {
			if linkage, ok := m.(map[string]any); ok {
				visit(linkage)
			}
		}
	}
}

// takeOut answers the resources that are nested in a document with the id "",
// as resources of their own.
func takeOut(doc any) []any {
	var parts []any
	related(doc, func(linkage map[string]any) {
		if linkage["id"] == "" && linkage["attributes"] != nil {
			part := map[string]any{}
			for name, value := range linkage {
				if name != "id" {
					part[name] = value
				}
			}
			parts = append(parts, part)
		}
	})
	return parts
}

// strip answers a document with plain linkage in place of nested resources.
func strip(doc any) any {
	text, err := json.Marshal(doc)
	if err != nil {
		return nil
	}
	var stripped any
	if json.Unmarshal(text, &stripped) != nil {
		return nil
	}
	related(stripped, func(linkage map[string]any) {
		if linkage["id"] == "" {
			delete(linkage, "attributes")
			delete(linkage, "relationships")
		}
	})
	return stripped
}

// covers checks that documents of every sort were there.
func (w *wire) covers(t *testing.T) {
	t.Helper()
	for _, sort := range []string{
		"request POST /sandbox/user/v1/customers", "request POST /sandbox/user/v1/users", "request POST /sandbox/user/v1/user_tags",
		"request PATCH /sandbox/user/v1/customers/", "request PATCH /sandbox/user/v1/users/",
		"reply Created to POST", "reply OK to PATCH", "reply OK to GET /sandbox/user/v1/isp_connections",
		"reply Not Found to", "reply Unprocessable Entity to", "reply Conflict to", "reply Bad Request to", "reply Unauthorized to",
		"reply Unsupported Media Type to", "reply Not Acceptable to", "reply Method Not Allowed to", "reply Forbidden to",
	} {
		if !slices.ContainsFunc(w.docs, func(d document) bool { return strings.HasPrefix(d.what, sort) }) {
			t.Errorf("no document is a %q", sort)
		}
	}
}
