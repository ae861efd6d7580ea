package alarmcom_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// need skips a test that lacks something outside the repository; in CI it fails.
func need(t *testing.T, ok bool, what string) {
	t.Helper()
	if ok {
		return
	}
	if slices.Contains(os.Environ(), "CI=true") {
		t.Fatal("CI lacks " + what)
	}
	t.Skip("not here: " + what)
}

// wsdlDir finds Alarm.com's WSDLs, which are beside the repository.
func wsdlDir(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		found := filepath.Join(dir, "shared", "alarmcom")
		if _, e := os.Stat(filepath.Join(found, "CustomerManagement.wsdl")); e == nil {
			return found
		}
		dir = filepath.Dir(dir)
	}
	need(t, false, "shared/alarmcom with the WSDLs")
	return ""
}

// recorder keeps what goes over the wire, by service.
type recorder struct {
	base http.RoundTripper
	mu   sync.Mutex
	docs map[string][]string
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	sent, _ := io.ReadAll(req.Body)
	req.Body = io.NopCloser(bytes.NewReader(sent))
	resp, err := r.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	got, _ := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(got))
	service := strings.TrimSuffix(filepath.Base(req.URL.Path), ".asmx")
	r.mu.Lock()
	defer r.mu.Unlock()
	r.docs[service] = append(r.docs[service], string(sent), string(got))
	return resp, nil
}

var (
	part    = regexp.MustCompile(`(?s)<soap:(?:Header|Body)>(.*?)</soap:(?:Header|Body)>`)
	rootTag = regexp.MustCompile(`^<[A-Za-z0-9_]+`)
	schema  = regexp.MustCompile(`(?s)<s:schema.*</s:schema>`)
)

// TestWireMatchesTheWSDL validates every request of the source, and every reply
// of the fake server, with xmllint against the schema of Alarm.com's own WSDLs.
func TestWireMatchesTheWSDL(t *testing.T) {
	t.Parallel()
	xmllint, err := exec.LookPath("xmllint")
	need(t, err == nil, "xmllint")
	dir := wsdlDir(t)
	for _, soap12 := range []bool{false, true} {
		rec := &recorder{docs: map[string][]string{}}
		exercise(t, rec, soap12)
		for service, docs := range rec.docs {
			t.Run(fmt.Sprintf("%s SOAP12=%v", service, soap12), func(t *testing.T) {
				t.Parallel()
				validate(t, xmllint, dir, service, docs)
			})
		}
	}
}

// exercise calls everything there is, over a dealer with every kind of record.
func exercise(t *testing.T, rec *recorder, soap12 bool) {
	t.Helper()
	d := adcimporttest.NewDealer(3, 200, 30)
	d.Customers = append(d.Customers, adcimport.Customer{ID: "1"}, adcimport.Customer{ID: "2", FirstName: "<&>\x01", Terminated: true})
	d.Users = append(d.Users, adcimport.User{ID: "1"})
	srv := alarmcomtest.NewServer(d, alarmcomtest.WithLogin("a<b", "c&d"), alarmcomtest.WithTwoFactorDevice("e"))
	rec.base = srv.Transport()
	src := inMemory(t, srv, func(c *alarmcom.Config) {
		c.SOAP12, c.Transport = soap12, rec
		c.Credentials = alarmcom.NewCredentials("a<b", "c&d").WithTwoFactorDevice("e")
	})
	ctx := t.Context()
	for _, c := range d.Customers {
		if _, err := src.CustomerDetail(ctx, c.ID); err != nil {
			t.Fatal(err)
		}
	}
	allPages(t, src.Customers(ctx, adcimport.CustomerFilter{}, ""))
	allPages(t, src.Customers(ctx, adcimport.CustomerFilter{SubDealerIDs: []string{d.SubDealers[0].ID}}, ""))
	allPages(t, src.Users(ctx, adcimport.UserFilter{}, ""))
	for _, list := range []func() error{
		func() error { _, err := src.SubDealers(ctx); return err },
		func() error { _, err := src.Roles(ctx); return err },
		func() error { return src.Check(ctx) },
	} {
		if err := list(); err != nil {
			t.Fatal(err)
		}
	}
	srv.Fail(func(string, int, int) *alarmcomtest.Reply { return &alarmcomtest.Reply{Failure: "no"} })
	_ = src.Check(ctx)
	_ = firstError(t, src.Customers(ctx, adcimport.CustomerFilter{}, ""))
	srv.Fail(nil)
	for op, args := range map[string]string{
		"CustomerManagement/GetCustomerList":   "<includeTermed>true</includeTermed>",
		"CustomerManagement/GetCustomerInfo":   "<customerId>1</customerId>",
		"DealerManagement/GetBranch":           "<branchId>" + d.SubDealers[0].ID + "</branchId>",
		"DealerManagement/GetRepListForDealer": `<input><DealerId>4711</DealerId><DealerBranchId xsi:nil="true" /></input>`,
		"DealerManagement/GetCurrentRepInfo":   `<input><RepId xsi:nil="true" /></input>`,
	} {
		call(t, rec, op, args)
	}
}

// call sends what the source never sends.
func call(t *testing.T, rec *recorder, op, args string) {
	t.Helper()
	service, name := filepath.Split(op)
	body := `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Header>` +
		`<Authentication xmlns="http://www.alarm.com/WebServices"><User>a&lt;b</User><Password>c&amp;d</Password><TwoFactorDeviceId>e</TwoFactorDeviceId></Authentication></soap:Header>` +
		`<soap:Body><` + name + ` xmlns="http://www.alarm.com/WebServices">` + args + `</` + name + `></soap:Body></soap:Envelope>`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/WebServices/"+strings.TrimSuffix(service, "/")+".asmx", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "text/xml")
	req.Header.Set("SOAPAction", `"http://www.alarm.com/WebServices/`+name+`"`)
	resp, err := rec.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v, %v", op, resp, err)
	}
}

func validate(t *testing.T, xmllint, dir, service string, docs []string) {
	t.Helper()
	wsdl, err := os.ReadFile(filepath.Join(dir, service+".wsdl"))
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	xsd := filepath.Join(out, "schema.xsd")
	text := strings.Replace(string(schema.Find(wsdl)), "<s:schema",
		`<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:tns="http://www.alarm.com/WebServices"`, 1)
	if err = os.WriteFile(xsd, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"--noout", "--nonet", "--schema", xsd}
	for i, doc := range docs {
		for j, m := range part.FindAllStringSubmatch(doc, -1) {
			root := rootTag.FindString(m[1])
			if root == "" {
				t.Fatalf("no element in %q", m[1])
			}
			name := filepath.Join(out, fmt.Sprintf("%s-%d-%d.xml", root[1:], i, j))
			inner := root + ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:soap="x"` + strings.TrimPrefix(m[1], root)
			if err = os.WriteFile(name, []byte(inner), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, name)
		}
	}
	got, err := exec.CommandContext(t.Context(), xmllint, args...).CombinedOutput()
	if err != nil {
		var wrong []string
		for line := range strings.Lines(string(got)) {
			if !strings.HasSuffix(strings.TrimSpace(line), " validates") {
				wrong = append(wrong, line)
			}
		}
		t.Errorf("xmllint: %v\n%s", err, strings.Join(wrong[:min(len(wrong), 30)], ""))
	}
	if n := strings.Count(string(got), " validates"); n != len(args)-4 {
		t.Errorf("%d of %d documents are valid", n, len(args)-4)
	}
}
