//go:build !race

// These tests measure the heap of the process, to which the race detector adds.

package securitytrax_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/heavy"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// mostHeap is what a call may have in use at once, whatever the service sends.
const mostHeap = 64 << 20

// heavyCase is a request whose reply is much.
type heavyCase struct {
	method, suffix string
	limit          int // bytes that are read of the reply
	status         int
	ask            func(*testing.T, *securitytraxtest.Server, *securitytrax.Sink) error
}

func askFind(t *testing.T, _ *securitytraxtest.Server, s *securitytrax.Sink) error {
	t.Helper()
	_, err := s.FindCustomers(t.Context(), customerKeys("1"))
	return err
}

func askOffices(t *testing.T, _ *securitytraxtest.Server, s *securitytrax.Sink) error {
	t.Helper()
	_, err := s.Offices(t.Context())
	return err
}

func askFindUsers(t *testing.T, _ *securitytraxtest.Server, s *securitytrax.Sink) error {
	t.Helper()
	_, err := s.FindUsers(t.Context(), []adcimport.UserKey{{ID: "1", Record: adcimport.UserRecord{Username: "a"}}})
	return err
}

func askOptions(t *testing.T, _ *securitytraxtest.Server, s *securitytrax.Sink) error {
	t.Helper()
	return s.CheckCustomerOptions(t.Context(), adcimport.CustomerOptions{OfficeID: "1"})
}

func askCreate(t *testing.T, srv *securitytraxtest.Server, s *securitytrax.Sink) error {
	t.Helper()
	results, err := s.CreateCustomers(t.Context(), customers(t, srv, 1))
	if err == nil {
		err = results[0].Err
	}
	return err
}

func heavyCases() map[string]heavyCase {
	const list, other = 16 << 20, 1 << 20 // by default
	return map[string]heavyCase{
		"authenticate":       {http.MethodPost, "/authenticate", other, 200, askOffices},
		"authenticate fails": {http.MethodPost, "/authenticate", other, 401, askOffices},
		"list":               {http.MethodGet, "/locations", list, 200, askOffices},
		"list fails":         {http.MethodGet, "/locations", other, 400, askOffices},
		"find":               {http.MethodGet, "/isp_connections", list, 200, askFind},
		"find users":         {http.MethodGet, "/users", list, 200, askFindUsers},
		"option":             {http.MethodGet, "/locations/1", other, 200, askOptions},
		"create":             {http.MethodPost, "/customers", other, 201, askCreate},
		"create fails":       {http.MethodPost, "/customers", other, 422, askCreate},
		"create breaks":      {http.MethodPost, "/customers", other, 500, askCreate},
	}
}

// heavyReplies are documents with a part that comes again and again.
func heavyReplies() map[string]heavy.Reply {
	many := func(member, unit string) heavy.Reply {
		return heavy.Reply{Head: `{"token":"a","data":[],"errors":[],"` + member + `":[{}`, Unit: numbered("," + unit), Tail: "]}"}
	}
	within := func(head, unit, tail string) heavy.Reply {
		return heavy.Reply{Head: `{"data":[{"type":"a","id":"1",` + head, Unit: numbered(unit), Tail: tail + `}]}`}
	}
	return map[string]heavy.Reply{
		"resources":        many("data", `{}`),
		"nulls":            many("data", `null`),
		"ids":              many("data", `{"id":"%d"}`),
		"small attributes": many("data", `{"id":"%d","attributes":{"a":1}}`),
		"small relations":  many("data", `{"id":"%d","relationships":{"a":{"data":[]}}}`),
		"both":             many("data", `{"id":"%d","attributes":{"":0},"relationships":{"":{"data":null}}}`),
		"named":            many("data", `{"id":"%d","attributes":{"username":"a","isp_customer_id":"1","name":"n%d"}}`),
		"errors":           many("errors", `{}`),
		"full errors":      many("errors", `{"status":1,"code":"a","source":{"pointer":"/data/attributes/a"}}`),
		"included":         many("included", `{"id":"%d","attributes":{"a":"b"}}`),
		"one's attributes": within(`"attributes":{"a":1`, `,"a%d":1`, "}"),
		"one's texts":      within(`"attributes":{"a":1`, `,"a%d":""`, "}"),
		"one's numbers":    within(`"attributes":{"a":1`, `,"a%d":1234567890123456789012345678901234567890`, "}"),
		"one's relations":  within(`"relationships":{"a":{}`, `,"a%d":{"data":{}}`, "}"),
		"identifiers":      within(`"relationships":{"a":{"data":[{}`, `,{"id":%d}`, "]}}"),
		"repeated keys":    within(`"attributes":{"a":1`, `,"a":1`, "}"),
		"long text":        within(`"attributes":{"a":"`, "aaaaaaaaaaaaaaaa", `"}`),
		"texts":            within(`"attributes":{"a":1`, `,"a%d":"`+strings.Repeat("a", 200<<10)+`"`, "}"),
		"names":            many("data", `{"id":"%d","attributes":{"name":"`+strings.Repeat("a", 200<<10)+`"}}`),
		"escapes":          within(`"attributes":{"a":"`, `\u0041`, `"}`),
		"long id":          within(`"attributes":null,"id":"`, "aaaaaaaaaaaaaaaa", `"`),
		"long key":         within(`"attributes":{"`, "aaaaaaaaaaaaaaaa", `":1}`),
		"long number":      within(`"attributes":{"a":1`, "1234567890123456", `}`),
		"depth":            within(`"attributes":{"a":`, "[", `}`),
		"lists":            within(`"attributes":{"a":[{}`, ",{}", `]}`),
		"blanks":           within(`"attributes":{"a":"b"`, "                ", `}`),
		"token":            {Head: `{"token":"`, Unit: heavy.Same("aaaaaaaaaaaaaaaa"), Tail: `"}`},
		"next":             {Head: `{"data":[],"links":{"next":"?a=`, Unit: heavy.Same("aaaaaaaaaaaaaaaa"), Tail: `"}}`},
	}
}

func numbered(unit string) func(int) string {
	if !strings.Contains(unit, "%d") {
		return heavy.Same(unit)
	}
	return func(i int) string { return strings.ReplaceAll(unit, "%d", strconv.Itoa(i+1)) }
}

// Fault 50: whatever a reply of SecurityTrax's unpacks to, it is read within
// bounds of time and memory, with the defaults.
func TestFault50_heap(t *testing.T) { //nolint:paralleltest // it measures the heap of the process
	for name, c := range heavyCases() { //nolint:paralleltest // each measures the heap of the process
		for shape, reply := range heavyReplies() {
			t.Run(name+"/"+shape, func(t *testing.T) {
				if shape == "blanks" {
					c.attack(t, reply) // without an end
				}
				c.attack(t, cut(reply, c.limit, 199_000/parts(reply))) // as long, and with as many parts, as may be
			})
		}
	}
}

// parts are those of a unit that count.
func parts(r heavy.Reply) int {
	n := 0
	for _, part := range []string{",", "{", "["} {
		n += strings.Count(r.Unit(1), part)
	}
	return max(n, 1)
}

// cut ends a reply after so many bytes or parts.
func cut(r heavy.Reply, bytes, times int) heavy.Reply {
	size := len(r.Head) + len(r.Tail)
	for r.Times = 0; r.Times < times; r.Times++ {
		if size += len(r.Unit(r.Times)); size > bytes {
			break
		}
	}
	return r
}

func (c heavyCase) attack(t *testing.T, reply heavy.Reply) {
	t.Helper()
	srv := securitytraxtest.New()
	reply.Status, reply.Type = c.status, "application/vnd.api+json"
	wire := &heavy.Transport{
		Base:  srv.Transport(),
		Match: func(r *http.Request) bool { return r.Method == c.method && strings.HasSuffix(r.URL.Path, c.suffix) },
		Reply: func(int) heavy.Reply { return reply },
	}
	sink := newSink(t, srv, func(cfg *securitytrax.Config) { cfg.Transport, cfg.MaxRetries = wire, -1 })
	var err error
	peak := heavy.Peak(func() { err = c.ask(t, srv, sink) })
	if peak > mostHeap {
		t.Errorf("%d times: %d MiB of heap, error %v", reply.Times, peak>>20, err)
	}
	if most := wire.Asked() * int64(c.limit+128<<10); wire.Asked() == 0 || wire.Read() > most {
		t.Errorf("%d times: %d bytes read of %d replies", reply.Times, wire.Read(), wire.Asked())
	}
	if reply.Times == 0 && err == nil {
		t.Error("no error for a reply without an end")
	}
}

// Fault 49: links.next that always brings new ids ends, too, and so does a list
// of long names.
func TestFault49_newForEver(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		item        string
		items, most int
	}{
		"one a page":      {`{"id":"%d"}`, 1, 10_000},
		"many a page":     {`{"id":"%d"}`, 1000, 101},
		"with long names": {`{"id":"%d","attributes":{"name":"` + strings.Repeat("a", 200<<10) + `"}}`, 1, 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			wire := &heavy.Transport{
				Base:  srv.Transport(),
				Match: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/locations") },
				Reply: func(n int) heavy.Reply {
					return heavy.Reply{
						Head: fmt.Sprintf(`{"links":{"next":"?page=%d"},"data":[{"id":"%d"}`, n+1, n*test.items),
						Unit: func(i int) string { return numbered("," + test.item)(n*test.items + i) }, Times: test.items, Tail: "]}",
					}
				},
			}
			sink := newSink(t, srv, func(cfg *securitytrax.Config) { cfg.Transport, cfg.MaxRetries = wire, -1 })
			list, err := sink.Offices(t.Context())
			if err == nil || int(wire.Asked()) > test.most {
				t.Errorf("%d pages with %d entries, error %v", wire.Asked(), len(list), err)
			}
		})
	}
}

// Large lists that are right are read whole: 5,000 entries of 40 attributes, on
// one page and on many (fault 50).
func TestFault50_largeLists(t *testing.T) {
	t.Parallel()
	const all = 5000
	var attributes strings.Builder
	attributes.WriteString(`"name":"Office %d"`)
	for i := range 30 {
		fmt.Fprintf(&attributes, `,"attribute_%d":"some text of a usual length"`, i)
	}
	for _, size := range []int{all, 1000, 100} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			wire := &heavy.Transport{
				Base:  srv.Transport(),
				Match: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/locations") },
				Reply: func(n int) heavy.Reply {
					next := ""
					if (n+1)*size < all {
						next = fmt.Sprintf("?page=%d", n+1)
					}
					item := numbered(`{"type":"locations","id":"%d","attributes":{` + attributes.String() + `}}`)
					return heavy.Reply{
						Head: fmt.Sprintf(`{"links":{"next":%q},"data":[`, next),
						Unit: func(i int) string { return strings.Repeat(",", min(i, 1)) + item(n*size+i) }, Times: size, Tail: "]}",
					}
				},
			}
			sink := newSink(t, srv, func(cfg *securitytrax.Config) { cfg.Transport, cfg.MaxRetries = wire, -1 })
			list, err := sink.Offices(t.Context())
			if err != nil || len(list) != all || list[all-1] != (adcimport.Choice{ID: "5000", Name: "Office 5000"}) {
				t.Errorf("%d entries, error %v", len(list), err)
			}
		})
	}
}
