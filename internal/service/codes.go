package service

import (
	"errors"
	"net/http"

	"github.com/securitytrax/adcimport/internal/pacing"
)

// Code is what adcimport.CallError says of a call: by the status of its reply, or,
// where there was none, by its error. Unreadable are errors of replies that are not
// what they should be.
func Code(status int, err error, unreadable ...error) string {
	for _, e := range unreadable {
		if errors.Is(err, e) {
			return "unreadable"
		}
	}
	switch {
	case status == 0 && errors.Is(err, pacing.ErrTimeout), status == http.StatusRequestTimeout:
		return "timeout"
	case status == 0, status == http.StatusInternalServerError, pacing.Overloaded(status) && status != http.StatusTooManyRequests:
		return "unavailable"
	case status == http.StatusUnauthorized:
		return "auth"
	case status == http.StatusForbidden:
		return "denied"
	case status == http.StatusNotFound:
		return "not_found"
	case status == http.StatusTooManyRequests:
		return "rate_limited"
	case status >= http.StatusMultipleChoices: // also a redirect that is not followed
		return "refused"
	}
	return "unreadable"
}
