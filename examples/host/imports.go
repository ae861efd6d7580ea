package main

import (
	"encoding/json"
	"net/http"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/examples/host/pages"
	"github.com/securitytrax/adcimport/links"
)

// start begins an import: once for an Idempotency-Key, however often it is asked.
func (h *host) start(r *http.Request) (any, error) {
	s, err := asked(r)
	if err != nil {
		return nil, err
	}
	id := r.Header.Get("Idempotency-Key")
	s.CustomerOptions.RunID, s.UserOptions.RunID = id, id
	if s.Kind == adcimport.KindUser {
		return pages.Begun(h.set.StartUsers(r.Context(), s.Link, s.UserFilter, s.UserOptions))
	}
	return pages.Begun(h.set.StartCustomers(r.Context(), s.Link, s.CustomerFilter, s.CustomerOptions))
}

// nightly keeps an import for every night.
func (h *host) nightly(r *http.Request) (any, error) {
	s, err := asked(r)
	if err == nil {
		_, err = h.set.Importer(r.Context(), s.Link) // is there such a link?
	}
	if err != nil {
		return nil, err
	}
	return s, h.schedules.Set(r.Context(), s)
}

// asked is the body: kind, filter and options, and for a nightly import the time.
func asked(r *http.Request) (s links.Schedule, err error) {
	body := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20))
	body.DisallowUnknownFields()
	if err := body.Decode(&s); err != nil {
		return s, &adcimport.InvalidOptionsError{Field: "body", Rule: err.Error()}
	}
	if s.Link = r.PathValue("link"); s.Kind != adcimport.KindUser && s.Kind != adcimport.KindCustomer {
		return s, &adcimport.InvalidOptionsError{Field: "kind", Rule: "must be customer or user"}
	}
	return s, nil
}
