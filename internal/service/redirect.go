package service

import (
	"net/http"
	"net/url"
	"strings"
)

// maxRedirects bounds how often one attempt is sent on within the same host.
const maxRedirects = 3

// StayOnHost follows a redirect only to the same host, by the same scheme and with
// the same method, and ends with refused otherwise: the body has the credentials,
// and a call that became a GET is none.
func StayOnHost(refused error) func(*http.Request, []*http.Request) error {
	return func(next *http.Request, via []*http.Request) error {
		first := via[0]
		if len(via) > maxRedirects || next.Method != first.Method ||
			next.URL.Scheme != first.URL.Scheme || !SameHost(first.URL, next.URL) {
			return refused
		}
		return nil
	}
}

// SameHost reports whether an address is at the host of another one, however it is
// written: in capitals, with a dot at its end, with the port that its scheme has
// anyway. A service behind something that speaks TLS for it knows itself by http, and
// by no port or 80 then.
func SameHost(own, other *url.URL) bool {
	if hostOf(own) != hostOf(other) {
		return false
	}
	switch {
	case portOf(own) == portOf(other):
		return own.Scheme == other.Scheme || own.Scheme == "https" && other.Scheme == "http"
	case own.Scheme == "https" && other.Scheme == "http":
		return portOf(own) == "443" && portOf(other) == "80"
	}
	return false
}

func hostOf(u *url.URL) string { return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".") }

func portOf(u *url.URL) string {
	switch port := u.Port(); {
	case port != "":
		return port
	case u.Scheme == "https":
		return "443"
	case u.Scheme == "http":
		return "80"
	}
	return ""
}

// Stay follows no redirect: the reply that asks for one is the reply.
func Stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
