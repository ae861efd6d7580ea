package securitytrax_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A Content-Encoding that names no packing is none, and what is packed otherwise than it
// says is read as it is: a create is made once, and known, over a network or not.
func TestContentEncoding(t *testing.T) {
	t.Parallel()
	const made, list = `{"data":{"type":"customers","id":"91"}}`, `{"data":[{"type":"locations","id":"2","attributes":{"name":"Zoë"}}]}`
	for name, tt := range map[string]struct {
		encoding string
		packed   bool
		fails    bool
	}{
		"nothing said":          {},
		"utf-8":                 {encoding: "utf-8"},
		"UTF8":                  {encoding: "UTF8"},
		"identity":              {encoding: "identity"},
		"none":                  {encoding: "none"},
		"both":                  {encoding: "identity, utf-8"},
		"gzip":                  {encoding: "gzip", packed: true},
		"gzip by another name":  {encoding: "x-gzip", packed: true},
		"gzip with a charset":   {encoding: "gzip, utf-8", packed: true},
		"gzip that is none":     {encoding: "gzip"},
		"gzip, not told":        {packed: true},
		"gzip, told as charset": {encoding: "utf-8", packed: true},
		"br":                    {encoding: "br", fails: true},
		"twice":                 {encoding: "gzip, gzip", packed: true, fails: true},
		"own":                   {encoding: "aws-chunked", fails: true},
	} {
		for transport, start := range map[string]func(...securitytraxtest.Option) *securitytraxtest.Server{
			"network": securitytraxtest.NewServer, "none": securitytraxtest.New,
		} {
			t.Run(name+" over "+transport, func(t *testing.T) {
				t.Parallel()
				srv := start()
				t.Cleanup(srv.Close)
				reply := func(text string) *securitytraxtest.Reply {
					r := &securitytraxtest.Reply{Status: http.StatusOK, Body: []byte(text), Header: http.Header{}}
					if tt.encoding != "" {
						r.Header.Set("Content-Encoding", tt.encoding)
					}
					if tt.packed {
						r.Body = gzipped(t, text)
					}
					return r
				}
				srv.Fail(func(r *http.Request, _ int) *securitytraxtest.Reply {
					switch {
					case r.Method == http.MethodPost && hasSuffix(r.URL.Path, "/customers"):
						return reply(made)
					case hasSuffix(r.URL.Path, "/locations"):
						return reply(list)
					}
					return nil
				})
				sink := newSink(t, srv)
				offices, err := sink.Offices(t.Context())
				if want := []adcimport.Choice{{ID: "2", Name: "Zoë"}}; (err != nil) != tt.fails || !tt.fails && cmp.Diff(want, offices) != "" {
					t.Errorf("offices %v, %v", offices, err)
				}
				results, err := sink.CreateCustomers(t.Context(), customers(t, srv, 1))
				want := adcimport.WriteCreated
				if tt.fails {
					want = adcimport.WriteUnknown // it was made, and nobody can read under which id
				}
				if len(results) != 1 || results[0].Status != want || !tt.fails && (results[0].ID != "91" || err != nil) {
					t.Errorf("created %+v, %v", results, err)
				}
			})
		}
	}
}

// A refusal counts by its status where its words cannot be read.
func TestContentEncoding_refused(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	srv.Fail(onRoute(http.MethodPost, "/customers", always(securitytraxtest.Reply{
		Status: http.StatusUnprocessableEntity, Body: []byte("\x0b\x02"), Header: http.Header{"Content-Encoding": {"br"}},
	})))
	results, err := newSink(t, srv).CreateCustomers(t.Context(), customers(t, srv, 1))
	if err != nil || results[0].Status != adcimport.WriteRejected {
		t.Errorf("%+v, %v", results, err)
	}
}
