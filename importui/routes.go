package importui

import (
	"embed"
	"net/http"

	"github.com/securitytrax/adcimport"
)

//go:embed assets
var assets embed.FS

// segments are the kinds as addresses have them.
var segments = map[string]adcimport.Kind{"customers": adcimport.KindCustomer, "users": adcimport.KindUser}

func (h *Handler) routes() http.Handler {
	mux, p := http.NewServeMux(), h.cfg.Prefix
	mux.HandleFunc("GET "+p+"/-/app.css", asset("assets/app.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET "+p+"/-/app.js", asset("assets/app.js", "text/javascript; charset=utf-8"))
	mux.HandleFunc(p+"/", h.missing)
	mux.HandleFunc("GET "+p+"/{$}", h.index)
	link := p + "/{link}"
	mux.HandleFunc("GET "+link, h.slashed)
	look := func(pattern string, do func(*visit) error) { mux.Handle("GET "+link+pattern, h.visited("", false, do)) }
	act := func(pattern string, do func(*visit) error) { mux.Handle("POST "+link+pattern, h.visited("", true, do)) }
	look("/{$}", (*visit).entry)
	look("/history", (*visit).history)
	look("/runs/{id}", (*visit).run)
	look("/runs/{id}/events", (*visit).events)
	look("/runs/{id}/csv", (*visit).csv)
	act("/runs/{id}/{action}", (*visit).actOnRun)
	look("/nightly", (*visit).nightly)
	for segment, k := range segments {
		h.routesOf(mux, link, segment, k)
	}
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(h.crossed))
	return headers(protection.Handler(mux))
}

// routesOf are the pages of a kind.
func (h *Handler) routesOf(mux *http.ServeMux, link, segment string, k adcimport.Kind) {
	look := func(pattern string, do func(*visit) error) { mux.Handle("GET "+link+pattern, h.visited(k, false, do)) }
	act := func(pattern string, do func(*visit) error) { mux.Handle("POST "+link+pattern, h.visited(k, true, do)) }
	look("/"+segment+"/start", (*visit).start)
	act("/"+segment+"/start", (*visit).start)
	look("/"+segment+"/filter", (*visit).filter)
	act("/"+segment+"/filter", (*visit).filter)
	look("/"+segment+"/options", (*visit).fromTheStart)
	act("/"+segment+"/options", (*visit).options)
	look("/"+segment+"/preview", (*visit).fromTheStart)
	act("/"+segment+"/preview", (*visit).beginPreview)
	look("/"+segment+"/preview/{id}", (*visit).preview)
	look("/"+segment+"/run", (*visit).fromTheStart)
	act("/"+segment+"/run", (*visit).begin)
	act("/nightly/"+segment, (*visit).setNightly)
	look("/review/"+segment, (*visit).review)
	act("/review/"+segment, (*visit).decide)
	look("/records/"+segment, (*visit).findRecord)
	look("/records/"+segment+"/{id}", (*visit).record)
	act("/records/"+segment+"/{id}/{action}", (*visit).actOnRecord)
}

// headers are those of every reply.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "+
			"img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("X-Frame-Options", "DENY")
		head.Set("Referrer-Policy", "same-origin")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		head.Set("Cache-Control", "private, no-cache") // what Back shows again is not asked for
		next.ServeHTTP(w, r)
	})
}

func asset(name, mime string) http.HandlerFunc {
	data, err := assets.ReadFile(name)
	return func(w http.ResponseWriter, _ *http.Request) {
		if err != nil { // it is built in
			http.Error(w, "not here", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", mime)
		w.Header().Set("Cache-Control", "public, max-age=3600")
		_, _ = w.Write(data) // who left does not want it
	}
}
