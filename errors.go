package adcimport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/securitytrax/adcimport/internal/engine"
	"github.com/securitytrax/adcimport/ledger"
)

// What a caller can match with [errors.Is]. Messages are not API.
var (
	ErrRunInProgress   = ledger.ErrRunInProgress
	ErrRunExists       = ledger.ErrRunExists
	ErrLeaseLost       = ledger.ErrLeaseLost
	ErrNotLinked       = errors.New("link is not active")
	ErrAuth            = errors.New("authentication failed")
	ErrNotFound        = ledger.ErrNotFound
	ErrDenied          = errors.New("access denied")
	ErrFilteredOut     = errors.New("left out by the source's settings")
	ErrRateLimited     = errors.New("rate limited")
	ErrTooManyFailures = engine.ErrTooManyFailures
	ErrInDoubt         = engine.ErrInDoubt
	ErrClosed          = errors.New("importer is closed")
)

// InvalidFilterError names the part of a filter that breaks a rule.
type InvalidFilterError struct {
	Field string // as in CustomerFilter.CustomerIDs; empty for text given to ParseIDs
	Place int    // of the part in that text, from 1, with empty parts; 0: it is of no text
	Part  string // what was given; of what is long, the beginning
	Rule  string
}

func (e *InvalidFilterError) Error() string {
	at := ""
	if e.Field != "" {
		at = e.Field + ": "
	}
	if e.Place > 0 {
		at += fmt.Sprintf("part %d, ", e.Place)
	}
	return fmt.Sprintf("invalid filter: %s%q: %s", at, shortened(e.Part), e.Rule)
}

// InvalidOptionsError names an option, or a field of [Config], and the rule it
// breaks. Nothing was written.
type InvalidOptionsError struct {
	Field string
	Rule  string
}

func (e *InvalidOptionsError) Error() string {
	return fmt.Sprintf("invalid options: %s: %s", e.Field, e.Rule)
}

// MappingError names the rule of a [Mapping] that cannot work.
type MappingError struct {
	Rule  int    // index in Mapping.Rules; -1: the mapping as a whole
	Field string // the rule's target, or the path that is at fault
	Path  string // position in the JSON form, as in rules[3].from[0]
	Err   error
}

func (e *MappingError) Error() string {
	var at []string
	if e.Rule >= 0 {
		at = append(at, fmt.Sprintf("rule %d", e.Rule))
	}
	for _, s := range []string{e.Field, e.Path} {
		if s != "" {
			at = append(at, s)
		}
	}
	return fmt.Sprintf("mapping: %s%v", strings.Join(append(at, ""), ": "), e.Err)
}

func (e *MappingError) Unwrap() error { return e.Err }

// RecordError is the failure of one record. It carries no values of the record.
type RecordError struct {
	ID     string // Alarm.com id
	Reason Reason
	Fields []FieldError
	Err    error
}

func (e *RecordError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "record %s: %s", e.ID, e.Reason)
	for _, f := range e.Fields {
		fmt.Fprintf(&b, ": %s %s", f.Field, f.Rule)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

func (e *RecordError) Unwrap() error { return e.Err }

// PausedError is what a source or sink ends a run with when the service asks to
// be left alone for longer than it waits itself. The run ends as
// [StatusPaused], with [Summary.PausedUntil], and can be resumed; in the
// background it goes on by itself at that time.
type PausedError struct {
	Until time.Time
	Err   error
}

func (e *PausedError) Error() string {
	return fmt.Sprintf("paused until %s: %v", e.Until.UTC().Format(time.RFC3339), e.Err)
}

func (e *PausedError) Unwrap() error { return e.Err }

// CallError is what a source or a sink says of a call that failed, where it is not
// clear from the service's words that one record is wrong: the importer finds out
// whose failure it is. A record that fails while others work comes after all
// others, fails alone, and rests for some days when it failed in several runs in a
// row; an operation that fails for everybody is waited for. [Summary.Failure] says
// the same of a run.
type CallError struct {
	End        string        // source or sink
	Operation  string        // as in GetCustomerInfo_V2; nothing personal
	Code       string        // auth, denied, not_found, rate_limited, refused, unavailable, timeout or unreadable
	Status     int           // of HTTP; 0: none
	RetryAfter time.Duration // what the service asked to wait; 0: nothing
	Err        error         // the cause; nil: the status says it all
}

func (e *CallError) Error() string {
	msg := e.End + ": " + e.Operation + ": " + e.Code
	if e.Status != 0 {
		msg += fmt.Sprintf(": HTTP %d", e.Status)
	}
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	return msg
}

func (e *CallError) Unwrap() error { return e.Err }

// doubtful reports whether an error may be of one record alone.
func doubtful(err error) bool {
	call, ok := errors.AsType[*CallError](err)
	if !ok || call.Code == "auth" || errors.Is(err, ErrAuth) || errors.Is(err, ErrNotLinked) {
		return false
	}
	_, paused := errors.AsType[*PausedError](err)
	return !paused
}

// mayPass reports whether waiting may help an operation that failed.
func mayPass(err error) bool {
	call, ok := errors.AsType[*CallError](err)
	return ok && (call.Code == "unavailable" || call.Code == "timeout" || call.Code == "unreadable" || call.Code == "rate_limited")
}

// endError marks what a source or a sink failed with.
type endError struct {
	call string // as in Sink.CreateCustomers
	err  error
}

func (e *endError) Error() string { return e.err.Error() }
func (e *endError) Unwrap() error { return e.err }

// ofEnd marks an error of a call as its end's.
func ofEnd(call string, err error) error {
	if err == nil || !strings.HasPrefix(call, "Source.") && !strings.HasPrefix(call, "Sink.") {
		return err
	}
	return &endError{call, err}
}

// failureOf says in codes why a run ended or waits; nil: because it was told to.
func failureOf(err error) *Failure {
	if err == nil || errors.Is(err, engine.ErrCanceled) || errors.Is(err, engine.ErrBroken) || errors.Is(err, ErrClosed) {
		return nil
	}
	f := &Failure{End: "host", Code: failureCode(err), At: time.Now().UTC()}
	if e, ok := errors.AsType[*endError](err); ok {
		end, _, _ := strings.Cut(e.call, ".")
		f.End, f.Operation = strings.ToLower(end), e.call
		if call, ok := errors.AsType[*CallError](err); ok {
			f.Operation, f.Status = call.Operation, call.Status
			f.Code = cmp.Or(call.Code, f.Code)
		}
	} else if engine.OfStoreIs(err) {
		f.End = "store"
	}
	return f
}

func failureCode(err error) string {
	if _, ok := errors.AsType[*PanicError](err); ok {
		return "panic"
	}
	if _, ok := errors.AsType[*PausedError](err); ok {
		return "unavailable"
	}
	if _, ok := errors.AsType[*InvalidOptionsError](err); ok {
		return "invalid_options"
	}
	if _, ok := errors.AsType[*InvalidFilterError](err); ok {
		return "invalid_filter"
	}
	if _, ok := errors.AsType[*StateError](err); ok {
		return "unreadable_state"
	}
	for _, c := range []struct {
		is   error
		code string
	}{
		{ErrTooManyFailures, "too_many_failures"},
		{ErrLeaseLost, "lease_lost"},
		{ErrInDoubt, "in_doubt"},
		{ErrNotLinked, "not_linked"},
		{ErrAuth, "auth"},
		{ErrDenied, "denied"},
		{ErrRateLimited, "rate_limited"},
		{ErrNotFound, "not_found"},
		{errors.ErrUnsupported, "unsupported"},
		{engine.ErrNotReady, "unavailable"},
		{context.Canceled, "interrupted"},
		{context.DeadlineExceeded, "timeout"},
	} {
		if errors.Is(err, c.is) {
			return c.code
		}
	}
	if engine.StoreAway(err) {
		return "unavailable"
	}
	return "failed"
}
