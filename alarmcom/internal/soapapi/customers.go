package soapapi

import (
	"context"
	"encoding/xml"
	"slices"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/alarmcom/internal/call"
	"github.com/securitytrax/adcimport/internal/soap"
)

// The operations of CustomerManagement that are used (WSDL).
var (
	opGetCustomerList           = operation{customerManagement, "GetCustomerList_V2"}
	opGetCustomerListByBranchID = operation{customerManagement, "GetCustomerListByBranchId"}
	opGetCustomerInfo           = operation{customerManagement, OpCustomer}
	opGetLatestCallerVersion    = operation{customerManagement, "GetLatestCallerVersion"}
)

const customerManagement = "CustomerManagement"

// customerListRequest is GetCustomerList_V2, in WSDL order; AlternateId and
// PanelVersions are left out, which is null.
type customerListRequest struct {
	XMLName xml.Name `xml:"http://www.alarm.com/WebServices GetCustomerList_V2"`
	Input   struct {
		IncludeTermed      bool     `xml:"IncludeTermed"`
		StartDate          soap.Nil `xml:"StartDate"`
		EndDate            soap.Nil `xml:"EndDate"`
		ExcludeCommitments bool     `xml:"ExcludeCommitments"`
		ExcludeCustomers   bool     `xml:"ExcludeCustomers"`
	} `xml:"input"`
}

func newCustomerListRequest(in account.Include) customerListRequest {
	var r customerListRequest
	r.Input.IncludeTermed = in.Terminated
	r.Input.StartDate, r.Input.EndDate = soap.Null(), soap.Null()
	r.Input.ExcludeCommitments = !in.Commitments
	return r
}

type branchListRequest struct {
	XMLName       xml.Name `xml:"http://www.alarm.com/WebServices GetCustomerListByBranchId"`
	BranchID      int64    `xml:"branchId"`
	IncludeTermed bool     `xml:"includeTermed"`
}

type customerInfoRequest struct {
	XMLName xml.Name `xml:"http://www.alarm.com/WebServices GetCustomerInfo_V2"`
	Input   struct {
		CallerVersion int32 `xml:"CallerVersion"`
		CustomerID    int64 `xml:"CustomerId"`
	} `xml:"input"`
}

func (a *API) listIDs(ctx context.Context, op operation, id string, args any) ([]int64, error) {
	var l idList
	if err := a.invoke(ctx, op, id, args, l.read); err != nil {
		return nil, err
	}
	if l.failed {
		return nil, a.client.Reported(call.Fault{Op: op.name, ID: id, Code: call.FailureCode, Text: l.message}, 0)
	}
	slices.Sort(l.ids)
	return slices.Compact(l.ids), nil
}

// idList is a list of ids as it comes in: numbers, never a tree. A dealer may
// have a million.
type idList struct {
	ids     []int64
	listed  bool // the reply has a list, if an empty one
	told    bool // the reply has Success
	failed  bool // Success=false
	message string
	text    []byte // of the id being read
}

// read reads the response of GetCustomerList_V2 and of GetCustomerListByBranchId:
// one wraps its list of ints, the other is that list. A reply that neither has a
// list nor reports a failure is none: an account without customers has an empty
// list (WSDL: a list that is null is left out).
func (l *idList) read(d *soap.Decoder, response xml.StartElement) error {
	*l = idList{ids: l.ids[:0], text: l.text}
	wrapped := response.Name.Local == opGetCustomerList.name+"Response"
	err := soap.Children(d, func(result xml.StartElement) error {
		switch {
		case !strings.HasSuffix(result.Name.Local, "Result") || isNil(result):
			return d.Skip()
		case !wrapped:
			return l.readIDs(d)
		}
		return soap.Children(d, func(start xml.StartElement) error { return l.readMember(d, start) })
	})
	if err == nil && !l.failed && (!l.listed || wrapped && !l.told) {
		return &soap.FormatError{Problem: soap.NoList}
	}
	return err
}

// readMember reads a member of GetCustomerListOutput.
func (l *idList) readMember(d *soap.Decoder, start xml.StartElement) error {
	switch start.Name.Local {
	case "CustomerIds":
		if isNil(start) {
			return d.Skip()
		}
		return l.readIDs(d)
	case "Success":
		var ok bool
		err := d.DecodeElement(&ok, &start)
		l.told, l.failed = true, !ok
		return err
	case "ErrorMessage":
		return d.DecodeElement(&l.message, &start)
	}
	return d.Skip()
}

func (l *idList) readIDs(d *soap.Decoder) error {
	l.listed = true
	return soap.Children(d, func(start xml.StartElement) error {
		switch {
		case start.Name.Local != "int":
			return &soap.FormatError{Problem: soap.NotAList}
		case len(l.ids) == account.MaxListIDs:
			return &soap.FormatError{Problem: soap.TooMany}
		}
		return l.readID(d)
	})
}

func (l *idList) readID(d *soap.Decoder) error {
	l.text = l.text[:0]
	for {
		tok, err := d.Token()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.CharData:
			l.text = append(l.text, t...)
		case xml.StartElement:
			return &soap.FormatError{Problem: soap.Malformed}
		case xml.EndElement:
			id, err := strconv.ParseInt(strings.TrimSpace(string(l.text)), 10, 64)
			l.ids = append(l.ids, id)
			return err
		}
	}
}

// customerInfo is what is used of WSDL CustomerInfo.
type customerInfo struct {
	CustomerID         int64       `xml:"CustomerId"`
	FirstName          string      `xml:"FirstName"`
	LastName           string      `xml:"LastName"`
	PrimaryEmail       string      `xml:"PrimaryEmail"`
	PrimaryPhoneNumber string      `xml:"PrimaryPhoneNumber"`
	InstallAddress     wireAddress `xml:"InstallAddress"`
	IsTerminated       bool        `xml:"IsTerminated"`
	IsDemo             bool        `xml:"IsDemo"`
	JoinDate           string      `xml:"JoinDate"`
	CentralStationInfo struct {
		ReceiverPhoneNumber string `xml:"ReceiverPhoneNumber"`
		AccountNumber       string `xml:"AccountNumber"`
		TwoWayVoiceEnabled  bool   `xml:"TwoWayVoiceEnabled"`
	} `xml:"CentralStationInfo"`
	SubDealerID   int64  `xml:"SubDealerId"`
	CompanyName   string `xml:"CompanyName"`
	PropertyType  string `xml:"PropertyType"`
	CustomerType  string `xml:"CustomerType"`
	SalesRepLogin string `xml:"salesRepLogin"`
}

// customer translates. It fails on a date that is none.
func (i *customerInfo) customer(business string) (adcimport.Customer, error) {
	id := strconv.FormatInt(i.CustomerID, 10)
	joined, ok := account.ParseDate(i.JoinDate)
	if !ok {
		return adcimport.Customer{}, &adcimport.RecordError{
			ID: id, Reason: adcimport.ReasonInvalidRecord,
			Fields: []adcimport.FieldError{{Field: "JoinDate", Rule: "must be a date"}},
		}
	}
	return adcimport.Customer{
		ID:                 id,
		SubDealerID:        account.IDText(i.SubDealerID),
		FirstName:          i.FirstName,
		LastName:           i.LastName,
		CompanyName:        i.CompanyName,
		PrimaryPhoneNumber: i.PrimaryPhoneNumber,
		PrimaryEmail:       i.PrimaryEmail,
		InstallAddress:     i.InstallAddress.address(),
		JoinDate:           joined,
		SalesRepLogin:      i.SalesRepLogin,
		CentralStation: adcimport.CentralStation{
			TwoWayVoiceEnabled:  i.CentralStationInfo.TwoWayVoiceEnabled,
			AccountNumber:       i.CentralStationInfo.AccountNumber,
			ReceiverPhoneNumber: i.CentralStationInfo.ReceiverPhoneNumber,
		},
		Commercial: i.PropertyType == business,
		Terminated: i.IsTerminated,
		Demo:       account.IsDemo(i.IsDemo, i.CustomerType),
		Commitment: i.CustomerType == account.Commitment,
	}, nil
}
