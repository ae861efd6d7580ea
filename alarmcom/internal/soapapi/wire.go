package soapapi

import (
	"context"
	"encoding/xml"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/internal/soap"
)

// nothing is the request of an operation without arguments.
type nothing struct{ XMLName xml.Name }

func noArgs(op operation) nothing {
	return nothing{XMLName: xml.Name{Space: namespace, Local: op.name}}
}

// result calls op and decodes the result element of its response. It returns
// nil where the service left it out (WSDL: every result is 0..1).
func result[T any](ctx context.Context, a *API, op operation, id string, args any) (*T, error) {
	var value *T
	err := a.invoke(ctx, op, id, args, func(d *soap.Decoder, _ xml.StartElement) error {
		value = nil
		return decodeResult(d, op.name, &value)
	})
	if err != nil {
		return nil, err
	}
	return value, nil
}

// decodeResult decodes the result element of the response that was just opened.
func decodeResult[T any](d *soap.Decoder, op string, value **T) error {
	return soap.Children(d, func(start xml.StartElement) error {
		if start.Name.Local != op+"Result" || isNil(start) {
			return d.Skip()
		}
		*value = new(T)
		return d.DecodeElement(*value, &start)
	})
}

// isNil reports whether an element is written as null.
func isNil(start xml.StartElement) bool {
	return slices.ContainsFunc(start.Attr, func(a xml.Attr) bool { return a.Name.Local == "nil" && bool(nilOf(a)) })
}

// null is the attribute xsi:nil of an element that is decoded as a whole.
type null bool

// UnmarshalXMLAttr implements xml.UnmarshalerAttr.
func (n *null) UnmarshalXMLAttr(a xml.Attr) error {
	*n = nilOf(a)
	return nil
}

// nilOf reads the boolean of XML Schema: xsi:nil="false" is not null.
func nilOf(a xml.Attr) null {
	text := strings.TrimSpace(a.Value)
	return text == "true" || text == "1"
}

// wireAddress is WSDL Address, and what AddressWithName adds to it.
type wireAddress struct {
	Street1   account.Text `xml:"Street1"`
	Street2   account.Text `xml:"Street2"`
	City      account.Text `xml:"City"`
	State     account.Text `xml:"State"`
	Zip       account.Text `xml:"Zip"`
	CountryID account.Text `xml:"CountryId"`
	FirstName account.Text `xml:"FirstName"`
	LastName  account.Text `xml:"LastName"`
}

func (a wireAddress) address() adcimport.Address {
	country := string(a.CountryID)
	if country == account.NotSet {
		country = ""
	}
	return adcimport.Address{
		Street1: string(a.Street1), Street2: string(a.Street2), City: string(a.City), State: string(a.State), Zip: string(a.Zip),
		Country: country,
	}
}
