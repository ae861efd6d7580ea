package adcimport

import (
	"slices"
	"strings"
)

// CustomerFilter selects customers. All given criteria must match; a criterion
// matches when any of its ids does; the zero value selects all.
type CustomerFilter struct {
	CustomerIDs  []string // exact Alarm.com customer ids
	SubDealerIDs []string
}

// UserFilter selects users, by the rules of [CustomerFilter].
type UserFilter struct {
	SupportIDs   []string // exact Alarm.com support ids
	RoleIDs      []string
	SubDealerIDs []string
}

// Match reports whether c is selected.
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
