package adcimport

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/internal/fingerprint"
	"github.com/securitytrax/adcimport/internal/mapping"
	"github.com/securitytrax/adcimport/internal/textform"
)

// User as Alarm.com has it (WSDL Rep).
type User struct {
	ID, RepID               string // SupportId, RepId
	FirstName, LastName     string
	LoginName, Email, Phone string
	Address                 Address
	SubDealerID             string // RepDealerBranchId; empty: none
	RoleIDs                 []string
	Extra                   map[string]string // what a custom Source adds, for mappings
}

// UserRecord as SecurityTrax wants it.
type UserRecord struct {
	AlarmComID        string // support id
	IdempotencyKey    string // of link, kind and id only: the same on every attempt
	FirstName         string
	LastName          string
	Username          string
	Email             string
	CellPhone         string
	Address           Address
	Active, CanLogin  bool
	PermissionGroupID string
	Tags              []string
	Custom            map[string]string
	Clear, Leave      []string // of an update, as those of a CustomerRecord
}

// ImportUsers imports the users that f selects, to the end, by the rules of
// [Importer.ImportCustomers].
func (imp *Importer) ImportUsers(ctx context.Context, f UserFilter, o UserOptions) (*Summary, error) {
	p, err := imp.checkedUsers(f, o)
	if err != nil {
		return refused(imp.cfg.Link, KindUser), err
	}
	return imp.toEnd(ctx, p, nil)
}

// ImportUsersSeq imports like [Importer.ImportUsers] and yields every outcome once it is
// committed, by the rules of [Importer.ImportCustomersSeq].
func (imp *Importer) ImportUsersSeq(ctx context.Context, f UserFilter, o UserOptions) iter.Seq2[Outcome, error] {
	p, err := imp.checkedUsers(f, o)
	return imp.outcomes(ctx, p, err)
}

// StartUsers imports like [Importer.ImportUsers], in the background, by the
// rules of [Importer.StartCustomers].
func (imp *Importer) StartUsers(ctx context.Context, f UserFilter, o UserOptions) (*Run, error) {
	p, err := imp.checkedUsers(f, o)
	if err != nil {
		return nil, err
	}
	return imp.start(ctx, p)
}

func (imp *Importer) usersRequest(f UserFilter, o UserOptions, retryOf string) (*request, error) {
	if err := imp.hasKind(KindUser); err != nil {
		return nil, err
	}
	f, err := f.normalized()
	if err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	decided, err := o.decided()
	if err != nil {
		return nil, err
	}
	o.Tags = slices.Clone(o.Tags)
	p := &request{
		kind: KindUser, opts: o.RunOptions, filter: f, options: o, made: new(madeIDs),
		chosen:  &chosen{fields: []string{"PermissionGroupID"}},
		mapping: imp.users.Fingerprint(), retryOf: retryOf, decided: decided,
		check: func(ctx context.Context, dryRun bool) error {
			if !dryRun {
				return imp.makeTags(ctx, o.Tags)
			}
			checker, ok := ability[UserOptionsChecker](imp.cfg.Sink)
			if !ok {
				return nil
			}
			return imp.host.do("Sink.CheckUserOptions", func() error { return checker.CheckUserOptions(ctx, o) })
		},
	}
	p.chosen.check = func(ctx context.Context) error { return p.check(ctx, true) }
	p.work = engine.Work(func() (fl engine.Flow[User, UserRecord], err error) {
		fl = imp.userFlow(f, o, p.made)
		fl.Create = watch(p.chosen, fl.Create)
		if fl.Proves, err = imp.provesAbsence(KindUser); fl.Proves {
			fl.Likeness = imp.likeUsers(o.Match)
		}
		return fl, err
	})
	return p, nil
}

// makeTags has the sink make what tags are missing. The caller holds the lease.
func (imp *Importer) makeTags(ctx context.Context, names []string) error {
	maker, ok := ability[UserTagMaker](imp.cfg.Sink)
	if !ok || len(names) == 0 {
		return nil
	}
	return imp.host.do("Sink.MakeUserTags", func() error { return maker.MakeUserTags(ctx, slices.Clone(names)) })
}

func (imp *Importer) userFlow(f UserFilter, o UserOptions, made *madeIDs) engine.Flow[User, UserRecord] {
	source, sink := imp.cfg.Source, imp.cfg.Sink
	id := func(u *User) string { return engine.UsableID(u.ID) }
	fl := engine.Flow[User, UserRecord]{
		Pages: func(ctx context.Context, from Cursor) iter.Seq2[engine.Page[User], error] {
			return listing(source.Users(ctx, f, from), from, id)
		},
		ByID: func(ctx context.Context, ids []string) iter.Seq2[engine.Page[User], error] {
			return listing(source.Users(ctx, UserFilter{SupportIDs: ids}, ""), "", id)
		},
		Named: f.SupportIDs, Criteria: len(f.RoleIDs)+len(f.SubDealerIDs) > 0,
		ID: id, FindBy: "Username",
		Wanted: engine.WantedIDs(f.SupportIDs),
		Match: func(u *User) bool {
			return UserFilter{RoleIDs: f.RoleIDs, SubDealerIDs: f.SubDealerIDs}.Match(*u)
		},
		Mapping: imp.users.Begin(),
		Claim:   func(r *UserRecord) string { return strings.ToLower(strings.TrimSpace(r.Username)) },
		Taken:   loginTaken(),
		Once:    o.CanLogin, // the login is mailed, perhaps also where the user was not made
		Find: func(ctx context.Context, ids []string, recs []*UserRecord) (map[string][]string, map[string]*engine.Fault, error) {
			keys := make([]UserKey, len(ids))
			for i, id := range ids {
				keys[i] = UserKey{ID: id, Record: *recs[i]}
			}
			hits, err := sink.FindUsers(ctx, keys)
			return found(hits, err, ids)
		},
		Create: func(ctx context.Context, ids []string, recs []*UserRecord) ([]engine.Result, map[string]*engine.Fault, error) {
			results, err := sink.CreateUsers(ctx, values(recs))
			return made.written("Sink.CreateUsers", results, err, ids)
		},
	}
	if u, ok := ability[UserUpdater](sink); ok {
		fl.Update = func(ctx context.Context, ids, sinkIDs []string, recs []*UserRecord) ([]engine.Result, map[string]*engine.Fault, error) {
			update := func(ctx context.Context) ([]WriteResult, error) { return u.UpdateUsers(ctx, sinkIDs, values(recs)) }
			results, err := called(ctx, imp.host, "Sink.UpdateUsers", len(recs), update)
			return updated("Sink.UpdateUsers", results, err, ids, func(i int) []string { return recs[i].Clear })
		}
	}
	own := imp.usersOwned()
	fl.Own, fl.Hash = own, own.hash(imp.hashKey(), addUser)
	validator, _ := ability[UserValidator](sink)
	fl.Complete = imp.completeUser(o, validator)
	return fl
}

// completeUser fills in what the options say, and checks the sink's rules.
func (imp *Importer) completeUser(o UserOptions, validator UserValidator) func(*User, *UserRecord, int) ([]FieldError, error) {
	return func(u *User, rec *UserRecord, generation int) ([]FieldError, error) {
		rec.AlarmComID, rec.IdempotencyKey = u.ID, fingerprint.IdempotencyKey(imp.cfg.SinkAccount, string(KindUser), u.ID, generation)
		rec.Active, rec.CanLogin = o.Active, o.CanLogin
		rec.PermissionGroupID, rec.Tags = o.PermissionGroupID, slices.Clone(o.Tags)
		var broken []FieldError
		if validator != nil {
			var err error
			validate := func() ([]FieldError, error) { return validator.ValidateUser(*rec), nil }
			if broken, err = guarded(imp.host, "Sink.ValidateUser", validate); err != nil {
				return nil, err
			}
		}
		rule := loginEmailRule(rec)
		if rule != "" && !slices.ContainsFunc(broken, func(e FieldError) bool { return e.Field == "Email" }) {
			broken = append(broken, FieldError{Field: "Email", Rule: rule})
		}
		return broken, nil
	}
}

// loginEmailRule is the rule that the address breaks which a login is mailed to; empty:
// none. It goes out once, with a password.
func loginEmailRule(rec *UserRecord) string {
	switch {
	case !rec.CanLogin:
		return ""
	case rec.Email == "":
		return "is required for a user who can log in"
	case !textform.Email(rec.Email):
		return "must be one e-mail address, as the login is sent to it"
	}
	return ""
}

func loginTaken() *engine.Fault {
	fields := []FieldError{{Field: "Username", Rule: "belongs to another user of this import"}}
	return &engine.Fault{Reason: ReasonUsernameTaken, Fields: fields}
}

// addUser is for users what addCustomer is for customers.
func addUser(h *fingerprint.Hasher, r *UserRecord) {
	a := &r.Address
	h.Add(r.FirstName, r.LastName, r.Username, r.Email, r.CellPhone,
		a.Street1, a.Street2, a.City, a.State, a.Zip, a.Country)
}

// userMapping is a compiled mapping of users.
type userMapping = mapping.Program[*User, *UserRecord]

func userSchema() mapping.Schema[*User, *UserRecord] {
	return mapping.Schema[*User, *UserRecord]{
		Sources: userSources(),
		Targets: userTargets(),
		Extra:   func(u *User) map[string]string { return u.Extra },
		Custom:  func(r *UserRecord) *map[string]string { return &r.Custom },
		Filled:  []string{"AlarmComID", "IdempotencyKey", "Active", "CanLogin", "PermissionGroupID", "Tags"},
	}
}

// userSources are the fields of [User] with their names in WSDL Rep.
func userSources() []mapping.Source[*User] {
	f := []mapping.Source[*User]{
		mapping.From("ID", "SupportId", mapping.Text, func(u *User) string { return u.ID }),
		mapping.From("RepID", "RepId", mapping.Text, func(u *User) string { return u.RepID }),
		mapping.From("FirstName", "RepAddress.FirstName", mapping.Text, func(u *User) string { return u.FirstName }),
		mapping.From("LastName", "RepAddress.LastName", mapping.Text, func(u *User) string { return u.LastName }),
		mapping.From("LoginName", "RepLoginName", mapping.Text, func(u *User) string { return u.LoginName }),
		mapping.From("Email", "RepEmail", mapping.Text, func(u *User) string { return u.Email }),
		mapping.From("Phone", "RepPhoneNumber", mapping.Text, func(u *User) string { return u.Phone }),
		mapping.From("SubDealerID", "RepDealerBranchId", mapping.Text, func(u *User) string { return u.SubDealerID }),
		mapping.From("RoleIDs", "RepRoleList", mapping.Text, func(u *User) string { return strings.Join(u.RoleIDs, ",") }),
	}
	return append(f, addressSources("Address.", "RepAddress.", func(u *User) *Address { return &u.Address })...)
}

// userTargets are the fields of [UserRecord] that a mapping fills.
func userTargets() []mapping.Target[*UserRecord] {
	return []mapping.Target[*UserRecord]{
		mapping.To("FirstName", mapping.Text, func(r *UserRecord, v string) { r.FirstName = v }),
		mapping.To("LastName", mapping.Text, func(r *UserRecord, v string) { r.LastName = v }),
		mapping.To("Username", mapping.Text, func(r *UserRecord, v string) { r.Username = v }),
		mapping.To("Email", mapping.Text, func(r *UserRecord, v string) { r.Email = v }),
		mapping.To("CellPhone", mapping.Text, func(r *UserRecord, v string) { r.CellPhone = v }),
		mapping.To("Address.Street1", mapping.Text, func(r *UserRecord, v string) { r.Address.Street1 = v }),
		mapping.To("Address.Street2", mapping.Text, func(r *UserRecord, v string) { r.Address.Street2 = v }),
		mapping.To("Address.City", mapping.Text, func(r *UserRecord, v string) { r.Address.City = v }),
		mapping.To("Address.State", mapping.Text, func(r *UserRecord, v string) { r.Address.State = v }),
		mapping.To("Address.Zip", mapping.Text, func(r *UserRecord, v string) { r.Address.Zip = v }),
		mapping.To("Address.Country", mapping.Text, func(r *UserRecord, v string) { r.Address.Country = v }),
	}
}
