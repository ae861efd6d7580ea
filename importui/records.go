package importui

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// recordBody is the page of one record.
type recordBody struct {
	ID       string
	Known    bool
	Info     ledger.RecordInfo
	Tone     tone
	State    string
	Help     string
	Rows     []recordRow
	Cut      bool // older runs were not looked at
	Explain  string
	Filled   []filled // what is explained, field by field
	Redacted bool
	Fails    bool // it could not be explained
	Problem  string
}

// recordRow is what one run made of it.
type recordRow struct {
	Run adcimport.RunInfo
	todo
}

// findRecord leads to a record whose id was typed.
func (v *visit) findRecord() error {
	ids, err := adcimport.ParseIDs(v.r.URL.Query().Get("id"))
	if err != nil || len(ids) == 0 {
		return v.see(v.path("history"))
	}
	return v.see(v.path("records", kinds(v.kind), ids[0]))
}

func (v *visit) record() error { return v.showRecord(http.StatusOK, "") }

func (v *visit) showRecord(status int, problem string) error {
	v.w.Header().Set("Cache-Control", "no-store")
	id := v.r.PathValue("id")
	body := recordBody{ID: id, Problem: problem}
	if ids, err := adcimport.ParseIDs(id); err != nil || len(ids) != 1 || ids[0] != id {
		return adcimport.ErrNotFound
	}
	info, err := v.imp.LookupRecord(v.ctx(), v.kind, id)
	switch {
	case err == nil:
		body.Known, body.Info = true, info
	case !errors.Is(err, adcimport.ErrNotFound):
		return err
	}
	if body.Rows, body.Cut, err = v.rowsOf(id); err != nil {
		return err
	}
	if !body.Known && len(body.Rows) == 0 {
		return adcimport.ErrNotFound
	}
	v.recordState(&body)
	if v.r.URL.Query().Get("explain") != "" {
		if err := v.explain(&body); err != nil {
			return err
		}
	}
	return v.show(status, "record", page{Title: v.views.textOf("record_"+string(v.kind), id), Body: body})
}

// rowsFor is how long the runs are looked through for a record.
const rowsFor = 5 * time.Second

// rowsOf are the outcomes of a record in the newest runs.
func (v *visit) rowsOf(id string) (rows []recordRow, cut bool, err error) {
	newest, err := v.newest()
	if err != nil {
		return nil, false, err
	}
	ctx, cancel := context.WithTimeout(v.ctx(), rowsFor)
	defer cancel()
	for _, run := range newest {
		if run.Kind != v.kind {
			continue
		}
		for o, err := range v.imp.Outcomes(ctx, run.RunID) {
			if err != nil {
				if ctx.Err() != nil && v.ctx().Err() == nil {
					return rows, true, nil
				}
				return nil, false, err
			}
			if o.SourceID == id {
				rows = append(rows, recordRow{run, v.todoOf(o)})
				break
			}
		}
	}
	return rows, len(newest) == newestRuns, nil
}

// recordState says where a record stands.
func (v *visit) recordState(b *recordBody) {
	text := v.views.text
	b.Tone, b.State = toneCalm, text("record_unknown")
	if !b.Known {
		return
	}
	switch b.Info.State {
	case ledger.StateResting:
		b.Tone, b.State = toneNeeds, v.resting(b)
	case ledger.StateReview:
		b.Tone, b.State, b.Help = toneNeeds, text("record_review"), text("record_review_help")
		if b.Info.LinkTo != "" || b.Info.Create {
			b.Tone, b.Help = toneCalm, text("record_decided")
		}
	case ledger.StateParked, ledger.StateOpen:
		b.Tone, b.State, b.Help = toneNeeds, text("in_doubt"), text("in_doubt_help")
	case ledger.StateFailed, ledger.StateDeferred:
		b.Tone, b.State = toneNeeds, text("record_failed")
		if len(b.Rows) > 0 && b.Rows[0].Action == adcimport.ActionFailed {
			b.State, b.Help = b.Rows[0].What, b.Rows[0].Help
		}
	case ledger.StateNone:
		b.Tone, b.State = toneDone, text("record_done")
	}
}

// resting says until when a record is left alone.
func (v *visit) resting(b *recordBody) string {
	local := b.Info.Rests.In(v.who.Zone)
	return v.views.textOf("resting_"+string(v.kind), local.Format("Monday"))
}

// filled is a field of SecurityTrax, and what it is filled with.
type filled struct{ Name, Here, There, Wrong string }

func (v *visit) filledBy(e adcimport.Explanation) (all []filled) {
	for _, rule := range e.Rules {
		if rule.Skipped {
			continue
		}
		f := filled{Name: v.views.fieldName(rule.To), There: rule.Output, Wrong: rule.Error}
		for _, in := range rule.Inputs {
			f.Here = strings.TrimSpace(f.Here + " " + in.Value)
		}
		all = append(all, f)
	}
	return all
}

// explain says what the mapping makes of the record. What is in it is shown to those
// who may see records, and described to others.
func (v *visit) explain(b *recordBody) error {
	o := adcimport.ExplainOptions{ShowValues: v.who.MaySeeRecords}
	var e adcimport.Explanation
	var err error
	if v.kind == adcimport.KindUser {
		e, err = v.imp.ExplainUser(v.ctx(), b.ID, o)
	} else {
		e, err = v.imp.ExplainCustomer(v.ctx(), b.ID, o)
	}
	if err != nil {
		if v.ctx().Err() != nil {
			return err
		}
		b.Fails = true
		return nil
	}
	b.Explain, b.Redacted, b.Filled = strings.TrimSpace(e.String()), e.Redacted, v.filledBy(e)
	return nil
}

// actOnRecord retries or forgets.
func (v *visit) actOnRecord() error {
	if err := v.mayRun(); err != nil {
		return err
	}
	id := v.r.PathValue("id")
	switch v.r.PathValue("action") {
	case "retry":
		run, err := v.imp.StartRetryRecords(v.ctx(), v.kind, id)
		if err != nil {
			return v.refused(err, nil)
		}
		return v.see(v.path("runs", run.ID()))
	case "forget":
		err := v.imp.Forget(v.ctx(), v.kind, id)
		if errors.Is(err, adcimport.ErrRunInProgress) {
			return v.showRecord(http.StatusConflict, v.views.text("forget_later"))
		}
		if err != nil {
			return err
		}
		v.counts.forget(v.link.ID)
		return v.see(v.path("records", kinds(v.kind), id))
	}
	return adcimport.ErrNotFound
}
