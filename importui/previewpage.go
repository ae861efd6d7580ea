package importui

import (
	"errors"
	"net/http"
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
	More  int
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
	body := previewBody{ID: p.id, Full: p.full, CanRun: true}
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

// read takes what a preview has by now.
func (v *visit) read(p *preview, body *previewBody) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body.Done, body.Read = p.done, p.read
	for _, g := range []struct {
		name string
		tone tone
	}{{"new", toneDone}, {"review", toneNeeds}, {"rejected", toneWrong}, {"left", toneCalm}} {
		view := groupView{Name: g.name, Tone: g.tone}
		if rows := p.groups[g.name]; rows != nil {
			view.Count = rows.Count
			for _, o := range rows.Rows[:min(len(rows.Rows), previewShown)] {
				row := v.todoOf(o)
				if g.name == "new" { // nothing was done yet
					row.What = v.views.text("would_" + string(o.Action))
				}
				view.Rows = append(view.Rows, row)
			}
			view.More = view.Count - len(view.Rows)
		}
		body.Groups = append(body.Groups, view)
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
