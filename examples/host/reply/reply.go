// Package reply writes what handlers return.
package reply

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/report"
)

// File is a reply that is no JSON.
type File struct {
	Type string
	Body []byte
}

// JSON serves what do returns. Who asks with a mistake is told which; what went
// wrong here is in the log, and in a code.
func JSON(log *slog.Logger, do func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		value, err := do(r)
		if err != nil {
			fail(log, w, r, err)
			return
		}
		status := http.StatusOK
		if r.Method == http.MethodPost {
			status = http.StatusAccepted // it has begun
		}
		write(log, w, r, status, value)
	})
}

// fail writes an error. Errors of adcimport hold nothing personal.
func fail(log *slog.Logger, w http.ResponseWriter, r *http.Request, err error) {
	status := statusOf(err)
	failure := struct {
		Error string `json:"error"`
		Code  string `json:"code,omitempty"` // as in the table of docs/reference.md
	}{Error: err.Error()}
	if call, ok := errors.AsType[*adcimport.CallError](err); ok {
		failure.Code = call.Code
	}
	if status >= http.StatusInternalServerError {
		log.WarnContext(r.Context(), "a request failed", slog.String("pattern", r.Pattern), slog.Any("error", err))
		failure.Error = "not now: the log of the host says why"
	}
	write(log, w, r, status, failure)
}

func statusOf(err error) int {
	if is[*adcimport.InvalidOptionsError](err) || is[*adcimport.InvalidFilterError](err) ||
		is[*adcimport.DecisionError](err) || is[*report.ReviewError](err) {
		return http.StatusBadRequest
	}
	for _, s := range []struct {
		err    error
		status int
	}{
		{adcimport.ErrNotFound, http.StatusNotFound},
		{adcimport.ErrRunInProgress, http.StatusConflict},
		{adcimport.ErrRunExists, http.StatusConflict},
		{errors.ErrUnsupported, http.StatusConflict},             // as to cancel what ended
		{adcimport.ErrNotLinked, http.StatusUnprocessableEntity}, // a person must mend the link
		{adcimport.ErrAuth, http.StatusUnprocessableEntity},
	} {
		if errors.Is(err, s.err) {
			return s.status
		}
	}
	return http.StatusServiceUnavailable
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func write(log *slog.Logger, w http.ResponseWriter, r *http.Request, status int, value any) {
	if file, ok := value.(File); ok {
		w.Header().Set("Content-Type", file.Type)
		_, _ = w.Write(file.Body) // who left does not want it
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		log.DebugContext(r.Context(), "a reply was not taken", slog.Any("error", err))
	}
}
