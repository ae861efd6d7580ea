package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

var update = flag.Bool("update", false, "write the golden file")

func noEnv(string) string { return "" }

// The output for the fakes is the one in the golden file, but for times.
func TestDoctorOfFakes(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-fake"}, noEnv, &out, io.Discard); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	const golden = "testdata/fake.txt"
	got := regexp.MustCompile(`median \S+, slowest \S+`).ReplaceAllString(out.String(), "median TIME, slowest TIME")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), got); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

const secret = "sEcReT"

// accounts are two fakes whose credentials, and whose every text about a
// person, hold the secret.
func accounts(t *testing.T) (*fakes, settings) {
	t.Helper()
	d := adcimporttest.NewDealer(2, 30, 9)
	for i := range d.Customers {
		c := &d.Customers[i]
		for _, text := range []*string{
			&c.FirstName, &c.LastName, &c.CompanyName, &c.PrimaryPhoneNumber, &c.PrimaryEmail, &c.SalesRepLogin,
			&c.InstallAddress.Street1, &c.InstallAddress.City, &c.InstallAddress.Zip,
			&c.CentralStation.AccountNumber, &c.CentralStation.ReceiverPhoneNumber,
		} {
			*text += secret
		}
	}
	for i := range d.Users {
		u := &d.Users[i]
		for _, text := range []*string{&u.FirstName, &u.LastName, &u.LoginName, &u.Phone, &u.Email, &u.Address.Street1} {
			*text += secret
		}
	}
	f := &fakes{
		alarm: alarmcomtest.NewServer(d, alarmcomtest.WithLogin(secret+"user", secret+"password"),
			alarmcomtest.WithTwoFactorDevice(secret+"device")),
		crm: securitytraxtest.NewServer(securitytraxtest.WithIntegratorKey(secret+"key"),
			securitytraxtest.WithLogin(secret+"login", secret+"password")),
	}
	t.Cleanup(f.close)
	s, err := readSettings(nil, noEnv, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	s = f.settings(s)
	s.alarm.MaxRetries, s.crm.MaxRetries = -1, -1
	return f, s
}

// Whatever the services answer, nothing is written, and nothing personal and no
// credential is printed.
func TestReadsOnlyAndPrintsNothingPersonal(t *testing.T) {
	t.Parallel()
	fault := func(string, int, int) *alarmcomtest.Reply {
		return &alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: secret}}
	}
	for name, test := range map[string]struct {
		prepare func(*fakes, *settings)
		unwell  bool
		want    []string
	}{
		"well":     {func(*fakes, *settings) {}, false, []string{"Nothing stands against an import."}},
		"SOAP 1.2": {func(_ *fakes, s *settings) { s.alarm.SOAP12 = true }, false, []string{"Nothing stands"}},
		"another login": {
			func(_ *fakes, s *settings) {
				s.alarm.Credentials = alarmcom.NewCredentials(secret+"user", secret).WithPartnerClient(secret)
			}, true,
			[]string{"FAILS     login", "GetDealerId                    1, failed 1"},
		},
		"everything is a fault": {func(f *fakes, _ *settings) { f.alarm.Fail(fault) }, true, []string{"FAILS     login"}},
		"details are faults": {func(f *fakes, _ *settings) {
			f.alarm.Fail(func(op string, id, n int) *alarmcomtest.Reply {
				if op == "GetCustomerInfo_V2" {
					return fault(op, id, n)
				}
				return nil
			})
		}, true, []string{"FAILS     details of a customer", "NOT SO    GetCustomerListByBranchId"}},
		"a branch is something else": {func(f *fakes, _ *settings) {
			f.alarm.Update(func(d *adcimporttest.Dealer) {
				d.Customers = append(d.Customers, adcimport.Customer{ID: "9", SubDealerID: "1", LastName: secret})
			})
			f.alarm.Fail(func(op string, _, _ int) *alarmcomtest.Reply {
				if op != "GetCustomerListByBranchId" {
					return nil
				}
				return &alarmcomtest.Reply{Body: []byte(`<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><GetCustomerListByBranchIdResponse xmlns="http://www.alarm.com/WebServices"><GetCustomerListByBranchIdResult><int>9</int></GetCustomerListByBranchIdResult></GetCustomerListByBranchIdResponse></e:Body></e:Envelope>`)}
			})
		}, true, []string{"NOT SO    GetCustomerListByBranchId goes by SubDealerId: 0 of 1", "the list of customers is sorted: no"}},
		"the PartnerApi lists others": {func(f *fakes, _ *settings) {
			f.alarm.Fail(func(op string, _, n int) *alarmcomtest.Reply {
				if op == alarmcomtest.OpPartnerCustomers && n > 1 {
					return &alarmcomtest.Reply{Body: []byte(`[]`)}
				}
				return nil
			})
		}, true, []string{"NOT SO    it lists the customers that the SOAP services list: 0 and 30"}},
		"the PartnerApi refuses the client": {func(_ *fakes, s *settings) {
			s.alarm.Credentials = s.alarm.Credentials.WithPartnerClient(secret)
		}, true, []string{"FAILS     login, and the shortest list of customers", "POST token", "ok        login, and an active link"}},
		"no PartnerApi": {func(_ *fakes, s *settings) { s.partner = nil }, false, []string{"unseen    the PartnerApi: ALARMCOM_PARTNER_CLIENT_ID is not set"}},
		"Alarm.com is busy at times": {func(f *fakes, s *settings) {
			s.alarm.MaxRetries = 2
			f.alarm.Fail(func(op string, _, n int) *alarmcomtest.Reply {
				if op == "GetRepRoles" && n == 1 {
					return &alarmcomtest.Reply{Status: http.StatusTooManyRequests}
				}
				return nil
			})
		}, false, []string{"waits     GetRepRoles: status 429, again in ", "ok        roles: "}},
		"SecurityTrax refuses the key": {func(_ *fakes, s *settings) { s.crm.Credentials = s.crm.Credentials.WithIntegratorKey(secret) }, true, []string{"FAILS     login, and an active link"}},
		"SecurityTrax knows no filter": {func(f *fakes, _ *settings) {
			f.crm.Fail(func(r *http.Request, _ int) *securitytraxtest.Reply {
				if r.URL.Query().Get("filter") == "" {
					return nil
				}
				return &securitytraxtest.Reply{Status: http.StatusBadRequest, Body: []byte(`{"errors":[{"code":"filter","detail":"` + secret + `"}]}`)}
			})
		}, true, []string{"NOT SO    a filter on the Alarm.com id of customers", "NOT SO    a filter on the support id"}},
		"SecurityTrax ignores filters": {func(f *fakes, _ *settings) {
			f.crm.Fail(func(r *http.Request, _ int) *securitytraxtest.Reply {
				if !strings.HasSuffix(r.URL.Path, "/isp_connections") {
					return nil
				}
				return &securitytraxtest.Reply{Status: http.StatusOK, Header: http.Header{"X-Ratelimit-Limit": {"9"}}, Body: []byte(
					`{"data":[{"type":"isp_connections","id":"1","attributes":{"isp_customer_id":"` + secret + `"},"relationships":{"customer":{"data":{"type":"customers","id":"3"}}}}]}`)}
			})
		}, true, []string{"NOT SO    a filter on the Alarm.com id of customers", "header fields about limits: X-Ratelimit-Limit"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, s := accounts(t)
			test.prepare(f, &s)
			var out bytes.Buffer
			err := examine(t.Context(), s, &out)
			if errors.Is(err, errUnwell) != test.unwell || err != nil && !test.unwell {
				t.Errorf("error %v\n%s", err, &out)
			}
			for _, want := range test.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is not in\n%s", want, &out)
				}
			}
			if strings.Contains(out.String(), secret) {
				t.Errorf("the output holds something secret:\n%s", &out)
			}
			readOnly(t, f)
		})
	}
}

// A wrong address is not waited for: which end, and why, is said at once.
func TestWrongAddresses(t *testing.T) {
	t.Parallel()
	_, s := accounts(t)
	s.alarm.BaseURL, s.alarm.MaxRetries = "http://127.0.0.1:1/WebServices", 4
	s.crm.BaseURL, s.crm.MaxRetries = "http://127.0.0.1:1", 4
	var out bytes.Buffer
	if err := examine(t.Context(), s, &out); !errors.Is(err, errUnwell) {
		t.Error(err)
	}
	for _, want := range []string{"FAILS     login, and a dealer", ": source: ", "FAILS     login, and an active link", ": sink: ", "connection refused"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "waits") {
		t.Errorf("it waits:\n%s", &out)
	}
}

// readOnly checks what the fakes counted.
func readOnly(t *testing.T, f *fakes) {
	t.Helper()
	for _, r := range f.alarm.Requests() {
		if !strings.HasPrefix(r.Op, "Get") && !strings.HasPrefix(r.Op, "PartnerApi/") { // which the fake serves for reading alone
			t.Errorf("Alarm.com got %s", r.Op)
		}
	}
	for route, n := range f.crm.Counts() {
		if !strings.HasPrefix(route, "GET ") && route != "POST /authenticate" {
			t.Errorf("SecurityTrax got %d times %s", n, route)
		}
	}
	if len(f.alarm.Requests()) == 0 || f.crm.Count("") == 0 {
		t.Error("nothing was asked: the counts prove nothing")
	}
}

// The customer's data is shown only when that is asked for.
func TestShowValues(t *testing.T) {
	t.Parallel()
	_, s := accounts(t)
	s.values = true
	var out bytes.Buffer
	if err := examine(t.Context(), s, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), secret) || strings.Contains(out.String(), secret+"password") {
		t.Errorf("either no data, or too much:\n%s", &out)
	}
}

// What might write is refused before it is sent.
func TestWatchRefusesToWrite(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reads            func(*http.Request) (string, bool)
		method, url, act string
		ok               bool
	}{
		"create":             {readsSecurityTrax, http.MethodPost, "https://x.example/p/user/v1/customers", "", false},
		"update":             {readsSecurityTrax, http.MethodPatch, "https://x.example/p/user/v1/customers/1", "", false},
		"delete":             {readsSecurityTrax, http.MethodDelete, "https://x.example/p/user/v1/customers/1", "", false},
		"list":               {readsSecurityTrax, http.MethodGet, "https://x.example/p/user/v1/customers", "", true},
		"login":              {readsSecurityTrax, http.MethodPost, "https://x.example/p/user/v1/authenticate", "", true},
		"GetCustomerList_V2": {readsAlarmCom, http.MethodPost, "https://x.example/WebServices/CustomerManagement.asmx", "http://www.alarm.com/WebServices/GetCustomerList_V2", true},
		"TerminateCustomer":  {readsAlarmCom, http.MethodPost, "https://x.example/WebServices/CustomerManagement.asmx", "http://www.alarm.com/WebServices/TerminateCustomer", false},
		"another address":    {readsAlarmCom, http.MethodPost, "https://x.example/GetCustomers", "GetCustomers", false},
		"PartnerApi list":    {readsPartner("https://x.example/token"), http.MethodGet, "https://x.example/PartnerApi/v1/customers?page=1", "", true},
		"PartnerApi write":   {readsPartner("https://x.example/token"), http.MethodPost, "https://x.example/PartnerApi/v1/customers", "", false},
		"PartnerApi delete":  {readsPartner("https://x.example/token"), http.MethodDelete, "https://x.example/PartnerApi/v1/customers/1", "", false},
		"another token":      {readsPartner("https://x.example/token"), http.MethodPost, "https://x.example/token?x", "", false},
		"no action":          {readsAlarmCom, http.MethodPost, "https://x.example/WebServices/CustomerManagement.asmx", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent := 0
			w := newWatch(test.reads)
			w.base = transportFunc(func(*http.Request) (*http.Response, error) { sent++; return nil, io.EOF })
			req, err := http.NewRequestWithContext(t.Context(), test.method, test.url, strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("SOAPAction", test.act)
			if _, err = w.RoundTrip(req); errors.Is(err, errWrites) == test.ok || sent > 0 != test.ok {
				t.Errorf("sent %d times, %v", sent, err)
			}
		})
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Settings that are missing are named, without their values.
func TestSettings(t *testing.T) {
	t.Parallel()
	env := map[string]string{"ALARMCOM_USER": "u", "ALARMCOM_PASSWORD": secret}
	var invalid *adcimport.InvalidOptionsError
	err := run(t.Context(), nil, func(name string) string { return env[name] }, io.Discard, io.Discard)
	if !errors.As(err, &invalid) || !strings.HasPrefix(invalid.Field, "securitytrax.Config.") || strings.Contains(err.Error(), secret) {
		t.Errorf("%v", err)
	}
	if err = run(t.Context(), []string{"-nonsense"}, noEnv, io.Discard, io.Discard); err == nil {
		t.Error("a flag that there is not was taken")
	}
	if err = run(t.Context(), []string{"stray"}, noEnv, io.Discard, io.Discard); err == nil {
		t.Error("an argument was taken")
	}
	var help bytes.Buffer
	if err = run(t.Context(), []string{"-help"}, noEnv, io.Discard, &help); !errors.Is(err, flag.ErrHelp) || !strings.Contains(help.String(), "SECURITYTRAX_ISP_ID") {
		t.Errorf("%v: %s", err, &help)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err = run(ctx, []string{"-fake"}, noEnv, io.Discard, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
