package securitytrax

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/securitytrax/adcimport/internal/service"
)

// Base URLs. {profile} stands for Config.Profile.
const (
	ProductionURL = "https://api.securitytrax.com/{profile}/user/v1"
	StagingURL    = "https://api.staging.securitytrax.com/{profile}/user/v1"
)

// Config describes one SecurityTrax account. Profile and Credentials (or a
// CredentialProvider) are required, and ISPID unless the Schema keeps customer ids
// elsewhere; the zero value of everything else works. A negative number is refused
// where its field does not say what it means.
//
// It holds nothing secret but what a Transport of the host's own has, and a
// BaseURL that somebody put a password into; [New] refuses the latter.
type Config struct {
	BaseURL string // {profile} is replaced; empty: ProductionURL; https except on a loopback address
	Profile string // the dealer's slug, or "sandbox"
	// ISPID is the id of the link, SecurityTrax's Interactive Services Provider:
	// customers are attached to it, and Check looks whether it is active.
	ISPID string

	Credentials Credentials
	// CredentialProvider is asked before every request, for credentials that
	// change; set it instead of Credentials. It is called concurrently, and should
	// remember what it has. A login that changed is used at once, also where the
	// one before was refused.
	CredentialProvider func(ctx context.Context) (Credentials, error)

	Schema Schema // zero: DefaultSchema()

	// RequestsPerSecond counts every HTTP attempt. It is the most that is sent.
	// The pace finds a lower limit of SecurityTrax by what it says is too fast (429),
	// stays near it, and tries from time to time whether there is more; such an
	// attempt is made again and is nobody's failure. The pace is halved when the
	// service is away (502 to 504) or slow, down to a sixteenth, and comes back by
	// itself, from half in half a minute. 0: 10; negative: no limit but the
	// service's own.
	RequestsPerSecond float64
	Burst             int // attempts at once after a rest; 0: 10
	// Limiter is asked in addition, before every HTTP attempt: a pace that others
	// keep as well, such as other processes. It is called concurrently. Its error
	// ends the call, and nothing is sent; the end of ctx is none. ctx tells no
	// deadline: a limiter waits to the end. A *rate.Limiter of golang.org/x/time is
	// one. nil: none.
	Limiter interface {
		Wait(ctx context.Context) error
	} `json:"-"`
	MaxInFlight int // attempts at the same time; 0: 8
	Concurrency int // writes at the same time within one call; 0: 4
	// MaxRetries is for what is safe to repeat and fails, within 15 seconds; 0: 4;
	// negative: none. What comes too fast is repeated as the pace allows, and counts
	// for none. A service that stays away, or asks to be left alone for more than a
	// minute, or than a lease leaves time, is waited for by the importer
	// (adcimport.Config.MaxPause and MaxOutage).
	MaxRetries       int
	Timeout          time.Duration // of one attempt, with its body; 0: 20 s
	SlowAfter        time.Duration // a reply that begins later slows the pace down; 0: a quarter of Timeout; negative: none does
	MinBackoff       time.Duration // bound of the first random wait before a repetition; 0: 500 ms
	MaxBackoff       time.Duration // bound of every random wait; 0: 30 s, or MinBackoff if that is longer
	MaxResponseBytes int64         // of one list, unpacked; 1 MiB of any other reply; 0: 16 MiB
	UserAgent        string        // printable ASCII; empty: adcimport

	// Transport sends the requests; nil: a transport of the Sink's own, with TLS
	// verification and without a proxy. It must not repeat requests by itself, nor
	// read a request's body ahead of sending it: the body is given away only while
	// the run may write.
	Transport http.RoundTripper `json:"-"`
	Logger    *slog.Logger      `json:"-"` // nil: silent
}

// defaults are what zero values mean.
func defaults() service.Settings {
	return service.Settings{
		RequestsPerSecond: 10, Burst: 10, MaxInFlight: 8, MaxRetries: 4, Timeout: 20 * time.Second,
		MaxResponseBytes: 16 << 20, UserAgent: "adcimport",
	}
}

const (
	concurrency = 4
	minBackoff  = 500 * time.Millisecond
	maxBackoff  = 30 * time.Second

	// idleTimeout is short, since a write on a connection that the server closes
	// at that moment is in doubt.
	idleTimeout = 4 * time.Second
)

// settings are a Config that was checked, with its defaults.
type settings struct {
	service.Settings

	profile, ispID         string
	concurrency            int
	minBackoff, maxBackoff time.Duration
	schema                 Schema
	provider               func(context.Context) (Credentials, error)
}

// resolve checks c and fills in the zero values.
func (c Config) resolve() (settings, error) {
	if err := errors.Join(c.checkProfile(), c.checkCredentials(), c.checkNumbers()); err != nil {
		return settings{}, err
	}
	s := settings{
		profile: c.Profile, ispID: c.ISPID, schema: service.Or(c.Schema, DefaultSchema()), provider: c.CredentialProvider,
		concurrency: service.Or(c.Concurrency, concurrency), minBackoff: service.Or(c.MinBackoff, minBackoff),
	}
	s.maxBackoff = service.Or(c.MaxBackoff, max(maxBackoff, s.minBackoff))
	if s.maxBackoff < s.minBackoff {
		return s, invalidConfig("MaxBackoff", "must not be less than MinBackoff")
	}
	if fixed := c.Credentials; s.provider == nil {
		s.provider = func(context.Context) (Credentials, error) { return fixed, nil }
	}
	var err error
	if s.Settings, err = c.sister().Resolve("securitytrax.Config", defaults(), idleTimeout); err != nil {
		return s, err
	}
	return s, s.schema.check(c.ISPID)
}

// sister are the settings that the clients of both services have.
func (c Config) sister() service.Settings {
	address := strings.ReplaceAll(service.Or(c.BaseURL, ProductionURL), "{profile}", url.PathEscape(c.Profile))
	return service.Settings{
		BaseURL: address, RequestsPerSecond: c.RequestsPerSecond, Burst: c.Burst, MaxInFlight: c.MaxInFlight,
		MaxRetries: c.MaxRetries, Timeout: c.Timeout, SlowAfter: c.SlowAfter,
		MaxResponseBytes: c.MaxResponseBytes, UserAgent: c.UserAgent, Limiter: c.Limiter, Transport: c.Transport, Logger: c.Logger,
	}
}

func (c Config) checkProfile() error {
	switch {
	case c.Profile == "":
		return invalidConfig("Profile", "is required")
	case !addressable(c.Profile) || !service.OneLine(c.Profile) || strings.ContainsAny(c.Profile, " /?#%"):
		return invalidConfig("Profile", "must be the dealer's slug, as it is in the address of the account")
	case c.ISPID != "" && (!addressable(c.ISPID) || !quotable(c.ISPID) || strings.TrimSpace(c.ISPID) != c.ISPID):
		return invalidConfig("ISPID", "must be an id, without quotes, control characters and spaces around it")
	}
	return nil
}

func (c Config) checkCredentials() error {
	switch given := !c.Credentials.IsZero(); {
	case given && c.CredentialProvider != nil:
		return invalidConfig("Credentials", "must be empty when there is a CredentialProvider")
	case c.CredentialProvider != nil:
		return nil
	}
	return c.Credentials.login().check()
}

func (c Config) checkNumbers() error {
	return errors.Join(service.NotNegative("securitytrax.Config", map[string]int64{
		"Concurrency": int64(c.Concurrency), "MinBackoff": int64(c.MinBackoff), "MaxBackoff": int64(c.MaxBackoff),
	}), service.HaveUnits("securitytrax.Config", map[string]time.Duration{"MinBackoff": c.MinBackoff, "MaxBackoff": c.MaxBackoff}))
}

// withoutTransport is what may be kept as a value: a transport may hold secrets,
// and what was sent, and a limiter what a host likes.
func (s settings) withoutTransport() settings {
	s.Transport, s.Limiter = nil, nil
	return s
}
