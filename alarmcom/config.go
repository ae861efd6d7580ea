package alarmcom

import (
	"context"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
)

// Defaults for the zero values of [Config]. Alarm.com publishes no limits
// (FACTS 3): pace and burst are modest on purpose.
const (
	DefaultBaseURL           = "https://alarmadmin.alarm.com/WebServices"
	DefaultRequestsPerSecond = 5
	DefaultBurst             = 5
	DefaultMaxInFlight       = 8
	DefaultMaxRetries        = 4
	DefaultMaxPause          = 5 * time.Minute
	DefaultTimeout           = time.Minute
	DefaultMaxResponseBytes  = 64 << 20
	DefaultPageSize          = 100
	DefaultProbeTTL          = 5 * time.Second
	DefaultUserAgent         = "adcimport"
)

// Config describes a [Source]. Credentials (or a CredentialProvider) are
// required, the zero value of everything else works. It prints as a fixed text;
// [Credentials] says where that ends.
type Config struct {
	Credentials Credentials
	// CredentialProvider is asked before every call, for credentials that
	// change; set it instead of Credentials. It is called concurrently.
	CredentialProvider func(ctx context.Context) (Credentials, error)

	BaseURL string // where the .asmx files are; empty: DefaultBaseURL; https, except on loopback
	SOAP12  bool   // SOAP 1.2 instead of 1.1
	Include Include
	Partner *PartnerConfig // lists and details over the PartnerApi (REST); nil: all over SOAP

	// RequestsPerSecond counts every HTTP attempt. It is the most that is sent:
	// the pace is halved when the service pushes back (429, 502 to 504, a fault
	// that ClassifyFault calls [adcimport.ErrRateLimited]) or is slow, down to a
	// sixteenth, and comes back by itself, from half in half a minute. 0:
	// DefaultRequestsPerSecond.
	RequestsPerSecond float64
	Burst             int // attempts at once after a rest; 0: DefaultBurst
	MaxInFlight       int // attempts at the same time; 0: DefaultMaxInFlight
	// MaxRetries is for one call that fails while others do not; 0:
	// DefaultMaxRetries; -1: none. As long as the service answers nobody, calls
	// are repeated for MaxPause.
	MaxRetries int
	// MaxPause is how long the service may stay away, or ask to be left alone. A
	// call that would wait longer fails with an [*adcimport.PausedError], so that
	// its run is paused and can be resumed. 0: DefaultMaxPause; negative: never,
	// a call fails after MaxRetries, and waits for as long as it is asked to.
	MaxPause         time.Duration
	Timeout          time.Duration // of one attempt, with its body; 0: DefaultTimeout
	SlowAfter        time.Duration // a reply that begins later slows the pace down; 0: a quarter of Timeout; negative: none does
	MaxResponseBytes int64         // of one list, unpacked; 1 MiB of any other reply; 0: DefaultMaxResponseBytes
	PageSize         int           // ids or users a page; 0: DefaultPageSize
	ProbeTTL         time.Duration // how long a probe's answer holds; 0: DefaultProbeTTL
	UserAgent        string        // empty: DefaultUserAgent

	// Transport sends the requests; nil: a transport of the Source's own, with
	// TLS verification and without a proxy.
	Transport http.RoundTripper
	// ClassifyFault says what a failure that the service reports means, as an
	// error that wraps [adcimport.ErrAuth], [adcimport.ErrNotFound],
	// [adcimport.ErrDenied] or [adcimport.ErrRateLimited]; nil: not known. The
	// service's texts are not documented, so by default none is known.
	// It must not put Fault.Text into its error. It is called concurrently.
	ClassifyFault func(Fault) error
	// Assumptions are what this package takes for granted and could not verify.
	Assumptions Assumptions
	Logger      *slog.Logger // nil: silent
}

// Include says which accounts are imported that are left out otherwise.
type Include struct {
	Terminated  bool // WSDL CustomerInfo.IsTerminated
	Demo        bool // WSDL CustomerInfo.IsDemo, and the demo customer types
	Commitments bool // WSDL CustomerTypeEnum Commitment
}

// withDefaults checks c and answers a copy with defaults in place.
func (c Config) withDefaults() (Config, error) {
	for _, check := range []error{c.checkCredentials(), c.checkNumbers(), c.Assumptions.check()} {
		if check != nil {
			return c, check
		}
	}
	c.BaseURL = strings.TrimRight(orDefault(c.BaseURL, DefaultBaseURL), "/")
	c.RequestsPerSecond = orDefault(c.RequestsPerSecond, DefaultRequestsPerSecond)
	c.Burst = orDefault(c.Burst, DefaultBurst)
	c.MaxInFlight = orDefault(c.MaxInFlight, DefaultMaxInFlight)
	c.MaxPause = orDefault(c.MaxPause, DefaultMaxPause)
	c.MaxRetries = max(0, orDefault(c.MaxRetries, DefaultMaxRetries))
	c.Timeout = orDefault(c.Timeout, DefaultTimeout)
	c.SlowAfter = orDefault(c.SlowAfter, c.Timeout/4)
	c.MaxResponseBytes = orDefault(c.MaxResponseBytes, DefaultMaxResponseBytes)
	c.PageSize = orDefault(c.PageSize, DefaultPageSize)
	c.ProbeTTL = orDefault(c.ProbeTTL, DefaultProbeTTL)
	c.UserAgent = orDefault(c.UserAgent, DefaultUserAgent)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.CredentialProvider == nil {
		fixed := c.Credentials
		c.CredentialProvider = func(context.Context) (Credentials, error) { return fixed, nil }
	}
	if c.Partner != nil {
		partner, err := c.Partner.withDefaults()
		if err != nil {
			return c, err
		}
		c.Partner = &partner
	}
	return c, checkURL("BaseURL", c.BaseURL)
}

// withoutSecrets is what may be kept as values: a printer reads fields that are
// not exported without asking their methods. The CredentialProvider, a closure,
// has the credentials.
func (c Config) withoutSecrets() Config {
	c.Credentials, c.Partner, c.Transport = Credentials{}, nil, nil
	return c
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

func invalid(field, rule string) error {
	return &adcimport.InvalidOptionsError{Field: "alarmcom.Config." + field, Rule: rule}
}

func (c Config) checkCredentials() error {
	given := c.Credentials != Credentials{}
	switch {
	case given && c.CredentialProvider != nil:
		return invalid("Credentials", "must be empty when there is a CredentialProvider")
	case c.CredentialProvider != nil:
		return nil
	case c.Credentials.User == "":
		return invalid("Credentials.User", "is required")
	case c.Credentials.Password == "":
		return invalid("Credentials.Password", "is required")
	}
	return nil
}

func (c Config) checkNumbers() error {
	switch {
	case !(c.RequestsPerSecond >= 0) || math.IsInf(c.RequestsPerSecond, 0):
		return invalid("RequestsPerSecond", "must be a positive number")
	case c.Burst < 0:
		return invalid("Burst", "must not be negative")
	case c.MaxInFlight < 0:
		return invalid("MaxInFlight", "must not be negative")
	case c.MaxRetries < -1:
		return invalid("MaxRetries", "must be -1, 0 or positive")
	case c.Timeout < 0:
		return invalid("Timeout", "must not be negative")
	case c.MaxResponseBytes < 0:
		return invalid("MaxResponseBytes", "must not be negative")
	case c.PageSize < 0:
		return invalid("PageSize", "must not be negative")
	case c.ProbeTTL < 0:
		return invalid("ProbeTTL", "must not be negative")
	case strings.ContainsAny(c.UserAgent, "\r\n"):
		return invalid("UserAgent", "must be one line")
	}
	return nil
}

// checkURL keeps the credentials off unprotected networks. The URL itself
// stays out of the error: somebody may have put a password into it.
func checkURL(field, address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return invalid(field, "must be an absolute URL")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return invalid(field, "must have no user, query or fragment")
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return invalid(field, "must be https, except on a loopback address")
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
