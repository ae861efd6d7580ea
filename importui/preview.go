package importui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/match"
)

const (
	previewLimit   = 200 // new records that a preview looks at, unless all were asked for
	previewRows    = 500 // rows kept of each group
	previewsOfWho  = 2   // at work, of an identity
	previewsOfLink = 2   // at work, of a link
	previewsKept   = 100 // of all
	previewExpires = 2 * time.Hour
)

var errPreviewLost = errors.New("the preview is not there any more")

// previews are in the memory of the process, for whoever asked for them.
type previews struct {
	jobs *jobs
	mu   sync.Mutex
	byID map[string]*preview
}

// preview is one, at work or done.
type preview struct {
	id, who, link string
	draft         draft
	full          bool

	mu      sync.Mutex
	seen    time.Time // when somebody looked
	done    bool
	err     error
	summary adcimport.Summary
	read    int
	groups  map[string]*group
}

// group are the rows of one kind.
type group struct {
	Rows  []adcimport.Outcome
	Count int
}

func newPreviews(j *jobs) *previews { return &previews{jobs: j, byID: make(map[string]*preview)} }

// begin starts a preview. A draft that is sent twice has one.
func (ps *previews) begin(ctx context.Context, d *draft, full bool, plan *adcimport.Plan) (*preview, error) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.expire()
	id := hashed(d, full)[:16] + d.Run[:min(8, len(d.Run))]
	if p := ps.byID[id]; p != nil && p.fine() {
		return p, nil
	}
	if !ps.room(d) {
		return nil, errTooMany
	}
	p := &preview{id: id, who: d.Who, link: d.Link, draft: *d, full: full, seen: time.Now(), groups: make(map[string]*group)}
	if err := ps.jobs.do(ctx, func(ctx context.Context) { p.work(ctx, plan) }); err != nil {
		return nil, err
	}
	ps.byID[id] = p
	return p, nil
}

// room reports whether one more may be at work, and makes some among those that are done.
func (ps *previews) room(d *draft) bool {
	who, link := 0, 0
	var oldest *preview
	for _, p := range ps.byID {
		switch done, seen := p.rests(); {
		case done && (oldest == nil || seen.Before(oldest.lastSeen())):
			oldest = p
		case !done:
			if p.who == d.Who {
				who++
			}
			if p.link == d.Link {
				link++
			}
		}
	}
	if len(ps.byID) >= previewsKept {
		if oldest == nil {
			return false
		}
		delete(ps.byID, oldest.id)
	}
	return who < previewsOfWho && link < previewsOfLink
}

// expire drops those that nobody looked at for long.
func (ps *previews) expire() {
	for id, p := range ps.byID {
		if done, seen := p.rests(); done && time.Since(seen) > previewExpires {
			delete(ps.byID, id)
		}
	}
}

// get is a preview of this identity and link.
func (ps *previews) get(id, who, link string) (*preview, error) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.expire()
	p := ps.byID[id]
	if p == nil || p.who != who || p.link != link {
		return nil, errPreviewLost
	}
	p.mu.Lock()
	p.seen = time.Now()
	p.mu.Unlock()
	return p, nil
}

func (p *preview) rests() (done bool, seen time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done, p.seen
}

func (p *preview) lastSeen() time.Time {
	_, seen := p.rests()
	return seen
}

func (p *preview) fine() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err == nil
}

// work previews to the end.
func (p *preview) work(ctx context.Context, plan *adcimport.Plan) {
	err := errUnanswered // unless it comes to its end
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.done, p.err, p.summary = true, err, plan.Summary()
	}()
	for o, oerr := range plan.Outcomes(ctx) {
		if oerr != nil {
			err = oerr
			return
		}
		p.add(o)
	}
	err = nil
}

// groupOf is where a row is shown.
func groupOf(o adcimport.Outcome) string {
	switch {
	case o.Reason == adcimport.ReasonPossibleMatch:
		return "review"
	case o.Action == adcimport.ActionFailed:
		return "rejected"
	case o.Action == adcimport.ActionSkipped:
		return "left"
	}
	return "new"
}

func (p *preview) add(o adcimport.Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.read++
	name := groupOf(o)
	g := p.groups[name]
	if g == nil {
		g = new(group)
		p.groups[name] = g
	}
	if g.Count++; len(g.Rows) < previewRows {
		g.Rows = append(g.Rows, o)
	}
}

// candidates are whom a record may be, as the preview found.
func (p *preview) candidates(id string) ([]match.Weighed, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := p.groups["review"]
	if g == nil {
		return nil, false
	}
	i := slices.IndexFunc(g.Rows, func(o adcimport.Outcome) bool { return o.SourceID == id })
	if i < 0 {
		return nil, false
	}
	return g.Rows[i].Candidates, true
}

// chosenInPreview are the choices that were made on the page of a preview.
func (v *visit) chosenInPreview(d *draft) ([]adcimport.Decision, error) {
	var decisions []adcimport.Decision
	var p *preview
	for name, values := range v.form {
		id, isChoice := strings.CutPrefix(name, "choice.")
		if !isChoice || values[0] == "" {
			continue
		}
		if p == nil {
			var err error
			if p, err = v.previews.get(v.form.Get("preview"), d.Who, d.Link); err != nil {
				return nil, err
			}
		}
		candidates, ok := p.candidates(id)
		to, links := strings.CutPrefix(values[0], "link:")
		switch {
		case !ok:
			return nil, errPreviewLost
		case values[0] == "create":
			decisions = append(decisions, adcimport.Decision{SourceID: id, Create: true})
		case links && slices.ContainsFunc(candidates, func(c match.Weighed) bool { return c.ID == to }):
			decisions = append(decisions, adcimport.Decision{SourceID: id, LinkTo: to})
		default:
			return nil, errPreviewLost
		}
	}
	slices.SortFunc(decisions, func(a, b adcimport.Decision) int { return strings.Compare(a.SourceID, b.SourceID) })
	return decisions, nil
}

// beginPreview starts the preview of a draft.
func (v *visit) beginPreview() error {
	d, ok, err := v.finished()
	if !ok {
		return err
	}
	var plan *adcimport.Plan
	if d.Kind == adcimport.KindUser {
		plan, err = v.imp.PlanUsers(d.userFilter(), d.userOptions())
	} else {
		plan, err = v.imp.PlanCustomers(d.customerFilter(), d.customerOptions())
	}
	if err != nil {
		return v.refused(err, &d)
	}
	full := v.form.Get("all") != ""
	if !full {
		plan.Limit = previewLimit
	}
	p, err := v.previews.begin(v.ctx(), &d, full, plan)
	if err != nil {
		return err
	}
	return v.see(v.path(kinds(v.kind), "preview", p.id))
}
