package service

import (
	"net"
	"net/url"
	"strings"
)

// CheckAddress keeps credentials off unprotected networks: an address must be
// https, except on a loopback address, and nothing but scheme, host and path. It
// stays out of the error: somebody may have put a password into it.
func CheckAddress(field, address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "":
		return Invalid(field, "must be an absolute URL")
	case u.User != nil || strings.ContainsAny(address, "?#"):
		return Invalid(field, "must have no user, query or fragment")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return Invalid(field, "must be https, except on a loopback address")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
