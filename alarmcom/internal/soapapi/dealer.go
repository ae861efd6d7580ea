package soapapi

import (
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/internal/soap"
)

// The operations of DealerManagement that are used (WSDL).
var (
	opGetRepList  = operation{dealerManagement, "GetRepList"}
	opGetRepRoles = operation{dealerManagement, "GetRepRoles"}
	opGetDealerID = operation{dealerManagement, "GetDealerId"}
	opGetBranches = operation{dealerManagement, "GetBranches"}
)

const dealerManagement = "DealerManagement"

// dealerInfo is what is used of WSDL GetDealerIdOutput.
type dealerInfo struct {
	DealerID     int64       `xml:"DealerID"`
	SubDealers   *branchList `xml:"SubDealers"` // nil: the reply has no list
	Success      bool        `xml:"Success"`
	ErrorMessage string      `xml:"ErrorMessage"`
}

type branchList struct {
	Nil      null         `xml:"nil,attr"`
	Branches []branchInfo `xml:"BranchInfo"`
}

// listed reports whether there is a list, if an empty one.
func (l *branchList) listed() bool { return l != nil && !bool(l.Nil) }

// branchInfo is what is used of WSDL BranchInfo: a branch or a sub-dealer, the
// type does not say which.
type branchInfo struct {
	BranchName account.Text   `xml:"BranchName"`
	BranchCode account.Text   `xml:"BranchCode"`
	BranchID   account.Number `xml:"BranchId"`
}

type roleList struct {
	Roles []repRole `xml:"RepRole"`
}

type repRole struct {
	Nil      null           `xml:"nil,attr"`
	RoleID   account.Number `xml:"RoleId"`
	RoleName account.Text   `xml:"RoleName"`
}

// rep is what is used of WSDL Rep.
type rep struct {
	RepID             account.Number `xml:"RepId"`
	RepLoginName      account.Text   `xml:"RepLoginName"`
	RepAddress        wireAddress    `xml:"RepAddress"`
	RepPhoneNumber    account.Text   `xml:"RepPhoneNumber"`
	RepEmail          account.Text   `xml:"RepEmail"`
	RepDealerBranchID account.Number `xml:"RepDealerBranchId"`
	RepRoleList       roleList       `xml:"RepRoleList"`
	SupportID         account.Number `xml:"SupportId"`
}

// user translates. A rep without a support id gets no id: with
// the same one, "0", all but the first would be taken for duplicates.
func (r *rep) user() adcimport.User {
	u := adcimport.User{
		ID:          account.IDText(r.SupportID.Value),
		RepID:       account.IDText(r.RepID.Value),
		FirstName:   string(r.RepAddress.FirstName),
		LastName:    string(r.RepAddress.LastName),
		LoginName:   string(r.RepLoginName),
		Email:       string(r.RepEmail),
		Phone:       string(r.RepPhoneNumber),
		Address:     r.RepAddress.address(),
		SubDealerID: account.IDText(r.RepDealerBranchID.Value),
	}
	for _, role := range r.RepRoleList.Roles {
		if !bool(role.Nil) && !role.RoleID.Broken {
			u.RoleIDs = append(u.RoleIDs, strconv.FormatInt(role.RoleID.Value, 10))
		}
	}
	return u
}

// repReader reads the response of GetRepList rep by rep and keeps what match
// selects.
type repReader struct {
	match  func(adcimport.User) bool
	reps   []account.Rep
	listed bool // the reply has a list, if an empty one
	kept   int  // bytes that reps takes up
}

func (l *repReader) read(d *soap.Decoder, _ xml.StartElement) error {
	l.reps, l.listed, l.kept = l.reps[:0], false, 0
	err := soap.Children(d, func(result xml.StartElement) error {
		if !strings.HasSuffix(result.Name.Local, "Result") || isNil(result) {
			return d.Skip()
		}
		l.listed = true
		return soap.Children(d, func(start xml.StartElement) error { return l.readRep(d, start) })
	})
	if err == nil && !l.listed {
		return &soap.FormatError{Problem: soap.NoList}
	}
	return err
}

func (l *repReader) readRep(d *soap.Decoder, start xml.StartElement) error {
	if start.Name.Local != "Rep" {
		return &soap.FormatError{Problem: soap.NotAList}
	}
	if isNil(start) {
		return d.Skip()
	}
	var r rep
	if err := d.DecodeElement(&r, &start); err != nil {
		return err
	}
	u := r.user()
	if !l.match(u) {
		return nil
	}
	if l.kept += account.KeptBytes(&u); l.kept > account.MaxKeptReps {
		return &soap.FormatError{Problem: soap.TooMany}
	}
	l.reps = append(l.reps, account.Rep{SupportID: r.SupportID.Value, User: u})
	return nil
}
