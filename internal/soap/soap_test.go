package soap_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/soap"
)

const (
	open11  = `<s:Envelope xmlns:s="` + soap.Namespace11 + `"><s:Header><x><y/></x></s:Header><s:Body>`
	open12  = `<s:Envelope xmlns:s="` + soap.Namespace12 + `"><s:Body>`
	closing = `</s:Body></s:Envelope>`
	reply   = `<OpResponse xmlns="urn:x"><V>text</V></OpResponse>`
)

// read reads a reply of Op and answers the text of V.
func read(r io.Reader, limit int64) (string, *soap.Fault, error) {
	var v struct{ V string }
	fault, err := soap.Read(r, limit, "OpResponse", func(d *soap.Decoder, start xml.StartElement) error {
		return d.DecodeElement(&v, &start)
	})
	return v.V, fault, err
}

func TestRead(t *testing.T) {
	t.Parallel()
	fault11 := `<s:Fault><faultcode>s:Server</faultcode><faultstring>no &amp; no</faultstring><detail><a/></detail></s:Fault>`
	fault12 := `<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>x</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">no</s:Text><s:Text>non</s:Text></s:Reason></s:Fault>`
	for name, test := range map[string]struct {
		text    string
		want    string
		fault   *soap.Fault
		problem soap.Problem
	}{
		"1.1":                    {text: open11 + reply + closing, want: "text"},
		"1.2":                    {text: open12 + reply + closing, want: "text"},
		"prolog and space":       {text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c -->\n" + open11 + reply + closing + "\n", want: "text"},
		"byte order mark":        {text: "\uFEFF" + open11 + reply + closing, want: "text"},
		"fault 1.1":              {text: open11 + fault11 + closing, fault: &soap.Fault{Code: "Server", Text: "no & no"}},
		"fault 1.2":              {text: open12 + fault12 + closing, fault: &soap.Fault{Code: "Sender", Text: "no\nnon"}},
		"illegal reference":      {text: open11 + strings.Replace(reply, "text", "a&#x1F;b&#0;c&#x9;d&#xFFFF;&#xD800;", 1) + closing, want: "a b c\td  "},
		"long reference":         {text: open11 + strings.Replace(reply, "text", "&#x000000000000041;", 1) + closing, want: "A"},
		"named references":       {text: open11 + strings.Replace(reply, "text", "&lt;&amp;&gt;", 1) + closing, want: "<&>"},
		"empty":                  {problem: soap.Empty},
		"space":                  {text: "  \n", problem: soap.Truncated},
		"half a tag":             {text: "<s:Enve", problem: soap.Truncated},
		"text":                   {text: "Service Unavailable", problem: soap.NotXML},
		"JSON":                   {text: `{"a":1}`, problem: soap.NotXML},
		"binary":                 {text: "\x00\x01\x02", problem: soap.NotXML},
		"HTML":                   {text: "<HTML><br></HTML>", problem: soap.HTML},
		"HTML with a doctype":    {text: "<!doctype html><html>", problem: soap.HTML},
		"XHTML":                  {text: `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>`, problem: soap.HTML},
		"doctype":                {text: `<!DOCTYPE a SYSTEM "http://x/y"><a/>`, problem: soap.Doctype},
		"other XML":              {text: "<a/>", problem: soap.NotSOAP},
		"envelope of nowhere":    {text: "<Envelope><Body/></Envelope>", problem: soap.NotSOAP},
		"empty body":             {text: open11 + closing, problem: soap.Unknown},
		"no body":                {text: `<s:Envelope xmlns:s="` + soap.Namespace11 + `"/>`, problem: soap.Unknown},
		"other operation":        {text: open11 + "<Other/>" + closing, problem: soap.Unknown},
		"fault of nowhere":       {text: open11 + "<Fault/>" + closing, problem: soap.Unknown},
		"ends early":             {text: open11 + reply, problem: soap.Truncated},
		"ends in the middle":     {text: open11 + reply[:40], problem: soap.Truncated},
		"wrong end":              {text: open11 + "<OpResponse></Op>" + closing, problem: soap.Malformed},
		"undeclared entity":      {text: open11 + strings.Replace(reply, "text", "&a;", 1) + closing, problem: soap.Malformed},
		"UTF-16":                 {text: "\xfe\xff\x00<", problem: soap.Encoding},
		"another encoding":       {text: `<?xml version="1.0" encoding="windows-1252"?>` + open11 + reply + closing, problem: soap.Encoding},
		"invalid UTF-8":          {text: open11 + strings.Replace(reply, "text", "a\xff\x01b", 1) + closing, want: "a\U0010ffff b"},
		"deep":                   {text: open11 + "<OpResponse>" + strings.Repeat("<a>", 20_000), problem: soap.TooDeep},
		"body of another prefix": {text: `<s:Envelope xmlns:s="` + soap.Namespace11 + `" xmlns:o="urn:o"><o:Body>` + reply + `</o:Body></s:Envelope>`, problem: soap.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for how, r := range map[string]io.Reader{
				"whole": strings.NewReader(test.text), "byte by byte": iotest.OneByteReader(strings.NewReader(test.text)),
			} {
				got, fault, err := read(r, 1<<20)
				var format *soap.FormatError
				if errors.As(err, &format) != (test.problem != "") || err != nil && format == nil {
					t.Fatalf("%s: error %v, want %q", how, err, test.problem)
				}
				if format != nil {
					if format.Problem != test.problem {
						t.Errorf("%s: problem %q, want %q", how, format.Problem, test.problem)
					}
					continue
				}
				if diff := cmp.Diff(test.want, got) + cmp.Diff(test.fault, fault); diff != "" {
					t.Errorf("%s (-want +got):\n%s", how, diff)
				}
			}
		})
	}
}

func TestReadStopsAtItsLimit(t *testing.T) {
	t.Parallel()
	text := open11 + reply + closing
	if _, _, err := read(strings.NewReader(text), int64(len(text))); err != nil {
		t.Errorf("exactly the limit: %v", err)
	}
	_, _, err := read(strings.NewReader(text), int64(len(text))-1)
	var format *soap.FormatError
	if !errors.As(err, &format) || format.Problem != soap.TooLarge {
		t.Errorf("one byte over: %v", err)
	}
	endless := io.MultiReader(strings.NewReader(open11+"<OpResponse><V>"), endlessReader{})
	if _, _, err = read(endless, 1<<20); !errors.As(err, &format) || format.Problem != soap.TooLarge {
		t.Errorf("endless: %v", err)
	}
}

type endlessReader struct{}

func (endlessReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// An error of the connection is answered as it is, at every byte.
func TestReadAnswersTheConnectionsError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	text := open11 + strings.Replace(reply, "text", "a&amp;b&#x1F;", 1) + closing
	for n := range len(text) - 1 {
		_, _, err := read(io.MultiReader(strings.NewReader(text[:n]), iotest.ErrReader(broken)), 1<<20)
		if !errors.Is(err, broken) {
			t.Fatalf("after %d bytes: %v", n, err)
		}
	}
}

func TestFaultTextIsBounded(t *testing.T) {
	t.Parallel()
	text := open11 + "<s:Fault><faultstring>" + strings.Repeat("é", 10_000) + "</faultstring></s:Fault>" + closing
	_, fault, err := read(strings.NewReader(text), 1<<20)
	if err != nil || len(fault.Text) > 4<<10 || !strings.HasPrefix(fault.Text, "éé") {
		t.Errorf("%d bytes, %v", len(fault.Text), err)
	}
}

func TestEnvelope(t *testing.T) {
	t.Parallel()
	type header struct {
		XMLName xml.Name `xml:"urn:x Auth"`
		User    string   `xml:"User"`
	}
	type body struct {
		XMLName xml.Name `xml:"urn:x Op"`
		None    soap.Nil `xml:"None"`
		Some    int      `xml:"Some"`
	}
	for v, ns := range map[soap.Version]string{soap.V11: soap.Namespace11, soap.V12: soap.Namespace12} {
		got, err := soap.Envelope(v, header{User: "a<b"}, body{None: soap.Null(), Some: 5})
		want := xml.Header + `<soap:Envelope xmlns:soap="` + ns + `" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
			`<soap:Header><Auth xmlns="urn:x"><User>a&lt;b</User></Auth></soap:Header>` +
			`<soap:Body><Op xmlns="urn:x"><None xsi:nil="true"></None><Some>5</Some></Op></soap:Body></soap:Envelope>`
		if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	for _, unfit := range [][2]any{{make(chan int), 1}, {1, make(chan int)}} {
		if _, err := soap.Envelope(soap.V11, unfit[0], unfit[1]); err == nil {
			t.Error("a channel was rendered")
		}
	}
}

func TestSetHeader(t *testing.T) {
	t.Parallel()
	h11, h12 := http.Header{}, http.Header{}
	soap.SetHeader(h11, soap.V11, "urn:x/Op")
	soap.SetHeader(h12, soap.V12, "urn:x/Op")
	if h11.Get("SOAPAction") != `"urn:x/Op"` || h11.Get("Content-Type") != "text/xml; charset=utf-8" {
		t.Errorf("1.1: %v", h11)
	}
	if h12.Get("Soapaction") != "" || h12.Get("Content-Type") != `application/soap+xml; charset=utf-8; action="urn:x/Op"` {
		t.Errorf("1.2: %v", h12)
	}
}

// Any input ends, with an error that repeats nothing of it.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		open11 + reply + closing, open12 + reply + closing, "<html>", "\uFEFF<a/>", "&#x1F;",
		open11 + `<s:Fault><faultcode>s:Server</faultcode></s:Fault>` + closing,
		`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, fault, err := read(strings.NewReader(string(text)), 1<<16)
		var format *soap.FormatError
		if err != nil && (!errors.As(err, &format) || fault != nil) {
			t.Errorf("error %v, fault %v", err, fault)
		}
	})
}

// Without illegal references a reply reads as if nothing were replaced.
func FuzzReferences(f *testing.F) {
	for _, s := range []string{"a&amp;b", "&#65;", "&#x41;&#x1F;", "&&&", "&#x110000;", "&;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc := open11 + `<OpResponse><V>` + text + `</V></OpResponse>` + closing
		got, _, err := read(strings.NewReader(doc), 1<<20)
		var want struct {
			V string `xml:"Body>OpResponse>V"`
		}
		if xml.Unmarshal([]byte(doc), &want) != nil || strings.Contains(text, "<") {
			return
		}
		if err != nil || got != want.V {
			t.Errorf("%q read as %q (%v), want %q", text, got, err, want.V)
		}
	})
}
