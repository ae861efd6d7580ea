package alarmcom

import (
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
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
	DealerID     int64        `xml:"DealerID"`
	SubDealers   []branchInfo `xml:"SubDealers>BranchInfo"`
	Success      bool         `xml:"Success"`
	ErrorMessage string       `xml:"ErrorMessage"`
}

type branchList struct {
	Branches []branchInfo `xml:"BranchInfo"`
}

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

// user translates (SPEC U1 to U6). A rep without a support id gets no id: with
// the same one, "0", all but the first would be taken for duplicates.
func (r *rep) user() adcimport.User {
	u := adcimport.User{
		ID:          idText(r.SupportID),
		RepID:       idText(r.RepID),
		FirstName:   r.RepAddress.FirstName,
		LastName:    r.RepAddress.LastName,
		LoginName:   r.RepLoginName,
		Email:       r.RepEmail,
		Phone:       r.RepPhoneNumber,
		Address:     r.RepAddress.address(),
		SubDealerID: idText(r.RepDealerBranchID),
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
	match func(adcimport.User) bool
	reps  []numberedUser
}

type numberedUser struct {
	supportID int64
	user      adcimport.User
}

func (l *repReader) read(d *xml.Decoder, _ xml.StartElement) error {
	l.reps = l.reps[:0]
	return soap.Children(d, func(result xml.StartElement) error {
		if !strings.HasSuffix(result.Name.Local, "Result") {
			return d.Skip()
		}
		return soap.Children(d, func(start xml.StartElement) error { return l.readRep(d, start) })
	})
}

func (l *repReader) readRep(d *xml.Decoder, start xml.StartElement) error {
	if start.Name.Local != "Rep" || isNil(start) {
		return d.Skip()
	}
	var r rep
	if err := d.DecodeElement(&r, &start); err != nil {
		return err
	}
	if u := r.user(); l.match(u) {
		l.reps = append(l.reps, numberedUser{r.SupportID, u})
	}
	return nil
}
