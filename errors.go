package adcimport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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
// breaks. Nothing was written. Of several mistakes each has one, joined as by
// [errors.Join].
type InvalidOptionsError struct {
	Field string
	Value string // what was given, where that is no secret; of what is long, the beginning
	Rule  string
}

func (e *InvalidOptionsError) Error() string {
	at := e.Field
	if e.Value != "" {
		at += fmt.Sprintf(" %q", shortened(e.Value))
	}
	return fmt.Sprintf("invalid options: %s: %s", at, e.Rule)
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
			at = append(at, shown(s, maxName))
		}
	}
	return fmt.Sprintf("mapping: %s%s", strings.Join(append(at, ""), ": "), shown(fmt.Sprint(e.Err), maxText))
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
	fmt.Fprintf(&b, "record %s: %s", shown(e.ID, maxName), e.Reason)
	for _, f := range e.Fields {
		fmt.Fprintf(&b, ": %s %s", shown(f.Field, maxName), shown(f.Rule, maxText))
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
// whose failure it is. An error of another type that says nothing is judged like one
// with the code unavailable. A record that fails while others work comes after all
// others, fails alone, and rests for some days when it failed in several runs in a
// row; an operation that fails for everybody is waited for. [Summary.Failure] says
// the same of a run.
type CallError struct {
	End        string        // source or sink
	Operation  string        // as in GetCustomerInfo_V2; nothing personal
	Code       string        // auth, denied, not_found, rate_limited, refused, unavailable, timeout or unreadable; of a check, others too
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

// doubtful reports whether a call of a source or a sink failed without a clear word,
// so that its failure may be of one record alone, or of the operation.
func doubtful(err error) bool {
	_, ended := errors.AsType[*endError](err)
	call, seen := errors.AsType[*CallError](err)
	return (ended || seen) && !clearly(err) && (!seen || call.Code != "auth")
}

// clearly reports whether an error says itself what it is of: a login, the host, the
// store, the run, or a record.
func clearly(err error) bool {
	for _, e := range []error{
		ErrAuth, ErrNotLinked, ErrLeaseLost, ErrClosed, ErrTooManyFailures, ErrInDoubt,
		engine.ErrCanceled, engine.ErrBroken, errors.ErrUnsupported,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return is[*PausedError](err) || is[*PanicError](err) || is[*InvalidOptionsError](err) || is[*InvalidFilterError](err) ||
		is[*MappingError](err) || is[*StateError](err) || is[*engine.SuspectError](err) || engine.OfStoreIs(err) || ofRecords(err)
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// ofRecords reports whether an error is made of [*RecordError] only.
func ofRecords(err error) bool {
	switch e := err.(type) { //nolint:errorlint // the tree is taken apart level by level
	case *RecordError:
		return true
	case interface{ Unwrap() []error }:
		parts := e.Unwrap()
		return len(parts) > 0 && !slices.ContainsFunc(parts, func(part error) bool { return !ofRecords(part) })
	case interface{ Unwrap() error }:
		return ofRecords(e.Unwrap())
	}
	return false
}

// mayPass reports whether waiting may help an operation that failed.
func mayPass(err error) bool {
	if errors.Is(err, engine.ErrNotReady) {
		return true
	}
	if call, ok := errors.AsType[*CallError](err); ok && call.Code != "" {
		return call.Code == "unavailable" || call.Code == "timeout" || call.Code == "unreadable" || call.Code == "rate_limited"
	}
	return doubtful(err) && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrDenied)
}

// busy reports whether a call was told to come back later, and nothing else.
func busy(err error) bool {
	call, ok := errors.AsType[*CallError](err)
	return ok && call.Code == "rate_limited" || errors.Is(err, ErrRateLimited)
}

// retryAfter is how long a call was told to wait.
func retryAfter(err error) time.Duration {
	if call, ok := errors.AsType[*CallError](err); ok {
		return call.RetryAfter
	}
	return 0
}

// outageError ends a run that waited for [Config.MaxOutage]. It hides what would
// pause it.
type outageError struct {
	since time.Time
	err   error
}

func (e *outageError) Error() string {
	return fmt.Sprintf("out of order since %s: %v", e.since.UTC().Format(time.RFC3339), e.err)
}

func (e *outageError) Is(target error) bool {
	return target == engine.ErrOutage || errors.Is(e.err, target)
}

func (e *outageError) As(target any) bool {
	if _, pause := target.(**PausedError); pause {
		return false
	}
	return errors.As(e.err, target)
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
	if err == nil {
		return nil
	}
	for _, told := range []error{errQueued, engine.ErrCanceled, engine.ErrHeld, engine.ErrBroken, ErrClosed} {
		if errors.Is(err, told) {
			return nil
		}
	}
	f := &Failure{End: "host", Code: failureCode(err), At: time.Now().UTC()}
	if e, ok := errors.AsType[*outageError](err); ok {
		f.Since = e.since.UTC()
	}
	if e, ok := errors.AsType[*endError](err); ok {
		end, _, _ := strings.Cut(e.call, ".")
		f.End, f.Operation = strings.ToLower(end), e.call
		if call, ok := errors.AsType[*CallError](err); ok {
			f.Operation, f.Status = call.Operation, call.Status
			f.Code = cmp.Or(call.Code, f.Code)
		}
		if suspect, ok := errors.AsType[*engine.SuspectError](err); ok {
			f.Code = string(suspect.Reason)
		}
	} else if engine.OfStoreIs(err) {
		f.End = "store"
	}
	return f
}

func failureCode(err error) string {
	if e, ok := errors.AsType[*outageError](err); ok {
		return failureCode(e.err)
	}
	if _, ok := errors.AsType[*PanicError](err); ok {
		return "panic"
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
		{engine.ErrCrashLoop, "crash_loop"},
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
	if _, paused := errors.AsType[*PausedError](err); paused || engine.StoreAway(err) {
		return "unavailable"
	}
	return "failed"
}

// How much of a text that somebody else wrote is shown in one place, in bytes.
const (
	maxPart = 40  // of a refused part: a pasted column may be one
	maxName = 120 // of a name, or of a place in a file
	maxText = 300 // of a sentence, or of a value
)

// shortened is a text, or its beginning and an ellipsis.
func shortened(s string) string { return shortenedTo(s, maxPart) }

func shortenedTo(s string, most int) string {
	const ellipsis = "…"
	if len(s) <= most+len(ellipsis) {
		return s
	}
	end := most
	for end > most-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + ellipsis
}

// shown is the beginning of a text as a terminal or a log may have it: what is no
// printable character is written as in Go source.
func shown(s string, most int) string {
	s = shortenedTo(s, most)
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }) {
		return s
	}
	quoted := strconv.Quote(s)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
