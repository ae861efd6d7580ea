package soapapi

import (
	"bytes"
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
	r.Input.ExcludeCommitments = !in.Commitment
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
		return nil, a.ofLogin(ctx, err)
	}
	if l.failed {
		failed := call.Fault{Op: op.name, ID: id, Code: call.FailureCode, Text: l.message}
		return nil, a.ofLogin(ctx, a.client.Reported(failed, 0))
	}
	slices.Sort(l.ids)
	return slices.Compact(l.ids), nil
}

// idList is a list of ids as it comes in: numbers, never a tree. A dealer may
// have a million.
type idList struct {
	ids     []int64
	listed  bool // the reply has a list, if an empty one
	some    bool // one of the ids at least can be read
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
	if err == nil && len(l.ids) > 0 && !l.some {
		return &soap.FormatError{Problem: soap.Malformed}
	}
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
	if err := d.Numbers(idElement, l.add); err != nil {
		return err
	}
	return soap.Children(d, func(start xml.StartElement) error {
		if start.Name.Local != idElement {
			return &soap.FormatError{Problem: soap.NotAList}
		}
		if err := l.readID(d); err != nil {
			return err
		}
		return d.Numbers(idElement, l.add)
	})
}

// idElement is an id in a list (WSDL ArrayOfInt).
const idElement = "int"

// readID reads one id, however it is written.
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
			return l.add(bytes.TrimSpace(l.text))
		}
	}
}

func (l *idList) add(text []byte) error {
	if len(l.ids) == account.MaxListIDs {
		return &soap.FormatError{Problem: soap.TooMany}
	}
	id, ok := shortNumber(text)
	if !ok {
		var err error
		if id, err = strconv.ParseInt(string(text), 10, 64); err != nil {
			id = 0
		}
	}
	if id == 0 {
		id = account.Unreadable
	} else {
		l.some = true
	}
	l.ids = append(l.ids, id)
	return nil
}

// shortNumber reads a number of few digits, as nearly all ids are: a million of them in
// two thirds of the time that strconv takes.
func shortNumber(text []byte) (n int64, ok bool) {
	const most = 18 // digits, of which any are an int64
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	return n, len(text) > 0 && len(text) <= most
}

// customerInfo is what is used of WSDL CustomerInfo.
type customerInfo struct {
	CustomerID         account.Number `xml:"CustomerId"`
	FirstName          account.Text   `xml:"FirstName"`
	LastName           account.Text   `xml:"LastName"`
	PrimaryEmail       account.Text   `xml:"PrimaryEmail"`
	PrimaryPhoneNumber account.Text   `xml:"PrimaryPhoneNumber"`
	InstallAddress     wireAddress    `xml:"InstallAddress"`
	IsTerminated       bool           `xml:"IsTerminated"`
	IsDemo             bool           `xml:"IsDemo"`
	JoinDate           string         `xml:"JoinDate"`
	CentralStationInfo struct {
		ReceiverPhoneNumber account.Text `xml:"ReceiverPhoneNumber"`
		AccountNumber       account.Text `xml:"AccountNumber"`
		TwoWayVoiceEnabled  bool         `xml:"TwoWayVoiceEnabled"`
	} `xml:"CentralStationInfo"`
	SubDealerID   account.Number `xml:"SubDealerId"`
	CompanyName   account.Text   `xml:"CompanyName"`
	PropertyType  string         `xml:"PropertyType"`
	CustomerType  string         `xml:"CustomerType"`
	SalesRepLogin account.Text   `xml:"salesRepLogin"`
}

// customer translates. It fails on a date that is none, and on a sub-dealer.
func (i *customerInfo) customer(business string) (adcimport.Customer, error) {
	id := strconv.FormatInt(i.CustomerID.Value, 10)
	var broken []adcimport.FieldError
	joined, ok := account.ParseDate(i.JoinDate)
	if !ok {
		broken = append(broken, adcimport.FieldError{Field: "JoinDate", Rule: "must be a date"})
	}
	if i.SubDealerID.Broken {
		broken = append(broken, adcimport.FieldError{Field: "SubDealerId", Rule: "must be a whole number"})
	}
	if len(broken) > 0 {
		return adcimport.Customer{}, &adcimport.RecordError{ID: id, Reason: adcimport.ReasonInvalidRecord, Fields: broken}
	}
	return adcimport.Customer{
		ID:                 id,
		SubDealerID:        account.IDText(i.SubDealerID.Value),
		FirstName:          string(i.FirstName),
		LastName:           string(i.LastName),
		CompanyName:        string(i.CompanyName),
		PrimaryPhoneNumber: string(i.PrimaryPhoneNumber),
		PrimaryEmail:       string(i.PrimaryEmail),
		InstallAddress:     i.InstallAddress.address(),
		JoinDate:           joined,
		SalesRepLogin:      string(i.SalesRepLogin),
		CentralStation: adcimport.CentralStation{
			TwoWayVoiceEnabled:  i.CentralStationInfo.TwoWayVoiceEnabled,
			AccountNumber:       string(i.CentralStationInfo.AccountNumber),
			ReceiverPhoneNumber: string(i.CentralStationInfo.ReceiverPhoneNumber),
		},
		Commercial: i.PropertyType == business,
		Terminated: i.IsTerminated,
		Demo:       account.IsDemo(i.IsDemo, i.CustomerType),
		Commitment: i.CustomerType == account.Commitment,
	}, nil
}
