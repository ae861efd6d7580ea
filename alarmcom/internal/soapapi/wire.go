package soapapi

import (
	"context"
	"encoding/xml"
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
		return soap.Children(d, func(start xml.StartElement) error {
			if start.Name.Local != op.name+"Result" || isNil(start) {
				return d.Skip()
			}
			value = new(T)
			return d.DecodeElement(value, &start)
		})
	})
	if err != nil {
		return nil, err
	}
	return value, nil
}

// isNil reports whether an element is written as null.
func isNil(start xml.StartElement) bool {
	for _, a := range start.Attr {
		if a.Name.Local == "nil" {
			return strings.TrimSpace(a.Value) == "true" || strings.TrimSpace(a.Value) == "1"
		}
	}
	return false
}

// wireAddress is WSDL Address, and what AddressWithName adds to it.
type wireAddress struct {
	Street1   string `xml:"Street1"`
	Street2   string `xml:"Street2"`
	City      string `xml:"City"`
	State     string `xml:"State"`
	Zip       string `xml:"Zip"`
	CountryID string `xml:"CountryId"`
	FirstName string `xml:"FirstName"`
	LastName  string `xml:"LastName"`
}

func (a wireAddress) address() adcimport.Address {
	country := a.CountryID
	if country == account.NotSet {
		country = ""
	}
	return adcimport.Address{
		Street1: a.Street1, Street2: a.Street2, City: a.City, State: a.State, Zip: a.Zip, Country: country,
	}
}
