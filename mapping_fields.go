package adcimport

import (
	"strconv"
	"strings"
	"time"
)

// valueKind is what a value may hold, as far as that can be told before a run.
type valueKind int

const (
	kindText valueKind = iota // anything
	kindBool                  // true or false
	kindDate                  // 2006-01-02
	kindCode                  // text that is certainly neither: a phone number, a state, a postal code
)

func (k valueKind) String() string {
	switch k {
	case kindBool:
		return "a boolean"
	case kindDate:
		return "a date"
	case kindCode:
		return "a phone number or code"
	case kindText:
		return "text"
	}
	return "unknown"
}

// step names the conversion to a kind in an explanation.
func (k valueKind) step() string {
	if k == kindBool {
		return "bool"
	}
	return "date"
}

// sourceField reads one field of a source record as text; empty: no value.
type sourceField[S any] struct {
	name string
	soap string // the name in Alarm.com's contract, where it differs
	kind valueKind
	get  func(*S) string
}

// targetField writes one field of a destination record. Text of another kind
// than kindText was normalized before.
type targetField[R any] struct {
	name string
	kind valueKind
	set  func(*R, string)
}

// mappingSchema is what a mapping of one kind of record can name.
type mappingSchema[S, R any] struct {
	sources []sourceField[S]
	targets []targetField[R]
	extra   func(*S) map[string]string
	custom  func(*R) *map[string]string
	options []string // target fields that something else fills
}

func customerSchema() mappingSchema[Customer, CustomerRecord] {
	return mappingSchema[Customer, CustomerRecord]{
		sources: customerSources(),
		targets: customerTargets(),
		extra:   func(c *Customer) map[string]string { return c.Extra },
		custom:  func(r *CustomerRecord) *map[string]string { return &r.Custom },
		options: []string{"AlarmComID", "IdempotencyKey", "OfficeID", "TagIDs"},
	}
}

func userSchema() mappingSchema[User, UserRecord] {
	return mappingSchema[User, UserRecord]{
		sources: userSources(),
		targets: userTargets(),
		extra:   func(u *User) map[string]string { return u.Extra },
		custom:  func(r *UserRecord) *map[string]string { return &r.Custom },
		options: []string{"AlarmComID", "IdempotencyKey", "Active", "CanLogin", "PermissionGroupID", "Tags"},
	}
}

// customerSources are the fields of [Customer] with their names in WSDL
// CustomerInfo.
func customerSources() []sourceField[Customer] {
	f := []sourceField[Customer]{
		{"ID", "CustomerId", kindText, func(c *Customer) string { return c.ID }},
		{"SubDealerID", "SubDealerId", kindText, func(c *Customer) string { return c.SubDealerID }},
		{"FirstName", "", kindText, func(c *Customer) string { return c.FirstName }},
		{"LastName", "", kindText, func(c *Customer) string { return c.LastName }},
		{"CompanyName", "", kindText, func(c *Customer) string { return c.CompanyName }},
		{"PrimaryPhoneNumber", "", kindText, func(c *Customer) string { return c.PrimaryPhoneNumber }},
		{"PrimaryEmail", "", kindText, func(c *Customer) string { return c.PrimaryEmail }},
		{"JoinDate", "", kindDate, func(c *Customer) string { return dateAsWritten(c.JoinDate) }},
		{"SalesRepLogin", "salesRepLogin", kindText, func(c *Customer) string { return c.SalesRepLogin }},
		{
			"CentralStation.TwoWayVoiceEnabled", "CentralStationInfo.TwoWayVoiceEnabled", kindBool,
			func(c *Customer) string { return strconv.FormatBool(c.CentralStation.TwoWayVoiceEnabled) },
		},
		{
			"CentralStation.AccountNumber", "CentralStationInfo.AccountNumber", kindText,
			func(c *Customer) string { return c.CentralStation.AccountNumber },
		},
		{
			"CentralStation.ReceiverPhoneNumber", "CentralStationInfo.ReceiverPhoneNumber", kindText,
			func(c *Customer) string { return c.CentralStation.ReceiverPhoneNumber },
		},
		{"Commercial", "", kindBool, func(c *Customer) string { return strconv.FormatBool(c.Commercial) }},
		{"Terminated", "IsTerminated", kindBool, func(c *Customer) string { return strconv.FormatBool(c.Terminated) }},
		{"Demo", "IsDemo", kindBool, func(c *Customer) string { return strconv.FormatBool(c.Demo) }},
		{"Commitment", "", kindBool, func(c *Customer) string { return strconv.FormatBool(c.Commitment) }},
	}
	return append(f, addressSources("InstallAddress.", "InstallAddress.", func(c *Customer) *Address { return &c.InstallAddress })...)
}

// userSources are the fields of [User] with their names in WSDL Rep.
func userSources() []sourceField[User] {
	f := []sourceField[User]{
		{"ID", "SupportId", kindText, func(u *User) string { return u.ID }},
		{"RepID", "RepId", kindText, func(u *User) string { return u.RepID }},
		{"FirstName", "RepAddress.FirstName", kindText, func(u *User) string { return u.FirstName }},
		{"LastName", "RepAddress.LastName", kindText, func(u *User) string { return u.LastName }},
		{"LoginName", "RepLoginName", kindText, func(u *User) string { return u.LoginName }},
		{"Email", "RepEmail", kindText, func(u *User) string { return u.Email }},
		{"Phone", "RepPhoneNumber", kindText, func(u *User) string { return u.Phone }},
		{"SubDealerID", "RepDealerBranchId", kindText, func(u *User) string { return u.SubDealerID }},
		{"RoleIDs", "RepRoleList", kindText, func(u *User) string { return strings.Join(u.RoleIDs, ",") }},
	}
	return append(f, addressSources("Address.", "RepAddress.", func(u *User) *Address { return &u.Address })...)
}

func addressSources[S any](prefix, soap string, of func(*S) *Address) []sourceField[S] {
	f := []sourceField[S]{
		{"Street1", "Street1", kindText, func(s *S) string { return of(s).Street1 }},
		{"Street2", "Street2", kindText, func(s *S) string { return of(s).Street2 }},
		{"City", "City", kindText, func(s *S) string { return of(s).City }},
		{"State", "State", kindText, func(s *S) string { return of(s).State }},
		{"Zip", "Zip", kindText, func(s *S) string { return of(s).Zip }},
		{"Country", "CountryId", kindText, func(s *S) string { return of(s).Country }},
	}
	for i := range f {
		f[i].name, f[i].soap = prefix+f[i].name, soap+f[i].soap
	}
	return f
}

// customerTargets are the fields of [CustomerRecord] that a mapping fills.
func customerTargets() []targetField[CustomerRecord] {
	return []targetField[CustomerRecord]{
		{"FirstName", kindText, func(r *CustomerRecord, v string) { r.FirstName = v }},
		{"LastName", kindText, func(r *CustomerRecord, v string) { r.LastName = v }},
		{"BusinessName", kindText, func(r *CustomerRecord, v string) { r.BusinessName = v }},
		{"Phone1", kindText, func(r *CustomerRecord, v string) { r.Phone1 = v }},
		{"Email", kindText, func(r *CustomerRecord, v string) { r.Email = v }},
		{"Address1", kindText, func(r *CustomerRecord, v string) { r.Address1 = v }},
		{"City", kindText, func(r *CustomerRecord, v string) { r.City = v }},
		{"State", kindText, func(r *CustomerRecord, v string) { r.State = v }},
		{"Zip", kindText, func(r *CustomerRecord, v string) { r.Zip = v }},
		{"SaleDate", kindDate, func(r *CustomerRecord, v string) { r.SaleDate = v }},
		{"ServiceTwoWayVoice", kindBool, func(r *CustomerRecord, v string) { r.ServiceTwoWayVoice = v == "true" }},
		{"AccountNumber", kindText, func(r *CustomerRecord, v string) { r.AccountNumber = v }},
		{"ReceiverNumber", kindText, func(r *CustomerRecord, v string) { r.ReceiverNumber = v }},
		{"RepID", kindText, func(r *CustomerRecord, v string) { r.RepID = v }},
	}
}

// userTargets are the fields of [UserRecord] that a mapping fills.
func userTargets() []targetField[UserRecord] {
	return []targetField[UserRecord]{
		{"FirstName", kindText, func(r *UserRecord, v string) { r.FirstName = v }},
		{"LastName", kindText, func(r *UserRecord, v string) { r.LastName = v }},
		{"Username", kindText, func(r *UserRecord, v string) { r.Username = v }},
		{"Email", kindText, func(r *UserRecord, v string) { r.Email = v }},
		{"CellPhone", kindText, func(r *UserRecord, v string) { r.CellPhone = v }},
		{"Address.Street1", kindText, func(r *UserRecord, v string) { r.Address.Street1 = v }},
		{"Address.Street2", kindText, func(r *UserRecord, v string) { r.Address.Street2 = v }},
		{"Address.City", kindText, func(r *UserRecord, v string) { r.Address.City = v }},
		{"Address.State", kindText, func(r *UserRecord, v string) { r.Address.State = v }},
		{"Address.Zip", kindText, func(r *UserRecord, v string) { r.Address.Zip = v }},
		{"Address.Country", kindText, func(r *UserRecord, v string) { r.Address.Country = v }},
	}
}

// dateAsWritten formats the date of t in the zone it was written in (SPEC C10).
// Alarm.com writes 0001-01-01 for none (FACTS 1), in whatever zone.
func dateAsWritten(t time.Time) string {
	y, m, d := t.Date()
	switch {
	case y <= 1:
		return ""
	case y > 9999:
		return t.Format(time.DateOnly)
	}
	digit := func(n int) byte { return byte('0' + n%10) }
	return string([]byte{
		digit(y / 1000), digit(y / 100), digit(y / 10), digit(y), '-',
		digit(int(m) / 10), digit(int(m)), '-', digit(d / 10), digit(d),
	})
}
