package alarmcom

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/internal/pacing"
)

type userPage = adcimport.Page[adcimport.User]

// Users lists the reps, by support id ascending. GetRepList
// has neither filter nor paging: the filter is applied here, and every range
// asks for the list once.
func (s *Source) Users(
	ctx context.Context, f adcimport.UserFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.User], error] {
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

// listUsers returns the matching users after from, and how many match in all.
func (s *Source) listUsers(ctx context.Context, f adcimport.UserFilter, from adcimport.Cursor) ([]account.Rep, int, error) {
	if err := s.CheckUserFilter(f); err != nil {
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
	slices.SortStableFunc(reps, func(a, b account.Rep) int { return cmp.Compare(a.SupportID, b.SupportID) })
	if from == "" {
		return reps, len(reps), nil
	}
	i, _ := slices.BinarySearchFunc(reps, after.id, func(u account.Rep, id int64) int {
		if u.SupportID <= id {
			return -1
		}
		return 1
	})
	return reps[i:], len(reps), nil
}

// readReps returns the reps that match a filter, in no order. Where the PartnerApi
// does not give them, or without what they must have, they are read over SOAP.
func (s *Source) readReps(ctx context.Context, f adcimport.UserFilter) ([]account.Rep, error) {
	reps, err := told(s.first().Reps(ctx, f))
	if err == nil || s.partner == nil || s.soap == nil {
		return reps, err
	}
	lacks, lacking := errors.AsType[*account.LackError](err)
	e, failed := errors.AsType[*Error](err)
	switch {
	case lacking:
		s.sayFallback(ctx, "the PartnerApi gives reps without "+strings.Join(lacks.Fields, ", "), nil)
	case failed && e.Status != 0 && !pacing.Overloaded(e.Status) && !errors.Is(err, adcimport.ErrAuth):
		s.sayFallback(ctx, "the PartnerApi does not give its list of reps", err)
	default:
		return nil, err
	}
	return told(s.soap.Reps(ctx, f))
}

func (s *Source) sayFallback(ctx context.Context, why string, err error) {
	attrs := []slog.Attr{slog.String("why", why)}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	s.client.Log.LogAttrs(ctx, slog.LevelWarn, "alarmcom: reps are read over SOAP", attrs...)
	s.notes.Say(adcimport.KindUser, why+": they were read over SOAP")
}

// nextUsers cuts a page. Reps with the same support id stay on one page: the
// place after a page is its last id.
func (s *Source) nextUsers(users []account.Rep, total int) (userPage, []account.Rep) {
	n := min(s.cfg.pageSize, len(users))
	for n > 0 && n < len(users) && users[n].SupportID == users[n-1].SupportID {
		n++
	}
	page := userPage{Items: make([]adcimport.User, n), Total: total}
	for i, u := range users[:n] {
		page.Items[i] = u.User
	}
	if n < len(users) {
		page.Next = place{id: users[n-1].SupportID}.cursor()
	}
	return page, users[n:]
}

// CheckUserFilter refuses ids that are no numbers, and so can never match: a
// role or a sub-dealer is chosen by its id, not by its name.
func (*Source) CheckUserFilter(f adcimport.UserFilter) error {
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
