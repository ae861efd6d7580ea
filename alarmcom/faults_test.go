package alarmcom_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

func gzipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.Bytes()
}

const rolesReply = `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><GetRepRolesResponse><GetRepRolesResult><RepRole><RoleId>1</RoleId><RoleName>Admin</RoleName></RepRole></GetRepRolesResult></GetRepRolesResponse></Body></Envelope>`

// What the services may answer instead of SOAP, over real connections, and what
// becomes of it.
func TestFaults(t *testing.T) {
	t.Parallel()
	header := func(name, value string) http.Header { return http.Header{name: {value}} }
	huge := strings.Replace(rolesReply, "Admin", strings.Repeat("A", 300_000), 1)
	laughs := `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/hostname">]>`
	for name, test := range map[string]struct {
		reply alarmcomtest.Reply
		want  string // part of the error; empty: read as usual
	}{
		"wrong content type":     {alarmcomtest.Reply{Body: []byte(rolesReply), Header: header("Content-Type", "application/octet-stream")}, ""},
		"byte order mark":        {alarmcomtest.Reply{Body: []byte("\uFEFF" + rolesReply)}, ""},
		"packed unasked":         {alarmcomtest.Reply{Body: gzipped(rolesReply), Header: header("Content-Encoding", "gzip")}, ""},
		"slowly":                 {alarmcomtest.Reply{Body: []byte(rolesReply), Slowly: 1}, ""},
		"illegal characters":     {alarmcomtest.Reply{Body: []byte(strings.Replace(rolesReply, "Admin", "Admin&#x1F;", 1))}, ""},
		"HTML with status 200":   {alarmcomtest.Reply{Body: []byte("<!DOCTYPE html>\n<html><body>Down for maintenance</body></html>")}, "an HTML page"},
		"HTML with status 500":   {alarmcomtest.Reply{Status: 500, Body: []byte("<html><body>Runtime Error</body></html>")}, "HTTP 500: an HTML page"},
		"text":                   {alarmcomtest.Reply{Body: []byte("Service Unavailable")}, "no XML"},
		"JSON":                   {alarmcomtest.Reply{Body: []byte(`{"message":"moved"}`)}, "no XML"},
		"other XML":              {alarmcomtest.Reply{Body: []byte("<ok/>")}, "no SOAP envelope"},
		"other operation":        {alarmcomtest.Reply{Body: []byte(strings.ReplaceAll(rolesReply, "GetRepRoles", "GetOther"))}, "another body"},
		"truncated XML":          {alarmcomtest.Reply{Body: []byte(rolesReply[:len(rolesReply)-20])}, "ends too early"},
		"garbage in XML":         {alarmcomtest.Reply{Body: []byte(strings.Replace(rolesReply, "</RoleName>", "</Role>", 1))}, "malformed"},
		"UTF-16":                 {alarmcomtest.Reply{Body: []byte("\xff\xfe<\x00")}, "other than UTF-8"},
		"Latin-1":                {alarmcomtest.Reply{Body: []byte(`<?xml version="1.0" encoding="iso-8859-1"?>` + rolesReply)}, "other than UTF-8"},
		"entity tricks":          {alarmcomtest.Reply{Body: []byte(laughs + strings.Replace(rolesReply, "Admin", "&b;&c;", 1))}, "document type declaration"},
		"undeclared entity":      {alarmcomtest.Reply{Body: []byte(strings.Replace(rolesReply, "Admin", "&Jane;", 1))}, "malformed"},
		"huge":                   {alarmcomtest.Reply{Body: []byte(huge)}, "larger than allowed"},
		"packed bomb":            {alarmcomtest.Reply{Body: gzipped(huge), Header: header("Content-Encoding", "gzip")}, "larger than allowed"},
		"packed wrongly":         {alarmcomtest.Reply{Body: []byte("not gzip"), Header: header("Content-Encoding", "gzip")}, "packed wrongly"},
		"packed unknown":         {alarmcomtest.Reply{Body: []byte("x"), Header: header("Content-Encoding", "br")}, "packed wrongly"},
		"reset":                  {alarmcomtest.Reply{Reset: true}, ""},
		"cut off":                {alarmcomtest.Reply{CutAfter: 30}, "broke off"},
		"GET after a redirect":   {alarmcomtest.Reply{Status: 302, Header: header("Location", "/WebServices/DealerManagement.asmx")}, "redirected elsewhere"},
		"redirect in circles":    {alarmcomtest.Reply{Status: 307, Header: header("Location", "/WebServices/DealerManagement.asmx")}, "redirected elsewhere"},
		"redirect to nowhere":    {alarmcomtest.Reply{Status: 307}, "HTTP 307"},
		"status without content": {alarmcomtest.Reply{Status: 204}, "an empty reply"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, smallDealer())
			srv.Fail(failAlways("GetRepRoles", test.reply))
			src := newSource(t, srv, func(c *alarmcom.Config) { c.MaxResponseBytes = 100_000 })
			roles, err := src.Roles(t.Context())
			switch {
			case name == "reset":
				var e *alarmcom.Error
				if !errors.As(err, &e) || e.Status != 0 {
					t.Errorf("error %v", err)
				}
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want == "":
				if len(roles) == 0 || strings.TrimSpace(roles[0].Name) != "Admin" {
					t.Errorf("roles %v", roles)
				}
			case err == nil || !strings.Contains(err.Error(), test.want):
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if err != nil && (strings.Contains(err.Error(), "Jane") || strings.Contains(err.Error(), "maintenance")) {
				t.Errorf("the error repeats the reply: %v", err)
			}
		})
	}
}

// Another host never gets the credentials.
func TestRedirectElsewhere(t *testing.T) {
	t.Parallel()
	var reached atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		srv := newServer(t, smallDealer())
		srv.Fail(failAlways("GetRepRoles", alarmcomtest.Reply{Status: status, Header: http.Header{"Location": {other.URL + "/x?token=1"}}}))
		_, err := newSource(t, srv, func(c *alarmcom.Config) { c.MaxRetries = 3 }).Roles(t.Context())
		if err == nil || strings.Contains(err.Error(), other.URL) || !strings.Contains(err.Error(), "redirected elsewhere") {
			t.Errorf("%d: error %v", status, err)
		}
		if n := srv.Count("GetRepRoles"); n != 1 {
			t.Errorf("%d: %d attempts, want 1", status, n)
		}
	}
	if reached.Load() {
		t.Error("the other host was asked")
	}
}

// A redirect within the host keeps the method, and is followed.
func TestRedirectOnTheSameHost(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	srv.Fail(func(_ string, _, n int) *alarmcomtest.Reply {
		if n > 1 {
			return nil
		}
		return &alarmcomtest.Reply{Status: 307, Header: http.Header{"Location": {"/webservices/dealermanagement.ASMX"}}}
	})
	if roles, err := newSource(t, srv).Roles(t.Context()); err != nil || len(roles) != 2 {
		t.Errorf("roles %v, %v", roles, err)
	}
}

func TestTLSIsVerified(t *testing.T) {
	t.Parallel()
	inner := alarmcomtest.NewServer(smallDealer())
	var asked atomic.Bool
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(true)
		inner.Handler().ServeHTTP(w, r)
	}))
	srv.Config.ErrorLog = discardLog()
	srv.StartTLS()
	t.Cleanup(srv.Close)
	src, err := alarmcom.New(alarmcom.Config{
		BaseURL: srv.URL + "/WebServices", Credentials: alarmcom.NewCredentials(alarmcomtest.DefaultUser, alarmcomtest.DefaultPassword),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err = src.Check(t.Context()); err == nil || asked.Load() {
		t.Errorf("error %v, asked %v: a certificate of nobody was trusted", err, asked.Load())
	}
}

// A list of many ids is read as a stream, twice the same and complete.
func TestLongList(t *testing.T) {
	t.Parallel()
	const n = 50_000
	d := &adcimporttest.Dealer{Customers: make([]adcimport.Customer, n)}
	want := idRange(1, n)
	for i := range d.Customers {
		d.Customers[i].ID = want[n-1-i]
	}
	src := newSource(t, newServer(t, d), pageSize(999))
	if diff := cmp.Diff(want, customerIDs(allPages(t, src.Customers(t.Context(), adcimport.CustomerFilter{}, "")))); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

// BenchmarkListMillion lists a million ids, about 16 MB of XML.
func BenchmarkListMillion(b *testing.B) {
	const n = 1_000_000
	var body strings.Builder
	body.WriteString(`<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><GetCustomerList_V2Response><GetCustomerList_V2Result><Success>true</Success><CustomerIds>`)
	for _, id := range idRange(1, n) {
		body.WriteString("<int>" + id + "</int>")
	}
	body.WriteString(`</CustomerIds></GetCustomerList_V2Result></GetCustomerList_V2Response></Body></Envelope>`)
	srv := alarmcomtest.NewServer(nil)
	srv.Fail(failAlways("GetCustomerList_V2", alarmcomtest.Reply{Body: []byte(body.String())}))
	src, err := newInMemory(srv)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(body.Len()))
	for b.Loop() {
		for _, err := range src.Customers(b.Context(), adcimport.CustomerFilter{}, "") {
			if err != nil {
				b.Fatal(err)
			}
			break
		}
	}
}
