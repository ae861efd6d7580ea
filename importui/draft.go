package importui

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/links"
)

// draft is an import that somebody prepares. It goes from page to page in a signed
// hidden field and is stored nowhere. Run is the id that its run will have: however often
// it is sent, from however many tabs, it is one run.
type draft struct {
	Run  string         `json:"run"`
	Who  string         `json:"who"`
	Link string         `json:"link"`
	Kind adcimport.Kind `json:"kind"`

	IDs        string            `json:"ids,omitempty"` // as they were typed
	SubDealers []string          `json:"sub_dealers,omitempty"`
	Roles      []string          `json:"roles,omitempty"`
	Include    adcimport.Include `json:"include,omitzero"`

	Office string   `json:"office,omitempty"`
	RepOn  bool     `json:"rep_on,omitempty"`
	Rep    string   `json:"rep,omitempty"` // kept while Default Rep is off
	Tags   []string `json:"tags,omitempty"`

	Active   bool   `json:"active,omitempty"`
	CanLogin bool   `json:"can_login,omitempty"`
	Group    string `json:"group,omitempty"`
	NewTags  string `json:"new_tags,omitempty"` // as they were typed

	Base *adcimport.RunOptions `json:"base,omitempty"` // of the run that is done again: its mode, its limits
}

var errDraft = errors.New("the draft of this page cannot be read")

const (
	minKey   = 32
	maxForm  = 4 << 20 // bytes of a form
	maxTyped = 1 << 20 // of them typed into one field
)

// newDraft is a draft as the first page has it.
func newDraft(who, link string, k adcimport.Kind) draft {
	return draft{Run: newID(), Who: who, Link: link, Kind: k, Active: true}
}

// newID is an id of a run or a preview that nobody guesses.
func newID() string { return strings.ToLower(rand.Text()) }

// signer signs drafts. The key is in a closure, and so in no print.
type signer struct {
	sum func(body string) []byte
}

func newSigner(key []byte) signer {
	key = slices.Clone(key)
	return signer{sum: func(body string) []byte {
		mac := hmac.New(sha256.New, key)
		_, _ = mac.Write([]byte("importui draft 1\x00" + body)) // a hash takes all
		return mac.Sum(nil)
	}}
}

func (s signer) sign(d *draft) (string, error) {
	data, err := json.Marshal(d)
	if err != nil {
		return "", err
	}
	body := base64.RawURLEncoding.EncodeToString(data)
	return body + "." + base64.RawURLEncoding.EncodeToString(s.sum(body)), nil
}

// open reads a draft that this identity got for this link and kind.
func (s signer) open(text, who, link string, k adcimport.Kind) (draft, error) {
	body, mac, ok := strings.Cut(text, ".")
	sum, err := base64.RawURLEncoding.DecodeString(mac)
	if !ok || err != nil || !hmac.Equal(sum, s.sum(body)) {
		return draft{}, errDraft
	}
	data, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return draft{}, errDraft
	}
	var d draft
	if err := json.Unmarshal(data, &d); err != nil || d.Who != who || d.Link != link || d.Kind != k {
		return draft{}, errDraft
	}
	return d, nil
}

// take takes what a page's form has. Fields of other pages stay.
func (d *draft) take(form url.Values) {
	switch form.Get("step") {
	case "filter":
		d.IDs = form.Get("ids")
		d.SubDealers, d.Roles = chosen(form["sub_dealers"]), chosen(form["roles"])
		d.Include = adcimport.Include{
			Terminated: form.Has("terminated"), Demo: form.Has("demo"), Commitment: form.Has("commitment"),
		}
	case "options":
		d.Office, d.Rep, d.RepOn = form.Get("office"), form.Get("rep"), form.Has("rep_on")
		d.Tags, d.NewTags = chosen(form["tags"]), form.Get("new_tags")
		d.Active, d.CanLogin, d.Group = form.Has("active"), form.Has("can_login"), form.Get("group")
	}
}

func chosen(values []string) []string {
	values = slices.DeleteFunc(slices.Clone(values), func(s string) bool { return s == "" })
	slices.Sort(values)
	return slices.Compact(values)
}

// ids are the good ones of what was typed, and what is wrong with the parts that are no ids.
func (d *draft) ids() (ids []string, bad []*adcimport.InvalidFilterError) {
	if len(d.IDs) > maxTyped {
		return nil, []*adcimport.InvalidFilterError{{Part: "…", Rule: "is too long"}}
	}
	if ids, err := adcimport.ParseIDs(d.IDs); err == nil {
		return ids, nil
	}
	parts := strings.FieldsFunc(d.IDs, func(r rune) bool { return strings.ContainsRune(",;\t\n\r", r) })
	for i, part := range parts {
		good, err := adcimport.ParseIDs(part)
		if e, ok := errors.AsType[*adcimport.InvalidFilterError](err); ok {
			bad = append(bad, &adcimport.InvalidFilterError{Place: i + 1, Part: e.Part, Rule: e.Rule})
			continue
		}
		ids = append(ids, good...)
	}
	if len(bad) == 0 { // only together are they wrong, as 1,234 is
		_, err := adcimport.ParseIDs(d.IDs)
		if e, ok := errors.AsType[*adcimport.InvalidFilterError](err); ok {
			bad = append(bad, e)
		}
	}
	return ids, bad
}

func (d *draft) customerFilter() adcimport.CustomerFilter {
	ids, _ := d.ids()
	return adcimport.CustomerFilter{CustomerIDs: ids, SubDealerIDs: d.SubDealers, Include: d.Include}
}

func (d *draft) userFilter() adcimport.UserFilter {
	ids, _ := d.ids()
	return adcimport.UserFilter{SupportIDs: ids, RoleIDs: d.Roles, SubDealerIDs: d.SubDealers}
}

// common are the options that both kinds have.
func (d *draft) common() adcimport.RunOptions {
	var o adcimport.RunOptions
	if d.Base != nil {
		o = *d.Base
	}
	o.RunID, o.Labels = d.Run, map[string]string{startedBy: d.Who}
	return o
}

const startedBy = "started_by"

func (d *draft) customerOptions() adcimport.CustomerOptions {
	o := adcimport.CustomerOptions{RunOptions: d.common(), OfficeID: d.Office, TagIDs: d.Tags}
	if d.RepOn {
		o.DefaultRepID = d.Rep
	}
	return o
}

func (d *draft) userOptions() adcimport.UserOptions {
	return adcimport.UserOptions{
		RunOptions: d.common(), Active: d.Active, CanLogin: d.CanLogin, PermissionGroupID: d.Group, Tags: d.tagNames(),
	}
}

// tagNames are the tags of users: those that were chosen, and those to be made.
func (d *draft) tagNames() []string {
	names := slices.Clone(d.Tags)
	for name := range strings.FieldsFuncSeq(d.NewTags, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// again is a draft with the settings of a run.
func again(who string, info *adcimport.RunInfo) (draft, bool) {
	d := newDraft(who, info.Link, info.Kind)
	if o := info.RunOptions(); o != nil {
		base := adcimport.RunOptions{Mode: o.Mode, Match: o.Match, Limit: o.Limit, MaxFailures: o.MaxFailures, MaxFailureShare: o.MaxFailureShare}
		d.Base = &base
	}
	switch f, o := info.CustomerFilter, info.CustomerOptions; {
	case f != nil && o != nil:
		d.ofCustomers(*f, *o)
		return d, true
	case info.UserFilter != nil && info.UserOptions != nil:
		d.ofUsers(*info.UserFilter, *info.UserOptions)
		return d, true
	}
	return d, false
}

func (d *draft) ofCustomers(f adcimport.CustomerFilter, o adcimport.CustomerOptions) {
	d.IDs, d.SubDealers, d.Include = strings.Join(f.CustomerIDs, ", "), f.SubDealerIDs, f.Include
	d.Office, d.Rep, d.RepOn, d.Tags = o.OfficeID, o.DefaultRepID, o.DefaultRepID != "", o.TagIDs
}

func (d *draft) ofUsers(f adcimport.UserFilter, o adcimport.UserOptions) {
	d.IDs, d.SubDealers, d.Roles = strings.Join(f.SupportIDs, ", "), f.SubDealerIDs, f.RoleIDs
	d.Active, d.CanLogin, d.Group, d.Tags = o.Active, o.CanLogin, o.PermissionGroupID, o.Tags
}

// schedule is the draft as a nightly import.
func (d *draft) schedule(at, zone string) links.Schedule {
	s := links.Schedule{Link: d.Link, Kind: d.Kind, At: at, Zone: zone}
	if d.Kind == adcimport.KindUser {
		s.UserFilter, s.UserOptions = d.userFilter(), d.userOptions()
		s.UserOptions.RunID, s.UserOptions.Labels = "", nil
		return s
	}
	s.CustomerFilter, s.CustomerOptions = d.customerFilter(), d.customerOptions()
	s.CustomerOptions.RunID, s.CustomerOptions.Labels = "", nil
	return s
}
