package importui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
)

// visit is one request of somebody who may use its link.
type visit struct {
	*Handler
	w    http.ResponseWriter
	r    *http.Request
	form url.Values // of a POST
	who  Identity
	link Link
	kind adcimport.Kind // of the page; empty: of both

	known map[adcimport.Kind]choices // for names; nil: nobody asked yet
	imp   *adcimport.Importer
}

var (
	errMayNot = errors.New("this identity may not do that")
	errForm   = errors.New("the form cannot be read")
)

func (v *visit) ctx() context.Context { return v.r.Context() }

// identify is who asks.
func (h *Handler) identify(r *http.Request) (Identity, error) {
	who, err := h.cfg.Authorize(r)
	if err != nil {
		return Identity{}, err
	}
	if who.ID == "" || len(who.ID) > 64 {
		return Identity{}, &adcimport.InvalidOptionsError{Field: "Identity.ID", Rule: "must have 1 to 64 bytes"}
	}
	for _, l := range who.Links {
		if l.ID == "" {
			return Identity{}, &adcimport.InvalidOptionsError{Field: "Identity.Links", Rule: "must each have an ID"}
		}
	}
	if who.Zone == nil {
		who.Zone = time.UTC
	}
	return who, nil
}

// visited serves a page of a link to those who may use it. To anybody else there is
// no such link.
func (h *Handler) visited(k adcimport.Kind, acts bool, do func(*visit) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{Handler: h, w: w, r: r, kind: k}
		err := v.enter(acts) //nolint:contextcheck // a visit has the context of its request
		if err == nil {
			err = do(v)
		}
		if err != nil {
			v.fail(err) //nolint:contextcheck // a visit has the context of its request
		}
	})
}

func (v *visit) enter(acts bool) (err error) {
	if acts {
		v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
		if err := v.r.ParseForm(); err != nil {
			return errForm
		}
		v.form = v.r.PostForm //nolint:forbidigo // a form that was sent, not http.PostForm
	}
	if v.who, err = v.identify(v.r); err != nil {
		return err
	}
	id := v.r.PathValue("link")
	i := slices.IndexFunc(v.who.Links, func(l Link) bool { return l.ID == id })
	if i < 0 {
		return adcimport.ErrNotFound
	}
	v.link = v.who.Links[i]
	if v.link.Title == "" {
		v.link.Title = v.link.ID
	}
	v.imp, err = v.cfg.Links.Importer(v.ctx(), id)
	return err
}

// mayRun refuses whoever may only look.
func (v *visit) mayRun() error {
	if !v.who.MayRun {
		return errMayNot
	}
	return nil
}

// path is the address of a page of the link.
func (v *visit) path(elements ...string) string {
	if v.link.ID == "" {
		return v.cfg.Prefix + "/"
	}
	return linkPath(v.cfg.Prefix, v.link.ID, elements...)
}

func linkPath(prefix, link string, elements ...string) string {
	for i, e := range elements {
		elements[i] = url.PathEscape(e)
	}
	return prefix + "/" + url.PathEscape(link) + "/" + strings.Join(elements, "/")
}

// kinds is the kind as addresses have it.
func kinds(k adcimport.Kind) string {
	if k == adcimport.KindUser {
		return "users"
	}
	return "customers"
}

// see sends somebody who did something to a page that can be loaded again.
func (v *visit) see(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// fromTheStart is for addresses that are loaded again without what was sent to them.
func (v *visit) fromTheStart() error { return v.see(v.path(kinds(v.kind), "start")) }

// show writes a page. Its status is written after the page is made, so that what goes
// wrong in it is no half of a page.
func (v *visit) show(status int, name string, p page) error {
	v.fill(&p)
	var out bytes.Buffer
	if err := v.views.write(&out, name, &p); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(out.Bytes()) // who left does not want it
	return nil
}

func (v *visit) fill(p *page) {
	p.v = v
	p.Link, p.Kind, p.Who = v.link, v.kind, v.who
	p.Prefix, p.Nightly = v.cfg.Prefix, v.cfg.Schedules != nil
}

// fail shows why there is no page. What went wrong here is in the log, and nothing of
// it on the page.
func (v *visit) fail(err error) {
	status, name := http.StatusServiceUnavailable, "away"
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case errors.Is(err, ErrNoSession):
		v.noSession()
		return
	case errors.Is(err, adcimport.ErrNotFound):
		status, name = http.StatusNotFound, "missing"
	case errors.Is(err, errMayNot):
		status, name = http.StatusForbidden, "may_not"
	case errors.Is(err, errDraft):
		status, name = http.StatusBadRequest, "draft"
	case errors.Is(err, errForm) || tooLarge:
		status, name = http.StatusBadRequest, "form"
	case errors.Is(err, errTooMany):
		status, name = http.StatusTooManyRequests, "too_many"
		v.w.Header().Set("Retry-After", "30")
	case v.ctx().Err() != nil: // who left does not want it
		return
	default:
		v.cfg.Logger.WarnContext(v.ctx(), "a page failed", slog.String("pattern", v.r.Pattern), slog.Any("error", err))
	}
	v.failed(status, name)
}

// failed shows the page of a failure. To whom the link is unknown it says nothing of it.
func (v *visit) failed(status int, name string) {
	p := page{Title: v.views.text("title_" + name), Body: failure{
		Text: v.views.text("failed_" + name), Kept: name == "missing" && v.cfg.Kept > 0, Days: int(v.cfg.Kept.Hours() / 24),
	}}
	if status == http.StatusNotFound {
		v.link, v.kind = Link{}, "" // the same for all that is not there
	}
	if err := v.show(status, "failure", p); err != nil {
		v.cfg.Logger.WarnContext(v.ctx(), "a page failed", slog.Any("error", err))
		http.Error(v.w, "not now", http.StatusServiceUnavailable)
	}
}

// failure is the body of such a page.
type failure struct {
	Text   string
	Kept   bool
	Days   int
	LogIn  string
	Action string  // where what was entered goes once more
	Fields []field // what was entered
}

type field struct{ Name, Value string }

// noSession keeps what was entered on the page, until somebody has logged in.
func (v *visit) noSession() {
	body := failure{Text: v.views.text("failed_session"), LogIn: v.cfg.LogInURL}
	v.link = Link{}
	if v.r.Method == http.MethodPost {
		body.Action = v.r.URL.EscapedPath()
		for name, values := range v.form {
			for _, value := range values {
				body.Fields = append(body.Fields, field{name, value})
			}
		}
		slices.SortFunc(body.Fields, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	} else {
		body.Action = v.r.URL.EscapedPath()
	}
	p := page{Title: v.views.text("title_session"), Body: body}
	if err := v.show(http.StatusUnauthorized, "failure", p); err != nil {
		http.Error(v.w, "log in", http.StatusUnauthorized)
	}
}

// missing is the page of every address that is none. It says the same to everybody.
func (h *Handler) missing(w http.ResponseWriter, r *http.Request) {
	(&visit{Handler: h, w: w, r: r}).fail(adcimport.ErrNotFound) //nolint:contextcheck // a visit has the context of its request
}

// crossed is for what another site had a browser send.
func (h *Handler) crossed(w http.ResponseWriter, r *http.Request) {
	(&visit{Handler: h, w: w, r: r}).failed(http.StatusForbidden, "crossed") //nolint:contextcheck // a visit has the context of its request
}

// slashed leads to the page of the link.
func (h *Handler) slashed(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, linkPath(h.cfg.Prefix, r.PathValue("link")), http.StatusSeeOther) //nolint:gosec // below the prefix, escaped
}

// index lists the links that somebody may use, or is the page of the only one.
func (h *Handler) index(w http.ResponseWriter, r *http.Request) {
	v := &visit{Handler: h, w: w, r: r}
	if err := v.index(); err != nil {
		v.fail(err) //nolint:contextcheck // a visit has the context of its request
	}
}

func (v *visit) index() (err error) {
	if v.who, err = v.identify(v.r); err != nil {
		return err
	}
	if len(v.who.Links) == 1 {
		return v.see(linkPath(v.cfg.Prefix, v.who.Links[0].ID))
	}
	return v.show(http.StatusOK, "index", page{Title: v.views.text("title_index"), Body: v.who.Links})
}
