package alarmcom_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

func soapReply(op, inner string) alarmcomtest.Reply {
	return alarmcomtest.Reply{Body: []byte(`<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><` + op + `Response>` + inner +
		`</` + op + `Response></Body></Envelope>`)}
}

// Fault 31: a reply without its list is an error, never an empty account.
func TestFault31_noList(t *testing.T) {
	t.Parallel()
	const null = ` xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:nil="true"/>`
	customers := func(src *alarmcom.Source) error {
		return lastError(src.Customers(t.Context(), adcimport.CustomerFilter{}, ""))
	}
	branch := func(src *alarmcom.Source) error {
		return lastError(src.Customers(t.Context(), adcimport.CustomerFilter{SubDealerIDs: []string{"12"}}, ""))
	}
	users := func(src *alarmcom.Source) error {
		return lastError(src.Users(t.Context(), adcimport.UserFilter{}, ""))
	}
	subs := func(src *alarmcom.Source) error { _, err := src.SubDealers(t.Context()); return err }
	roles := func(src *alarmcom.Source) error { _, err := src.Roles(t.Context()); return err }
	for name, test := range map[string]struct {
		op, inner string
		ask       func(*alarmcom.Source) error
		fails     bool
	}{
		"V2 without result":      {"GetCustomerList_V2", "", customers, true},
		"V2 null":                {"GetCustomerList_V2", "<GetCustomerList_V2Result" + null, customers, true},
		"V2 empty result":        {"GetCustomerList_V2", "<GetCustomerList_V2Result/>", customers, true},
		"V2 without Success":     {"GetCustomerList_V2", "<GetCustomerList_V2Result><CustomerIds/></GetCustomerList_V2Result>", customers, true},
		"V2 without ids":         {"GetCustomerList_V2", "<GetCustomerList_V2Result><Success>true</Success></GetCustomerList_V2Result>", customers, true},
		"V2 ids null":            {"GetCustomerList_V2", "<GetCustomerList_V2Result><Success>true</Success><CustomerIds" + null + "</GetCustomerList_V2Result>", customers, true},
		"V2 ids of another type": {"GetCustomerList_V2", "<GetCustomerList_V2Result><Success>true</Success><CustomerIds><long>5</long></CustomerIds></GetCustomerList_V2Result>", customers, true},
		"V2 empty":               {"GetCustomerList_V2", "<GetCustomerList_V2Result><Success>true</Success><CustomerIds/></GetCustomerList_V2Result>", customers, false},
		"branch without result":  {"GetCustomerListByBranchId", "", branch, true},
		"branch null":            {"GetCustomerListByBranchId", "<GetCustomerListByBranchIdResult" + null, branch, true},
		"branch empty":           {"GetCustomerListByBranchId", "<GetCustomerListByBranchIdResult/>", branch, false},
		"reps without result":    {"GetRepList", "", users, true},
		"reps null":              {"GetRepList", "<GetRepListResult" + null, users, true},
		"reps of another type":   {"GetRepList", "<GetRepListResult><User/></GetRepListResult>", users, true},
		"reps empty":             {"GetRepList", "<GetRepListResult/>", users, false},
		"roles without result":   {"GetRepRoles", "", roles, true},
		"roles empty":            {"GetRepRoles", "<GetRepRolesResult/>", roles, false},
		"branches without":       {"GetBranches", "", subs, true},
		"branches null":          {"GetBranches", "<GetBranchesResult" + null, subs, true},
		"branches empty":         {"GetBranches", "<GetBranchesResult/>", subs, false},
		"sub-dealers without":    {"GetDealerId", "<GetDealerIdResult><DealerID>1</DealerID><Success>true</Success></GetDealerIdResult>", subs, false},
		"sub-dealers null":       {"GetDealerId", "<GetDealerIdResult><DealerID>1</DealerID><SubDealers" + null + "<Success>true</Success></GetDealerIdResult>", subs, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, smallDealer())
			srv.Fail(failAlways(test.op, soapReply(test.op, test.inner)))
			if err := test.ask(newSource(t, srv)); (err != nil) != test.fails {
				t.Errorf("error %v", err)
			}
		})
	}
}

func lastError[T any](pages func(func(adcimport.Page[T], error) bool)) error {
	var last error
	pages(func(_ adcimport.Page[T], err error) bool { last = err; return true })
	return last
}

// Faults 49, 31 and 32: pages of the PartnerApi that never end, that are none, or
// that are in another encoding.
func TestFault49_partnerPages(t *testing.T) {
	t.Parallel()
	page := func(ids ...string) alarmcomtest.Reply {
		return jsonReply(`[{"customerId":` + strings.Join(ids, `},{"customerId":`) + `}]`)
	}
	told := jsonReply("[{\"customerId\":5,\"firstName\":\"Ren\u00e9\"}]")
	told.Header.Set("Content-Type", "application/json; charset=ISO-8859-1")
	for name, test := range map[string]struct {
		pages []alarmcomtest.Reply
		says  string
	}{
		"wrap round":         {[]alarmcomtest.Reply{page("1", "2"), page("3", "4"), page("5")}, "nobody new"},
		"wrap round shifted": {[]alarmcomtest.Reply{page("1", "2"), page("3", "1"), page("2", "3")}, "nobody new"},
		"alternate":          {[]alarmcomtest.Reply{page("1"), page("2")}, "nobody new"},
		"nulls for ever":     {[]alarmcomtest.Reply{jsonReply(`[null]`)}, "nobody new"},
		"fault 31, 204":      {[]alarmcomtest.Reply{{Status: 204}}, "without the list"},
		"fault 31, nothing":  {[]alarmcomtest.Reply{jsonReply(`{}`)}, "without the list"},
		"fault 32, told":     {[]alarmcomtest.Reply{told}, "other than UTF-8"},
		"fault 50, depth":    {[]alarmcomtest.Reply{jsonReply(strings.Repeat("[", 100))}, "nested deeper"},
		"fault 50, items":    {[]alarmcomtest.Reply{jsonReply("[" + strings.Repeat("null,", 300_000))}, "more items"},
		"fault 50, members":  {[]alarmcomtest.Reply{jsonReply(`[{"a":[` + strings.Repeat("{},", 100_000))}, "more items"},
		"fault 50, one item": {[]alarmcomtest.Reply{jsonReply(`[{"a":"` + strings.Repeat("a", 2<<20))}, "larger than allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, nil)
			srv.Fail(func(op string, _, n int) *alarmcomtest.Reply {
				if op != alarmcomtest.OpPartnerCustomers {
					return nil
				}
				return &test.pages[(n-1)%len(test.pages)]
			})
			err := firstError(t, newSource(t, srv, partner(srv, true)).Customers(t.Context(), adcimport.CustomerFilter{}, ""))
			if !strings.Contains(err.Error(), test.says) || srv.Count(alarmcomtest.OpPartnerCustomers) > 20 {
				t.Errorf("error %q, want one with %q", err, test.says)
			}
		})
	}
}

// Fault 50: what 60 KB of gzip unpack to is bounded in memory.
func TestFault50_details(t *testing.T) { //nolint:paralleltest // it measures the heap of the process
	const most = 64 << 20
	for name, inner := range map[string]string{ //nolint:paralleltest // each measures the heap of the process
		"depth":      strings.Repeat("<a>", 20<<20),
		"attributes": "<a " + strings.Repeat(`b="" `, 12<<20),
		"elements":   strings.Repeat("<RepRole/>", 6<<20),
		"text":       strings.Repeat("a", 60<<20),
	} {
		t.Run(name, func(t *testing.T) {
			srv := alarmcomtest.NewServer(smallDealer())
			body := gzipped(string(soapReply("GetRepRoles", "<GetRepRolesResult>"+inner).Body))
			srv.Fail(failAlways("GetRepRoles", alarmcomtest.Reply{Body: body, Header: map[string][]string{"Content-Encoding": {"gzip"}}}))
			src := inMemory(t, srv, func(c *alarmcom.Config) { c.MaxRetries = -1 })
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := src.Roles(t.Context())
			runtime.ReadMemStats(&after)
			if grown := after.TotalAlloc - before.TotalAlloc; err == nil || grown > most {
				t.Errorf("%d bytes of gzip took %d MiB, error %v", len(body), grown>>20, err)
			}
		})
	}
}
