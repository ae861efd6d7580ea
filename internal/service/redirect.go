package service

import "net/http"

// maxRedirects bounds how often one attempt is sent on within the same host.
const maxRedirects = 3

// StayOnHost follows a redirect only to the same host, by the same scheme and with
// the same method, and ends with refused otherwise: the body has the credentials,
// and a call that became a GET is none.
func StayOnHost(refused error) func(*http.Request, []*http.Request) error {
	return func(next *http.Request, via []*http.Request) error {
		first := via[0]
		if len(via) > maxRedirects || next.Method != first.Method ||
			next.URL.Scheme != first.URL.Scheme || next.URL.Host != first.URL.Host {
			return refused
		}
		return nil
	}
}

// Stay follows no redirect: the reply that asks for one is the reply.
func Stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
