package importui

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/notify"
)

// recent are the newest runs of a link, newest first.
type recent []adcimport.RunInfo

const newestRuns = 50

// newest reads them.
func (v *visit) newest() (recent, error) {
	var list recent
	for info, err := range v.imp.Runs(v.ctx()) {
		if err != nil {
			return list, err
		}
		if list = append(list, info); len(list) == newestRuns {
			break
		}
	}
	return list, nil
}

// open is the newest run of a kind that has not ended; nil: there is none.
func (l recent) open(k adcimport.Kind) *adcimport.RunInfo {
	return l.first(func(r *adcimport.RunInfo) bool { return r.Kind == k && !r.Status.Ended() })
}

// last is the newest run of a kind that took the account, and not records alone.
func (l recent) last(k adcimport.Kind) *adcimport.RunInfo {
	return l.first(func(r *adcimport.RunInfo) bool { return r.Kind == k && r.RetryOf == "" })
}

// imported reports whether a run of the kind brought something, or found it there.
func (l recent) imported(k adcimport.Kind) bool {
	return l.first(func(r *adcimport.RunInfo) bool {
		return r.Kind == k && (r.Counts.Created+r.Counts.Linked+r.Counts.Updated+r.Counts.Unchanged > 0 ||
			r.ByReason[adcimport.ReasonAlreadyImported] > 0)
	}) != nil
}

func (l recent) first(is func(*adcimport.RunInfo) bool) *adcimport.RunInfo {
	for i := range l {
		if is(&l[i]) {
			return &l[i]
		}
	}
	return nil
}

// tone is what a state means: each has a colour, a shape and a word.
type tone string

const (
	toneDone  tone = "done"
	toneNeeds tone = "needs"
	toneWrong tone = "wrong"
	toneCalm  tone = "calm" // at work, or waiting
)

// runView is a run as pages show it.
type runView struct {
	adcimport.RunInfo
	Tone     tone
	State    string // in a word
	Headline string // in a sentence
	Ended    bool
	Waits    bool // it goes on by itself, later
	Until    time.Time
	By       string
	Progress string
	Percent  int // 0: not known
	Trouble  notify.Trouble
	Needs    []notify.Line
	Done     []notify.Line
	Left     []notify.Line
	NeedYou  int
	Took     string
	Settings []setting

	CanCancel, CanResume, CanRetry bool
}

type setting struct{ Name, Value string }

// viewOf is a run in words.
func (v *visit) viewOf(info *adcimport.RunInfo) *runView {
	r := &runView{RunInfo: *info, By: v.nameOf(info.Labels[startedBy]), NeedYou: notify.NeedYou(info.Summary)}
	r.Ended = info.Status.Ended()
	r.Needs, r.Done, r.Left = notify.Needs(info.Summary), notify.Done(info.Summary), notify.Left(info.Summary)
	r.Trouble = notify.TroubleOf(info.Failure)
	r.Took = lasted(info.Started, info.Finished)
	r.Settings = v.settings(info)
	v.state(r)
	r.CanCancel = !r.Ended && v.who.MayRun
	r.CanResume = v.who.MayRun && (r.Ended && info.Status != adcimport.StatusCompleted || info.Status == adcimport.StatusHeld)
	r.CanRetry = v.who.MayRun && r.Ended && info.Counts.Failed > 0
	return r
}

// state says where a run stands.
func (v *visit) state(r *runView) {
	text, n := v.views.text, v.views.counted
	imported := r.Counts.Created + r.Counts.Linked + r.Counts.Updated
	switch status := r.Status; {
	case status == adcimport.StatusCompleted && r.NeedYou > 0:
		r.Tone, r.State = toneNeeds, n("need_you", r.NeedYou)
		r.Headline = v.views.textOf("partly", imported, n("need_you", r.NeedYou))
	case status == adcimport.StatusCompleted && imported == 0:
		r.Tone, r.State, r.Headline = toneDone, text("state_done"), text("nothing_new")
	case status == adcimport.StatusCompleted:
		r.Tone, r.State, r.Headline = toneDone, text("state_done"), n("imported", imported)
	case status == adcimport.StatusCanceled:
		r.Tone, r.State, r.Headline = toneNeeds, text("state_canceled"), v.views.textOf("run_canceled", imported)
	case status == adcimport.StatusHeld:
		r.Tone, r.State, r.Headline = toneNeeds, text("state_held"), v.views.textOf("run_held", imported)
	case r.Ended:
		r.Tone, r.State, r.Headline = toneWrong, text("state_failed"), v.views.textOf("run_failed", imported)
	default:
		v.underWay(r)
	}
}

// underWay is a run that is at work, or goes on by itself.
func (v *visit) underWay(r *runView) {
	r.Tone, r.State = toneCalm, v.views.text("state_running")
	r.Progress, r.Percent = v.progress(&r.RunInfo)
	r.Headline = r.Progress
	failure := r.Failure
	switch {
	case r.Status == adcimport.StatusPaused || failure != nil && !failure.Since.IsZero():
		r.Waits, r.Until, r.State = true, r.PausedUntil, v.views.text("state_waiting")
	case r.Status == adcimport.StatusInterrupted || !r.Alive:
		r.Waits, r.State = true, v.views.text("state_reconnecting")
		r.Trouble = notify.Trouble{What: v.views.text("cut_off"), Help: v.views.text("goes_on")}
	}
}

// progress is how far a run is, in words, and in percent.
func (v *visit) progress(r *adcimport.RunInfo) (text string, percent int) {
	read := r.Counts.Read
	if r.Total <= 0 {
		return v.views.counted("read", read), 0
	}
	text = v.views.textOf("read_of", read, r.Total)
	if rate, per := perSecond(read, time.Since(r.Started)); per > 0 && r.Alive {
		left := time.Duration(float64(max(r.Total-read, 0)) / per * float64(time.Second))
		text += " · " + v.views.textOf("a_second", rate) + " · " + v.views.textOf("left", v.views.about(left))
	}
	return text, min(read*100/r.Total, 100)
}

// settings are filter and options in words. Records go by their ids.
func (v *visit) settings(info *adcimport.RunInfo) (list []setting) {
	add := func(label, value string) {
		if value != "" {
			list = append(list, setting{v.views.text(label), value})
		}
	}
	kind := adcimport.KindCustomer
	if info.UserOptions != nil {
		kind = adcimport.KindUser
	}
	names := func(list string, ids ...string) string {
		if ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" }); len(ids) == 0 {
			return ""
		}
		return some(v.named(kind, list, ids))
	}
	yes := func(on bool) string {
		if on {
			return v.views.text("on")
		}
		return v.views.text("off")
	}
	if f := info.CustomerFilter; f != nil {
		add("customer_ids", some(f.CustomerIDs))
		add("sub_dealers", names("SubDealers", f.SubDealerIDs...))
		add("included", v.included(f.Include))
	}
	if o := info.CustomerOptions; o != nil {
		add("office_location", names("Offices", o.OfficeID))
		add("default_rep", names("Reps", o.DefaultRepID))
		add("customer_tags", names("CustomerTags", o.TagIDs...))
	}
	if f := info.UserFilter; f != nil {
		add("support_ids", some(f.SupportIDs))
		add("roles", names("Roles", f.RoleIDs...))
		add("sub_dealers", names("SubDealers", f.SubDealerIDs...))
	}
	if o := info.UserOptions; o != nil {
		add("active", yes(o.Active))
		add("can_login", yes(o.CanLogin))
		add("permission_group", names("PermissionGroups", o.PermissionGroupID))
		add("user_tags", some(o.Tags))
	}
	return list
}

func (v *visit) included(in adcimport.Include) string {
	var all []string
	for key, on := range map[string]bool{"terminated": in.Terminated, "demo": in.Demo, "commitment": in.Commitment} {
		if on {
			all = append(all, v.views.text(key))
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// some are ids, and of many the first.
func some(ids []string) string {
	const shown = 8
	if len(ids) > shown {
		return strings.Join(ids[:shown], ", ") + " … (" + grouped(len(ids)) + ")"
	}
	return strings.Join(ids, ", ")
}

// todo is what is to be done about a record, in words.
type todo struct {
	adcimport.Outcome
	What string
	Help string
}

// todoOf says it.
func (v *visit) todoOf(o adcimport.Outcome) todo {
	it := todo{Outcome: o}
	line := lineOf(o)
	it.What, it.Help = line.Text, line.Help
	if o.Reason == adcimport.ReasonInDoubt {
		it.What, it.Help = v.views.text("in_doubt"), v.views.text("in_doubt_help")
	}
	if o.Reason == adcimport.ReasonRejectedBySink {
		it.Help = v.views.textOf("wrong_help_"+string(o.Kind), o.SourceID)
	}
	if len(o.Fields) == 0 {
		return it
	}
	if len(o.Fields) == 1 && o.Fields[0].Field == "Email" {
		it.What, it.Help = v.views.text("missing_email"), v.views.textOf("missing_email_help", o.SourceID)
		return it
	}
	what := make([]string, 0, len(o.Fields))
	missing := true
	for _, f := range o.Fields {
		if f.Rule == "is required" {
			what = append(what, v.views.textOf("missing_field", v.views.fieldName(f.Field)))
		} else {
			what, missing = append(what, v.views.fieldName(f.Field)+" "+f.Rule), false
		}
	}
	it.What = strings.Join(what, "; ")
	it.Help = v.views.textOf("wrong_help_"+string(o.Kind), o.SourceID)
	if missing {
		it.Help = v.views.textOf("missing_help_"+string(o.Kind), o.SourceID)
	}
	return it
}

// lineOf is an outcome's reason in the words of an office.
func lineOf(o adcimport.Outcome) notify.Line {
	s := adcimport.Summary{Kind: o.Kind, Status: adcimport.StatusCompleted}
	if o.Reason != "" {
		s.ByReason = map[adcimport.Reason]int{o.Reason: 1}
	}
	c := &s.Counts
	c.Read = 1
	switch o.Action {
	case adcimport.ActionCreated:
		c.Created = 1
	case adcimport.ActionLinked:
		c.Linked = 1
	case adcimport.ActionUpdated:
		c.Updated = 1
	case adcimport.ActionUnchanged:
		c.Unchanged = 1
	case adcimport.ActionSkipped:
		c.Skipped = 1
	case adcimport.ActionFailed, adcimport.ActionInFlight:
		c.Failed = 1
	}
	for _, lines := range [][]notify.Line{notify.Needs(s), notify.Left(s), notify.Done(s)} {
		if len(lines) > 0 {
			return lines[0]
		}
	}
	return notify.Line{Text: string(o.Action)}
}

// unsupported reports whether what was asked for is done already, or cannot be.
func unsupported(err error) bool { return errors.Is(err, errors.ErrUnsupported) }
