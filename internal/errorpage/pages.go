// Package errorpage has error pages as the web servers of services send them,
// whole and in pieces, and servers to send them over real connections. It is for
// tests: what a mock makes of a body that breaks off, or is read after it was
// closed, proves nothing.
package errorpage

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// page is what ASP.NET sends with status 500, longer than what is read at once.
func page() []byte {
	return []byte("<!DOCTYPE html>\n<html><head><title>Runtime Error</title></head><body><h1>Server Error in '/' Application.</h1>" +
		strings.Repeat("<p>An application error occurred on the server.</p>\n", 200) + "</body></html>\n")
}

func packed() []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(page())
	_ = w.Close()
	return b.Bytes()
}

// Pages are error pages with status 500 that end, somehow, by their names.
func Pages() map[string]http.HandlerFunc {
	zip := http.Header{"Content-Encoding": {"gzip"}}
	return map[string]http.HandlerFunc{
		"whole":                    send(nil, page(), ends),
		"chunked":                  chunked,
		"empty":                    send(nil, nil, ends),
		"cut in the middle":        send(nil, page()[:5000], breaks),
		"cut after its head":       send(nil, nil, breaks),
		"shorter than it said":     send(http.Header{"Content-Length": {"20000"}}, page(), ends),
		"packed":                   send(zip, packed(), ends),
		"packed and cut":           send(zip, packed()[:100], breaks),
		"packed and shorter":       send(zip, packed()[:100], ends),
		"not packed as it says":    send(zip, page(), ends),
		"packed in an unknown way": send(http.Header{"Content-Encoding": {"br"}}, page(), ends),
		"huge":                     send(nil, bytes.Repeat(page(), 300), ends),
		"XML that is cut":          send(nil, []byte(`<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>`), breaks),
		"JSON that is cut":         send(nil, []byte(`{"customerId": 1`), breaks),
		"JSON that ends too early": send(nil, []byte(`{"customerId": 1`), ends),
	}
}

// Stuck are error pages with status 500 that do not end.
func Stuck() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"stuck after its head":    send(nil, nil, hangs),
		"stuck in the middle":     send(nil, page()[:5000], hangs),
		"stuck in XML":            send(nil, []byte("<Envelope"), hangs),
		"stuck in JSON":           send(nil, []byte(`{"customerId"`), hangs),
		"packed and stuck":        send(http.Header{"Content-Encoding": {"gzip"}}, packed()[:100], hangs),
		"trickling":               send(nil, []byte(" "), trickles),
		"without an end, at once": send(nil, page(), floods),
	}
}

// send sends what there is of a page, and then does something.
func send(h http.Header, body []byte, then func(http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		maps.Copy(w.Header(), h)
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write(body)
		then(w, r)
	}
}

func chunked(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusInternalServerError)
	for part := range strings.SplitAfterSeq(string(page()), ">\n") {
		_, _ = io.WriteString(w, part)
		flush(w)
	}
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

func ends(http.ResponseWriter, *http.Request) {}

func breaks(w http.ResponseWriter, _ *http.Request) {
	flush(w)
	panic(http.ErrAbortHandler)
}

func hangs(w http.ResponseWriter, r *http.Request) {
	flush(w)
	<-r.Context().Done()
}

func trickles(w http.ResponseWriter, r *http.Request) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		flush(w)
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
		if _, err := io.WriteString(w, " "); err != nil {
			return
		}
	}
}

func floods(w http.ResponseWriter, _ *http.Request) {
	for {
		if _, err := w.Write(page()); err != nil {
			return
		}
	}
}

// BigHead is a reply of success whose head has so many bytes.
func BigHead(size int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		const part = 1 << 10
		for i := range size / part {
			w.Header().Set("X-Part-"+strconv.Itoa(i), strings.Repeat("x", part-20))
		}
		w.WriteHeader(http.StatusOK)
	}
}
