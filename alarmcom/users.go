package alarmcom

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"

	"github.com/securitytrax/adcimport"
)

type userPage = adcimport.Page[adcimport.User]

// Users lists the reps, by support id ascending (SPEC F3, F4, F5). GetRepList
// has neither filter nor paging: the filter is applied here, and every range
// asks for the list once.
func (s *Source) Users(ctx context.Context, f adcimport.UserFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.User], error] {
	f.SupportIDs, f.RoleIDs, f.SubDealerIDs = slices.Clone(f.SupportIDs), slices.Clone(f.RoleIDs), slices.Clone(f.SubDealerIDs)
	return func(yield func(userPage, error) bool) {
		users, total, err := s.listUsers(ctx, f, from)
		if err != nil {
			yield(userPage{}, err)
			return
		}
		for {
			if err := context.Cause(ctx); err != nil {
				yield(userPage{}, err)
				return
			}
			page, rest := s.nextUsers(users, total)
			if !yield(page, nil) || len(rest) == 0 {
				return
			}
			users = rest
		}
	}
}

// listUsers answers the matching users after from, and how many match in all.
func (s *Source) listUsers(ctx context.Context, f adcimport.UserFilter, from adcimport.Cursor) ([]numberedUser, int, error) {
	if err := checkUserFilter(f); err != nil {
		return nil, 0, err
	}
	after, ok := parseCursor(from)
	if from != "" && (!ok || after.branch != 0) {
		return nil, 0, &CursorError{Listing: "users", Cursor: string(from)}
	}
	reps, err := s.readReps(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	slices.SortStableFunc(reps, func(a, b numberedUser) int { return cmp.Compare(a.supportID, b.supportID) })
	if from == "" {
		return reps, len(reps), nil
	}
	i, _ := slices.BinarySearchFunc(reps, after.id, func(u numberedUser, id int64) int {
		if u.supportID <= id {
			return -1
		}
		return 1
	})
	return reps[i:], len(reps), nil
}

// soapReps answers the reps of GetRepList that match a filter, in no order.
func (s *Source) soapReps(ctx context.Context, f adcimport.UserFilter) ([]numberedUser, error) {
	l := repReader{match: f.Match}
	if err := s.invoke(ctx, opGetRepList, "", noArgs(opGetRepList), l.read); err != nil {
		return nil, err
	}
	return l.reps, nil
}

// nextUsers cuts a page. Reps with the same support id stay on one page: the
// place after a page is its last id.
func (s *Source) nextUsers(users []numberedUser, total int) (userPage, []numberedUser) {
	n := min(s.cfg.PageSize, len(users))
	for n > 0 && n < len(users) && users[n].supportID == users[n-1].supportID {
		n++
	}
	page := userPage{Items: make([]adcimport.User, n), Total: total}
	for i, u := range users[:n] {
		page.Items[i] = u.user
	}
	if n < len(users) {
		page.Next = place{id: users[n-1].supportID}.cursor()
	}
	return page, users[n:]
}

// checkUserFilter refuses ids that are no numbers and so can never match.
func checkUserFilter(f adcimport.UserFilter) error {
	for _, part := range []struct {
		field string
		ids   []string
	}{
		{"UserFilter.SupportIDs", f.SupportIDs},
		{"UserFilter.RoleIDs", f.RoleIDs},
		{"UserFilter.SubDealerIDs", f.SubDealerIDs},
	} {
		for _, id := range part.ids {
			if n, err := strconv.ParseInt(id, 10, 64); err != nil || strconv.FormatInt(n, 10) != id {
				return &adcimport.InvalidFilterError{Field: part.field, Part: id, Rule: "must be a whole number without leading zeros"}
			}
		}
	}
	return nil
}
