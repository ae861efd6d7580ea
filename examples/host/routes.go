package main

import (
	"log/slog"
	"net/http"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/examples/host/pages"
	"github.com/securitytrax/adcimport/examples/host/reply"
	"github.com/securitytrax/adcimport/links"
)

// host is what the handlers work with.
type host struct {
	log       *slog.Logger
	set       *links.Set
	schedules links.Schedules
}

func (h *host) routes() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, do func(*http.Request) (any, error)) { mux.Handle(pattern, reply.JSON(h.log, do)) }
	handle("GET /runs", pages.Runs(h.set, h.log))
	handle("POST /links/{link}/runs", h.start)
	handle("PUT /links/{link}/nightly", h.nightly)
	for pattern, page := range pages.OfLink() {
		handle(pattern, h.of(page))
	}
	return http.NewCrossOriginProtection().Handler(mux)
}

// of does something with the importer of a request's link.
func (h *host) of(do func(*http.Request, *adcimport.Importer) (any, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		imp, err := h.set.Importer(r.Context(), r.PathValue("link"))
		if err != nil {
			return nil, err
		}
		return do(r, imp)
	}
}
