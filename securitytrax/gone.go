package securitytrax

import (
	"errors"
	"net/http"
)

// gone marks an update of what SecurityTrax does not have any more: 404 or 410, which
// says nothing of a field. A 404 that names one is about what the record relates to,
// such as its rep.
func gone(w written) written {
	e, ok := errors.AsType[*APIError](w.err)
	if !ok || e.Status != http.StatusNotFound && e.Status != http.StatusGone {
		return w
	}
	for _, said := range w.errors {
		if said.Field() != "" {
			return w
		}
	}
	w.gone = e.Pointer == ""
	return w
}
