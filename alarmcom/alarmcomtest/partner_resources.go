package alarmcomtest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// partnerSeenFields are the fields of a customer that were seen.
var partnerSeenFields = []string{
	"customerId", "loginName", "firstName", "lastName", "email", "phoneNumber", "companyName", "installAddress",
	"panelVersion", "modemInfo", "joinDate", "servicePlanInfo", "unitDescription", "dealerId",
}

// serveToken serves a password grant.
func (s *Server) serveToken(x *partnerExchange, body string) {
	form, err := url.ParseQuery(body)
	want := s.login()
	switch {
	case err != nil || form.Get("grant_type") != "password":
		x.json(http.StatusBadRequest, map[string]any{"error": "unsupported_grant_type"})
		return
	case form.Get("client_id") != want.clientID:
		x.json(http.StatusBadRequest, map[string]any{"error": "invalid_client", "error_description": "Client is not registered."})
		return
	case form.Get("username") != want.user || form.Get("password") != want.password:
		x.failure(http.StatusBadRequest, "The user name or password is incorrect.")
		return
	}
	life := s.opts.partner.TokenLife
	reply := map[string]any{"access_token": s.tokens.issue(life), "token_type": "bearer"}
	if life > 0 {
		reply["expires_in"] = int(life / time.Second)
	}
	x.json(http.StatusOK, reply)
}

// page cuts a list as the query asks; a page past the end is empty.
func (s *Server) page(x *partnerExchange, items []any) []any {
	query := x.r.URL.Query()
	size, _ := strconv.Atoi(query.Get("pageSize")) // 0 by intent
	number, _ := strconv.Atoi(query.Get("pageNumber"))
	if most := s.opts.partner.MaxPageSize; most > 0 {
		size = min(size, most)
	}
	from := min(len(items), max(0, number-1)*size)
	return items[from:min(len(items), from+size)]
}

// servePartnerCustomers sends a page, in the dealer's order.
func (s *Server) servePartnerCustomers(x *partnerExchange, n int) {
	if drift := s.opts.partner.Drift; drift != nil {
		s.Update(func(d *adcimporttest.Dealer) { drift(n, d) })
	}
	items := []any{}
	s.view(func(d *adcimporttest.Dealer) {
		for _, c := range d.Customers {
			items = append(items, map[string]any{"customerId": number(c.ID), "firstName": c.FirstName})
		}
	})
	x.json(http.StatusOK, s.page(x, items))
}

func (s *Server) servePartnerCustomer(x *partnerExchange) {
	c, ok := s.customer(strconv.Itoa(x.id))
	if !ok {
		x.reply = &s.opts.unknown
		x.reply.wait(x.r)
		if !x.early() {
			x.json(http.StatusOK, nil)
		}
		return
	}
	all := s.partnerCustomerFields(c)
	asked := strings.Split(x.r.URL.Query().Get("fields"), ",")
	object := map[string]any{}
	for _, field := range asked {
		if s.opts.partner.RefuseUnseen && !slices.Contains(partnerSeenFields, field) {
			x.message(http.StatusBadRequest, fmt.Sprintf("The field %q is not known.", field))
			return
		}
		if v, ok := all[field]; ok {
			object[field] = v
		}
	}
	x.json(http.StatusOK, s.visible(object))
}

// visible hides what the login may not see.
func (s *Server) visible(object map[string]any) map[string]any {
	for field := range object {
		switch {
		case slices.Contains(s.opts.partner.Absent, field):
			delete(object, field)
		case slices.Contains(s.opts.partner.Hidden, field):
			object[field] = nil
		}
	}
	return object
}

// partnerCustomerFields are all fields that are served. Enums are numbers.
func (s *Server) partnerCustomerFields(c adcimport.Customer) map[string]any {
	fields := map[string]any{
		"customerId":     number(c.ID),
		"loginName":      "customer" + c.ID,
		"firstName":      orNull(c.FirstName),
		"lastName":       orNull(c.LastName),
		"email":          orNull(c.PrimaryEmail),
		"phoneNumber":    orNull(c.PrimaryPhoneNumber),
		"companyName":    orNull(c.CompanyName),
		"installAddress": partnerAddress(c.InstallAddress),
		"joinDate":       partnerDate(c.JoinDate),
		"dealerId":       s.opts.dealerID,
		"panelVersion":   99, // one that nobody knows
		"salesRepLogin":  orNull(c.SalesRepLogin),
		"subDealerId":    numberOrNull(c.SubDealerID),
		"isTerminated":   c.Terminated,
		"isDemo":         c.Demo,
		"customerType":   map[string]int{"Customer": 1, "NormalDemo": 2, "Commitment": 4}[customerType(c)],
		"propertyType":   1,
	}
	if c.Commercial {
		fields["propertyType"] = 4
	}
	if s.opts.partner.CentralStation {
		fields["centralStationInfo"] = map[string]any{
			"receiverPhoneNumber": orNull(c.CentralStation.ReceiverPhoneNumber),
			"accountNumber":       orNull(c.CentralStation.AccountNumber),
			"twoWayVoiceEnabled":  c.CentralStation.TwoWayVoiceEnabled,
		}
	}
	return fields
}

// servePartnerReps sends the reps by the camelCase of their SOAP names: no
// fields of it were seen.
func (s *Server) servePartnerReps(x *partnerExchange) {
	items := []any{}
	s.view(func(d *adcimporttest.Dealer) {
		for _, u := range d.Users {
			items = append(items, s.visible(partnerRep(u, d.Roles)))
		}
	})
	if s.opts.partner.PageReps {
		items = s.page(x, items)
	}
	x.json(http.StatusOK, items)
}

func partnerRep(u adcimport.User, roles []adcimport.Choice) map[string]any {
	address, _ := partnerAddress(u.Address).(map[string]any)
	if address == nil {
		address = map[string]any{}
	}
	address["firstName"], address["lastName"] = orNull(u.FirstName), orNull(u.LastName)
	list := []any{}
	for _, id := range u.RoleIDs {
		list = append(list, map[string]any{"roleId": number(id), "roleName": roleOf(roles, id).Name, "roleTypeId": 0})
	}
	return map[string]any{
		"repId":             number(u.RepID),
		"repLoginName":      orNull(u.LoginName),
		"repAddress":        address,
		"repPhoneNumber":    orNull(u.Phone),
		"repEmail":          orNull(u.Email),
		"repDealerBranchId": numberOrNull(u.SubDealerID),
		"repRoleList":       list,
		"supportId":         number(u.ID),
		"lastLoginDatetime": nil,
	}
}

func partnerAddress(a adcimport.Address) any {
	if a == (adcimport.Address{}) {
		return nil
	}
	return map[string]any{
		"street1": orNull(a.Street1), "street2": orNull(a.Street2), "city": orNull(a.City), "state": orNull(a.State), "zip": orNull(a.Zip),
		"countryId": map[string]int{"USA": 1, "Canada": 2}[country(a.Country)],
	}
}

// partnerDate is a date as the SOAP services write it.
func partnerDate(t time.Time) string {
	if _, offset := t.Zone(); offset != 0 {
		return t.Format("2006-01-02T15:04:05Z07:00")
	}
	return t.Format("2006-01-02T15:04:05")
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func numberOrNull(id string) any {
	if id == "" {
		return nil
	}
	return number(id)
}
