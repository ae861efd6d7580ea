package alarmcom_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// importedFrom imports over a source, and gives the outcomes by id and the sink.
func importedFrom(t *testing.T, src adcimport.Source, users bool) (map[string]string, *adcimporttest.Sink) {
	t.Helper()
	sink := &adcimporttest.Sink{}
	imp, err := adcimport.New(adcimport.Config{Link: "isp", Source: src, Sink: sink, Store: &adcimport.MemoryStore{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = imp.Close(context.WithoutCancel(t.Context())) })
	seq := imp.ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if users {
		seq = imp.ImportUsersSeq(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{})
	}
	got := map[string]string{}
	for o, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		words := []string{string(o.Action)}
		for _, f := range o.Fields {
			words = append(words, f.Field)
		}
		got[o.SourceID] = strings.Join(words, " ")
	}
	return got, sink
}

// Fault 33: what a name may hold that is none, as each transport writes it, comes over
// alike: cleaned, or the record fails by the name of its field.
func TestFault33_transports(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ xml, json, want string }{ // want empty: fails
		"half a pair":        {"Ann&#xD83D;", `Ann\ud83d`, "Ann"},
		"the other half":     {"A&#xDE00;nn", `A\ude00nn`, "A nn"},
		"a pair":             {"Ann &#x1F600;", `Ann \ud83d\ude00`, "Ann 😀"},
		"NUL":                {"An&#0;n", `An\u0000n`, "An n"},
		"a control":          {"An&#x1F;n", `An\u001fn`, "An n"},
		"a raw control":      {"An\x07n", "An\x07n", "An n"},
		"a C1 control":       {"An&#x85;n", `An\u0085n`, "An n"},
		"no character":       {"An&#xFFFF;n", `An\uffffn`, "An n"},
		"a raw one":          {"An\uffffn", "An\uffffn", "An n"},
		"a bad byte":         {"Ren\xe9", "Ren\xe9", ""},
		"half a pair, bytes": {"Ann\xed\xa0\xbd", "Ann\xed\xa0\xbd", ""},
		"as it is there":     {"Ren\ufffd", "Ren\ufffd", "Ren\ufffd"},
		"backslashes":        {`A\ud83d`, `A\\ud83d`, `A\ud83d`},
	} {
		for transport, body := range map[string]string{
			"soap":    `<GetCustomerInfo_V2Result><CustomerId>7</CustomerId><FirstName>` + test.xml + `</FirstName><JoinDate>2024-01-02</JoinDate></GetCustomerInfo_V2Result>`,
			"partner": `{"customerId":7,"firstName":"` + test.json + `","isTerminated":false,"isDemo":false,"customerType":1}`,
		} {
			t.Run(name+" over "+transport, func(t *testing.T) {
				t.Parallel()
				srv := newServer(t, &adcimporttest.Dealer{Customers: []adcimport.Customer{{ID: "7"}}})
				var change []func(*alarmcom.Config)
				if transport == "soap" {
					srv.Fail(failAlways("GetCustomerInfo_V2", soapReply("GetCustomerInfo_V2", body)))
				} else {
					srv.Fail(failAlways(alarmcomtest.OpPartnerCustomer, jsonReply(body)))
					change = append(change, partner(srv, true))
				}
				got, sink := importedFrom(t, newSource(t, srv, change...), false)
				want := map[string]string{"7": "created"}
				if test.want == "" {
					want["7"] = "failed FirstName"
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("outcomes (-want +got):\n%s", diff)
				}
				if made := sink.Customers(); len(made) == 1 && made[0].Record.FirstName != test.want {
					t.Errorf("created as %q, want %q", made[0].Record.FirstName, test.want)
				}
			})
		}
	}
}

// One bad byte, or an id that is no number, in a list of reps is its rep's alone.
func TestReps_oneThatIsBroken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ xml, json, outcome string }{
		"a bad byte":    {"<SupportId>5</SupportId><RepLoginName>x\xff</RepLoginName>", `"supportId":5,"repLoginName":"x` + "\xff" + `"`, "failed LoginName"},
		"a control":     {"<SupportId>5</SupportId><RepLoginName>x\x02</RepLoginName>", `"supportId":5,"repLoginName":"x` + "\x02" + `"`, "created"},
		"no number":     {"<SupportId>abc</SupportId>", `"supportId":"abc"`, "failed ID"},
		"too long":      {"<SupportId>99999999999999999999</SupportId>", `"supportId":99999999999999999999`, "failed ID"},
		"a fraction":    {"<SupportId>5.5</SupportId>", `"supportId":5.5`, "failed ID"},
		"a bad branch":  {"<SupportId>5</SupportId><RepDealerBranchId>x</RepDealerBranchId>", `"supportId":5,"repDealerBranchId":"x"`, "created"},
		"a bad role id": {"<SupportId>5</SupportId><RepRoleList><RepRole><RoleId>x</RoleId></RepRole></RepRoleList>", `"supportId":5,"repRoleList":["x"]`, "created"},
	} {
		const ok, okJSON = "<RepLoginName>n%d</RepLoginName><SupportId>%[1]d</SupportId>", `{"supportId":%d,"repLoginName":"n%[1]d"},`
		var xml, json strings.Builder
		for i := 100; i < 2100; i++ {
			fmt.Fprintf(&xml, "<Rep>"+ok+"</Rep>", i)
			fmt.Fprintf(&json, okJSON, i)
		}
		soap := soapReply("GetRepList", "<GetRepListResult>"+xml.String()+"<Rep>"+test.xml+"</Rep></GetRepListResult>")
		for transport, reply := range map[string]alarmcomtest.Reply{"soap": soap, "partner": jsonReply("[" + json.String() + "{" + test.json + "}]")} {
			t.Run(name+" over "+transport, func(t *testing.T) {
				t.Parallel()
				srv := newServer(t, smallDealer())
				src := newSource(t, srv, pageSize(500))
				if srv.Fail(failAlways("GetRepList", reply)); transport == "partner" {
					srv.Fail(failAlways(alarmcomtest.OpPartnerReps, reply))
					src = newSource(t, srv, pageSize(500), partner(srv, true))
				}
				got, _ := importedFrom(t, src, true)
				created := 0
				for _, text := range got {
					if text == "created" {
						created++
					}
				}
				id := "5"
				if test.outcome == "failed ID" {
					id = ""
				}
				want := 2000
				if test.outcome == "created" {
					want++
				}
				if created != want || got[id] != test.outcome {
					t.Errorf("%d created, want %d; %q is %q, want %q", created, want, id, got[id], test.outcome)
				}
			})
		}
	}
}

// An entry of a list of customers that is no id fails alone, as long as others are ids.
func TestCustomerList_oneThatIsNoID(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{"abc", "", "0", "99999999999999999999", "1\xff2", "1 2", "\x00", "1.5"} {
		t.Run(fmt.Sprintf("%q", entry), func(t *testing.T) {
			t.Parallel()
			d := adcimporttest.NewDealer(3, 30, 0)
			var xml, json strings.Builder
			for i, c := range d.Customers {
				if i == 7 {
					fmt.Fprintf(&xml, "<int>%s</int>", entry)
					fmt.Fprintf(&json, `{"customerId":"%s"},`, entry)
				}
				fmt.Fprintf(&xml, "<int>%s</int>", c.ID)
				fmt.Fprintf(&json, `{"customerId":%s},`, c.ID)
			}
			srv := newServer(t, d)
			srv.Fail(failAlways("GetCustomerList_V2", soapReply("GetCustomerList_V2",
				"<GetCustomerList_V2Result><Success>true</Success><CustomerIds>"+xml.String()+"</CustomerIds></GetCustomerList_V2Result>")))
			soap, _ := importedFrom(t, newSource(t, srv, pageSize(10)), false)
			srv = newServer(t, d)
			page := jsonReply("[" + strings.TrimSuffix(json.String(), ",") + "]")
			none := jsonReply("[]")
			srv.Fail(func(op string, _, n int) *alarmcomtest.Reply {
				switch {
				case op != alarmcomtest.OpPartnerCustomers:
					return nil
				case n == 1, n%2 == 0: // the first one is of the check
					return &page
				}
				return &none
			})
			rest, _ := importedFrom(t, newSource(t, srv, pageSize(10), partner(srv, true)), false)
			for transport, got := range map[string]map[string]string{"soap": soap, "partner": rest} {
				if got[""] != "failed ID" {
					t.Errorf("%s: %q", transport, got[""])
				}
				for _, c := range d.Customers {
					if got[c.ID] == "" && !c.Terminated && !c.Demo && !c.Commitment {
						t.Errorf("%s: %s did not come in", transport, c.ID)
					}
				}
			}
		})
	}
}

// A Content-Encoding that names no packing is none: services write the charset there.
func TestContentEncoding(t *testing.T) {
	t.Parallel()
	for value, ok := range map[string]bool{
		"utf-8": true, "UTF-8": true, "utf8": true, "identity": true, "none": true, "": true, "8bit": true, "identity, utf-8": true,
		"br": false, "deflate": false, "utf-8, br": false, "gzip, gzip": false, "aws-chunked": false,
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, smallDealer())
			reply := soapReply("GetRepRoles", "<GetRepRolesResult><RepRole><RoleId>1</RoleId><RoleName>Zoë</RoleName></RepRole></GetRepRolesResult>")
			reply.Header = http.Header{"Content-Encoding": {value}, "Content-Type": {"text/xml; charset=utf-8"}}
			srv.Fail(failAlways("GetRepRoles", reply))
			roles, err := newSource(t, srv).Roles(t.Context())
			if (err == nil) != ok || ok && (len(roles) != 1 || roles[0].Name != "Zoë") {
				t.Errorf("%v, %v", roles, err)
			}
		})
	}
}
