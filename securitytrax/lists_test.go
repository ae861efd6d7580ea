package securitytrax_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/securitytrax/adcimport/internal/heavy"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// Faults 31, 32, 49 and 50: a look-up whose reply has no list, never ends, is in
// another encoding or is too large is an error: what is not found is created.
func TestFault31_lookUps(t *testing.T) {
	t.Parallel()
	page := func(n int) string {
		return fmt.Sprintf(`{"data":[],"links":{"next":"?page=%d"}}`, n+1)
	}
	for name, body := range map[string]func(n int) string{
		"null":                  func(int) string { return `{"data":null}` },
		"no data":               func(int) string { return `{"meta":{}}` },
		"errors only":           func(int) string { return `{"errors":[]}` },
		"errors beside":         func(int) string { return `{"data":[],"errors":[{"code":"x"}]}` },
		"one":                   func(int) string { return `{"data":{"type":"isp_connections","id":"1"}}` },
		"fault 49, empty pages": page,
		"fault 32":              func(int) string { return "{\"data\":[],\"meta\":\"Ren\xe9\"}" },
		"fault 32, half a pair": func(int) string { return `{"data":[],"meta":"\ud83d"}` },
		"fault 50, depth":       func(int) string { return `{"data":[],"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}" },
		"fault 50, items":       func(int) string { return `{"data":[` + strings.Repeat("{},", 1<<20) + `{}]}` },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			var asked atomic.Int64
			srv.Fail(func(r *http.Request, n int) *securitytraxtest.Reply {
				if r.Method != http.MethodGet {
					return nil
				}
				asked.Add(1)
				return &securitytraxtest.Reply{Status: 200, Body: []byte(body(n))}
			})
			sink := newSink(t, srv, func(c *securitytrax.Config) { c.MaxRetries = -1 })
			if found, err := sink.FindCustomers(t.Context(), customerKeys("1")); err == nil {
				t.Errorf("found %v without an error", found)
			}
			if n := asked.Load(); n > 4 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

// Fault 32: a document that says it is in another encoding is refused where it
// matters, and read where it is ASCII. Fault 49: pages in a circle end at once,
// though each brings something new.
func TestFault32_foreignHeader(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		typ, name, next string
		fails           bool
	}{
		"ASCII":                {"application/vnd.api+json; charset=ISO-8859-1", "Rene", "", false},
		"not ASCII":            {"application/vnd.api+json; charset=ISO-8859-1", "Ren\u00e9", "", true},
		"UTF-8":                {"application/vnd.api+json; charset=UTF-8", "Ren\u00e9", "", false},
		"an escape":            {"application/json; charset=windows-1252", `Ren\u00e9`, "", false},
		"fault 49, a circle":   {"application/vnd.api+json", "Rene", "?page=1", true},
		"fault 49, to oneself": {"application/vnd.api+json", "Rene", "locations", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			wire := &heavy.Transport{
				Base:  srv.Transport(),
				Match: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/locations") },
				Reply: func(n int) heavy.Reply {
					unit := fmt.Sprintf(`{"data":[{"id":"%d","attributes":{"name":"%s"}}],"links":{"next":%q}}`, n, test.name, test.next)
					return heavy.Reply{Type: test.typ, Unit: heavy.Same(unit), Times: 1}
				},
			}
			sink := newSink(t, srv, func(c *securitytrax.Config) { c.Transport, c.MaxRetries = wire, -1 })
			list, err := sink.Offices(t.Context())
			if (err != nil) != test.fails || err == nil && len(list) != 1 || wire.Asked() > 3 {
				t.Errorf("%v after %d requests, error %v", list, wire.Asked(), err)
			}
		})
	}
}
