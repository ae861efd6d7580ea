package securitytraxtest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// Transport serves requests in the process, without a network or a goroutine:
// for tests in a testing/synctest bubble. A lost reply is io.ErrUnexpectedEOF.
func (s *Server) Transport() http.RoundTripper { return transport{s.Handler()} }

type transport struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	var body []byte
	if r.Body != nil {
		defer r.Body.Close() //nolint:errcheck // it was read
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	inner := r.Clone(r.Context())
	inner.Body = io.NopCloser(bytes.NewReader(body))
	inner.Host, inner.RequestURI = r.URL.Host, r.URL.RequestURI()
	w := &recorder{header: make(http.Header)}
	broken := w.run(t.handler, inner)
	if ctxErr := r.Context().Err(); ctxErr != nil {
		return nil, ctxErr
	}
	if w.status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return w.response(r, broken), nil
}

// recorder keeps a reply.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// run reports whether the handler aborted.
func (w *recorder) run(h http.Handler, r *http.Request) (broken bool) {
	defer func() {
		if v := recover(); v != nil {
			if err, ok := v.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			broken = true
		}
	}()
	h.ServeHTTP(w, r)
	return false
}

func (w *recorder) response(r *http.Request, broken bool) *http.Response {
	var body io.Reader = bytes.NewReader(w.body.Bytes())
	if broken {
		body = io.MultiReader(body, brokenReader{})
	}
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: &replyBody{Reader: body}, ContentLength: -1, Request: r,
	}
}

// replyBody refuses to be read after it was closed, as a body of net/http does.
type replyBody struct {
	io.Reader

	closed bool
}

func (b *replyBody) Read(p []byte) (int, error) {
	if b.closed {
		return 0, errClosed
	}
	return b.Reader.Read(p)
}

// Close implements io.Closer.
func (b *replyBody) Close() error {
	b.closed = true
	return nil
}

var errClosed = errors.New("securitytraxtest: read on closed response body")

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
