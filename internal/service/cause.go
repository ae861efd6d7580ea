package service

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"syscall"

	"github.com/securitytrax/adcimport"
)

// Causes that net/http has no type for, or that keep of one what is nobody's.
var (
	ErrCertificate = errors.New("the server's certificate is not trusted")
	ErrProxyLogin  = errors.New("the proxy wants a login")
)

// Misled returns what is known of an attempt that came to nobody who speaks for the
// service; nil: nothing.
func Misled(err error) error {
	atURL, ok := errors.AsType[*url.Error](err)
	if ok {
		err = atURL.Err
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, http.ErrSchemeMismatch):
		return http.ErrSchemeMismatch
	case err.Error() == http.StatusText(http.StatusProxyAuthRequired): // all that net/http says of it
		return ErrProxyLogin
	}
	return nil
}

// Cause says in a code why there is no service at an address, of a call's status
// and error; empty: that is not it. Redirected says that the service sends its
// callers elsewhere.
func Cause(status int, err error, redirected bool) string {
	if status != 0 {
		return causeOfStatus(status, redirected)
	}
	dns, ok := errors.AsType[*net.DNSError](err)
	switch {
	case redirected:
		return "redirected"
	case ok && dns.IsNotFound:
		return "no_such_host"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection_refused"
	case errors.Is(err, ErrProxyLogin):
		return "proxy"
	case isCertificate(err):
		return "certificate"
	case isTLS(err):
		return "tls"
	}
	return ""
}

func causeOfStatus(status int, redirected bool) string {
	switch {
	case redirected || status >= 300 && status < 400:
		return "redirected"
	case status == http.StatusProxyAuthRequired:
		return "proxy"
	case status == http.StatusNotFound, status == http.StatusGone:
		return "not_found"
	case status == http.StatusMethodNotAllowed, status == http.StatusNotAcceptable, status == http.StatusUnsupportedMediaType:
		return "refused"
	}
	return ""
}

func isCertificate(err error) bool {
	_, unverified := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	return unverified || authority || errors.Is(err, ErrCertificate)
}

// isTLS reports whether the other side speaks no TLS, or none that suits.
func isTLS(err error) bool {
	_, alert := errors.AsType[tls.AlertError](err)
	_, header := errors.AsType[tls.RecordHeaderError](err)
	op, ok := errors.AsType[*net.OpError](err)
	remote := ok && (op.Op == "remote error" || op.Op == "local error") // of an alert
	return alert || header || remote || errors.Is(err, http.ErrSchemeMismatch)
}

// CheckError is an error of a check, with what the importer is told of it.
type CheckError struct {
	Call adcimport.CallError
	Err  error
}

func (e *CheckError) Error() string {
	if hint := e.hint(); hint != "" {
		return hint + ": " + e.Err.Error()
	}
	return e.Err.Error()
}

// hint says a cause in words, and where a host looks first.
func (e *CheckError) hint() string {
	switch e.Call.Code {
	case "no_such_host":
		return "no host has the name in BaseURL"
	case "connection_refused":
		return "nobody listens at BaseURL"
	case "certificate":
		return "the certificate of whoever is at BaseURL is not trusted, or is another host's"
	case "tls":
		return "whoever is at BaseURL speaks no TLS that suits"
	case "proxy":
		return "a proxy wants a login: see Transport"
	case "redirected":
		return "whoever is at BaseURL sends its callers elsewhere"
	case "not_found", "refused":
		if e.Call.End == "sink" && e.Call.Code == "not_found" {
			return "there is no such link: see ISPID, Profile and the path of BaseURL"
		}
		return "there is no such page: see the path of BaseURL"
	case "not_the_service":
		return "something else answers at BaseURL"
	}
	return ""
}

func (e *CheckError) Unwrap() error { return e.Err }

// As gives the [*adcimport.CallError].
func (e *CheckError) As(target any) bool {
	failed, ok := target.(**adcimport.CallError)
	if ok {
		told := e.Call
		*failed = &told
	}
	return ok
}
