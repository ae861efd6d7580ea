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
	Nil      string       `xml:"nil,attr"`
	Branches []branchInfo `xml:"BranchInfo"`
}

// listed reports whether there is a list, if an empty one.
func (l *branchList) listed() bool { return l != nil && l.Nil == "" }

// branchInfo is what is used of WSDL BranchInfo: a branch or a sub-dealer, the
// type does not say which.
type branchInfo struct {
	BranchName string `xml:"BranchName"`
	BranchCode string `xml:"BranchCode"`
	BranchID   int64  `xml:"BranchId"`
}

type roleList struct {
	Roles []repRole `xml:"RepRole"`
}

type repRole struct {
	Nil      string `xml:"nil,attr"`
	RoleID   int64  `xml:"RoleId"`
	RoleName string `xml:"RoleName"`
}

// rep is what is used of WSDL Rep.
type rep struct {
	RepID             int64       `xml:"RepId"`
	RepLoginName      string      `xml:"RepLoginName"`
	RepAddress        wireAddress `xml:"RepAddress"`
	RepPhoneNumber    string      `xml:"RepPhoneNumber"`
	RepEmail          string      `xml:"RepEmail"`
	RepDealerBranchID int64       `xml:"RepDealerBranchId"`
	RepRoleList       roleList    `xml:"RepRoleList"`
	SupportID         int64       `xml:"SupportId"`
}

// user translates. A rep without a support id gets no id: with
// the same one, "0", all but the first would be taken for duplicates.
func (r *rep) user() adcimport.User {
	u := adcimport.User{
		ID:          account.IDText(r.SupportID),
		RepID:       account.IDText(r.RepID),
		FirstName:   r.RepAddress.FirstName,
		LastName:    r.RepAddress.LastName,
		LoginName:   r.RepLoginName,
		Email:       r.RepEmail,
		Phone:       r.RepPhoneNumber,
		Address:     r.RepAddress.address(),
		SubDealerID: account.IDText(r.RepDealerBranchID),
	}
	for _, role := range r.RepRoleList.Roles {
		if role.Nil == "" {
			u.RoleIDs = append(u.RoleIDs, strconv.FormatInt(role.RoleID, 10))
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
	l.reps = append(l.reps, account.Rep{SupportID: r.SupportID, User: u})
	return nil
}
