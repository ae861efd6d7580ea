package pages

import (
	"log/slog"
	"net/http"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/links"
)

// Runs are those of all links, with why they failed or wait. A link that cannot be
// listed keeps no other from being shown.
func Runs(set *links.Set, log *slog.Logger) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		page := struct {
			Runs       []adcimport.RunInfo `json:"runs"`
			Incomplete bool                `json:"incomplete,omitempty"` // the log says why
		}{Runs: []adcimport.RunInfo{}}
		for run, err := range set.Runs(r.Context()) {
			if err != nil {
				log.WarnContext(r.Context(), "the list of runs is incomplete", slog.Any("error", err))
				page.Incomplete = true
				continue
			}
			page.Runs = append(page.Runs, run)
		}
		return page, nil
	}
}
