//go:build !race

// These tests measure the heap of the process, to which the race detector adds.

package alarmcom_test

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/internal/heavy"
)

// mostHeap is what a call may have in use at once, whatever the service sends.
const mostHeap = 64 << 20

// heavyCase is a reply in whose place much is sent.
type heavyCase struct {
	op, head, tail string
	limit          int // bytes that are read of it
	item           string
	change         func(*alarmcom.Config)
	ask            func(*testing.T, *alarmcom.Source) error
}

const soapHead = `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>`

func askCustomers(f adcimport.CustomerFilter) func(*testing.T, *alarmcom.Source) error {
	return func(t *testing.T, s *alarmcom.Source) error {
		t.Helper()
		return lastError(s.Customers(t.Context(), f, ""))
	}
}

func askUsers(t *testing.T, s *alarmcom.Source) error {
	t.Helper()
	return lastError(s.Users(t.Context(), adcimport.UserFilter{}, ""))
}

func askRoles(t *testing.T, s *alarmcom.Source) error {
	t.Helper()
	_, err := s.Roles(t.Context())
	return err
}

func askSubDealers(t *testing.T, s *alarmcom.Source) error {
	t.Helper()
	_, err := s.SubDealers(t.Context())
	return err
}

func askDetail(t *testing.T, s *alarmcom.Source) error {
	t.Helper()
	_, err := s.CustomerDetail(t.Context(), "101")
	return err
}

func heavySOAP() map[string]heavyCase {
	wrap := func(op, in, item string, limit int, ask func(*testing.T, *alarmcom.Source) error) heavyCase {
		end := ""
		for _, part := range strings.SplitAfter(in, ">") {
			if strings.HasPrefix(part, "<") && !strings.Contains(part, "/") {
				end = "</" + part[1:] + end
			}
		}
		return heavyCase{
			op: op, limit: limit, item: item, ask: ask, change: func(*alarmcom.Config) {},
			head: soapHead + "<" + op + "Response>" + in, tail: end + "</" + op + "Response></Body></Envelope>",
		}
	}
	return map[string]heavyCase{
		"ids": wrap("GetCustomerList_V2", "<GetCustomerList_V2Result><Success>true</Success><CustomerIds>", "<int>%d</int>", 64<<20,
			askCustomers(adcimport.CustomerFilter{})),
		"ids' failure": wrap("GetCustomerList_V2", "<GetCustomerList_V2Result><Success>false</Success>", "<ErrorMessage>a</ErrorMessage>", 64<<20,
			askCustomers(adcimport.CustomerFilter{})),
		"ids of a branch": wrap("GetCustomerListByBranchId", "<GetCustomerListByBranchIdResult>", "<int>%d</int>", 64<<20,
			askCustomers(adcimport.CustomerFilter{SubDealerIDs: []string{"12"}})),
		"reps":           wrap("GetRepList", "<GetRepListResult>", "<Rep><SupportId>%d</SupportId></Rep>", 64<<20, askUsers),
		"roles of a rep": wrap("GetRepList", "<GetRepListResult><Rep><RepRoleList>", "<RepRole><RoleId>%d</RoleId></RepRole>", 64<<20, askUsers),
		"roles":          wrap("GetRepRoles", "<GetRepRolesResult>", "<RepRole><RoleId>%d</RoleId></RepRole>", 8<<20, askRoles),
		"branches":       wrap("GetBranches", "<GetBranchesResult>", "<BranchInfo><BranchId>%d</BranchId></BranchInfo>", 8<<20, askSubDealers),
		"dealer": wrap("GetDealerId", "<GetDealerIdResult><DealerID>1</DealerID><Success>true</Success><SubDealers>",
			"<BranchInfo><BranchId>%d</BranchId></BranchInfo>", 8<<20, askSubDealers),
		"detail":  wrap("GetCustomerInfo_V2", "<GetCustomerInfo_V2Result><CustomerId>101</CustomerId>", "<FirstName>%d</FirstName>", 1<<20, askDetail),
		"version": wrap("GetLatestCallerVersion", "<GetLatestCallerVersionResult>", "1", 1<<20, askDetail),
		"fault": {
			op: "GetRepList", limit: 1 << 20, item: "<Reason><Text>a</Text></Reason>", ask: askUsers, change: func(*alarmcom.Config) {},
			head: soapHead + "<Fault><faultcode>Server</faultcode><faultstring>", tail: "</faultstring></Fault></Body></Envelope>",
		},
		"another body": {
			op: "GetRepList", limit: 64 << 20, item: "<a>%d</a>", ask: askUsers, change: func(*alarmcom.Config) {},
			head: soapHead, tail: "</Body></Envelope>",
		},
	}
}

// soapShapes are what comes again and again in a reply, by name. What only the
// reader of tokens sees is tried in short replies: all have the same one.
func soapShapes(c heavyCase) map[string]func(int) string {
	long := strings.Repeat("a", 200<<10)
	shapes := map[string]func(int) string{
		"items":       numbered(c.item),
		"empty items": heavy.Same("<" + c.name() + "/>"),
		"text":        heavy.Same("aaaaaaaaaaaaaaaa"),
		"depth":       heavy.Same("<a>"),
		"names":       heavy.Same("<RepRole><RoleName>" + long + "</RoleName></RepRole><BranchInfo><BranchName>" + long + "</BranchName></BranchInfo>"),
		"logins":      heavy.Same("<Rep><RepLoginName>" + long + "</RepLoginName></Rep>"),
	}
	if strings.HasPrefix(c.head, soapHead+"<GetRepListResponse") {
		shapes["names"] = heavy.Same("<RepRole><RoleName>" + long + "</RoleName></RepRole>")
	}
	if c.limit > 1<<20 {
		return shapes
	}
	maps.Copy(shapes, map[string]func(int) string{
		"unknown items":  heavy.Same("<a/>"),
		"attributes":     once("<a ", heavy.Same(`b="" `)),
		"new attributes": once("<a ", numbered(` b%d=""`)),
		"tag":            once("<", heavy.Same("aaaaaaaaaaaaaaaa")),
		"value":          once(`<a b="`, heavy.Same("aaaaaaaaaaaaaaaa")),
		"references":     heavy.Same("&lt;"),
		"CDATA":          heavy.Same("<![CDATA[aaaaaaaaaaaaaaaa]]>"),
		"comment":        once("<!--", heavy.Same("aaaaaaaaaaaaaaaa")),
		"comments":       heavy.Same("<!---->"),
		"instructions":   heavy.Same("<?a b?>"),
		"namespaces":     numbered(`<a xmlns:n%d="u"/>`),
		"blanks":         heavy.Same("                "),
	})
	return shapes
}

func (c heavyCase) name() string {
	name, _, _ := strings.Cut(strings.TrimPrefix(c.item, "<"), ">")
	return name
}

func numbered(unit string) func(int) string {
	before, after, ok := strings.Cut(unit, "%d")
	if !ok {
		return heavy.Same(unit)
	}
	return func(i int) string { return before + strconv.Itoa(i+1) + after }
}

// once begins with a part that does not come again.
func once(first string, next func(int) string) func(int) string {
	return func(i int) string {
		if i == 0 {
			return first
		}
		return next(i)
	}
}

// times is how often a part fits into so many bytes.
func times(unit func(int) string, bytes int) int {
	n := 0
	for size := 0; ; n++ {
		if size += len(unit(n)); size > bytes {
			return n
		}
	}
}

// Fault 50: whatever a reply of Alarm.com's unpacks to, it is read within bounds
// of time and memory, with the defaults.
func TestFault50_heap(t *testing.T) { //nolint:paralleltest // it measures the heap of the process
	for name, c := range heavySOAP() { //nolint:paralleltest // each measures the heap of the process
		for shape, unit := range soapShapes(c) {
			t.Run(name+"/"+shape, func(t *testing.T) {
				if c.limit < 64<<20 || shape == "depth" || shape == "items" && name == "ids" || shape == "names" && name == "roles of a rep" {
					c.attack(t, unit, 0)
				}
				c.attack(t, unit, times(unit, min(c.limit, 8<<20)-len(c.head)-len(c.tail)))
			})
		}
	}
}

// attack sends the part so often; 0: for ever.
func (c heavyCase) attack(t *testing.T, unit func(int) string, n int) {
	t.Helper()
	srv := alarmcomtest.NewServer(smallDealer())
	wire := &heavy.Transport{
		Base:  srv.Transport(),
		Match: func(r *http.Request) bool { return opOf(r) == c.op },
		Reply: func(int) heavy.Reply { return heavy.Reply{Head: c.head, Unit: unit, Tail: c.tail, Times: n} },
	}
	src := inMemory(t, srv, c.change, func(cfg *alarmcom.Config) { cfg.Transport, cfg.MaxRetries = wire, -1 })
	var err error
	peak := heavy.Peak(func() { err = c.ask(t, src) })
	if peak > mostHeap {
		t.Errorf("%d times: %d MiB of heap, error %v", n, peak>>20, err)
	}
	if most := wire.Asked() * int64(c.limit+128<<10); wire.Asked() == 0 || wire.Read() > most {
		t.Errorf("%d times: %d bytes read of %d replies", n, wire.Read(), wire.Asked())
	}
	if n == 0 && err == nil {
		t.Error("no error for a reply without an end")
	}
}

// opOf is the operation of a request.
func opOf(r *http.Request) string {
	action := strings.Trim(r.Header.Get("SOAPAction"), `"`)
	return action[strings.LastIndex(action, "/")+1:]
}
