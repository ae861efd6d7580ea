// Package pages shows a link and its runs, and does what a person asks of a run.
package pages

import (
	"net/http"

	"github.com/securitytrax/adcimport"
)

// Run is what a run did so far: its state, its counts, and why it failed or waits.
func Run(r *http.Request, imp *adcimport.Importer) (any, error) {
	return imp.LookupRun(r.Context(), r.PathValue("run"))
}

// Failed are the failed records of a run, with their reasons.
func Failed(r *http.Request, imp *adcimport.Importer) (any, error) {
	list := []adcimport.Outcome{}
	for o, err := range imp.Outcomes(r.Context(), r.PathValue("run")) {
		if err != nil {
			return nil, err
		}
		if o.Action == adcimport.ActionFailed {
			list = append(list, o)
		}
	}
	return list, nil
}

// Retry starts a run of the failed records of another one.
func Retry(r *http.Request, imp *adcimport.Importer) (any, error) {
	return Begun(imp.StartRetryFailed(r.Context(), r.PathValue("run")))
}

// Resume goes on with a run that ended before its completion, or is held.
func Resume(r *http.Request, imp *adcimport.Importer) (any, error) {
	return Begun(imp.StartResume(r.Context(), r.PathValue("run")))
}

// Cancel ends a run, wherever it is at work: there it stops a moment later.
func Cancel(r *http.Request, imp *adcimport.Importer) (any, error) {
	if err := imp.Cancel(r.Context(), r.PathValue("run")); err != nil {
		return nil, err
	}
	return Run(r, imp)
}

// Begun is what a start is replied with.
func Begun(run *adcimport.Run, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return map[string]string{"run_id": run.ID(), "message": run.Message()}, nil
}
