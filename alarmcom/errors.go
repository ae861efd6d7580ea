package alarmcom

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/call"
	"github.com/securitytrax/adcimport/internal/service"
)

// Error is a call that failed. Its text has the operation, ids, codes and
// counts, nothing that a reply says. It matches [adcimport.ErrAuth],
// [adcimport.ErrDenied], [adcimport.ErrNotFound] and [adcimport.ErrRateLimited]
// where it is one of these.
type Error struct {
	Op         string        // operation, as in GetCustomerInfo_V2 or PartnerApi/customers/{id}
	ID         string        // customer or branch asked for; empty: none
	Status     int           // HTTP status; 0: no reply came
	Attempts   int           // HTTP attempts made
	RetryAfter time.Duration // what the service asked to wait; 0: nothing
	Fault      *Fault        // what the service reported; nil: nothing
	Err        error         // the cause; nil: the status says it all
}

func (e *Error) Error() string { return e.failure().Error() }

func (e *Error) Unwrap() error { return e.Err }

// As gives an [*adcimport.CallError], the words in which the importer is told of a
// failed call.
func (e *Error) As(target any) bool {
	failed, ok := target.(**adcimport.CallError)
	if !ok {
		return false
	}
	code := service.Code(e.Status, e.Err)
	switch {
	case errors.Is(e.Err, adcimport.ErrAuth):
		code = "auth"
	case errors.Is(e.Err, adcimport.ErrRateLimited):
		code = "rate_limited"
	case call.Lasting(e.Err):
		code = "refused"
	case call.Unreadable(e.Err):
		code = "unreadable"
	}
	*failed = &adcimport.CallError{End: "source", Operation: e.Op, Code: code, Status: e.Status, RetryAfter: e.RetryAfter, Err: e.Err}
	return true
}

func newError(f *call.Failure) *Error {
	e := &Error{Op: f.Op, ID: f.ID, Status: f.Status, Attempts: f.Attempts, RetryAfter: f.RetryAfter, Err: f.Err}
	if f.Fault != nil {
		fault := Fault(*f.Fault)
		e.Fault = &fault
	}
	return e
}

func (e *Error) failure() *call.Failure {
	f := &call.Failure{Op: e.Op, ID: e.ID, Status: e.Status, Attempts: e.Attempts, RetryAfter: e.RetryAfter, Err: e.Err}
	if e.Fault != nil {
		fault := call.Fault(*e.Fault)
		f.Fault = &fault
	}
	return f
}

// FailureCode is the [Fault.Code] of a reply with Success=false, the services'
// other way to report a failure.
const FailureCode = "Success=false"

// MessageCode is the [Fault.Code] of a reply of the PartnerApi that has a
// message in place of its result.
const MessageCode = "message"

// Fault is a failure that the service reports: a SOAP fault, a reply with
// Success=false, or a message of the PartnerApi. It prints, also as JSON, without
// Text. [Config.ClassifyFault] is given all of it; that of an [Error] has no Text,
// and no Code that is not known.
type Fault struct {
	Op   string // operation
	ID   string // customer or branch asked for; empty: none
	Code string // Server, Client (SOAP 1.1), Receiver, Sender (1.2), FailureCode, MessageCode, or one of OAuth, as invalid_grant
	Text string // as the service wrote it: untrusted, and possibly personal
}

// String is the operation and the code.
func (f Fault) String() string { return f.Op + ": " + call.Fault(f).CodeText() }

// Format prints [Fault.String], whatever the verb.
func (f Fault) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, f.String()) }

// LogValue is [Fault.String].
func (f Fault) LogValue() slog.Value { return slog.StringValue(f.String()) }

// MarshalText is [Fault.String], also in JSON.
func (f Fault) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// CursorError says that a cursor is not one of the listing it was given for. A
// listing never starts over because of it.
type CursorError struct {
	Listing string // customers, customers by sub-dealer, or users
	Cursor  string
}

func (e *CursorError) Error() string {
	return fmt.Sprintf("alarmcom: %q is no cursor of a listing of %s", e.Cursor, e.Listing)
}
