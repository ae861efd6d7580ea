//go:build !race

// These tests measure the heap of the process, to which the race detector adds.

package alarmcom_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/internal/heavy"
)

// partnerCases are the replies of the PartnerApi in whose place much is sent, by
// the end of their address.
func partnerCases() map[string]heavyCase {
	return map[string]heavyCase{
		"/token":         {limit: 1 << 20, ask: askCustomers(adcimport.CustomerFilter{})},
		"/customers":     {limit: 64 << 20, ask: askCustomers(adcimport.CustomerFilter{})},
		"/customers/101": {limit: 1 << 20, ask: askDetail},
		"/reps":          {limit: 64 << 20, ask: askUsers},
	}
}

// partnerReplies are replies with a part that comes again and again.
func partnerReplies() map[string]heavy.Reply {
	list := func(item string) heavy.Reply {
		return heavy.Reply{Head: `[` + strings.ReplaceAll(item, "%d", "1"), Unit: numbered("," + item), Tail: "]"}
	}
	object := func(head, unit, tail string) heavy.Reply {
		return heavy.Reply{Head: `{"customerId":101,"access_token":"a",` + head, Unit: numbered(unit), Tail: tail + "}"}
	}
	item := func(head, unit, tail string) heavy.Reply {
		r := object(head, unit, tail)
		r.Head, r.Tail = `[{"supportId":1,`+r.Head[1:], r.Tail+"]"
		return r
	}
	long := strings.Repeat("a", 200<<10)
	return map[string]heavy.Reply{
		"customers":   list(`{"customerId":%d}`),
		"reps":        list(`{"supportId":%d,"repRoleList":[{"roleId":1},{"roleId":2},{"roleId":3}]}`),
		"role names":  list(`{"supportId":%d,"repRoleList":[{"roleId":1,"roleName":"` + long + `"}]}`),
		"logins":      list(`{"supportId":%d,"repLoginName":"` + long + `"}`),
		"nulls":       list(`null`),
		"empty items": list(`{}`),
		"members":     object(`"a":0`, `,"a%d":0`, ""),
		"repeated":    object(`"a":0`, `,"a":0`, ""),
		"objects":     object(`"a":[{}`, `,{"a":{}}`, "]"),
		"numbers":     object(`"a":[0`, `,%d`, "]"),
		"depth":       object(`"a":`, `[`, ""),
		"text":        object(`"a":"`, `aaaaaaaaaaaaaaaa`, `"`),
		"escapes":     object(`"a":"`, `\u0041`, `"`),
		"key":         object(`"`, `aaaaaaaaaaaaaaaa`, `":1`),
		"number":      object(`"a":1`, `1234567890123456`, ""),
		"blanks":      object(`"a":1`, `                `, ""),
		"an item":     item(`"a":[{}`, `,{"a":{}}`, "]"),
		"its roles":   item(`"repRoleList":[1`, `,%d`, "]"),
		"its text":    item(`"repLoginName":"`, `aaaaaaaaaaaaaaaa`, `"`),
		"token":       {Head: `{"access_token":"`, Unit: heavy.Same("aaaaaaaaaaaaaaaa"), Tail: `"}`},
		"error":       {Head: `{"error":"a","error_description":"`, Unit: heavy.Same("aaaaaaaaaaaaaaaa"), Tail: `"}`},
		"message":     {Head: `{"message":"`, Unit: heavy.Same("aaaaaaaaaaaaaaaa"), Tail: `"}`},
	}
}

// Fault 50: the same for the PartnerApi.
func TestFault50_partnerHeap(t *testing.T) { //nolint:paralleltest // it measures the heap of the process
	for path, c := range partnerCases() { //nolint:paralleltest // each measures the heap of the process
		for shape, reply := range partnerReplies() {
			t.Run(path+"/"+shape, func(t *testing.T) {
				reply.Times = times(reply.Unit, c.limit/8)
				if c.limit > 1<<20 && strings.HasSuffix(shape, "names") {
					reply.Times = times(reply.Unit, c.limit-1<<20)
				}
				c.attackPartner(t, path, func(int) heavy.Reply { return reply })
				if c.limit == 1<<20 || shape == "reps" || shape == "customers" {
					reply.Times = 0
					c.attackPartner(t, path, func(int) heavy.Reply { return reply })
				}
			})
		}
	}
}

// Faults 49 and 50: pages of reps that are always new end, and take no more,
// whatever the names of their roles.
func TestFault50_partnerRepsForEver(t *testing.T) { //nolint:paralleltest // it measures the heap of the process
	c := heavyCase{limit: 64 << 20, ask: askUsers}
	for name, rep := range map[string]string{ //nolint:paralleltest // each measures the heap of the process
		"reps":       `{"supportId":%d}`,
		"role names": `{"supportId":%d,"repRoleList":[{"roleId":1,"roleName":"` + strings.Repeat("a", 200<<10) + `"}]}`,
	} {
		const perPage = 50
		t.Run(name, func(t *testing.T) {
			c.attackPartner(t, "/reps", func(n int) heavy.Reply {
				if n > 5000 {
					t.Error("more than 5000 pages")
					return heavy.Reply{Head: "[]", Unit: heavy.Same(""), Times: 1}
				}
				return heavy.Reply{Head: "[null", Tail: "]", Times: perPage, Unit: func(i int) string { return numbered("," + rep)(n*perPage + i) }}
			})
		})
	}
}

func (c heavyCase) attackPartner(t *testing.T, path string, reply func(int) heavy.Reply) {
	t.Helper()
	srv := alarmcomtest.NewServer(smallDealer())
	wire := &heavy.Transport{
		Base:  srv.Transport(),
		Match: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, path) },
		Reply: reply,
	}
	src := inMemory(t, srv, inMemoryPartner(true), func(cfg *alarmcom.Config) {
		cfg.Transport, cfg.MaxRetries, cfg.RequestsPerSecond, cfg.Burst = wire, -1, 1e6, 1e6
	})
	var err error
	peak := heavy.Peak(func() { err = c.ask(t, src) })
	times := reply(0).Times
	if peak > mostHeap {
		t.Errorf("%d times: %d MiB of heap, error %v", times, peak>>20, err)
	}
	if most := wire.Asked() * int64(c.limit+128<<10); wire.Asked() == 0 || wire.Read() > most {
		t.Errorf("%d times: %d bytes read of %d replies", times, wire.Read(), wire.Asked())
	}
	if times == 0 && err == nil {
		t.Error("no error for a reply without an end")
	}
}

// Large lists that are right are read whole: a page of 1,000 customers with all
// their fields, 3,000 reps, 200,000 ids over SOAP (fault 50).
func TestFault50_largeLists(t *testing.T) {
	t.Parallel()
	var fields strings.Builder
	for i := range 100 {
		fmt.Fprintf(&fields, `,"field%d":"some text of a usual length","list%d":[1,2,3],"object%d":{"a":{"b":"c"}}`, i, i, i)
	}
	once := func(r heavy.Reply) func(int) heavy.Reply {
		return func(n int) heavy.Reply {
			if n%2 == 1 {
				return heavy.Reply{Head: "[]", Unit: heavy.Same(""), Times: 1}
			}
			return r
		}
	}
	list := func(n int, item string) heavy.Reply {
		return heavy.Reply{Head: "[null", Unit: numbered("," + item), Times: n, Tail: "]"}
	}
	rep := `{"supportId":%d,"repId":%d,"repLoginName":"login","repEmail":"rep@example.com","repPhoneNumber":"2085550100","repDealerBranchId":7,
		"repAddress":{"firstName":"Ada","lastName":"Ng","street1":"1 Main St","city":"Boise","state":"ID","zip":"83702"},
		"repRoleList":[{"roleId":1,"roleName":"Admin"},{"roleId":2,"roleName":"Sales"}]` + fields.String() + `}`
	rep = strings.Replace(rep, `"repId":%d`, `"repId":5`, 1)
	ids := heavy.Reply{
		Head: soapHead + "<GetCustomerList_V2Response><GetCustomerList_V2Result><Success>true</Success><CustomerIds>",
		Unit: numbered("<int>%d</int>"), Times: 200_000, Tail: "</CustomerIds></GetCustomerList_V2Result></GetCustomerList_V2Response></Body></Envelope>",
	}
	for name, test := range map[string]struct {
		path  string
		reply func(int) heavy.Reply
		users bool
		want  int
		only  bool
	}{
		"customers of the PartnerApi": {"/customers", once(list(1000, `{"customerId":%d`+fields.String()+`}`)), false, 1000, true},
		"reps of the PartnerApi":      {"/reps", once(list(3000, rep)), true, 3000, true},
		"ids":                         {"/CustomerManagement.asmx", func(int) heavy.Reply { return ids }, false, 200_000, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := alarmcomtest.NewServer(smallDealer())
			wire := &heavy.Transport{
				Base: srv.Transport(), Reply: test.reply,
				Match: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, test.path) },
			}
			src := inMemory(t, srv, func(cfg *alarmcom.Config) {
				if test.only {
					inMemoryPartner(true)(cfg)
				}
				cfg.Transport, cfg.MaxRetries = wire, -1
			})
			var n int
			if test.users {
				n = len(userIDs(allPages(t, src.Users(t.Context(), adcimport.UserFilter{}, ""))))
			} else {
				n = len(customerIDs(allPages(t, src.Customers(t.Context(), adcimport.CustomerFilter{}, ""))))
			}
			if n != test.want {
				t.Errorf("%d, want %d", n, test.want)
			}
		})
	}
}

// Fault 32: a SOAP reply that says it is in another encoding is refused where it
// matters, and read where it is ASCII.
func TestFault32_foreignHeader(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		contentType, role string
		fails             bool
	}{
		"ASCII":              {"text/xml; charset=ISO-8859-1", "Admin", false},
		"not ASCII":          {"text/xml; charset=ISO-8859-1", "Ren\u00e9", true},
		"in that encoding":   {"text/xml; charset=ISO-8859-1", "Ren\xe9", true},
		"Windows":            {`text/xml; charset="windows-1252"`, "Ren\u00e9", true},
		"as a reference":     {"text/xml; charset=ISO-8859-1", "Ren&#233;", false},
		"UTF-8":              {"text/xml; charset=UTF-8", "Ren\u00e9", false},
		"UTF-8, but is none": {"text/xml; charset=utf-8", "Ren\xe9", true},
		"nothing said":       {"text/xml", "Ren\xe9", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := alarmcomtest.NewServer(smallDealer())
			reply := soapReply("GetRepRoles", "<GetRepRolesResult><RepRole><RoleId>1</RoleId><RoleName>"+test.role+"</RoleName></RepRole></GetRepRolesResult>")
			reply.Header = http.Header{"Content-Type": {test.contentType}}
			srv.Fail(failAlways("GetRepRoles", reply))
			roles, err := inMemory(t, srv, func(cfg *alarmcom.Config) { cfg.MaxRetries = -1 }).Roles(t.Context())
			if (err != nil) != test.fails || err == nil && len(roles) != 1 {
				t.Errorf("%v, error %v", roles, err)
			}
		})
	}
}
