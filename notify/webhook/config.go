package webhook

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Defaults and bounds of [Config].
const (
	defaultName      = "webhook"
	defaultRetries   = 3
	defaultTimeout   = 5 * time.Second
	defaultRetryWait = 500 * time.Millisecond
	maxRetryWait     = 5 * time.Second
	maxRetries       = 10
)

// Config of a [Notifier]. URL and Keys are required; the zero value of everything else
// works. It prints without the path of the URL, which may be a secret.
type Config struct {
	URL  string // where to post; https, without user and password
	Keys []Key  // signs with each: usually one, and two while a receiver changes over

	// Name is what the store remembers the notifier by; empty: webhook. A host with
	// several gives each its own, and keeps it.
	Name string

	AllowPlain bool          // http too, which anybody on the way can read: for tests, and within one machine
	Retries    int           // after the first attempt; 0: 3; negative: none; at most 10
	Timeout    time.Duration // of one attempt, with its reply; 0: 5 seconds
	RetryWait  time.Duration // before the first retry; it doubles, up to 5 seconds; 0: half a second

	// Transport sends; nil: one of its own, which goes through the proxy of the
	// environment. Where tenants choose the URL, give one that refuses inner addresses.
	Transport http.RoundTripper
}

// InvalidConfigError names a field of a [Config] or a [Verifier] that cannot work.
type InvalidConfigError struct {
	Field string // as in Config.URL
	Rule  string
}

func (e *InvalidConfigError) Error() string { return "webhook: " + e.Field + " " + e.Rule }

// check returns all that is wrong, and the address.
func (c Config) check() (*url.URL, error) {
	var errs []error
	wrong := func(is bool, field, rule string) {
		if is {
			errs = append(errs, &InvalidConfigError{"Config." + field, rule})
		}
	}
	u, err := url.Parse(c.URL)
	if err != nil || c.URL == "" {
		wrong(true, "URL", "is required, as in https://example.com/hook") // err would quote it
	} else {
		wrong(u.Host == "", "URL", "must have a host")
		wrong(u.Scheme != "https" && u.Scheme != "http", "URL", "must begin with https://")
		wrong(u.Scheme == "http" && !c.AllowPlain, "URL", "must be https, unless AllowPlain is set")
		wrong(u.User != nil, "URL", "must have no user and password")
		wrong(u.Fragment != "", "URL", "must have no fragment")
	}
	if rule := checkKeys(c.Keys); rule != "" {
		wrong(true, "Keys", rule)
	}
	wrong(c.Retries > maxRetries, "Retries", fmt.Sprintf("must be at most %d", maxRetries))
	wrong(c.Timeout < 0, "Timeout", "must not be negative")
	wrong(c.RetryWait < 0 || c.RetryWait > maxRetryWait, "RetryWait", "must be between 0 and 5 seconds")
	return u, errors.Join(errs...)
}

// checkKeys says what is wrong with keys; empty: nothing.
func checkKeys(keys []Key) string {
	switch {
	case len(keys) == 0:
		return "are required: see NewKey"
	case slices.ContainsFunc(keys, Key.IsZero):
		return "must not have a zero Key: see NewKey"
	}
	return ""
}

func (c Config) withDefaults() Config {
	c.Keys = slices.Clone(c.Keys)
	c.Name = cmp.Or(c.Name, defaultName)
	c.Retries = max(cmp.Or(c.Retries, defaultRetries), 0)
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	c.RetryWait = cmp.Or(c.RetryWait, defaultRetryWait)
	return c
}

func (c Config) text() string {
	host := ""
	if u, err := url.Parse(c.URL); err == nil {
		host = u.Host
	}
	return fmt.Sprintf("webhook.Config{Name: %q, host: %q, keys: %d}", c.Name, host, len(c.Keys))
}

// Format prints name and host, whatever the verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.text()) }

// LogValue returns name and host.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.text()) }

// MarshalText returns name and host, also in JSON.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.text()), nil }
