package service

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
)

// Settings are those that a host makes of both clients, under the names and with
// the meanings that their Configs have: 0 is the default; a negative number is
// off, where the field says so, and refused otherwise.
type Settings struct {
	BaseURL           string        // https, except on a loopback address; without a slash at its end
	RequestsPerSecond float64       // negative: no limit
	Burst             int           // refused when negative, and so are all that say nothing else
	MaxInFlight       int           //
	MaxRetries        int           // negative: none, which is 0 once it is resolved
	Timeout           time.Duration //
	SlowAfter         time.Duration // 0: a quarter of Timeout; negative: nothing slows the pace down
	MaxResponseBytes  int64         //
	UserAgent         string        // printable ASCII
	Limiter           interface {
		Wait(ctx context.Context) error
	} // asked as well, before every request; nil: none
	Transport http.RoundTripper
	Logger    *slog.Logger
}

// Resolve returns s with defaults in place of zero values, or the errors for the
// settings that cannot work, joined. Config names what s was taken from; idle is how
// long the default transport keeps a connection that nobody needs.
func (s Settings) Resolve(config string, defaults Settings, idle time.Duration) (Settings, error) {
	s.BaseURL = strings.TrimRight(Or(s.BaseURL, defaults.BaseURL), "/")
	if err := errors.Join(CheckAddress(config+".BaseURL", s.BaseURL), s.checkNumbers(config), s.checkUserAgent(config)); err != nil {
		return s, err
	}
	s.RequestsPerSecond = Or(s.RequestsPerSecond, defaults.RequestsPerSecond)
	s.Burst = Or(s.Burst, defaults.Burst)
	s.MaxInFlight = Or(s.MaxInFlight, defaults.MaxInFlight)
	s.MaxRetries = max(0, Or(s.MaxRetries, defaults.MaxRetries))
	s.Timeout = Or(s.Timeout, defaults.Timeout)
	s.SlowAfter = Or(s.SlowAfter, s.Timeout/4)
	// One more is read, to see whether there is more.
	s.MaxResponseBytes = min(Or(s.MaxResponseBytes, defaults.MaxResponseBytes), math.MaxInt64-1)
	s.UserAgent = Or(s.UserAgent, defaults.UserAgent)
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	if s.Transport == nil {
		s.Transport = NewTransport(idle, s.MaxInFlight)
	}
	return s, nil
}

func (s Settings) checkNumbers(config string) error {
	var rate error
	if math.IsNaN(s.RequestsPerSecond) || math.IsInf(s.RequestsPerSecond, 0) {
		rate = Invalid(config+".RequestsPerSecond", "must be a number; negative for no limit")
	}
	return errors.Join(rate, NotNegative(config, map[string]int64{
		"Burst": int64(s.Burst), "MaxInFlight": int64(s.MaxInFlight), "Timeout": int64(s.Timeout), "MaxResponseBytes": s.MaxResponseBytes,
	}), HaveUnits(config, map[string]time.Duration{"Timeout": s.Timeout, "SlowAfter": s.SlowAfter}))
}

func (s Settings) checkUserAgent(config string) error {
	if !HeaderSafe(s.UserAgent) {
		return Invalid(config+".UserAgent", "must be printable ASCII")
	}
	return nil
}

// NotNegative returns the errors for those of the fields, by name, that are
// negative.
func NotNegative(config string, fields map[string]int64) error {
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if fields[name] < 0 {
			wrong = append(wrong, Invalid(config+"."+name, "must not be negative"))
		}
	}
	return errors.Join(wrong...)
}

// HaveUnits returns the errors for those of the fields, by name, that are so short
// that their unit must have been forgotten: 60 is 60 nanoseconds.
func HaveUnits(config string, fields map[string]time.Duration) error {
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if d := fields[name]; d > 0 && d < time.Millisecond {
			rule := "must be a millisecond or more: a number without a unit, as in 60 * time.Second, is nanoseconds"
			wrong = append(wrong, Invalid(config+"."+name, rule))
		}
	}
	return errors.Join(wrong...)
}

// Invalid makes the error for a setting that cannot work. The rule has nothing of
// its value.
func Invalid(field, rule string) error {
	return &adcimport.InvalidOptionsError{Field: field, Rule: rule}
}

// Or returns value, or fallback where value is zero.
func Or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// HeaderSafe reports whether s can be the value of a header: the error of
// net/http for one that cannot would show it.
func HeaderSafe(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}
