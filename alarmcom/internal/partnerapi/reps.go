package partnerapi

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/alarmcom/internal/call"
)

// repNeeds are the paths that some rep at least must have, or the list is
// not worth having. What a filter goes by is needed, too.
var repNeeds = []string{
	"repLoginName", "repEmail", "repPhoneNumber", "repAddress.firstName", "repAddress.lastName", "repAddress.street1", repRoles,
}

const (
	repSupportID = "supportId"
	repRoles     = "repRoleList"
	repBranch    = "repDealerBranchId"
)

// rep is a rep with its roles' names, and what it was given with.
type rep struct {
	account.Rep

	roles []adcimport.Choice
	given repPaths
}

// keptBytes is about what the rep takes up in memory, with the names of the
// roles, which the service gives with every rep.
func (r *rep) keptBytes() int {
	n := account.KeptBytes(&r.User)
	for _, role := range r.roles {
		n += len(role.Name)
	}
	return n
}

// Reps returns the reps that match a filter, in no order. Where somebody else can
// be asked, reps that lack what they must have are a [*account.LackError].
func (a *API) Reps(ctx context.Context, f adcimport.UserFilter) ([]account.Rep, error) {
	reps, err := a.listReps(ctx)
	if err != nil {
		return nil, err
	}
	lacks := repsLack(reps, f)
	switch {
	case len(lacks) > 0 && !a.cfg.Alone:
		return nil, &account.LackError{Fields: lacks}
	case len(f.RoleIDs) > 0 && slices.Contains(lacks, repRoles):
		return nil, Unsupported(opReps, "gives reps without roles, so they cannot be chosen by role")
	case len(f.SubDealerIDs) > 0 && slices.Contains(lacks, repBranch):
		return nil, Unsupported(opReps, "gives reps without branches, so they cannot be chosen by sub-dealer")
	}
	var users []account.Rep
	for _, r := range reps {
		a.notes.read(adcimport.KindUser, r.given.all())
		if f.Match(r.User) {
			users = append(users, r.Rep)
		}
	}
	return users, nil
}

// repsLack returns what the reps have not and must have: the support id each of
// them, everything else one of them.
func repsLack(reps []rep, f adcimport.UserFilter) []string {
	var lacks []string
	has := func(path string) func(rep) bool {
		return func(r rep) bool { return r.given.has(path) }
	}
	if slices.ContainsFunc(reps, func(r rep) bool { return r.SupportID == 0 }) {
		lacks = append(lacks, repSupportID)
	}
	needs := repNeeds
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

// listReps reads the reps. Whether they are paged is not known: pages are
// asked for until one brings nobody new, which the second does where they are
// not.
func (a *API) listReps(ctx context.Context) ([]rep, error) {
	var all []rep
	type key struct{ support, rep string }
	known := make(map[key]bool)
	kept := 0
	for number := 1; ; number++ {
		page, err := a.repPage(ctx, number)
		if err != nil {
			return nil, err
		}
		before := len(known)
		for _, r := range page {
			k := key{r.User.ID, r.User.RepID}
			nameless := k == (key{}) // each is one of its own
			if !known[k] || nameless && number == 1 {
				all = append(all, r)
				kept += r.keptBytes()
			}
			known[k] = true
		}
		if kept > account.MaxKeptReps {
			return nil, &call.Failure{Op: opReps, Err: errTooMany}
		}
		if len(known) == before {
			return all, nil
		}
	}
}

func (a *API) repPage(ctx context.Context, number int) ([]rep, error) {
	var page []rep
	kept := 0
	address := a.address("/reps", pageQuery(number, a.cfg.PageSize))
	begin := func() { page, kept = page[:0], 0 }
	err := a.page(ctx, opReps, number, address, begin, func(v map[string]any) error {
		if v == nil {
			return nil // an item that is null is nobody
		}
		f := a.reader(v)
		r := f.rep()
		for _, broken := range f.broken { // it counts as not given; without an id the rep is refused by itself
			f.given[broken.Field] = false
			a.notes.say(adcimport.KindUser, "the PartnerApi gave reps an unreadable "+broken.Field)
		}
		r.given = repPathsOf(f.given)
		if kept += r.keptBytes(); kept > account.MaxKeptReps {
			return errJSONTooMany
		}
		page = append(page, r)
		return nil
	})
	return page, err
}

// rep translates.
func (f *fields) rep() rep {
	id := f.id(repSupportID)
	r := rep{Rep: account.Rep{SupportID: id, User: adcimport.User{
		ID:          account.IDText(id),
		RepID:       account.IDText(f.id("repId")),
		FirstName:   f.text("repAddress.firstName"),
		LastName:    f.text("repAddress.lastName"),
		LoginName:   f.text("repLoginName"),
		Email:       f.text("repEmail"),
		Phone:       f.text("repPhoneNumber"),
		Address:     f.address("repAddress"),
		SubDealerID: account.IDText(f.id(repBranch)),
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
func (f *fields) addRole(r *rep, role any) {
	object, ok := role.(map[string]any)
	if !ok {
		object = map[string]any{cmp.Or(f.names[roleID], roleID): role}
	}
	of := &fields{names: f.names, object: object, given: make(map[string]bool)}
	id := of.id(roleID)
	isNumber := of.given[roleID] && len(of.broken) == 0
	name := of.text(roleName)
	f.broken = append(f.broken, of.broken...)
	if isNumber {
		text := strconv.FormatInt(id, 10)
		r.User.RoleIDs = append(r.User.RoleIDs, text)
		r.roles = append(r.roles, adcimport.Choice{ID: text, Name: name})
	}
}

// The members of a role.
const (
	roleID   = "roleId"
	roleName = "roleName"
)

// Roles are the roles that reps have: the PartnerApi has no list of its
// own, as far as known.
func (a *API) Roles(ctx context.Context) ([]adcimport.Choice, error) {
	reps, err := a.listReps(ctx)
	if err != nil {
		return nil, err
	}
	var list account.Choices
	for _, r := range reps {
		for _, role := range r.roles {
			id, err := strconv.ParseInt(role.ID, 10, 64)
			if err == nil { // it was made of a number
				_ = list.Add(id, role.Name) // the reps tell of it
			}
		}
	}
	return list.Sorted(), nil
}
