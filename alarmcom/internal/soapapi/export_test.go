package soapapi

import (
	"encoding/xml"
	"io"

	"github.com/securitytrax/adcimport/internal/soap"
)

// What benchmarks compare: how a reply is read, and its types for a decoder that
// takes it as a whole.

// CustomerInfoReply is the reply of GetCustomerInfo_V2.
type CustomerInfoReply struct {
	Result *customerInfo `xml:"Body>GetCustomerInfo_V2Response>GetCustomerInfo_V2Result"`
}

// ListReply is the reply of GetCustomerList_V2.
type ListReply struct {
	IDs []int64 `xml:"Body>GetCustomerList_V2Response>GetCustomerList_V2Result>CustomerIds>int"`
}

// ReadCustomerInfo reads the id out of a reply of GetCustomerInfo_V2.
func ReadCustomerInfo(r io.Reader) (int64, error) {
	var info *customerInfo
	_, err := soap.Read(r, 1<<20, OpCustomer+"Response", func(d *soap.Decoder, _ xml.StartElement) error {
		return decodeResult(d, OpCustomer, &info)
	})
	if err != nil {
		return 0, err
	}
	return info.CustomerID.Value, nil
}

// ReadList reads a reply of GetCustomerList_V2.
func ReadList(r io.Reader) ([]int64, error) {
	var l idList
	_, err := soap.Read(r, 1<<30, opGetCustomerList.name+"Response", l.read)
	return l.ids, err
}
