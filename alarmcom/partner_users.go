package alarmcom

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/pacing"
)

// partnerRepNeeds are the paths that some rep at least must have, or the list is
// not worth having. What a filter goes by is needed, too.
var partnerRepNeeds = []string{
	"repLoginName", "repEmail", "repPhoneNumber", "repAddress.firstName", "repAddress.lastName", "repAddress.street1", repRoles,
}

const (
	repSupportID = "supportId"
	repRoles     = "repRoleList"
	repBranch    = "repDealerBranchId"
)

// partnerRep is a rep with its roles' names, and what it was given with.
type partnerRep struct {
	numberedUser

	roles []adcimport.Choice
	given repPaths
}

// readReps answers the reps that match a filter, in no order.
func (s *Source) readReps(ctx context.Context, f adcimport.UserFilter) ([]numberedUser, error) {
	if s.partner == nil {
		return s.soapReps(ctx, f)
	}
	reps, err := s.listPartnerReps(ctx)
	lacks := repsLack(reps, f)
	var e *Error
	switch {
	case err != nil && s.soap() && errors.As(err, &e) && e.Status != 0 && !pacing.Overloaded(e.Status) && !errors.Is(err, adcimport.ErrAuth):
		s.sayFallback(ctx, "the PartnerApi does not give its list of reps", err)
		return s.soapReps(ctx, f)
	case err != nil:
		return nil, err
	case len(lacks) > 0 && s.soap():
		s.sayFallback(ctx, "the PartnerApi gives reps without "+strings.Join(lacks, ", "), nil)
		return s.soapReps(ctx, f)
	case len(f.RoleIDs) > 0 && slices.Contains(lacks, repRoles):
		return nil, unsupportedByPartner(opPartnerReps.name, "gives reps without roles, so they cannot be chosen by role")
	case len(f.SubDealerIDs) > 0 && slices.Contains(lacks, repBranch):
		return nil, unsupportedByPartner(opPartnerReps.name, "gives reps without branches, so they cannot be chosen by sub-dealer")
	}
	var users []numberedUser
	for _, r := range reps {
		s.partner.notes.read(adcimport.KindUser, r.given.all())
		if f.Match(r.user) {
			users = append(users, r.numberedUser)
		}
	}
	return users, nil
}

func (s *Source) sayFallback(ctx context.Context, why string, err error) {
	attrs := []slog.Attr{slog.String("why", why)}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	s.log.LogAttrs(ctx, slog.LevelWarn, "alarmcom: reps are read over SOAP", attrs...)
	s.partner.notes.say(adcimport.KindUser, why+": they were read over SOAP")
}

// repsLack answers what the reps have not and must have: the support id each of
// them, everything else one of them.
func repsLack(reps []partnerRep, f adcimport.UserFilter) []string {
	var lacks []string
	has := func(path string) func(partnerRep) bool {
		return func(r partnerRep) bool { return r.given.has(path) }
	}
	if slices.ContainsFunc(reps, func(r partnerRep) bool { return r.supportID == 0 }) {
		lacks = append(lacks, repSupportID)
	}
	needs := partnerRepNeeds
	if len(f.SubDealerIDs) > 0 {
		needs = append(slices.Clone(needs), repBranch)
	}
	for _, path := range needs {
		if len(reps) > 0 && !slices.ContainsFunc(reps, has(path)) {
			lacks = append(lacks, path)
		}
	}
	return lacks
}

// listPartnerReps reads the reps. Whether they are paged is not known: pages are
// asked for until one brings nobody new, which the second does where they are
// not.
func (s *Source) listPartnerReps(ctx context.Context) ([]partnerRep, error) {
	var all []partnerRep
	type key struct{ support, rep string }
	known := make(map[key]bool)
	kept := 0
	for number := 1; ; number++ {
		page, err := s.partnerRepPage(ctx, number)
		if err != nil {
			return nil, err
		}
		before := len(known)
		for _, r := range page {
			k := key{r.user.ID, r.user.RepID}
			nameless := k == (key{}) // each is one of its own
			if !known[k] || nameless && number == 1 {
				all = append(all, r)
				kept += keptBytes(&r.user)
			}
			known[k] = true
		}
		if kept > maxKeptReps {
			return nil, &Error{Op: opPartnerReps.name, Err: errTooMany}
		}
		if len(known) == before {
			return all, nil
		}
	}
}

func (s *Source) partnerRepPage(ctx context.Context, number int) ([]partnerRep, error) {
	var page []partnerRep
	kept := 0
	address := s.partner.address("/reps", pageQuery(number, s.partner.PageSize))
	err := s.partnerPage(ctx, opPartnerReps, number, address, func() { page, kept = page[:0], 0 }, func(v map[string]any) error {
		if v == nil {
			return nil // an item that is null is nobody
		}
		f := s.partnerFields(v)
		r := f.rep()
		for _, broken := range f.broken { // it counts as not given; without an id the rep is refused by itself
			f.given[broken.Field] = false
			s.partner.notes.say(adcimport.KindUser, "the PartnerApi gave reps an unreadable "+broken.Field)
		}
		r.given = repPathsOf(f.given)
		if kept += keptBytes(&r.user); kept > maxKeptReps {
			return errJSONTooMany
		}
		page = append(page, r)
		return nil
	})
	return page, err
}

// rep translates (SPEC U1 to U6).
func (f *partnerFields) rep() partnerRep {
	id := f.id(repSupportID)
	r := partnerRep{numberedUser: numberedUser{supportID: id, user: adcimport.User{
		ID:          idText(id),
		RepID:       idText(f.id("repId")),
		FirstName:   f.text("repAddress.firstName"),
		LastName:    f.text("repAddress.lastName"),
		LoginName:   f.text("repLoginName"),
		Email:       f.text("repEmail"),
		Phone:       f.text("repPhoneNumber"),
		Address:     f.address("repAddress"),
		SubDealerID: idText(f.id(repBranch)),
	}}}
	roles, ok := f.value(repRoles).([]any)
	if !ok && f.given[repRoles] {
		f.breaks(repRoles, "must be a list")
	}
	for _, role := range roles {
		f.addRole(&r, role)
	}
	return r
}

// addRole reads a role: an object, or its bare id.
func (f *partnerFields) addRole(r *partnerRep, role any) {
	object, ok := role.(map[string]any)
	if !ok {
		object = map[string]any{orDefault(f.names[roleID], roleID): role}
	}
	of := &partnerFields{names: f.names, object: object, given: make(map[string]bool)}
	id := of.id(roleID)
	name := of.text(roleName)
	f.broken = append(f.broken, of.broken...)
	if of.given[roleID] {
		text := strconv.FormatInt(id, 10)
		r.user.RoleIDs = append(r.user.RoleIDs, text)
		r.roles = append(r.roles, adcimport.Choice{ID: text, Name: name})
	}
}

// The members of a role.
const (
	roleID   = "roleId"
	roleName = "roleName"
)

// partnerRoles are the roles that reps have: the PartnerApi has no list of its
// own, as far as known.
func (s *Source) partnerRoles(ctx context.Context) ([]adcimport.Choice, error) {
	reps, err := s.listPartnerReps(ctx)
	if err != nil {
		return nil, err
	}
	var list choices
	for _, r := range reps {
		for _, role := range r.roles {
			id, err := strconv.ParseInt(role.ID, 10, 64)
			if err == nil { // it was made of a number
				list.add(id, role.Name)
			}
		}
	}
	return list.sorted(), nil
}
