package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// watch is a transport that measures, keeps the shape of the last reply of each
// call, and refuses whatever does not only read.
type watch struct {
	base  http.RoundTripper
	reads func(*http.Request) (name string, ok bool)

	mu    sync.Mutex
	names []string // in the order of the first calls
	calls map[string]*calls
}

// calls are those of one name.
type calls struct {
	times   []time.Duration // with the body
	failed  int             // without a reply of status 200 to 299
	last    []byte          // body of the last reply that succeeded; it is in memory only, and never printed
	status  int             // of the last reply
	media   string          // of the last reply
	limited []string        // names of header fields about limits
}

func newWatch(reads func(*http.Request) (string, bool)) *watch {
	return &watch{base: &http.Transport{ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 64 << 10}, reads: reads, calls: map[string]*calls{}}
}

var errWrites = errors.New("the doctor refuses to send what might write")

// RoundTrip implements http.RoundTripper.
func (w *watch) RoundTrip(req *http.Request) (*http.Response, error) {
	name, ok := w.reads(req)
	if !ok {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, errWrites
	}
	began := time.Now()
	resp, err := w.base.RoundTrip(req)
	var body []byte
	if err == nil {
		body, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
	}
	w.note(name, time.Since(began), resp, body, err)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

func (w *watch) note(name string, took time.Duration, resp *http.Response, body []byte, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.calls[name]
	if c == nil {
		c = &calls{}
		w.calls[name] = c
		w.names = append(w.names, name)
	}
	c.times = append(c.times, took)
	if err != nil {
		c.failed++
		return
	}
	c.status = resp.StatusCode
	c.media, _, _ = mime.ParseMediaType(resp.Header.Get("Content-Type"))
	for field := range resp.Header {
		if lower := strings.ToLower(field); strings.Contains(lower, "ratelimit") || lower == "retry-after" {
			c.limited = append(c.limited, field)
		}
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		c.failed++
		return
	}
	c.last = unpacked(resp, body)
}

func unpacked(resp *http.Response, body []byte) []byte {
	if !strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		return body
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	plain, _ := io.ReadAll(z) // as much as there is
	return plain
}

// of answers what was seen of a call; nothing, where it never was.
func (w *watch) of(name string) calls {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.calls[name]; c != nil {
		return *c
	}
	return calls{}
}

// limits are the header fields about limits, of all replies.
func (w *watch) limits() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for _, c := range w.calls {
		all = append(all, c.limited...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// readsAlarmCom lets through the operations that read: their names begin with
// Get (WSDL).
func readsAlarmCom(req *http.Request) (string, bool) {
	action := strings.Trim(req.Header.Get("SOAPAction"), `"`)
	if _, params, err := mime.ParseMediaType(req.Header.Get("Content-Type")); err == nil && params["action"] != "" {
		action = params["action"]
	}
	op := path.Base(action)
	return op, req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, ".asmx") && strings.HasPrefix(op, "Get")
}

// readsSecurityTrax lets through GET, and the login, which makes a token.
func readsSecurityTrax(req *http.Request) (string, bool) {
	parts := strings.SplitAfter(req.URL.Path, "/user/v1/")
	name := req.Method + " " + parts[len(parts)-1]
	if resource, _, one := strings.Cut(name, "/"); one {
		name = resource + "/{id}"
	}
	login := req.Method == http.MethodPost && path.Base(req.URL.Path) == "authenticate"
	return name, req.Method == http.MethodGet || login
}
