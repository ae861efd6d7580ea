package importui

import (
	"bytes"
	"errors"
	"net/http"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/notify"
	"github.com/securitytrax/adcimport/report"
)

// runBody is the page of a run.
type runBody struct {
	R       *runView
	Todo    []todo
	More    int // records that need a person, beside those
	Retries int
	Again   string // the draft that does the same again
	Message string
}

const todoRows = 50

func (v *visit) run() error {
	info, err := v.imp.LookupRun(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	v.kind = info.Kind
	body := runBody{Message: (*adcimport.Run)(nil).Message()}
	if info.Status.Ended() {
		if err := v.lastWord(&info, &body); err != nil {
			return err
		}
	}
	body.R = v.viewOf(&info)
	if d, ok := again(v.who.ID, &info); ok && v.who.MayRun && body.R.Ended {
		if body.Again, err = v.signer.sign(&d); err != nil {
			return err
		}
	}
	p := page{Title: v.views.text("import_summary"), Step: 4, Body: body}
	if !body.R.Ended {
		p.Title, p.Refresh, p.Live = v.KindTitle(), 5, v.path("runs", info.RunID, "events")
	}
	return v.show(http.StatusOK, "run", p)
}

// KindTitle is what an import of the visit's kind is called.
func (v *visit) KindTitle() string { return (&page{v: v, Kind: v.kind}).KindTitle() }

// lastWord has the retries of a run have the last word, and lists what needs a person.
func (v *visit) lastWord(info *adcimport.RunInfo, body *runBody) error {
	run, err := report.Of(v.ctx(), v.imp, info.RunID, report.Options{Retries: true})
	if err != nil {
		return err
	}
	info.Counts, info.ByReason = run.Summary.Counts, run.Summary.ByReason
	body.Retries = len(run.Retries)
	if o := info.CustomerOptions; body.Retries > 0 && (o == nil || o.Mode == adcimport.CreateOnly) {
		// Whom one retry imported, the next one finds there.
		info.Counts.Created, info.Counts.Unchanged = info.Counts.Created+info.Counts.Unchanged, 0
	}
	if notify.NeedYou(info.Summary) == 0 {
		return nil
	}
	for o, err := range run.Rows {
		switch {
		case err != nil:
			return err
		case o.Action != adcimport.ActionFailed: // whom somebody has to choose for have a page of their own
		case len(body.Todo) == todoRows:
			body.More++
		default:
			body.Todo = append(body.Todo, v.todoOf(o))
		}
	}
	return nil
}

// csv is what became of the records of a run, with the last word of its retries.
func (v *visit) csv() error {
	part, ok := map[string]report.Part{
		"": report.All, "all": report.All, "imported": report.Successes, "failed": report.Failures, "left": report.Unprocessed,
	}[v.r.URL.Query().Get("part")]
	if !ok {
		return adcimport.ErrNotFound
	}
	run, err := report.Of(v.ctx(), v.imp, v.r.PathValue("id"), report.Options{Retries: true})
	if err != nil {
		return err
	}
	var table bytes.Buffer // whole, so that an error is no half of a table
	if err := report.WriteCSV(&table, run.Rows, part); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="import-`+fileName(run.Summary.RunID)+`.csv"`)
	_, _ = v.w.Write(table.Bytes()) // who left does not want it
	return nil
}

func fileName(id string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && (r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			return r
		}
		return '-'
	}, id)
}

// actOnRun cancels, resumes or retries.
func (v *visit) actOnRun() error {
	if err := v.mayRun(); err != nil {
		return err
	}
	id := v.r.PathValue("id")
	info, err := v.imp.LookupRun(v.ctx(), id)
	if err != nil {
		return err
	}
	v.kind = info.Kind
	var run *adcimport.Run
	switch v.r.PathValue("action") {
	case "cancel":
		err = v.imp.Cancel(v.ctx(), id)
	case "resume":
		run, err = v.imp.StartResume(v.ctx(), id)
	case "retry":
		run, err = v.imp.StartRetryFailed(v.ctx(), id)
	default:
		return adcimport.ErrNotFound
	}
	switch {
	case unsupported(err): // it ended meanwhile, or is complete
	case err != nil:
		return v.refused(err, nil)
	case run != nil:
		id = run.ID()
	}
	return v.see(v.path("runs", id))
}

// refused shows why nothing was started. Of a draft, its pages show what is wrong with it.
func (v *visit) refused(err error, d *draft) error {
	busy, inProgress := errors.AsType[*adcimport.RunInProgressError](err)
	_, options := errors.AsType[*adcimport.InvalidOptionsError](err)
	wrong, filter := errors.AsType[*adcimport.InvalidFilterError](err)
	switch {
	case inProgress:
		return v.busy(busy, d)
	case errors.Is(err, adcimport.ErrRunExists) && d != nil:
		return v.begunBefore(d)
	case options && d != nil:
		return v.showOptions(d, http.StatusUnprocessableEntity, err)
	case filter && d != nil:
		return v.showFilter(d, http.StatusUnprocessableEntity, true, wrong.Rule)
	case errors.Is(err, adcimport.ErrNotLinked), errors.Is(err, adcimport.ErrAuth):
		body := refusedBody{State: v.stateOf(err)}
		if d != nil {
			var serr error
			if body.Draft, serr = v.signer.sign(d); serr != nil {
				return serr
			}
		}
		return v.show(http.StatusUnprocessableEntity, "refused", page{Title: v.views.text("title_refused"), Body: body})
	case options, filter:
		return v.show(http.StatusUnprocessableEntity, "refused", page{
			Title: v.views.text("title_refused"), Body: refusedBody{Text: v.views.text("refused_options")},
		})
	}
	return err
}

// refusedBody is the page of what could not be started.
type refusedBody struct {
	State linkState
	Text  string
	Run   *runView // that is at work
	Draft string   // another one with the same settings
}

// busy shows the run that is at work already.
func (v *visit) busy(e *adcimport.RunInProgressError, d *draft) error {
	body := refusedBody{Text: v.views.text("busy_elsewhere")}
	if e.Link == v.link.ID {
		info, err := v.imp.LookupRun(v.ctx(), e.RunID)
		if err != nil {
			return err
		}
		body.Run = v.viewOf(&info)
		body.Text = v.views.textOf("busy", body.Run.By, info.Started.In(v.who.Zone).Format("15:04"))
	}
	if d != nil {
		var err error
		if body.Draft, err = v.signer.sign(d); err != nil {
			return err
		}
	}
	return v.show(http.StatusConflict, "refused", page{Title: v.views.text("title_busy"), Body: body})
}

// begunBefore is for a draft that was sent before with other settings: its run is there,
// and the other settings need another one.
func (v *visit) begunBefore(d *draft) error {
	info, err := v.imp.LookupRun(v.ctx(), d.Run)
	if err != nil {
		return err
	}
	other := *d
	other.Run = newID()
	body := refusedBody{Text: v.views.text("begun_before"), Run: v.viewOf(&info)}
	if body.Draft, err = v.signer.sign(&other); err != nil {
		return err
	}
	return v.show(http.StatusConflict, "refused", page{Title: v.views.text("title_begun"), Body: body})
}

// begin starts the run of a draft: the same one, however often it is sent.
func (v *visit) begin() error {
	d, ok, err := v.finished()
	if !ok {
		return err
	}
	decisions, err := v.chosenInPreview(&d)
	if err != nil {
		return v.showOptions(&d, http.StatusConflict, err)
	}
	var run *adcimport.Run
	if d.Kind == adcimport.KindUser {
		o := d.userOptions()
		o.Decisions = decisions
		run, err = v.cfg.Links.StartUsers(v.ctx(), v.link.ID, d.userFilter(), o)
	} else {
		o := d.customerOptions()
		o.Decisions = decisions
		run, err = v.cfg.Links.StartCustomers(v.ctx(), v.link.ID, d.customerFilter(), o)
	}
	if err != nil {
		return v.refused(err, &d)
	}
	v.counts.forget(v.link.ID)
	v.mails.forget(v.link.ID)
	return v.see(v.path("runs", run.ID()))
}
