package main

import (
	"context"
	"html/template"
	"net/http"
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/examples/host/accounts"
	"github.com/securitytrax/adcimport/importui"
)

// staff are those who may be logged in, by their ids. A real host has its own logins: it
// asks its session who somebody is.
type staff struct {
	ids   map[string]importui.Identity
	names map[string]string
	as    string // who is logged in without a cookie; empty: nobody
}

const cookie = "wizard"

// people are four: of dealer A, of dealer B, one who may not see what is in records, and
// one who only looks.
func people(all accounts.All, as string) *staff {
	var every []importui.Link
	for _, link := range all.Links() {
		title := link
		if name, ok := titles[link]; ok {
			title = name
		}
		every = append(every, importui.Link{ID: link, Title: title})
	}
	first := every[:min(1, len(every))]
	second := every[len(first):min(2, len(every))]
	return &staff{
		as: as,
		ids: map[string]importui.Identity{
			"maria": {ID: "maria", Links: first, MayRun: true, MaySeeRecords: true},
			"sam":   {ID: "sam", Links: second, MayRun: true, MaySeeRecords: true},
			"kim":   {ID: "kim", Links: first, MayRun: true},
			"alex":  {ID: "alex", Links: every},
		},
		names: map[string]string{"maria": "Maria", "sam": "Sam", "kim": "Kim", "alex": "Alex"},
	}
}

func (s *staff) authorize(r *http.Request) (importui.Identity, error) {
	id := s.as
	if c, err := r.Cookie(cookie); err == nil {
		id = c.Value
	}
	who, ok := s.ids[id]
	if !ok {
		return who, importui.ErrNoSession
	}
	return who, nil
}

func (s *staff) name(_ context.Context, id string) string { return s.names[id] }

// elsewhere is where a record would be looked at.
func elsewhere(_ string, k adcimport.Kind, at importui.End, id string) string {
	return "/elsewhere/" + string(at) + "/" + string(k) + "/" + id
}

func routes(ui http.Handler, who *staff) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/imports/", ui)
	mux.Handle("GET /{$}", http.RedirectHandler("/imports/", http.StatusSeeOther))
	mux.HandleFunc("GET /login", who.form)
	mux.HandleFunc("POST /login", who.logIn)
	mux.HandleFunc("GET /elsewhere/{at}/{kind}/{id}", func(w http.ResponseWriter, r *http.Request) {
		show(w, "{{.kind}} {{.id}} at {{.at}}", map[string]any{
			"kind": r.PathValue("kind"), "id": r.PathValue("id"), "at": r.PathValue("at"),
		})
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

func (s *staff) form(w http.ResponseWriter, _ *http.Request) {
	ids := []string{"maria", "sam", "kim", "alex"}
	slices.Sort(ids)
	show(w, `<h1>Who are you?</h1><form method="post">{{range .}}<p><button name="who" value="{{.}}">{{.}}</button></p>{{end}}</form>
<p>maria: the first company. sam: the second. kim: the first, without what is in records. alex: all, only to look.</p>`, ids)
}

func (s *staff) logIn(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // on this machine alone, without TLS
		Name: cookie, Value: r.PostFormValue("who"), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, "/imports/", http.StatusSeeOther)
}

func show(w http.ResponseWriter, text string, data any) {
	t, err := template.New("").Parse(
		`<!doctype html><html lang="en"><meta charset="utf-8"><title>Wizard</title><main>` + text + `</main></html>`,
	)
	if err == nil {
		err = t.Execute(w, data)
	}
	if err != nil {
		http.Error(w, "not now", http.StatusInternalServerError)
	}
}
