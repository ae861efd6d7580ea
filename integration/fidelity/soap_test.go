package fidelity_test

import (
	"encoding/json"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

const (
	customers = "CustomerManagement"
	dealers   = "DealerManagement"
)

// login has all that XML must escape, and more than ASCII.
var login = struct{ user, password, device string }{`dealer<&>"'`, "päss & wörd]]>", "0123abcdef"}

// call is one call of a job, with what its answer must be.
type call struct {
	name    string
	URL     string         `json:"url"`
	Service string         `json:"service"`
	Op      string         `json:"op"`
	Auth    map[string]any `json:"auth"`
	Args    map[string]any `json:"args"`
	check   func(*testing.T, answer)
}

type answer struct {
	Result json.RawMessage
	Fault  *seenFault
}

// TestForeignClients lets SOAP stacks that others wrote read the fake's
// contract and call every operation that the importer uses, and compares what
// they read with the dealer's data.
func TestForeignClients(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]func(*testing.T) *exec.Cmd{
		"zeep":     zeep,
		"npm soap": func(t *testing.T) *exec.Cmd { t.Helper(); return node(t, "soap_client.cjs") },
	} {
		for _, soap12 := range []bool{false, true} {
			t.Run(name+" SOAP12="+strconv.FormatBool(soap12), func(t *testing.T) {
				t.Parallel()
				calls := newWorld(t).calls(soap12)
				got := answers[[]answer](t, client(t), map[string]any{"soap12": soap12, "calls": calls})
				if len(got) != len(calls) {
					t.Fatalf("%d answers to %d calls", len(got), len(calls))
				}
				for i, c := range calls {
					t.Run(c.Op+" "+c.name, func(t *testing.T) { c.check(t, got[i]) })
				}
			})
		}
	}
}

// world is three accounts: of many records, of one of each, and of none.
type world struct {
	many                     *adcimporttest.Dealer
	manyURL, oneURL, noneURL string // URLs
	one                      *adcimporttest.Dealer
}

// Customers whose details misbehave: an id that gives a fault of its own, and a
// customer without a result.
const (
	faulty = 990_001
	empty  = "990002"
)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{many: adcimporttest.NewDealer(5, 100, 12), one: adcimporttest.NewDealer(6, 1, 1)}
	w.many.SubDealers = append(w.many.SubDealers, adcimport.Choice{ID: "1", Name: "Empty & Co"}, adcimport.Choice{ID: "2", Name: "One"})
	odd := adcimport.Customer{
		ID: "7", SubDealerID: "2", FirstName: ` <&>"']]> ` + "\t\n\u00a0", LastName: "𝕃ó́ 李 \u202eעִבְרִית 🚨",
		CompanyName: "Ünïcode & Söhne", Commercial: true, PrimaryEmail: "o'neil+x@example.com",
		JoinDate: time.Date(2020, 2, 29, 23, 59, 59, 0, time.FixedZone("", -7*3600)), SalesRepLogin: "a\\b",
	}
	bare := adcimport.Customer{ID: "8"}
	w.many.Customers = append(w.many.Customers, odd, bare, adcimport.Customer{ID: empty})
	w.many.Users = append(w.many.Users,
		adcimport.User{ID: "9", RepID: "9", LoginName: login.user, SubDealerID: "2", RoleIDs: []string{"11", "13"}},
		adcimport.User{ID: "10", LoginName: "nobody"})
	w.one.SubDealers, w.one.Roles = w.one.SubDealers[:1], w.one.Roles[:1]
	w.one.Users[0].RoleIDs = []string{w.one.Roles[0].ID}
	srv := w.serve(t, w.many)
	w.manyURL, w.oneURL, w.noneURL = srv.URL(), w.serve(t, w.one).URL(), w.serve(t, nil).URL()
	srv.Fail(func(op string, id, n int) *alarmcomtest.Reply {
		switch {
		case id == faulty:
			return &alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Code: "Client", Text: "Größe <&> 漢字"}}
		case strconv.Itoa(id) == empty:
			return &alarmcomtest.Reply{Empty: true}
		case n == 2 && (op == "GetCustomerList_V2" || op == "GetDealerId" || op == "GetCurrentRepInfo"):
			return &alarmcomtest.Reply{Failure: "Nöt <today>"}
		}
		return nil
	})
	return w
}

func (*world) serve(t *testing.T, d *adcimporttest.Dealer) *alarmcomtest.Server {
	t.Helper()
	srv := alarmcomtest.NewServer(d, alarmcomtest.WithWSDL(wsdlDir(t)), alarmcomtest.WithLogin(login.user, login.password),
		alarmcomtest.WithTwoFactorDevice(login.device))
	t.Cleanup(srv.Close)
	return srv
}

// sees makes a check that a call answers want.
func sees[T any](want T) func(*testing.T, answer) {
	return func(t *testing.T, a answer) {
		t.Helper()
		if a.Fault != nil {
			t.Fatalf("fault: %+v", *a.Fault)
		}
		var got T
		if err := json.Unmarshal(a.Result, &got); err != nil {
			t.Fatalf("%v\n%s", err, a.Result)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(seenRepAddress{})); diff != "" {
			t.Errorf("seen (-want +got):\n%s", diff)
		}
	}
}

// fails makes a check that a call answers a fault.
func fails(code, text string) func(*testing.T, answer) {
	return func(t *testing.T, a answer) {
		t.Helper()
		if a.Fault == nil {
			t.Fatalf("no fault, but %s", a.Result)
		}
		if diff := cmp.Diff(seenFault{code, text}, *a.Fault); diff != "" {
			t.Errorf("fault (-want +got):\n%s", diff)
		}
	}
}
