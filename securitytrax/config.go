package securitytrax

import (
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/securitytrax/adcimport/internal/service"
)

// Base URLs (FACTS "Base, authentication, headers"). {profile} stands for
// Config.Profile.
const (
	ProductionURL = "https://api.securitytrax.com/{profile}/user/v1"
	StagingURL    = "https://api.staging.securitytrax.com/{profile}/user/v1"
)

// Defaults for the zero values of [Config].
const (
	DefaultRequestsPerSecond = 10
	DefaultBurst             = 10
	DefaultConcurrency       = 4
	DefaultMaxInFlight       = 8
	DefaultMaxRetries        = 4
	DefaultMaxPause          = 5 * time.Minute
	DefaultTimeout           = 20 * time.Second
	DefaultMinBackoff        = 500 * time.Millisecond
	DefaultMaxBackoff        = 30 * time.Second
	DefaultMaxResponseBytes  = 16 << 20
	DefaultUserAgent         = "adcimport"
)

// Config describes one SecurityTrax account. Profile, IntegratorKey and either
// Username with Password or Token are required, and ISPID unless the Schema
// keeps customer ids elsewhere; the zero value of everything else works.
//
// A Config prints without credentials: with package fmt, in slog, as JSON.
// Package fmt asks no method, however, where a value is in a field that is not
// exported, behind a pointer that a verb does not fit, or given to a verb that
// fits no value, as %w or %p: do not keep a Config in what you print. A [Sink] has no
// such limit: it holds credentials in closures only.
type Config struct {
	BaseURL string // {profile} is replaced; empty: ProductionURL; https except on a loopback address
	Profile string // the dealer's slug, or "sandbox"
	ISPID   string // id of the link, SecurityTrax's Interactive Services Provider (SPEC A11): customers are attached to it (SPEC C16) and Check looks whether it is active (SPEC A1)

	IntegratorKey string `json:"-"` // sent with every request; case-sensitive
	Username      string `json:"-"` // of a login whose token is renewed before its ten minutes are over
	Password      string `json:"-"`
	Token         string `json:"-"` // a personal access token, instead of Username and Password

	Schema Schema // zero: DefaultSchema()

	// RequestsPerSecond is of all requests together, at most: the pace is halved
	// when SecurityTrax pushes back (429, 502 to 504) or is slow, down to a
	// sixteenth, and comes back by itself, from half in half a minute. 0:
	// DefaultRequestsPerSecond; negative: no limit.
	RequestsPerSecond float64
	Burst             int // requests at once after a pause; 0: DefaultBurst
	Concurrency       int // writes in flight within one call; 0: DefaultConcurrency
	MaxInFlight       int // requests in flight together; 0: DefaultMaxInFlight
	// MaxRetries is for what is safe to repeat and fails while other requests do
	// not; 0: DefaultMaxRetries; negative: none. As long as the service answers
	// nobody, requests are repeated for MaxPause.
	MaxRetries int
	// MaxPause is how long the service may stay away, or ask to be left alone. A
	// call that would wait longer, or longer than its lease leaves time, fails
	// with an *adcimport.PausedError, so that its run is paused and can be
	// resumed. 0: DefaultMaxPause; negative: never, a call fails after MaxRetries,
	// and waits for as long as it is asked to.
	MaxPause         time.Duration
	Timeout          time.Duration // of one request; 0: DefaultTimeout
	SlowAfter        time.Duration // a reply that begins later slows the pace down; 0: a quarter of Timeout; negative: none does
	MinBackoff       time.Duration // bound of the first random wait before a repetition; 0: DefaultMinBackoff
	MaxBackoff       time.Duration // bound of every random wait; 0: DefaultMaxBackoff
	MaxResponseBytes int64         // a longer list is refused, and so is any other reply above 1 MiB; 0: DefaultMaxResponseBytes
	UserAgent        string        // empty: DefaultUserAgent

	Transport http.RoundTripper `json:"-"` // nil: one of its own, without a proxy. It must not repeat requests by itself
	Logger    *slog.Logger      `json:"-"` // nil: silent
}

// withDefaults fills in the zero values.
func (c Config) withDefaults() Config {
	c.BaseURL = or(c.BaseURL, ProductionURL)
	c.RequestsPerSecond = or(c.RequestsPerSecond, DefaultRequestsPerSecond)
	c.Burst = or(c.Burst, DefaultBurst)
	c.Concurrency = or(c.Concurrency, DefaultConcurrency)
	c.MaxInFlight = or(c.MaxInFlight, DefaultMaxInFlight)
	c.MaxPause = or(c.MaxPause, DefaultMaxPause)
	c.MaxRetries = max(or(c.MaxRetries, DefaultMaxRetries), 0)
	c.Timeout = or(c.Timeout, DefaultTimeout)
	c.SlowAfter = or(c.SlowAfter, c.Timeout/4)
	c.MinBackoff = or(c.MinBackoff, DefaultMinBackoff)
	c.MaxBackoff = or(c.MaxBackoff, max(DefaultMaxBackoff, c.MinBackoff))
	c.MaxResponseBytes = or(c.MaxResponseBytes, DefaultMaxResponseBytes)
	c.UserAgent = or(c.UserAgent, DefaultUserAgent)
	c.Schema = or(c.Schema, DefaultSchema())
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Transport == nil {
		c.Transport = service.NewTransport(idleTimeout, c.MaxInFlight)
	}
	return c
}

// withoutSecrets is what may be kept as values: a printer reads fields that are
// not exported without asking their methods.
func (c Config) withoutSecrets() Config {
	c.IntegratorKey, c.Username, c.Password, c.Token, c.Transport = "", "", "", "", nil
	return c
}

func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// idleTimeout is short, since a write on a connection that the server closes at
// that moment is in doubt.
const idleTimeout = 4 * time.Second

// check refuses what cannot work; the receiver has its defaults.
func (c Config) check() error {
	switch {
	case c.Profile == "":
		return invalidConfig("Profile", "is required")
	case c.IntegratorKey == "":
		return invalidConfig("IntegratorKey", "is required")
	case c.Token == "" && (c.Username == "" || c.Password == ""):
		return invalidConfig("Username", "is required with Password, or a Token instead")
	case c.Token != "" && (c.Username != "" || c.Password != ""):
		return invalidConfig("Token", "excludes Username and Password")
	case c.Burst < 0:
		return invalidConfig("Burst", "must not be negative")
	case c.Concurrency < 0:
		return invalidConfig("Concurrency", "must not be negative")
	case c.MaxInFlight < 0:
		return invalidConfig("MaxInFlight", "must not be negative")
	case c.Timeout < 0:
		return invalidConfig("Timeout", "must not be negative")
	case c.MinBackoff < 0 || c.MaxBackoff < c.MinBackoff:
		return invalidConfig("MaxBackoff", "must not be less than MinBackoff, and neither negative")
	case c.MaxResponseBytes < 0:
		return invalidConfig("MaxResponseBytes", "must not be negative")
	}
	if !headerSafe(c.IntegratorKey) || !headerSafe(c.Token) || !headerSafe(c.UserAgent) {
		return invalidConfig("IntegratorKey", "and Token and UserAgent must be printable ASCII")
	}
	return c.Schema.check(c.ISPID)
}

// headerSafe reports whether s can be the value of a header: the error of
// net/http for one that cannot would show it.
func headerSafe(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// base is the base URL, without a slash at its end.
func (c Config) base() (*url.URL, error) {
	text := strings.ReplaceAll(c.BaseURL, "{profile}", url.PathEscape(c.Profile))
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	switch {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return nil, invalidConfig("BaseURL", "must be a URL of scheme, host and path")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return nil, invalidConfig("BaseURL", "must be https, except on a loopback address")
	}
	return u, nil
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
