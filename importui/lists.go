package importui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
)

// choices are the lists to choose from, and which of them cannot be had.
type choices struct {
	lists   map[string][]adcimport.Choice
	failed  map[string]bool
	waiting bool // the services have not answered yet
}

// lists asks for the lists of the page's kind. A list that fails is asked for again by
// the next page.
func (v *visit) lists() (choices, error) { return v.listsOf(v.kind, patience) }

// glance is how long a page waits for the names of what it has ids of.
const glance = 700 * time.Millisecond

// named are the names of what was chosen from a list; what the list does not have, or
// where it cannot be had at a glance, stays an id. A page, or a stream, asks once.
func (v *visit) named(k adcimport.Kind, list string, ids []string) []string {
	c, asked := v.known[k]
	if !asked {
		var err error
		if c, err = v.listsOf(k, glance); err != nil {
			c = choices{}
		}
		if v.known == nil {
			v.known = make(map[adcimport.Kind]choices)
		}
		v.known[k] = c
	}
	names := slices.Clone(ids)
	for i, id := range ids {
		if at := slices.IndexFunc(c.lists[list], func(o adcimport.Choice) bool { return o.ID == id }); at >= 0 {
			names[i] = c.lists[list][at].Name
		}
	}
	return names
}

func (v *visit) listsOf(kind adcimport.Kind, wait time.Duration) (choices, error) {
	imp := v.imp
	q := question{v.link.ID, "lists " + string(kind)}
	c, ready, err := v.choices.within(v.ctx(), wait, q, func(ctx context.Context) (choices, error) {
		c := choices{failed: make(map[string]bool)}
		var err error
		if kind == adcimport.KindUser {
			var all adcimport.UserChoices
			all, err = imp.UserChoices(ctx)
			c.lists = map[string][]adcimport.Choice{
				"SubDealers": all.SubDealers, "Roles": all.Roles, "PermissionGroups": all.PermissionGroups, "UserTags": all.UserTags,
			}
		} else {
			var all adcimport.CustomerChoices
			all, err = imp.CustomerChoices(ctx)
			c.lists = map[string][]adcimport.Choice{
				"SubDealers": all.SubDealers, "Offices": all.Offices, "Reps": all.Reps, "CustomerTags": all.CustomerTags,
			}
		}
		if err == nil {
			return c, nil
		}
		for _, e := range leaves(err) {
			if l, ok := errors.AsType[*adcimport.ListError](e); ok {
				c.failed[l.List] = true
			}
		}
		return c, &partly{c, err}
	})
	if p, ok := errors.AsType[*partly](err); ok {
		return p.choices, nil
	}
	c.waiting = !ready
	return c, err
}

// partly has the lists that could be had. It is an error, so that it is not kept.
type partly struct {
	choices
	err error
}

func (p *partly) Error() string { return p.err.Error() }

func (p *partly) Unwrap() error { return p.err }

// list is one list as a page shows it.
type list struct {
	Items  []item
	Failed bool
	Waits  bool
	Query  string // what was searched for
	All    int    // how many there are in all
	Chosen int
}

type item struct {
	ID, Name string
	On       bool
}

// Long reports whether it is worth a search field.
func (l list) Long() bool { return l.All > 8 }

// Empty reports whether it was had, and has nothing.
func (l list) Empty() bool { return l.All == 0 && !l.Failed && !l.Waits }

// list is a list with what is chosen of it; what was searched for narrows it down, and
// what is chosen stays.
func (c *choices) list(name string, on []string, query string) list {
	all := c.lists[name]
	l := list{Failed: c.failed[name], Waits: c.waiting, Query: query, All: len(all)}
	known := make(map[string]bool)
	for _, choice := range all {
		id := choice.ID
		if name == "UserTags" { // they go by name
			id = choice.Name
		}
		known[id] = true
		it := item{ID: id, Name: choice.Name, On: slices.Contains(on, id)}
		if it.On {
			l.Chosen++
		}
		if it.On || query == "" || strings.Contains(strings.ToLower(it.Name), strings.ToLower(strings.TrimSpace(query))) {
			l.Items = append(l.Items, it)
		}
	}
	for _, id := range on { // gone since, not in a list that fails, or to be made
		if id != "" && !known[id] {
			l.Items = append(l.Items, item{ID: id, Name: id, On: true})
			l.Chosen++
		}
	}
	slices.SortStableFunc(l.Items, func(a, b item) int {
		switch {
		case a.On == b.On:
			return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		case a.On:
			return -1
		}
		return 1
	})
	if len(all) == 1 && len(on) == 1 && on[0] == "" && name == "Offices" {
		l.Items[0].On = true // the only one
	}
	return l
}

// mails is who gets an e-mail when users are imported that can log in.
type mails struct {
	Ready   bool
	People  int
	Without []string // support ids of those that have no address
	More    int      // of these, beside those that are listed
}

const listedWithout = 20

// mailsOf looks who would get one, with a preview that keeps nothing but counts.
func (v *visit) mailsOf(d *draft, groups []adcimport.Choice) mails {
	group := ""
	if len(groups) > 0 {
		group = groups[0].ID // any will do: who is mailed does not depend on it
	}
	f := d.userFilter()
	o := adcimport.UserOptions{Active: true, CanLogin: true, PermissionGroupID: group}
	imp := v.imp
	m, ready, err := v.mails.ask(v.ctx(), question{v.link.ID, "mails " + hashed(f, group)}, func(ctx context.Context) (mails, error) {
		plan, err := imp.PlanUsers(f, o)
		if err != nil {
			return mails{}, err
		}
		var m mails
		for out, err := range plan.Outcomes(ctx) {
			if err != nil {
				return mails{}, err
			}
			m.add(out)
		}
		return m, nil
	})
	m.Ready = ready && err == nil
	return m
}

func (m *mails) add(out adcimport.Outcome) {
	if out.Action == adcimport.ActionCreated {
		m.People++
	}
	noAddress := func(f adcimport.FieldError) bool { return f.Field == "Email" }
	if out.Action != adcimport.ActionFailed || !slices.ContainsFunc(out.Fields, noAddress) {
		return
	}
	if len(m.Without) < listedWithout {
		m.Without = append(m.Without, out.SourceID)
	} else {
		m.More++
	}
}
