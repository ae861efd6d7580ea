package adcimport

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CustomerFilter selects customers. All given criteria must match; a criterion
// matches when any of its ids does; the zero value selects all but terminated, demo
// and commitment accounts.
type CustomerFilter struct {
	CustomerIDs  []string // exact Alarm.com customer ids
	SubDealerIDs []string
	Include      Include `json:",omitzero"` // accounts that are left out otherwise, also where CustomerIDs names them
}

// Include says which customers are imported that are left out otherwise. Those that
// are left out are skipped as [ReasonExcluded] and counted in Summary.Excluded.
type Include struct {
	Terminated bool `json:",omitempty"` // Customer.Terminated
	Demo       bool `json:",omitempty"` // Customer.Demo
	Commitment bool `json:",omitempty"` // Customer.Commitment
}

// Excludes is the field by which c is left out: Terminated, Demo or Commitment, the
// first of those that are set and not included. It is empty where c is included.
func (in Include) Excludes(c Customer) string {
	switch {
	case c.Terminated && !in.Terminated:
		return "Terminated"
	case c.Demo && !in.Demo:
		return "Demo"
	case c.Commitment && !in.Commitment:
		return "Commitment"
	}
	return ""
}

// UserFilter selects users, by the rules of [CustomerFilter].
type UserFilter struct {
	SupportIDs   []string // exact Alarm.com support ids
	RoleIDs      []string
	SubDealerIDs []string
}

// Match reports whether the ids and sub-dealers select c. What Include says is
// another question, see [Include.Excludes]: a source delivers c, and the importer
// counts it as left out.
func (f CustomerFilter) Match(c Customer) bool {
	return oneOf(f.CustomerIDs, c.ID) && oneOf(f.SubDealerIDs, c.SubDealerID)
}

// Match reports whether u is selected.
func (f UserFilter) Match(u User) bool {
	hasRole := len(f.RoleIDs) == 0 || slices.ContainsFunc(u.RoleIDs, func(id string) bool {
		return slices.Contains(f.RoleIDs, id)
	})
	return hasRole && oneOf(f.SupportIDs, u.ID) && oneOf(f.SubDealerIDs, u.SubDealerID)
}

func oneOf(ids []string, id string) bool { return len(ids) == 0 || slices.Contains(ids, id) }

// ParseIDs reads ids as a person types them, or pastes them from a spreadsheet:
// "12, 34,56", or one a line. Commas, semicolons, tabs and line breaks separate.
// Around an id, spaces of any kind are ignored, and so are characters that are
// not seen: a byte order mark, zero-width and direction marks. Empty parts are
// ignored, a repeated id counts once, the order stays, leading zeros go.
//
// A part that is not a positive whole number is an [*InvalidFilterError] that
// names it and its place. A space does not separate: "12 345" may be one number.
// So may "1,234" and "12,345,678", and are refused; with a space after each
// comma they are ids.
func ParseIDs(s string) ([]string, error) {
	s = strings.ReplaceAll(s, "\r\n", "\n") // one line break: an empty line in between would be a part
	var ids []string
	seen := make(map[string]bool)
	place := 0
	for cell := range cells(s) {
		parts := strings.Split(cell, ",")
		if groupsDigits(cell, parts) {
			return nil, &InvalidFilterError{
				Place: place + 1, Part: shortened(trimmed(cell)),
				Rule: "may be one number with separators of thousands: put spaces between ids",
			}
		}
		for _, part := range parts {
			place++
			if part = trimmed(part); part == "" {
				continue
			}
			id, ok := parseID(part)
			if !ok {
				rule := fmt.Sprintf("must be a positive whole number of at most %d digits", maxIDDigits)
				return nil, &InvalidFilterError{Place: place, Part: shortened(part), Rule: rule}
			}
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	return ids, nil
}

// cells are what stands between separators that are never part of a number.
func cells(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			i := strings.IndexFunc(s, separates)
			if i < 0 {
				yield(s)
				return
			}
			if !yield(s[:i]) {
				return
			}
			_, size := utf8.DecodeRuneInString(s[i:])
			s = s[i+size:]
		}
	}
}

// separates: besides those of text files, the line breaks within a cell of a
// spreadsheet and those of Unicode.
func separates(r rune) bool { return strings.ContainsRune(";\t\n\v\f\r\u0085\u2028\u2029", r) }

// groupsDigits reports whether a cell may be one number: its parts have three
// digits each, the first one to three, and there is no space in it.
func groupsDigits(cell string, parts []string) bool {
	if len(parts) < 2 || strings.ContainsFunc(trimmed(cell), unicode.IsSpace) {
		return false
	}
	for i, part := range parts {
		part = trimmed(part)
		if !allDigits(part) || len(part) > 3 || len(part) < 3 && (i > 0 || part == "") {
			return false
		}
	}
	return true
}

func trimmed(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
}

// maxIDDigits bounds ids to what a signed 64-bit number holds with certainty.
const maxIDDigits = 18

func parseID(s string) (string, bool) {
	id := strings.TrimLeft(s, "0")
	return id, allDigits(s) && id != "" && len(id) <= maxIDDigits
}

func allDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// normalized checks a filter and returns a copy without repeated ids.
func (f CustomerFilter) normalized() (CustomerFilter, error) {
	var err error
	f.CustomerIDs = uniqueIDs("CustomerFilter.CustomerIDs", f.CustomerIDs, &err)
	f.SubDealerIDs = uniqueIDs("CustomerFilter.SubDealerIDs", f.SubDealerIDs, &err)
	return f, err
}

func (f UserFilter) normalized() (UserFilter, error) {
	var err error
	f.SupportIDs = uniqueIDs("UserFilter.SupportIDs", f.SupportIDs, &err)
	f.RoleIDs = uniqueIDs("UserFilter.RoleIDs", f.RoleIDs, &err)
	f.SubDealerIDs = uniqueIDs("UserFilter.SubDealerIDs", f.SubDealerIDs, &err)
	return f, err
}

func uniqueIDs(field string, ids []string, err *error) []string {
	if len(ids) == 0 {
		return nil
	}
	out := make([]string, 0, len(ids))
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if id == "" || strings.TrimSpace(id) != id {
			if *err == nil {
				*err = &InvalidFilterError{Field: field, Part: shortened(id), Rule: "must be an id without spaces around it"}
			}
			continue
		}
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// checkedCustomers plans a run that a caller starts: the source refuses a filter
// that it cannot mean before the run begins. Runs that go on, and retries, have
// begun with theirs.
func (imp *Importer) checkedCustomers(f CustomerFilter, o CustomerOptions) (*request, error) {
	p, err := imp.customersRequest(f, o, "")
	if err != nil {
		return nil, err
	}
	f, _ = f.normalized() // a copy: the source may do with it what it likes
	err = imp.checkFilter("Source.CheckCustomerFilter", func(c FilterChecker) error { return c.CheckCustomerFilter(f) })
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (imp *Importer) checkedUsers(f UserFilter, o UserOptions) (*request, error) {
	p, err := imp.usersRequest(f, o, "")
	if err != nil {
		return nil, err
	}
	f, _ = f.normalized()
	err = imp.checkFilter("Source.CheckUserFilter", func(c FilterChecker) error { return c.CheckUserFilter(f) })
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (imp *Importer) checkFilter(call string, check func(FilterChecker) error) error {
	checker, ok := ability[FilterChecker](imp.cfg.Source)
	if !ok {
		return nil
	}
	if err := imp.host.do(call, func() error { return check(checker) }); err != nil {
		return fmt.Errorf("check the filter: %w", err)
	}
	return nil
}
