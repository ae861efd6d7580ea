package alarmcom

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
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

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("alarmcom: " + e.Op)
	if e.ID != "" {
		b.WriteString(" " + e.ID)
	}
	if e.Status != 0 && e.Fault == nil {
		b.WriteString(": HTTP " + strconv.Itoa(e.Status))
	}
	if e.Fault != nil {
		b.WriteString(": " + e.Fault.code())
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " (%d attempts)", e.Attempts)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// FailureCode is the [Fault.Code] of a reply with Success=false, the services'
// other way to report a failure (FACTS 3).
const FailureCode = "Success=false"

// MessageCode is the [Fault.Code] of a reply of the PartnerApi that has a
// message in place of its result (FACTS 4).
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

// faultCodes are those of the SOAP versions, and those that a token address may
// answer (RFC 6749, 5.2); others are not repeated in errors.
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

func (f Fault) code() string {
	if slices.Contains(faultCodes, f.Code) {
		return "the service reports " + f.Code
	}
	return "the service reports a failure"
}

// String is the operation and the code.
func (f Fault) String() string { return f.Op + ": " + f.code() }

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

// What a call failed of, where no reply can be trusted.
var (
	errRedirect   = errors.New("redirected elsewhere, not followed")
	errBadReply   = errors.New("the connection broke or its reply is no HTTP")
	errBrokenBody = errors.New("the reply broke off or is packed wrongly")
	errNoRequest  = errors.New("the request cannot be made")
	errNoResult   = errors.New("the reply has no result")
	errOtherID    = errors.New("the reply is about another customer")
	errLeaveAlone = fmt.Errorf("the service asked to be left alone: %w", adcimport.ErrRateLimited)
)
