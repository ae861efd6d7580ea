package fidelity_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
)

// What a client read, as far as a dealer decides about it, by the names of the
// WSDLs. A nil block and an empty text are null or missing: the clients differ
// in how they say so.
type (
	seenCustomer struct {
		CustomerID                              int
		FirstName, LastName                     string
		PrimaryEmail, PrimaryPhoneNumber        string
		InstallAddress                          *seenAddress
		IsTerminated, IsDemo                    bool
		JoinDate, TermDate                      date
		CentralStationInfo                      *seenStation
		ServicePlanInfo                         *struct{ TotalServicePrice price }
		DealerID, SubDealerID                   int
		CompanyName, PropertyType, CustomerType string
		ZWaveTask                               *int
		InstallerLogin                          string `json:"installerLogin"`
		SalesRepLogin                           string `json:"salesRepLogin"`
		PendingTerminationDateUtc               date
		ServicePackageAfterTrialExpiration      *struct{}
	}
	seenAddress struct {
		Street1, Street2, City, State, Zip, CountryID string
	}
	seenStation struct {
		ReceiverPhoneNumber, AccountNumber, ForwardingOption string
		TwoWayVoiceEnabled                                   bool
		EventGroupsToForward                                 list[string]
	}
	seenRep struct {
		RepID, SupportID, RepDealerBranchID    int
		RepLoginName, RepPhoneNumber, RepEmail string
		RepAddress                             seenRepAddress
		RepRoleList                            list[seenRole]
		LastLoginDatetime                      date
	}
	seenRepAddress struct {
		seenAddress
		FirstName, LastName string
	}
	seenRole struct {
		RoleID               int
		RoleName, RoleTypeID string
	}
	seenBranch struct {
		BranchName string
		BranchID   int
	}
	seenDealer struct {
		DealerID                 int
		DealerName, ErrorMessage string
		SubDealers               list[seenBranch]
		Success                  bool
	}
	seenCurrentRep struct {
		RepID, BranchID            int
		RoledIDs, LinkedBranchIDs  list[int] // sic
		Success                    bool
		ErrorMessage, RepLoginName string
	}
	seenList struct {
		Success      bool
		ErrorMessage string
		CustomerIDs  list[int]
	}
	seenFault struct{ Code, Text string }
)

// list is one of the services' ArrayOf types. An empty one is null to some
// clients, and some hand over the members without the object around them.
type list[T any] []T

func (l *list[T]) UnmarshalJSON(text []byte) error {
	var wrapped map[string]json.RawMessage
	if bytes.HasPrefix(text, []byte("{")) {
		if err := json.Unmarshal(text, &wrapped); err != nil || len(wrapped) > 1 {
			return fmt.Errorf("not a list: %s: %w", text, err)
		}
		text = []byte("null")
		for _, members := range wrapped {
			text = members
		}
	}
	var members []T
	if err := json.Unmarshal(text, &members); err != nil {
		return fmt.Errorf("not a list: %s: %w", text, err)
	}
	if *l = nil; len(members) > 0 {
		*l = members
	}
	return nil
}

// date is a moment in UTC; clients differ in fractions and zones of their text.
type date string

func (d *date) UnmarshalJSON(text []byte) error {
	var s *string
	if err := json.Unmarshal(text, &s); err != nil || s == nil {
		return err
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, *s); err == nil {
			*d = dateOf(t)
			return nil
		}
	}
	return fmt.Errorf("not a date: %s", text)
}

func dateOf(t time.Time) date { return date(t.UTC().Format(time.RFC3339)) }

// price is a decimal: a number to one client, a text to the other.
type price float64

func (p *price) UnmarshalJSON(text []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(text), `"`), 64)
	*p = price(v)
	return err
}

// customerOf is what a client must see of a customer.
func customerOf(c adcimport.Customer, dealerID int) seenCustomer {
	s := seenCustomer{
		CustomerID: number(c.ID), FirstName: c.FirstName, LastName: c.LastName,
		PrimaryEmail: c.PrimaryEmail, PrimaryPhoneNumber: c.PrimaryPhoneNumber,
		InstallAddress: addressOf(c.InstallAddress), IsTerminated: c.Terminated, IsDemo: c.Demo,
		JoinDate: dateOf(c.JoinDate), DealerID: dealerID, SubDealerID: number(c.SubDealerID),
		ServicePlanInfo: &struct{ TotalServicePrice price }{12.5},
		CompanyName:     c.CompanyName, PropertyType: "SingleFamilyHouse", CustomerType: "Customer",
		InstallerLogin: c.SalesRepLogin, SalesRepLogin: c.SalesRepLogin,
	}
	if c.Terminated {
		s.TermDate = dateOf(c.JoinDate.AddDate(1, 0, 0))
	}
	if c.Commercial {
		s.PropertyType = "Business"
	}
	switch {
	case c.Commitment:
		s.CustomerType = "Commitment"
	case c.Demo:
		s.CustomerType = "NormalDemo"
	}
	if station := c.CentralStation; station != (adcimport.CentralStation{}) {
		s.CentralStationInfo = &seenStation{
			ReceiverPhoneNumber: station.ReceiverPhoneNumber, AccountNumber: station.AccountNumber,
			ForwardingOption: "Always", TwoWayVoiceEnabled: station.TwoWayVoiceEnabled,
		}
	}
	return s
}

func addressOf(a adcimport.Address) *seenAddress {
	if a == (adcimport.Address{}) {
		return nil
	}
	if a.Country == "" {
		a.Country = "NotSet"
	}
	return &seenAddress{a.Street1, a.Street2, a.City, a.State, a.Zip, a.Country}
}

// repOf is what a client must see of a rep.
func repOf(u adcimport.User, roles []adcimport.Choice) seenRep {
	r := seenRep{
		RepID: number(u.RepID), SupportID: number(u.ID), RepDealerBranchID: number(u.SubDealerID),
		RepLoginName: u.LoginName, RepPhoneNumber: u.Phone, RepEmail: u.Email,
		RepAddress: seenRepAddress{seenAddress{CountryID: "NotSet"}, u.FirstName, u.LastName},
	}
	if a := addressOf(u.Address); a != nil {
		r.RepAddress.seenAddress = *a
	}
	for _, id := range u.RoleIDs {
		for _, role := range roles {
			if role.ID == id {
				r.RepRoleList = append(r.RepRoleList, seenRole{number(id), role.Name, "Normal"})
			}
		}
	}
	return r
}

func number(id string) int {
	n, _ := strconv.Atoi(id) // 0: none
	return n
}
