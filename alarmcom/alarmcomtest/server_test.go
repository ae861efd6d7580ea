package alarmcomtest_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

const (
	ns11 = "http://schemas.xmlsoap.org/soap/envelope/"
	ns12 = "http://www.w3.org/2003/05/soap-envelope"
	auth = `<Authentication xmlns="http://www.alarm.com/WebServices"><User>importer</User><Password>open sesame</Password></Authentication>`
)

func dealer() *adcimporttest.Dealer {
	return &adcimporttest.Dealer{Customers: []adcimport.Customer{{ID: "2"}, {ID: "1", SubDealerID: "12"}}}
}

func envelope(ns, header, body string) string {
	return `<e:Envelope xmlns:e="` + ns + `"><e:Header>` + header + `</e:Header><e:Body>` + body + `</e:Body></e:Envelope>`
}

func op(name, args string) string {
	return `<w:` + name + ` xmlns:w="http://www.alarm.com/WebServices">` + args + `</w:` + name + `>`
}

// send posts to a server and answers the status, the type and the body.
func send(t *testing.T, srv *alarmcomtest.Server, path, body string, header map[string]string) (int, string, string) {
	t.Helper()
	url := strings.TrimSuffix(srv.URL(), "/WebServices") + path
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := new(http.Client).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err = resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(text)
}

const (
	customers = "/WebServices/CustomerManagement.asmx"
	text11    = "text/xml; charset=utf-8"
	text12    = "application/soap+xml; charset=utf-8"
	action    = "http://www.alarm.com/WebServices/GetCustomerList"
)

func TestAsASP(t *testing.T) {
	t.Parallel()
	srv := alarmcomtest.NewServer(dealer())
	t.Cleanup(srv.Close)
	list := op("GetCustomerList", "<w:includeTermed>false</w:includeTermed>")
	const ids = "<GetCustomerListResult><int>2</int><int>1</int></GetCustomerListResult>"
	for name, test := range map[string]struct {
		path, body string
		header     map[string]string
		status     int
		want       string
	}{
		"1.1":                {customers, envelope(ns11, auth, list), map[string]string{"Content-Type": text11, "SOAPAction": `"` + action + `"`}, 200, ids},
		"1.1 bare action":    {customers, envelope(ns11, auth, list), map[string]string{"Content-Type": "text/xml", "SOAPAction": action}, 200, ids},
		"1.2":                {customers, envelope(ns12, auth, list), map[string]string{"Content-Type": text12 + `; action="` + action + `"`}, 200, ids},
		"1.2 without action": {customers, envelope(ns12, auth, list), map[string]string{"Content-Type": text12}, 200, ids},
		"path in other case": {"/webservices/CUSTOMERmanagement.asmx", envelope(ns11, auth, list), map[string]string{"Content-Type": text11, "SOAPAction": action}, 200, ids},
		"1.1 without action": {customers, envelope(ns11, auth, list), map[string]string{"Content-Type": text11}, 500, "<faultcode>soap:Client</faultcode>"},
		"other action":       {customers, envelope(ns11, auth, list), map[string]string{"Content-Type": text11, "SOAPAction": "x"}, 500, "did not recognize"},
		"unknown operation":  {customers, envelope(ns11, auth, op("GetRepList", "")), map[string]string{"Content-Type": text11, "SOAPAction": "http://www.alarm.com/WebServices/GetRepList"}, 500, "did not recognize"},
		"no header":          {customers, envelope(ns11, "", list), map[string]string{"Content-Type": text11, "SOAPAction": action}, 500, "<faultcode>soap:Server</faultcode>"},
		"1.2, no header":     {customers, envelope(ns12, "", list), map[string]string{"Content-Type": text12}, 500, "<soap:Value>soap:Receiver</soap:Value>"},
		"wrong password":     {customers, envelope(ns11, strings.Replace(auth, "open", "close", 1), list), map[string]string{"Content-Type": text11, "SOAPAction": action}, 500, "Login failed"},
		"versions mixed":     {customers, envelope(ns12, auth, list), map[string]string{"Content-Type": text11, "SOAPAction": action}, 500, "<faultcode>soap:VersionMismatch</faultcode>"},
		"broken XML":         {customers, "<a>", map[string]string{"Content-Type": text11, "SOAPAction": action}, 500, "unable to read request"},
		"JSON":               {customers, "{}", map[string]string{"Content-Type": "application/json"}, 415, "<html>"},
		"other path":         {"/WebServices/Other.asmx", "", nil, 404, "<html>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, media, body := send(t, srv, test.path, test.body, test.header)
			if status != test.status || !strings.Contains(body, test.want) {
				t.Errorf("%d %s", status, body)
			}
			if want := test.header["Content-Type"]; status != 404 && status != 415 && !strings.HasPrefix(media, strings.Split(want, ";")[0]) {
				t.Errorf("content type %q for %q", media, want)
			}
		})
	}
}

// Elements that are misplaced are dropped without a word.
func TestMisplacedElementsAreDropped(t *testing.T) {
	t.Parallel()
	srv := alarmcomtest.NewServer(dealer())
	t.Cleanup(srv.Close)
	for args, want := range map[string]string{
		"<w:CallerVersion>1</w:CallerVersion><w:CustomerId>1</w:CustomerId>": "<CustomerId>1</CustomerId>",
		"<w:CustomerId>1</w:CustomerId><w:CallerVersion>1</w:CallerVersion>": "<CustomerId>1</CustomerId>",
		"<CustomerId>1</CustomerId>":                                         "not found",
	} {
		_, _, body := send(t, srv, customers, envelope(ns11, auth, op("GetCustomerInfo_V2", "<w:input>"+args+"</w:input>")),
			map[string]string{"Content-Type": text11, "SOAPAction": "http://www.alarm.com/WebServices/GetCustomerInfo_V2"})
		if !strings.Contains(body, want) {
			t.Errorf("%s: %s", args, body)
		}
	}
	in := "<w:input><w:ExcludeCommitments>false</w:ExcludeCommitments><w:ExcludeCustomers>true</w:ExcludeCustomers><w:IncludeTermed>true</w:IncludeTermed></w:input>"
	_, _, body := send(t, srv, customers, envelope(ns11, auth, op("GetCustomerList_V2", in)),
		map[string]string{"Content-Type": text11, "SOAPAction": "http://www.alarm.com/WebServices/GetCustomerList_V2"})
	if !strings.Contains(body, "<Success>true</Success><CustomerIds></CustomerIds>") {
		t.Errorf("customers are excluded, yet: %s", body)
	}
}

func TestDealerChanges(t *testing.T) {
	t.Parallel()
	d := dealer()
	srv := alarmcomtest.NewServer(d)
	t.Cleanup(srv.Close)
	src, err := alarmcom.New(srv.Config())
	if err != nil {
		t.Fatal(err)
	}
	srv.AddCustomers(adcimport.Customer{ID: "3", LastName: "New"})
	srv.Update(func(d *adcimporttest.Dealer) { d.Customers[0].LastName = "Changed" })
	for id, want := range map[string]string{"3": "New", "2": "Changed"} {
		if c, err := src.CustomerDetail(t.Context(), id); err != nil || c.LastName != want {
			t.Errorf("customer %s: %v, %v", id, c, err)
		}
	}
	if len(d.Customers) != 2 || d.Customers[0].LastName != "" {
		t.Error("the caller's dealer changed")
	}
}

func TestRequestsAreCountedAndKept(t *testing.T) {
	t.Parallel()
	srv := alarmcomtest.NewServer(dealer(), alarmcomtest.KeepRequests(2))
	t.Cleanup(srv.Close)
	src, err := alarmcom.New(srv.Config())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"1", "2", "1", "2", "1"} {
		if _, err := src.CustomerDetail(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	var got []int
	for _, r := range srv.Requests() {
		got = append(got, r.ID)
		if r.Op != "GetCustomerInfo_V2" || !strings.Contains(string(r.Body), "<CustomerId>") {
			t.Errorf("request %s: %s", r.Op, r.Body)
		}
	}
	if diff := cmp.Diff([]int{2, 1}, got); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	n, v, all := srv.Count("GetCustomerInfo_V2"), srv.Count("GetLatestCallerVersion"), srv.Count("")
	if n != 5 || v != 1 || all < n+v {
		t.Errorf("%d details, %d versions, %d in all", n, v, all)
	}
	srv.Reset()
	if n := srv.Count(""); n != 0 || len(srv.Requests()) != 0 {
		t.Errorf("after Reset: %d", n)
	}
}

func TestFailIsAskedWithOperationIDAndNumber(t *testing.T) {
	t.Parallel()
	srv := alarmcomtest.NewServer(dealer())
	t.Cleanup(srv.Close)
	cfg := srv.Config()
	cfg.MaxRetries = -1
	src, err := alarmcom.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	type asked struct {
		Op    string
		ID, N int
	}
	var got []asked
	srv.Fail(func(op string, id, n int) *alarmcomtest.Reply {
		got = append(got, asked{op, id, n})
		if op == "GetCustomerInfo_V2" && n == 2 {
			return &alarmcomtest.Reply{Reset: true}
		}
		return nil
	})
	for i := range 3 {
		if _, err := src.CustomerDetail(t.Context(), "1"); (err != nil) != (i == 1) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	for _, err := range src.Customers(t.Context(), adcimport.CustomerFilter{SubDealerIDs: []string{"12"}}, "") {
		if err != nil {
			t.Error(err)
		}
	}
	const info = "GetCustomerInfo_V2"
	want := []asked{{"GetLatestCallerVersion", 0, 1}, {info, 1, 1}, {info, 1, 2}, {info, 1, 3}, {"GetCustomerListByBranchId", 12, 1}, {"GetCustomerListByBranchId", 12, 2}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestWSDL(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const wsdl = `<definitions><address location="https://alarmadmin.alarm.com/WebServices/DealerManagement.asmx"/></definitions>`
	if err := os.WriteFile(filepath.Join(dir, "DealerManagement.wsdl"), []byte(wsdl), 0o600); err != nil {
		t.Fatal(err)
	}
	srv := alarmcomtest.NewServer(nil, alarmcomtest.WithWSDL(dir))
	t.Cleanup(srv.Close)
	for path, want := range map[string]string{
		"/DealerManagement.asmx?wsdl":   `location="` + srv.URL() + `/DealerManagement.asmx"`,
		"/dealermanagement.asmx?WSDL":   `location="` + srv.URL() + `/DealerManagement.asmx"`,
		"/CustomerManagement.asmx?wsdl": "cannot be found",
		"/DealerManagement.asmx":        "<h1>DealerManagement</h1>",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := new(http.Client).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if !strings.Contains(string(text), want) {
			t.Errorf("%s: %s", path, text)
		}
	}
}

func TestOtherServersCanUseTheHandler(t *testing.T) {
	t.Parallel()
	srv := alarmcomtest.NewServer(dealer())
	outer := httptest.NewServer(srv.Handler())
	t.Cleanup(outer.Close)
	t.Cleanup(srv.Close) // although it never listened
	src, err := alarmcom.New(alarmcom.Config{
		BaseURL:     outer.URL + "/WebServices",
		Credentials: alarmcom.NewCredentials(alarmcomtest.DefaultUser, alarmcomtest.DefaultPassword),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err = src.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// Without a network the replies break as they do with one.
func TestTransportBreaksAsANetworkDoes(t *testing.T) {
	t.Parallel()
	srv := alarmcomtest.NewServer(dealer())
	for name, reply := range map[string]alarmcomtest.Reply{
		"reset": {Reset: true}, "cut": {CutAfter: 10}, "late": {Delay: time.Hour},
	} {
		srv.Fail(func(string, int, int) *alarmcomtest.Reply { return &reply })
		cfg := alarmcom.Config{
			BaseURL: "https://anywhere.example.com/webservices", Transport: srv.Transport(), MaxRetries: -1, Timeout: 20 * time.Millisecond,
			Credentials: alarmcom.NewCredentials(alarmcomtest.DefaultUser, alarmcomtest.DefaultPassword),
		}
		src, err := alarmcom.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var e *alarmcom.Error
		if err = src.Check(t.Context()); !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
