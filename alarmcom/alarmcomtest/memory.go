package alarmcomtest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
)

// memoryTransport serves requests in the goroutine that sends them.
type memoryTransport struct{ handler http.Handler }

// RoundTrip keeps the rules of [http.RoundTripper].
func (t memoryTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close() //nolint:errcheck // a body in memory
	}
	w := &memoryWriter{header: http.Header{}}
	aborted := w.serve(t.handler, req)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if w.status == 0 && aborted {
		return nil, errReset
	}
	body := io.Reader(&w.body)
	if aborted {
		body = io.MultiReader(body, broken{})
	}
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: &memoryBody{Reader: body}, ContentLength: -1, Request: req,
	}, nil
}

// memoryBody refuses to be read after it was closed, as a body of net/http does.
type memoryBody struct {
	io.Reader

	closed bool
}

func (b *memoryBody) Read(p []byte) (int, error) {
	if b.closed {
		return 0, errClosed
	}
	return b.Reader.Read(p)
}

// Close keeps the rules of [io.Closer].
func (b *memoryBody) Close() error {
	b.closed = true
	return nil
}

var (
	errReset  = errors.New("alarmcomtest: connection reset")
	errClosed = errors.New("alarmcomtest: read on closed response body")
)

// broken is a body that ends too early.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type memoryWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *memoryWriter) serve(h http.Handler, req *http.Request) (aborted bool) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			aborted = true
		default:
			panic(p)
		}
	}()
	clone := req.Clone(req.Context())
	if clone.Body == nil {
		clone.Body = http.NoBody
	}
	h.ServeHTTP(w, clone)
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return false
}

// Header keeps the rules of [http.ResponseWriter].
func (w *memoryWriter) Header() http.Header { return w.header }

// WriteHeader keeps the rules of [http.ResponseWriter].
func (w *memoryWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		w.header = w.header.Clone()
	}
}

// Write keeps the rules of [http.ResponseWriter].
func (w *memoryWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// Flush does nothing: there is no network.
func (*memoryWriter) Flush() {}
