package soapapi_test

import (
	"encoding/xml"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/alarmcom/internal/soapapi"
)

// listForms are what a list of ids may look like. All but the first is read by the XML
// decoder, in part or as a whole.
var listForms = []string{
	`<int>7</int><int>1000001</int><int>9223372036854775807</int>`,
	``,
	`<int>7</int> <int>8</int>`,
	"\n  <int>7</int>\n  <int>8</int>\n",
	`<int>7</int><int> 8 </int><int>9</int>`,
	`<int>7</int><int >8</int ><int>9</int>`,
	`<int>7</int><int a="1">8</int><int>9</int><int>10</int>`,
	`<a:int xmlns:a="b">7</a:int><int>8</int>`,
	`<int>7</int><!-- <int>8</int> --><int>9</int>`,
	`<int><!-- x -->7</int><int>8</int>`,
	`<int><![CDATA[7]]></int><int>8</int>`,
	`<int>&#55;</int><int>8</int>`,
	`<int>-7</int><int>8</int>`,
	`<int>007</int><int>8</int>`,
	`<int>` + strings.Repeat("0", 100) + `7</int><int>8</int>`,
	`<int>7</int><int>` + strings.Repeat(" ", 5000) + `8</int><int>9</int>`,
	`<int/><int>8</int>`,
	`<int>7</int><int>8 9</int>`,
	`<int>7</int><int>9223372036854775808</int>`,
	// no lists
	`<int></int>`,
	`<int>7`,
	`<int>7</int`,
	`<int>7</int><long>8</long>`,
	`<int>7</int><intx>8</intx>`,
	`<int>9223372036854775808</int>`,
	`<int>7<b/></int>`,
	`<int>7</long>`,
	`7<int>8`,
}

const (
	beforeIDs = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><GetCustomerList_V2Response>` +
		`<GetCustomerList_V2Result><Success>true</Success><CustomerIds>`
	afterIDs = `</CustomerIds></GetCustomerList_V2Result></GetCustomerList_V2Response></s:Body></s:Envelope>`
)

// The plain form of a list, which is read without the XML decoder, and all others are
// the same list, wherever a reply is cut into pieces.
func TestReadList_isWhatXMLSays(t *testing.T) {
	t.Parallel()
	for _, form := range listForms {
		text := beforeIDs + form + afterIDs
		want, ok := unmarshaled(text)
		for name, reply := range map[string]io.Reader{
			"at once": strings.NewReader(text), "byte by byte": iotest.OneByteReader(strings.NewReader(text)),
		} {
			got, err := soapapi.ReadList(reply)
			if (err == nil) != ok {
				t.Errorf("%s: %s: %v, want an error: %t", form, name, err, !ok)
			}
			if diff := cmp.Diff(want, got); ok && diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", form, name, diff)
			}
		}
	}
}

// unmarshaled is the list as encoding/xml reads it as a whole; false: it is none.
func unmarshaled(text string) ([]int64, bool) {
	type element struct {
		XMLName  xml.Name
		Text     string    `xml:",chardata"`
		Children []element `xml:",any"`
	}
	var v struct {
		List element `xml:"Body>GetCustomerList_V2Response>GetCustomerList_V2Result>CustomerIds"`
	}
	if xml.Unmarshal([]byte(text), &v) != nil {
		return nil, false
	}
	var ids []int64
	some := false
	for _, e := range v.List.Children {
		if e.XMLName.Local != "int" || len(e.Children) > 0 {
			return nil, false
		}
		id, err := strconv.ParseInt(strings.TrimSpace(e.Text), 10, 64)
		if err != nil || id == 0 {
			id = math.MaxInt64 // no id: it is there, and fails alone
		} else {
			some = true
		}
		ids = append(ids, id)
	}
	return ids, some || len(ids) == 0
}

// FuzzReadList reads what a list of ids may hold.
func FuzzReadList(f *testing.F) {
	for _, form := range listForms {
		f.Add(form)
	}
	f.Fuzz(func(t *testing.T, form string) {
		text := beforeIDs + form + afterIDs
		got, err := soapapi.ReadList(strings.NewReader(text))
		bytewise, berr := soapapi.ReadList(iotest.OneByteReader(strings.NewReader(text)))
		if (err == nil) != (berr == nil) || err == nil && !slices.Equal(got, bytewise) {
			t.Fatalf("%v, %v; byte by byte %v, %v", got, err, bytewise, berr)
		}
		if strings.ContainsAny(form, "&!?") || err != nil {
			return // what is a list for the one need not be one for the other
		}
		if want, ok := unmarshaled(text); ok && !slices.Equal(want, got) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}
