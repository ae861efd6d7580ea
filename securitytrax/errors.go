package securitytrax

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/jsonapi"
	"github.com/securitytrax/adcimport/internal/pacing"
	"github.com/securitytrax/adcimport/internal/service"
)

// APIError is a request that did not end with success. It holds
// codes and names only: neither the text of the reply nor what was sent.
type APIError struct {
	Op         string        // what was being done, as in "create customer"
	ID         string        // to which record: Alarm.com id, or SecurityTrax id for its own lists; may be empty
	Status     int           // HTTP status; 0: there was no reply
	Code       string        // of the first error object
	Pointer    string        // of the first error object: the member or parameter at fault
	RetryAfter time.Duration // what the service asked for; 0: nothing
	Err        error         // why there is no reply, or what is wrong with it; may be nil

	invalid bool // it says what is wrong with a record; see Schema.ForbiddenIsInvalid
}

func (e *APIError) Error() string {
	var b strings.Builder
	b.WriteString("securitytrax: " + e.Op)
	if e.ID != "" {
		b.WriteString(" " + e.ID)
	}
	if e.Status == http.StatusUnauthorized {
		b.WriteString(": access token, login or integrator key is refused")
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, ": status %d", e.Status)
	}
	for _, s := range []string{e.Code, e.Pointer} {
		if s != "" {
			b.WriteString(": " + s)
		}
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

func (e *APIError) Unwrap() error { return e.Err }

// Is matches adcimport.ErrAuth for 401, ErrDenied for 403 (but see
// [Schema.ForbiddenIsInvalid]), ErrNotFound for 404 and ErrRateLimited for 429.
func (e *APIError) Is(target error) bool {
	switch e.Status {
	case http.StatusUnauthorized:
		return target == adcimport.ErrAuth
	case http.StatusForbidden:
		return target == adcimport.ErrDenied && !e.invalid
	case http.StatusNotFound:
		return target == adcimport.ErrNotFound
	case http.StatusTooManyRequests:
		return target == adcimport.ErrRateLimited
	}
	return false
}

// As gives an [*adcimport.CallError], the words in which the importer is told of a
// failed call.
func (e *APIError) As(target any) bool {
	call, ok := target.(**adcimport.CallError)
	if !ok {
		return false
	}
	status := e.Status
	if e.invalid {
		status = http.StatusUnprocessableEntity
	}
	code := service.Code(status, e.Err, errBrokenReply, errPage, errNoList)
	switch {
	case errors.Is(e.Err, adcimport.ErrAuth):
		code = "auth"
	case code != "unreadable" && isPermanent(e.Err):
		code = "refused" // waiting changes nothing
	}
	*call = &adcimport.CallError{End: "sink", Operation: e.Op, Code: code, Status: e.Status, RetryAfter: e.RetryAfter, Err: e.Err}
	return true
}

// Temporary reports whether the same request may succeed later: no reply, 408,
// 425, 429, a server error, or a reply that broke off.
func (e *APIError) Temporary() bool {
	switch e.Status {
	case 0:
		return !isPermanent(e.Err)
	case http.StatusNotImplemented:
		return false
	}
	return pacing.Overloaded(e.Status) || e.Status >= http.StatusInternalServerError || errors.Is(e.Err, errBrokenReply)
}

func isPermanent(err error) bool {
	if _, limited := errors.AsType[*pacing.LimiterError](err); limited {
		return true
	}
	for _, permanent := range []error{
		adcimport.ErrAuth, errTooLong, errFilterIgnored, errForeignLink, errEndlessPages, errNoList, errNoRelationship,
		errUnsendable, service.ErrCertificate,
	} {
		if errors.Is(err, permanent) {
			return true
		}
	}
	return false
}

// Conflict reports whether the request contradicts what is there: status 409.
func (e *APIError) Conflict() bool { return e.Status == http.StatusConflict }

// What can be wrong besides a status.
var (
	errBrokenExchange = errors.New("the connection broke")
	errBrokenReply    = errors.New("the reply is not a complete JSON:API document")
	errPage           = errors.New("the reply is no document: it may be of something in front of SecurityTrax")
	errTooLong        = errors.New("the reply is longer than allowed")
	errRedirect       = errors.New("a redirect was refused")
	errFilterIgnored  = errors.New("the reply does not fit the filter: Schema names another attribute than SecurityTrax")
	errForeignLink    = errors.New("links.next leads to another host")
	errEndlessPages   = errors.New("the pages of a list go in a circle, or on and on without anything new")
	errNoRelationship = errors.New("the reply does not tell of the relationship: Schema names another one than SecurityTrax")
	errNoList         = errors.New("the reply has no list, or has errors beside it")
	errNoProfile      = errors.New("there is no such profile, or BaseURL is another's")
	errLeaveAlone     = fmt.Errorf("SecurityTrax asked to be left alone: %w", adcimport.ErrRateLimited)
)

// replyError makes the error of a reply that is no success.
func replyError(op, id string, r reply) *APIError {
	e := &APIError{Op: op, ID: id, Status: r.status}
	if hint := pacing.RetryAfter(r.header, time.Now()); hint > 0 {
		e.RetryAfter = hint
	}
	if r.status >= 300 && r.status < 400 {
		e.Err = errRedirect
	}
	list := jsonapi.DecodeErrors(r.body)
	if len(list) > 0 {
		e.Code, e.Pointer = list[0].Code, list[0].Pointer
	}
	if mayBePage(r.status) && (isPage(r.body) || r.status == http.StatusForbidden && len(list) == 0) {
		e.Err = errPage
	}
	return e
}

// mayBePage reports whether a status is one of a refusal that another than
// SecurityTrax may have sent, such as a firewall.
func mayBePage(status int) bool {
	return status >= 400 && status < 500 && status != http.StatusUnauthorized && !pacing.Overloaded(status) && !tooLong(status)
}

// isPage reports whether a body is HTML or XML.
func isPage(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(body, "\xef\xbb\xbf \t\r\n"), []byte("<"))
}

// brokenError makes the error of a request without a complete reply.
func brokenError(op, id string, err error) *APIError {
	return &APIError{Op: op, ID: id, Err: safeCause(err)}
}

// safeCause keeps of an error what can hold nothing personal: net/http's own
// show the URL with its filter, and parts of a malformed reply.
func safeCause(err error) error {
	for _, known := range []error{
		context.Canceled, context.DeadlineExceeded, errBrokenReply, errTooLong, errFilterIgnored,
		errForeignLink, errEndlessPages, pacing.ErrTimeout, io.ErrUnexpectedEOF,
	} {
		if errors.Is(err, known) {
			return known
		}
	}
	if down, ok := errors.AsType[*pacing.DownError](err); ok {
		return down
	}
	if limited, ok := errors.AsType[*pacing.LimiterError](err); ok {
		return limited
	}
	if refusal, ok := errors.AsType[*refusedError](err); ok {
		return refusal
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns
	}
	if isCertificate(err) {
		return service.ErrCertificate
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return os.ErrDeadlineExceeded
	}
	if cause := service.Misled(err); cause != nil {
		return cause
	}
	return errBrokenExchange
}

func isCertificate(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok || errors.Is(err, service.ErrCertificate)
}
