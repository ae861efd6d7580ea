package soap_test

import (
	"encoding/xml"
	"errors"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport/internal/soap"
)

// Fault 50: each bound of a reply, at it and beyond.
func TestBounds(t *testing.T) {
	t.Parallel()
	const some = 200 << 10
	deep := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	for name, test := range map[string]struct {
		inner string
		want  soap.Problem
	}{
		"depth":                {deep(60), ""},
		"too deep":             {deep(61), soap.TooDeep},
		"attributes":           {"<a " + strings.Repeat(`b="" `, 64) + "/>", ""},
		"too many attributes":  {"<a " + strings.Repeat(`b="" `, 65) + "/>", soap.TooMany},
		"elements":             {strings.Repeat("<a/>", 99_999), ""},
		"too many elements":    {strings.Repeat("<a/>", 100_001), soap.TooMany},
		"text":                 {strings.Repeat("a", 255<<10), ""},
		"too long a text":      {strings.Repeat("aaaaaaaaaaaaaaa&lt;", 20_000), soap.TooLarge},
		"too long in parts":    {strings.Repeat("<![CDATA["+strings.Repeat("a", 100<<10)+"]]>", 3), soap.TooLarge},
		"too long a tag":       {"<" + strings.Repeat("a", 257<<10), soap.TooLarge},
		"too long a comment":   {"<!--" + strings.Repeat("a", 257<<10), soap.TooLarge},
		"texts":                {strings.Repeat("<a>"+strings.Repeat("a", some)+"</a>", 40), ""},
		"too many long texts":  {strings.Repeat("<a>"+strings.Repeat("a", some)+"</a>", 42), soap.TooLarge},
		"too many after texts": {strings.Repeat("<a>"+strings.Repeat("a", some)+"</a>x", 42), soap.TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply := `<Envelope xmlns="` + soap.Namespace11 + `"><Body><R><V>` + test.inner + "</V></R></Body></Envelope>"
			_, err := soap.Read(strings.NewReader(reply), 64<<20, "R", func(d *soap.Decoder, _ xml.StartElement) error {
				return soap.Children(d, func(start xml.StartElement) error {
					var v struct {
						A []string `xml:"a"`
					}
					return d.DecodeElement(&v, &start)
				})
			})
			format, _ := errors.AsType[*soap.FormatError](err)
			if test.want == "" && err != nil || test.want != "" && (format == nil || format.Problem != test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
