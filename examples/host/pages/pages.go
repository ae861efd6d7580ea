package pages

import (
	"net/http"

	"github.com/securitytrax/adcimport"
)

// OfLink are the pages of one link, by their patterns.
func OfLink() map[string]func(*http.Request, *adcimport.Importer) (any, error) {
	return map[string]func(*http.Request, *adcimport.Importer) (any, error){
		"GET /links/{link}/check":              Check,
		"GET /links/{link}/choices":            Choices,
		"GET /links/{link}/runs/{run}":         Run,
		"GET /links/{link}/runs/{run}/failed":  Failed,
		"GET /links/{link}/runs/{run}/csv":     CSV,
		"POST /links/{link}/runs/{run}/retry":  Retry,
		"POST /links/{link}/runs/{run}/resume": Resume,
		"POST /links/{link}/runs/{run}/cancel": Cancel,
		"GET /links/{link}/review/{kind}":      ToReview,
		"POST /links/{link}/review/{kind}":     Decide,
		"GET /links/{link}/review/{kind}/{id}": Compare,
	}
}
