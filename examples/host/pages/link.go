package pages

import (
	"net/http"

	"github.com/securitytrax/adcimport"
)

// Check says whether both ends of a link can be used.
func Check(r *http.Request, imp *adcimport.Importer) (any, error) {
	return map[string]bool{"linked": true}, imp.Check(r.Context())
}

// Choices are the lists that filters and options are chosen from, without the reps,
// which are people.
func Choices(r *http.Request, imp *adcimport.Importer) (any, error) {
	customers, err := imp.CustomerChoices(r.Context())
	if err != nil {
		return nil, err
	}
	customers.Reps = nil
	users, err := imp.UserChoices(r.Context())
	return map[string]any{"customer": customers, "user": users}, err
}
