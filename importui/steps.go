package importui

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/notify"
)

// counted is how many there are.
type counted struct {
	adcimport.Found
	took time.Duration
}

// perSecondAtFirst is Alarm.com's pace, which most links keep to.
const perSecondAtFirst = 5

// opened is the draft of the form that was sent, with what the form has.
func (v *visit) opened() (draft, error) {
	if err := v.mayRun(); err != nil {
		return draft{}, err
	}
	if v.r.Method != http.MethodPost {
		return newDraft(v.who.ID, v.link.ID, v.kind), nil
	}
	d, err := v.signer.open(v.form.Get("draft"), v.who.ID, v.link.ID, v.kind)
	if err != nil {
		return d, err
	}
	d.take(v.form)
	return d, nil
}

// linkState is what a link is, in words.
type linkState struct {
	Ready   bool // it was asked
	OK      bool
	Away    bool // it does not answer now, and the import may begin all the same
	Trouble notify.Trouble
}

// linkState asks whether the link works.
func (v *visit) linkState() linkState {
	_, ready, err := v.checks.ask(v.ctx(), question{v.link.ID, "check"}, func(ctx context.Context) (error, error) {
		return nil, v.imp.Check(ctx)
	})
	switch {
	case !ready:
		return linkState{}
	case err == nil:
		return linkState{Ready: true, OK: true}
	}
	return v.stateOf(err)
}

// stateOf is what a link is that fails with err.
func (v *visit) stateOf(err error) linkState {
	s := linkState{Ready: true, Away: !errors.Is(err, adcimport.ErrNotLinked)}
	f := &adcimport.Failure{Code: "failed"}
	if e, ok := errors.AsType[*adcimport.CallError](err); ok {
		f.End, f.Operation, f.Code, f.Status = e.End, e.Operation, e.Code, e.Status
	} else if !s.Away {
		f.Code = "not_linked"
	}
	s.Trouble = notify.TroubleOf(f)
	switch code := f.Code; {
	case errors.Is(err, adcimport.ErrNotFound), code == "not_found":
		s.Trouble = v.trouble("not_connected")
	case code == "not_linked":
		s.Trouble = v.trouble("not_active")
	case code == "unavailable", code == "timeout", code == "rate_limited", code == "unreadable": // the page says what one can do
		s.Trouble.Help = ""
	case code == "auth": // nothing was started yet that could be resumed
		s.Trouble.Help = v.views.text("auth_help")
	case code == "denied":
		s.Trouble.Help = v.views.text("denied_help")
	default:
		s.Trouble.Help = v.views.text("server_help")
	}
	return s
}

func (v *visit) trouble(key string) notify.Trouble {
	return notify.Trouble{What: v.views.text(key), Help: v.views.text(key + "_help")}
}

// count says how many the draft selects.
func (v *visit) count(d *draft) (found counted, ready bool, err error) {
	imp, kind := v.imp, d.Kind
	customers, users := d.customerFilter(), d.userFilter()
	return v.counts.ask(v.ctx(), question{v.link.ID, "count " + hashed(d.Kind, customers, users)}, func(ctx context.Context) (counted, error) {
		began := time.Now()
		var f adcimport.Found
		var err error
		if kind == adcimport.KindUser {
			f, err = imp.CountUsers(ctx, users)
		} else {
			f, err = imp.CountCustomers(ctx, customers)
		}
		return counted{f, time.Since(began)}, err
	})
}

func hashed(what ...any) string {
	data, err := json.Marshal(what)
	if err != nil { // filters are strings
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:12])
}

// startBody is the page Get Started.
type startBody struct {
	Draft      string
	State      linkState
	Counted    bool
	CountFails bool
	Found      counted
	Takes      string
	UsersFirst bool
	Open       *runView // a run of the kind that has not ended
	CanNext    bool
}

func (v *visit) start() error {
	d, err := v.opened()
	if err != nil {
		return err
	}
	body := startBody{State: v.linkState()}
	if body.State.OK {
		var err error
		body.Found, body.Counted, err = v.count(&d)
		body.CountFails = err != nil
		if err != nil && v.ctx().Err() != nil {
			return err
		}
	}
	body.Takes = v.views.about(time.Duration(body.Found.New) * time.Second / perSecondAtFirst)
	body.CanNext = body.State.OK || body.State.Away
	newest, err := v.newest()
	if err != nil {
		return err
	}
	if r := newest.open(v.kind); r != nil {
		body.Open = v.viewOf(r)
	}
	body.UsersFirst = v.kind == adcimport.KindCustomer && !newest.imported(adcimport.KindUser)
	if body.Draft, err = v.signer.sign(&d); err != nil {
		return err
	}
	p := page{Title: v.views.text("get_started"), Step: 1, Body: body}
	if !body.State.Ready || body.State.OK && !body.Counted {
		p.Refresh = 3
	}
	return v.show(http.StatusOK, "start", p)
}

// fieldError is what is wrong with a field, in words.
type fieldError struct{ Part, Rule string }

// filterBody is the page Filter Options.
type filterBody struct {
	Draft      string
	D          draft
	Bad        []fieldError
	Good       int
	SubDealers list
	Roles      list
	Problem    string // of a filter that can select nothing
}

func (v *visit) filter() error {
	d, err := v.opened()
	if err != nil {
		return err
	}
	return v.showFilter(&d, http.StatusOK, false, "")
}

func (v *visit) showFilter(d *draft, status int, tell bool, problem string) error {
	c, err := v.lists()
	if err != nil {
		return err
	}
	form := v.form
	body := filterBody{
		D: *d, Problem: problem,
		SubDealers: c.list("SubDealers", d.SubDealers, form.Get("q_sub_dealers")),
		Roles:      c.list("Roles", d.Roles, form.Get("q_roles")),
	}
	if tell {
		ids, bad := d.ids()
		body.Good = len(ids)
		for _, e := range bad {
			body.Bad = append(body.Bad, fieldError{e.Part, e.Rule})
		}
	}
	if body.Draft, err = v.signer.sign(d); err != nil {
		return err
	}
	p := page{Title: v.views.text("filter_options"), Step: 2, Body: body}
	return v.show(status, "filter", p)
}

// optionsBody is the page Import Options.
type optionsBody struct {
	Draft   string
	D       draft
	Offices list
	Reps    list
	Tags    list
	Groups  list
	Mails   mails
	Wrong   map[string]string // by field
	Problem string
	CanRun  bool
	Full    string // how long a preview of everything takes
}

func (v *visit) options() error {
	d, err := v.opened()
	if err != nil {
		return err
	}
	if _, bad := d.ids(); len(bad) > 0 {
		return v.showFilter(&d, http.StatusUnprocessableEntity, true, "")
	}
	return v.showOptions(&d, http.StatusOK, nil)
}

func (v *visit) showOptions(d *draft, status int, refused error) error {
	c, err := v.lists()
	if err != nil {
		return err
	}
	form := v.form
	body := optionsBody{
		D:       *d,
		Offices: c.list("Offices", []string{d.Office}, form.Get("q_offices")),
		Reps:    c.list("Reps", []string{d.Rep}, form.Get("q_reps")),
		Groups:  c.list("PermissionGroups", []string{d.Group}, form.Get("q_groups")),
	}
	if d.Kind == adcimport.KindUser {
		body.Tags = c.list("UserTags", d.Tags, form.Get("q_tags"))
		body.Mails = v.mailsOf(d, c.lists["PermissionGroups"])
	} else {
		body.Tags = c.list("CustomerTags", d.Tags, form.Get("q_tags"))
	}
	body.CanRun = d.Kind == adcimport.KindUser || !body.Offices.Empty()
	if found, ready, err := v.count(d); err == nil && ready {
		body.Full = v.views.about(time.Duration(found.New) * time.Second / perSecondAtFirst)
	}
	body.Wrong, body.Problem = v.wrongs(refused)
	if body.Draft, err = v.signer.sign(d); err != nil {
		return err
	}
	p := page{Title: v.views.text("import_options"), Step: 3, Body: body}
	return v.show(status, "options", p)
}

// unfinished is what the pages ask for before a service is asked.
func (d *draft) unfinished() error {
	if d.Kind == adcimport.KindCustomer && d.RepOn && d.Rep == "" { // it would be taken for off
		return &adcimport.InvalidOptionsError{Field: "DefaultRepID", Rule: "must be chosen where it is on"}
	}
	return nil
}

// finished is the draft of the form that was sent. It is not ok where something is
// missing: then the page that says what was shown.
func (v *visit) finished() (d draft, ok bool, err error) {
	if d, err = v.opened(); err != nil {
		return d, false, err
	}
	if _, bad := d.ids(); len(bad) > 0 {
		return d, false, v.showFilter(&d, http.StatusUnprocessableEntity, true, "")
	}
	if err := d.unfinished(); err != nil {
		return d, false, v.showOptions(&d, http.StatusUnprocessableEntity, err)
	}
	return d, true, nil
}

// wrongs are refused options, by field; what is of no field is the problem.
func (v *visit) wrongs(err error) (wrong map[string]string, problem string) {
	wrong = make(map[string]string)
	if errors.Is(err, errPreviewLost) {
		return wrong, v.views.text("preview_lost_choices")
	}
	for _, e := range leaves(err) {
		o, ok := e.(*adcimport.InvalidOptionsError) //nolint:errorlint // leaves has unwrapped it
		if !ok {
			problem = v.views.text("refused_options")
			continue
		}
		switch o.Field {
		case "OfficeID", "DefaultRepID", "TagIDs", "PermissionGroupID", "Tags":
			wrong[o.Field] = v.views.text("wrong_" + o.Field)
		default:
			problem = v.views.text("refused_options")
		}
	}
	return wrong, problem
}

// leaves are the errors that an error joins.
func leaves(err error) []error {
	switch e := err.(type) { //nolint:errorlint // it is what errors.Join makes, or wraps
	case nil:
		return nil
	case *adcimport.InvalidOptionsError, *adcimport.InvalidFilterError, *adcimport.ListError:
		return []error{err}
	case interface{ Unwrap() []error }:
		var all []error
		for _, one := range e.Unwrap() {
			all = append(all, leaves(one)...)
		}
		return all
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return leaves(inner)
		}
	}
	return []error{err}
}
