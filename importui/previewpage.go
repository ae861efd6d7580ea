package importui

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/notify"
)

// previewBody is the page of a preview.
type previewBody struct {
	ID     string
	Draft  string
	Lost   bool
	Done   bool
	Full   bool
	Read   int
	Groups []groupView
	Fails  notify.Trouble
	Wrong  string // options or filter that were refused
	Takes  string // a preview of everything
	CanRun bool
}

// groupView is a group of rows.
type groupView struct {
	Name  string
	Tone  tone
	Count int
	Rows  []todo
	Alike []alikeRows // the rows, where nothing is to do about any: by what is said of them
	More  int
}

// alikeRows are rows of which the same is said.
type alikeRows struct {
	What string
	Rows []todo
}

func alikeOf(rows []todo) (all []alikeRows) {
	for _, row := range rows {
		i := slices.IndexFunc(all, func(a alikeRows) bool { return a.What == row.What })
		if i < 0 {
			i, all = len(all), append(all, alikeRows{What: row.What})
		}
		all[i].Rows = append(all[i].Rows, row)
	}
	return all
}

const previewShown = 100

func (v *visit) preview() error {
	if err := v.mayRun(); err != nil {
		return err
	}
	p, err := v.previews.get(v.r.PathValue("id"), v.who.ID, v.link.ID)
	if err != nil {
		return v.show(http.StatusNotFound, "preview", page{Title: v.views.text("preview"), Body: previewBody{Lost: true}})
	}
	v.kind = p.draft.Kind
	body := previewBody{ID: p.id, CanRun: true}
	if body.Draft, err = v.signer.sign(&p.draft); err != nil {
		return err
	}
	if found, ready, err := v.count(&p.draft); err == nil && ready {
		body.Takes = v.views.about(time.Duration(found.New) * time.Second / perSecondAtFirst)
	}
	v.read(p, &body)
	out := page{Title: v.views.text("preview"), Step: 3, Body: body}
	if !body.Done {
		out.Refresh = 3
	}
	return v.show(http.StatusOK, "preview", out)
}

// groupView is a group as its page shows it; nil: it is empty.
func (v *visit) groupView(name string, tone tone, g *group) groupView {
	view := groupView{Name: name, Tone: tone}
	if g == nil {
		return view
	}
	view.Count = g.Count
	for _, o := range g.Rows[:min(len(g.Rows), previewShown)] {
		row := v.todoOf(o)
		if name == "new" { // nothing was done yet
			row.What = v.views.text("would_" + string(o.Action))
		}
		view.Rows = append(view.Rows, row)
	}
	if name == "new" || name == "left" {
		view.Alike = alikeOf(view.Rows)
	}
	view.More = view.Count - len(view.Rows)
	return view
}

// read takes what a preview has by now.
func (v *visit) read(p *preview, body *previewBody) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body.Done, body.Read = p.done, p.read
	body.Full = p.full || p.done && p.err == nil && p.read < previewLimit // there are no more
	for _, g := range []struct {
		name string
		tone tone
	}{{"new", toneDone}, {"review", toneNeeds}, {"rejected", toneWrong}, {"left", toneCalm}} {
		body.Groups = append(body.Groups, v.groupView(g.name, g.tone, p.groups[g.name]))
	}
	if p.err == nil {
		return
	}
	body.CanRun = false
	_, options := errors.AsType[*adcimport.InvalidOptionsError](p.err)
	_, filter := errors.AsType[*adcimport.InvalidFilterError](p.err)
	if options || filter {
		wrong, problem := v.wrongs(p.err)
		body.Wrong = problem
		for _, text := range wrong {
			body.Wrong = text
		}
		return
	}
	f := &adcimport.Failure{Code: "failed"}
	if p.summary.Failure != nil {
		f = p.summary.Failure
	} else if e, ok := errors.AsType[*adcimport.CallError](p.err); ok {
		f.End, f.Code = e.End, e.Code
	}
	body.Fails = notify.TroubleOf(f)
}
