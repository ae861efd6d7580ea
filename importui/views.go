package importui

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/match"
)

//go:embed templates
var templates embed.FS

// page is what a template shows: what all pages have, and the body of this one.
type page struct {
	v       *visit
	Title   string // the heading
	Link    Link
	Kind    adcimport.Kind // empty: of both
	Who     Identity
	Prefix  string
	Nightly bool   // there are nightly imports
	Wide    bool   // a table, not a form
	Refresh int    // seconds after which the page is loaded again without JavaScript; 0: not
	Live    string // the address of the page's events; empty: none
	Step    int    // of the four; 0: none
	Body    any
}

// views are the templates with their texts.
type views struct {
	texts map[string]string
	pages map[string]*template.Template
}

func newViews(texts map[string]string, prefix string) (*views, error) {
	v := &views{texts: texts, pages: make(map[string]*template.Template)}
	funcs := template.FuncMap{
		"t": v.textOf, "n": v.counted, "num": grouped, "linkpath": func(link string) string { return linkPath(prefix, link) },
		"kinds": kinds, "join": func(list []string) string { return strings.Join(list, ", ") }, "mul": mul, "capital": capital,
		"sum": sum, "sub": func(a, b int) int { return a - b }, "dict": dict, "list": func(all ...string) []string { return all },
	}
	shared, err := template.New("").Funcs(funcs).ParseFS(templates, "templates/base/*.html")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	names, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		t, err := shared.Clone()
		if err == nil {
			t, err = t.ParseFS(templates, name)
		}
		if err != nil {
			return nil, fmt.Errorf("templates: %w", err)
		}
		v.pages[strings.TrimSuffix(path.Base(name), ".html")] = t
	}
	return v, nil
}

func (v *views) write(w io.Writer, name string, p *page) error {
	return v.pages[name].ExecuteTemplate(w, "page", p)
}

// part writes a part of a page, for events.
func (v *views) part(w io.Writer, name, part string, p *page) error {
	return v.pages[name].ExecuteTemplate(w, part, p)
}

func (v *views) text(key string) string { return v.textOf(key) }

// textOf is a text with what it tells in place of {1}, {2} and so on.
func (v *views) textOf(key string, args ...any) string {
	text, ok := v.texts[key]
	if !ok {
		return key
	}
	for i, arg := range args {
		value := fmt.Sprint(arg)
		if n, ok := arg.(int); ok {
			value = grouped(n)
		}
		text = strings.ReplaceAll(text, fmt.Sprintf("{%d}", i+1), value)
	}
	return text
}

// counted is the text for one, or that for any other number.
func (v *views) counted(key string, n int, args ...any) string {
	if n == 1 {
		key += ".one"
	} else {
		key += ".many"
	}
	return v.textOf(key, append([]any{n}, args...)...)
}

// FullTitle says where one is, from near to far.
func (p *page) FullTitle() string {
	parts := []string{p.Title}
	if kind := p.KindTitle(); p.Kind != "" && kind != p.Title {
		parts = append(parts, kind)
	}
	if p.Link.Title != "" && p.Link.Title != p.Title {
		parts = append(parts, p.Link.Title)
	}
	return strings.Join(parts, " – ")
}

// KindTitle is what an import of the kind is called.
func (p *page) KindTitle() string {
	if p.Kind == adcimport.KindUser {
		return p.v.views.text("import_users")
	}
	return p.v.views.text("import_customers")
}

// Users reports whether the page is of users.
func (p *page) Users() bool { return p.Kind == adcimport.KindUser }

// Path is the address of a page of the link.
func (p *page) Path(elements ...string) string { return p.v.path(elements...) }

// StepPath is the address of a step of the page's kind.
func (p *page) StepPath(step string) string { return p.v.path(kinds(p.Kind), step) }

// RunPath is the address of a run.
func (p *page) RunPath(id string) string { return p.v.path("runs", id) }

// RecordPath is the address of a record.
func (p *page) RecordPath(k adcimport.Kind, id string) string {
	return p.v.path("records", kinds(k), id)
}

// URLAt is the address of a record at one of its ends; empty: there is none.
func (p *page) URLAt(k adcimport.Kind, at, id string) string {
	if p.v.cfg.RecordURL == nil || id == "" {
		return ""
	}
	return p.v.cfg.RecordURL(p.Link.ID, k, End(at), id)
}

// At is a time as the reader has it, with its zone in a tooltip.
func (p *page) At(t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	local := t.In(p.Who.Zone)
	return template.HTML(fmt.Sprintf(`<time datetime="%s" title="%s">%s</time>`, //nolint:gosec // all three are made of a time
		t.UTC().Format(time.RFC3339), local.Format("2006-01-02 15:04:05 MST"), shortTime(local, time.Now().In(p.Who.Zone))))
}

// Clock is such a time within a sentence.
func (p *page) Clock(t time.Time) string {
	return shortTime(t.In(p.Who.Zone), time.Now().In(p.Who.Zone))
}

// nameOf is what somebody is called who started something.
func (v *visit) nameOf(id string) string {
	if id == "schedule" {
		return v.views.text("by_schedule")
	}
	name := ""
	if id != "" && v.cfg.NameOf != nil {
		name = v.cfg.NameOf(v.ctx(), id)
	}
	if name == "" {
		return v.views.text("by_somebody")
	}
	return name
}

// Evidence says what is equal in a candidate, and what speaks against it.
func (p *page) Evidence(w match.Weighed) string {
	c := p.v.candidateOf(w)
	text := w.ID + ": " + p.v.views.textOf("evidence", strings.Join(c.EvidenceWords, ", "))
	if len(c.VetoWords) > 0 {
		text += ". " + p.v.views.textOf("speaks_against", strings.Join(c.VetoWords, ", "))
	}
	return text
}

// dict has what a part of a page is given, by names.
func dict(pairs ...any) map[string]any {
	m := make(map[string]any)
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			m[name] = pairs[i+1]
		}
	}
	return m
}

func sum(all ...int) int {
	total := 0
	for _, n := range all {
		total += n
	}
	return total
}
