package fidelity_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// rawRequest is a request as some stack writes it, to the byte.
type rawRequest struct {
	path   string // empty: CustomerManagement.asmx
	proto  string // empty: HTTP/1.1
	head   string // header fields, one a line
	body   string
	status int
	want   []string // in the reply
}

const (
	type11  = "Content-Type: text/xml; charset=utf-8\n"
	action  = "http://www.alarm.com/WebServices/GetCustomerInfo_V2"
	action1 = `SOAPAction: "` + action + "\"\n"
	ns      = "http://www.alarm.com/WebServices"
	env11   = "http://schemas.xmlsoap.org/soap/envelope/"
	env12   = "http://www.w3.org/2003/05/soap-envelope"
	authNS  = `<Authentication xmlns="` + ns + `"><User>u</User><Password>p&amp;w</Password></Authentication>`
	infoNS  = `<GetCustomerInfo_V2 xmlns="` + ns + `"><input><CallerVersion>1</CallerVersion><CustomerId>7</CustomerId></input></GetCustomerInfo_V2>`
)

// envelope is a plain one.
func envelope(space, header, body string) string {
	return `<s:Envelope xmlns:s="` + space + `"><s:Header>` + header + `</s:Header><s:Body>` + body + `</s:Body></s:Envelope>`
}

var found = []string{"<CustomerId>7</CustomerId><DealerCustomerId>A-7</DealerCustomerId><FirstName>Zoë</FirstName>"}

// TestRawRequests sends what other stacks would send, by the contracts: those
// that are in order are answered, the others refused in the way of .asmx.
func TestRawRequests(t *testing.T) {
	t.Parallel()
	d := &adcimporttest.Dealer{}
	d.Customers = append(d.Customers, adcimporttest.NewDealer(1, 1, 0).Customers[0])
	d.Customers[0].ID, d.Customers[0].FirstName = "7", "Zoë"
	srv := alarmcomtest.NewServer(d, alarmcomtest.WithLogin("u", "p&w"))
	t.Cleanup(srv.Close)
	for name, r := range rawRequests() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, body := r.send(t, srv.URL())
			if resp.StatusCode != r.status {
				t.Errorf("status %d, want %d: %s", resp.StatusCode, r.status, body)
			}
			for _, want := range r.want {
				if !strings.Contains(body, want) {
					t.Errorf("%q is not in %s", want, body)
				}
			}
			// The reply is in the version of the request.
			if got := resp.Header.Get("Content-Type"); r.status == http.StatusOK && strings.Contains(body, env12) != strings.HasPrefix(got, "application/soap+xml") {
				t.Errorf("content type %q for %s", got, body)
			}
		})
	}
}

func (r rawRequest) send(t *testing.T, base string) (*http.Response, string) {
	t.Helper()
	at, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", at.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // it was read to its end
	path, proto := r.path, r.proto
	if path == "" {
		path = "/WebServices/CustomerManagement.asmx"
	}
	if proto == "" {
		proto = "HTTP/1.1"
	}
	head := r.head
	body := r.body
	if strings.Contains(head, "chunked") {
		body = chunked(body)
	} else {
		head += fmt.Sprintf("Content-Length: %d\n", len(body))
	}
	text := "POST " + path + " " + proto + "\nHost: " + at.Host + "\nConnection: close\n" + head + "\n"
	if _, err = io.WriteString(conn, strings.ReplaceAll(text, "\n", "\r\n")+body); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	if err == nil && resp.StatusCode == http.StatusContinue {
		resp, err = http.ReadResponse(in, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read to its end
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(got)
}

// chunked cuts a body into three chunks, not at the borders of characters.
func chunked(body string) string {
	var b strings.Builder
	for i := range 3 {
		part := body[i*len(body)/3 : (i+1)*len(body)/3]
		fmt.Fprintf(&b, "%x\r\n%s\r\n", len(part), part)
	}
	return b.String() + "0\r\n\r\n"
}

// inUTF16 encodes a text, with a byte order mark.
func inUTF16(text string) string {
	b := bytes.NewBuffer([]byte{0xff, 0xfe})
	for _, u := range utf16.Encode([]rune(text)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}
