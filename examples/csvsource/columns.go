package main

import (
	"cmp"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
)

// customerRoster has the columns of a roster of customers, the id first. Cells
// of other columns become Extra, for mappings.
func (s *Source) customerRoster() roster[adcimport.Customer] {
	type customer = adcimport.Customer
	var subDealer string // of the row that is read
	return roster[customer]{
		columns: []column[customer]{
			{"Customer ID", word(func(c *customer) *string { return &c.ID })},
			{"Sub-Dealer ID", word(func(c *customer) *string { return &c.SubDealerID })},
			{"Sub-Dealer", word(func(*customer) *string { return &subDealer })},
			{"First Name", text(func(c *customer) *string { return &c.FirstName })},
			{"Last Name", text(func(c *customer) *string { return &c.LastName })},
			{"Company Name", text(func(c *customer) *string { return &c.CompanyName })},
			{"Phone", text(func(c *customer) *string { return &c.PrimaryPhoneNumber })},
			{"Email", text(func(c *customer) *string { return &c.PrimaryEmail })},
			{"Street 1", text(func(c *customer) *string { return &c.InstallAddress.Street1 })},
			{"Street 2", text(func(c *customer) *string { return &c.InstallAddress.Street2 })},
			{"City", text(func(c *customer) *string { return &c.InstallAddress.City })},
			{"State", text(func(c *customer) *string { return &c.InstallAddress.State })},
			{"Zip", text(func(c *customer) *string { return &c.InstallAddress.Zip })},
			{"Country", text(func(c *customer) *string { return &c.InstallAddress.Country })},
			{"Join Date", date(func(c *customer) *time.Time { return &c.JoinDate })},
			{"Sales Rep Login", text(func(c *customer) *string { return &c.SalesRepLogin })},
			{"Two Way Voice", yesNo(func(c *customer) *bool { return &c.CentralStation.TwoWayVoiceEnabled })},
			{"Account Number", text(func(c *customer) *string { return &c.CentralStation.AccountNumber })},
			{"Receiver Phone", text(func(c *customer) *string { return &c.CentralStation.ReceiverPhoneNumber })},
			{"Commercial", yesNo(func(c *customer) *bool { return &c.Commercial })},
			{"Terminated", yesNo(func(c *customer) *bool { return &c.Terminated })},
			{"Demo", yesNo(func(c *customer) *bool { return &c.Demo })},
			{"Commitment", yesNo(func(c *customer) *bool { return &c.Commitment })},
		},
		extra: func(c *customer, name, cell string) { c.Extra = with(c.Extra, name, cell) },
		id:    func(c *customer) string { return c.ID },
		done: func(c *customer) {
			note(s.subDealers, c.SubDealerID, subDealer)
			subDealer = ""
		},
	}
}

// userRoster has the columns of a roster of users. A user's roles are in one
// cell, as in "11;13", and their names in another, in the same order.
func (s *Source) userRoster() roster[adcimport.User] {
	type user = adcimport.User
	var subDealer, roleNames string // of the row that is read
	return roster[user]{
		columns: []column[user]{
			{"Support ID", word(func(u *user) *string { return &u.ID })},
			{"Rep ID", word(func(u *user) *string { return &u.RepID })},
			{"Login Name", text(func(u *user) *string { return &u.LoginName })},
			{"First Name", text(func(u *user) *string { return &u.FirstName })},
			{"Last Name", text(func(u *user) *string { return &u.LastName })},
			{"Email", text(func(u *user) *string { return &u.Email })},
			{"Phone", text(func(u *user) *string { return &u.Phone })},
			{"Street 1", text(func(u *user) *string { return &u.Address.Street1 })},
			{"Street 2", text(func(u *user) *string { return &u.Address.Street2 })},
			{"City", text(func(u *user) *string { return &u.Address.City })},
			{"State", text(func(u *user) *string { return &u.Address.State })},
			{"Zip", text(func(u *user) *string { return &u.Address.Zip })},
			{"Country", text(func(u *user) *string { return &u.Address.Country })},
			{"Sub-Dealer ID", word(func(u *user) *string { return &u.SubDealerID })},
			{"Sub-Dealer", word(func(*user) *string { return &subDealer })},
			{"Role IDs", func(u *user, cell string) string { u.RoleIDs = parts(cell); return "" }},
			{"Roles", text(func(*user) *string { return &roleNames })},
		},
		extra: func(u *user, name, cell string) { u.Extra = with(u.Extra, name, cell) },
		id:    func(u *user) string { return u.ID },
		done: func(u *user) {
			note(s.subDealers, u.SubDealerID, subDealer)
			names := parts(roleNames)
			for i, id := range u.RoleIDs {
				name := ""
				if len(names) == len(u.RoleIDs) {
					name = names[i]
				}
				note(s.roles, id, name)
			}
			subDealer, roleNames = "", ""
		},
	}
}

// text is a cell as it is written: mappings tidy it.
func text[T any](field func(*T) *string) func(*T, string) string {
	return func(v *T, cell string) string {
		*field(v) = cell
		return ""
	}
}

// word is a cell without the spaces around it, and without ="…" or an apostrophe, by which
// spreadsheets keep 0123 from becoming 123.
func word[T any](field func(*T) *string) func(*T, string) string {
	return func(v *T, cell string) string {
		cell = strings.TrimPrefix(strings.TrimSpace(cell), "'")
		if text, ok := strings.CutPrefix(cell, `="`); ok && strings.HasSuffix(text, `"`) {
			cell = strings.TrimSuffix(text, `"`)
		}
		*field(v) = cell
		return ""
	}
}

func yesNo[T any](field func(*T) *bool) func(*T, string) string {
	return func(v *T, cell string) string {
		switch strings.ToLower(strings.TrimSpace(cell)) {
		case "yes", "y", "true", "1":
			*field(v) = true
		case "no", "n", "false", "0", "":
		default:
			return "must be yes or no"
		}
		return ""
	}
}

// date reads a date as written, which no time zone shifts.
func date[T any](field func(*T) *time.Time) func(*T, string) string {
	return func(v *T, cell string) string {
		if cell = strings.TrimSpace(cell); cell == "" {
			return ""
		}
		for _, layout := range []string{time.DateOnly, "1/2/2006", time.DateTime, "2006-01-02T15:04:05", time.RFC3339} {
			if at, err := time.Parse(layout, cell); err == nil {
				if at.Year() > 1 { // 0001-01-01 is Alarm.com's "none"
					*field(v) = at
				}
				return ""
			}
		}
		return "must be a date such as 2026-03-31 or 3/31/2026"
	}
}

func with(extra map[string]string, name, cell string) map[string]string {
	if cell == "" {
		return extra
	}
	if extra == nil {
		extra = make(map[string]string)
	}
	extra[name] = cell
	return extra
}

// note remembers a choice, and its name once a row has it.
func note(names map[string]string, id, name string) {
	if id != "" {
		names[id] = cmp.Or(names[id], name)
	}
}

// parts of a cell, between semicolons.
func parts(cell string) []string {
	var list []string
	for part := range strings.SplitSeq(cell, ";") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}
