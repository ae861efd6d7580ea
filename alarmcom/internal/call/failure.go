package call

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/pacing"
	"github.com/securitytrax/adcimport/internal/service"
	"github.com/securitytrax/adcimport/internal/soap"
)

// Failure is a call that failed: what alarmcom.Error says of it. Its text has the
// operation, ids, codes and counts, nothing that a reply says.
//
//nolint:errname // hosts see it as alarmcom.Error
type Failure struct {
	Op, ID     string
	Status     int // 0: no reply came
	Attempts   int
	RetryAfter time.Duration
	Fault      *Fault // what the service reported; nil: nothing
	Err        error  // the cause; nil: the status says it all
}

func (e *Failure) Error() string {
	var b strings.Builder
	b.WriteString("alarmcom: " + e.Op)
	if e.ID != "" {
		b.WriteString(" " + e.ID)
	}
	if e.Status != 0 && e.Fault == nil {
		b.WriteString(": HTTP " + strconv.Itoa(e.Status))
	}
	switch {
	case e.Fault != nil && e.Err != nil:
		fmt.Fprintf(&b, ": %v (%s)", e.Err, e.Fault.CodeText())
	case e.Fault != nil:
		b.WriteString(": " + e.Fault.CodeText())
	case e.Err != nil:
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " (%d attempts)", e.Attempts)
	}
	return b.String()
}

func (e *Failure) Unwrap() error { return e.Err }

// The codes of failures that have none of their own.
const (
	FailureCode = "Success=false" // a reply of the SOAP services that says so
	MessageCode = "message"       // a reply of the PartnerApi with a message in place of its result
)

// Fault is a failure that the service reports.
type Fault struct{ Op, ID, Code, Text string }

// faultCodes are those of the SOAP versions, and those that a token address may
// return (RFC 6749, 5.2); others are not repeated in errors.
var faultCodes = []string{
	"Server", "Client", "VersionMismatch", "MustUnderstand",
	"Receiver", "Sender", "DataEncodingUnknown", FailureCode, MessageCode,
	"invalid_request", "invalid_client", "invalid_grant",
	"unauthorized_client", "unsupported_grant_type", "invalid_scope",
}

// withoutText is what may be kept and logged.
func (f Fault) withoutText() Fault {
	f.Text = ""
	if !slices.Contains(faultCodes, f.Code) {
		f.Code = ""
	}
	return f
}

// CodeText says what the service reports, with no code that is not known.
func (f Fault) CodeText() string {
	if slices.Contains(faultCodes, f.Code) {
		return "the service reports " + f.Code
	}
	return "the service reports a failure"
}

// JSONError says that a reply is not the JSON it should be. It holds nothing of
// the reply, which may be personal.
type JSONError string

func (e JSONError) Error() string { return string(e) }

// The two of them that another attempt may change.
const (
	JSONEmpty     JSONError = "an empty reply"           //nolint:errname // a problem of a reply
	JSONTruncated JSONError = "JSON that ends too early" //nolint:errname // as above
)

// What a call failed of, where no reply can be trusted.
var (
	errRedirect   = errors.New("redirected elsewhere, not followed")
	errBadReply   = errors.New("the connection broke or its reply is no HTTP")
	errBrokenBody = errors.New("the reply broke off or is packed wrongly")
	errNoRequest  = errors.New("the request cannot be made")
	errLeaveAlone = fmt.Errorf("the service asked to be left alone: %w", adcimport.ErrRateLimited)
)

// Away reports whether a call failed because the service is busy or away,
// rather than of what was asked.
func (e *Failure) Away() bool {
	return e.Status == 0 && e.Fault == nil && retryable(e.Err) ||
		pacing.Overloaded(e.Status) || errors.Is(e.Err, adcimport.ErrRateLimited) ||
		errors.Is(e.Err, pacing.ErrTimeout) && e.Status != http.StatusInternalServerError ||
		errors.Is(e.Err, errBrokenBody) && e.Status == http.StatusOK
}

// And those that waiting does not change either.
const (
	JSONEncoding JSONError = "a character encoding other than UTF-8" //nolint:errname // as above
	JSONTooLarge JSONError = "a reply larger than allowed"           //nolint:errname // as above
	JSONTooDeep  JSONError = "JSON nested deeper than allowed"       //nolint:errname // as above
	JSONTooMany  JSONError = "JSON with more items than allowed"     //nolint:errname // as above
)

// Lasting reports whether an error says what waiting does not change: a redirect, a
// certificate that is not trusted, a limiter of the host's that refuses, a reply that
// is more than is taken, or something else than it may be.
func Lasting(err error) bool {
	if format, ok := errors.AsType[*soap.FormatError](err); ok {
		return slices.Contains([]soap.Problem{soap.Doctype, soap.Encoding, soap.TooLarge, soap.TooDeep, soap.TooMany}, format.Problem)
	}
	if json, ok := errors.AsType[JSONError](err); ok {
		return slices.Contains([]JSONError{JSONEncoding, JSONTooLarge, JSONTooDeep, JSONTooMany}, json)
	}
	_, limited := errors.AsType[*pacing.LimiterError](err)
	_, unverified := errors.AsType[*tls.CertificateVerificationError](err)
	return limited || unverified || errors.Is(err, errRedirect)
}

// Unreadable reports whether an error says that a reply came and is not what it
// should be.
func Unreadable(err error) bool {
	_, format := errors.AsType[*soap.FormatError](err)
	_, json := errors.AsType[JSONError](err)
	return format || json
}

// Foreign reports whether a whole reply came that is no reply of the service, such
// as another server's page.
func Foreign(err error) bool {
	if format, ok := errors.AsType[*soap.FormatError](err); ok {
		return slices.Contains([]soap.Problem{soap.HTML, soap.NotXML, soap.NotSOAP, soap.Doctype}, format.Problem)
	}
	problem, ok := errors.AsType[JSONError](err)
	return ok && problem != JSONTruncated && problem != JSONEmpty
}

// LoginFailure makes ErrAuth of a reported failure that nobody classified: of a
// call that needs nothing but a login that works.
func LoginFailure(err error) error {
	if e, ok := errors.AsType[*Failure](err); ok && e.Fault != nil && e.Err == nil {
		e.Err = fmt.Errorf("%w: user name, password or two-factor device is wrong, or the login is locked or lacks rights, "+
			"or the service is out of order", adcimport.ErrAuth)
	}
	return err
}

// OfTheAccount keeps an error of the account from being taken for one of a
// single customer: a login that is denied everything is not to be tried with
// every customer.
func OfTheAccount(err error) error {
	_, record := errors.AsType[*adcimport.RecordError](err)
	if record || errors.Is(err, adcimport.ErrDenied) || errors.Is(err, adcimport.ErrNotFound) || errors.Is(err, adcimport.ErrFilteredOut) {
		return fmt.Errorf("%w: %v", adcimport.ErrAuth, err) //nolint:errorlint // hidden from errors.Is on purpose
	}
	return err
}

// connectionError keeps of err what has no text of the other side.
func connectionError(err error) error {
	if err == nil {
		return nil
	}
	if atURL, ok := errors.AsType[*url.Error](err); ok {
		err = atURL.Err
	}
	for _, known := range []error{pacing.ErrTimeout, errRedirect, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, known) {
			return err
		}
	}
	if limited, ok := errors.AsType[*pacing.LimiterError](err); ok {
		return limited
	}
	var op *net.OpError
	var unverified *tls.CertificateVerificationError
	if errors.As(err, &op) || errors.As(err, &unverified) {
		return err
	}
	if cause := service.Misled(err); cause != nil {
		return cause
	}
	return errBadReply
}

// Redirected reports whether a call was sent on to another address.
func Redirected(err error) bool { return errors.Is(err, errRedirect) }

// ReadError does the same for an error of reading a reply.
func ReadError(err error) error {
	var format *soap.FormatError
	switch {
	case errors.As(err, &format):
		return format
	case errors.Is(err, pacing.ErrTimeout):
		return pacing.ErrTimeout
	}
	return errBrokenBody
}
