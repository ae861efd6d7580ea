package alarmcom

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/soap"
)

// SubDealers are those of GetDealerId together with GetBranches (SPEC F6).
// Whether the two agree is not known (FACTS 5): customers and reps may belong to
// an entry that only one of them has, and what is not offered cannot be chosen.
// A login that may not call GetBranches gets the others. Sorted by name; an
// entry without a name has its code or its id for one. The PartnerApi alone has
// no such list, as far as known: [errors.ErrUnsupported].
func (s *Source) SubDealers(ctx context.Context) ([]adcimport.Choice, error) {
	if !s.soap() {
		return nil, unsupportedByPartner("SubDealers", "has no list of sub-dealers")
	}
	dealer, err := s.dealer(ctx)
	if err != nil {
		return nil, err
	}
	var found []branchInfo
	if dealer.SubDealers.listed() { // a dealer that has none may leave the list out: its result is there all the same
		found = dealer.SubDealers.Branches
	}
	branches, err := result[branchList](ctx, s, opGetBranches, "", noArgs(opGetBranches))
	var e *Error
	switch {
	case err == nil && !branches.listed():
		return nil, &Error{Op: opGetBranches.name, Err: &soap.FormatError{Problem: soap.NoList}}
	case err == nil:
		found = append(found, branches.Branches...)
	case errors.As(err, &e) && e.Fault != nil && !errors.Is(err, adcimport.ErrAuth):
		s.log.LogAttrs(ctx, slog.LevelWarn, "alarmcom: sub-dealers without branches", slog.String("error", err.Error()))
	case err != nil:
		return nil, err
	}
	var list choices
	for _, b := range found {
		if b.BranchID != 0 { // an entry written as null
			list.add(b.BranchID, b.BranchName, b.BranchCode)
		}
	}
	return list.sorted(), nil
}

// Roles are those of GetRepRoles, sorted by name (SPEC F6). With the PartnerApi
// alone they are the roles that its reps have.
func (s *Source) Roles(ctx context.Context) ([]adcimport.Choice, error) {
	if !s.soap() {
		return s.partnerRoles(ctx)
	}
	roles, err := result[roleList](ctx, s, opGetRepRoles, "", noArgs(opGetRepRoles))
	if err != nil {
		return nil, err
	}
	if roles == nil {
		return nil, &Error{Op: opGetRepRoles.name, Err: &soap.FormatError{Problem: soap.NoList}}
	}
	var list choices
	for _, r := range roles.Roles {
		if r.Nil == "" {
			list.add(r.RoleID, r.RoleName)
		}
	}
	return list.sorted(), nil
}

// choices is a list; sorted leaves repeated ids out.
type choices []adcimport.Choice

// add adds an entry with the first of names that is not blank.
func (c *choices) add(id int64, names ...string) {
	text := strconv.FormatInt(id, 10)
	entry := adcimport.Choice{ID: text, Name: text}
	for _, name := range names {
		if name = strings.TrimSpace(name); name != "" {
			entry.Name = name
			break
		}
	}
	*c = append(*c, entry)
}

func (c *choices) sorted() []adcimport.Choice {
	seen := make(map[string]bool, len(*c))
	*c = slices.DeleteFunc(*c, func(e adcimport.Choice) bool {
		again := seen[e.ID]
		seen[e.ID] = true
		return again
	})
	slices.SortFunc(*c, func(a, b adcimport.Choice) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return *c
}
