package alarmcom

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/securitytrax/adcimport/alarmcom/internal/call"
	"github.com/securitytrax/adcimport/internal/service"
)

// Config describes a [Source]. Credentials (or a CredentialProvider) are
// required, the zero value of everything else works. A negative number is refused
// where its field does not say what it means. Alarm.com publishes no limits: the
// pace is modest on purpose.
//
// It holds nothing secret but what a Transport of the host's own has, and a
// BaseURL that somebody put a password into; [New] refuses the latter. It prints as
// a fixed text where its methods are asked.
type Config struct {
	Credentials Credentials
	// CredentialProvider is asked before every call, for credentials that
	// change; set it instead of Credentials. It is called concurrently, and should
	// remember what it has. A login that changed is used at once, also where the
	// one before was refused.
	CredentialProvider func(ctx context.Context) (Credentials, error)

	BaseURL string         // where the .asmx files are; empty: https://alarmadmin.alarm.com/WebServices; https except on a loopback address
	SOAP12  bool           // SOAP 1.2 instead of 1.1
	Partner *PartnerConfig // lists and details over the PartnerApi (REST); nil: all over SOAP

	// RequestsPerSecond counts every HTTP attempt. It is the most that is sent.
	// The pace finds a lower limit of the service by what it says is too fast (429,
	// a fault that ClassifyFault calls [adcimport.ErrRateLimited]), stays near it,
	// and tries from time to time whether there is more; such an attempt is made
	// again and is nobody's failure. The pace is halved when the service is away
	// (502 to 504) or slow, down to a sixteenth, and comes back by itself, from half
	// in half a minute. 0: 5; negative: no limit but the
	// service's own.
	RequestsPerSecond float64
	Burst             int // attempts at once after a rest; 0: 5
	// Limiter is asked in addition, before every HTTP attempt: a pace that others
	// keep as well, such as other processes. It is called concurrently. Its error
	// ends the call, and nothing is sent; the end of ctx is none. ctx tells no
	// deadline: a limiter waits to the end. A *rate.Limiter of golang.org/x/time is
	// one. nil: none.
	Limiter interface {
		Wait(ctx context.Context) error
	} `json:"-"`
	MaxInFlight int // attempts at the same time; 0: 8
	// MaxRetries is for one call that fails, within 15 seconds; 0: 4; negative: none.
	// One that comes too fast is repeated as the pace allows, and counts for none. A
	// service that stays away, or asks to be left alone for more than a minute, is
	// waited for by the importer (adcimport.Config.MaxPause and MaxOutage).
	MaxRetries       int
	Timeout          time.Duration // of one attempt, with its body; 0: 1 minute
	SlowAfter        time.Duration // a reply that begins later slows the pace down; 0: a quarter of Timeout; negative: none does
	MaxResponseBytes int64         // of one list, unpacked; 1 MiB of any other reply; 0: 64 MiB
	PageSize         int           // ids or users a page; 0: 100
	ProbeTTL         time.Duration // how long the result of a probe holds; 0: 5 s
	UserAgent        string        // printable ASCII; empty: adcimport

	// Transport sends the requests; nil: a transport of the Source's own, with
	// TLS verification and without a proxy. It must not repeat requests by itself.
	Transport http.RoundTripper `json:"-"`
	// ClassifyFault says what a failure that the service reports means, as an
	// error that wraps [adcimport.ErrAuth], [adcimport.ErrNotFound],
	// [adcimport.ErrDenied] or [adcimport.ErrRateLimited]; nil: not known. The
	// service's texts are not documented, so by default none is known.
	// It must not put Fault.Text into its error. It is called concurrently.
	ClassifyFault func(Fault) error `json:"-"`
	// Assumptions are what this package takes for granted and could not verify.
	Assumptions Assumptions
	Logger      *slog.Logger `json:"-"` // nil: silent
}

// defaults are what zero values mean.
func defaults() service.Settings {
	return service.Settings{
		BaseURL:           "https://alarmadmin.alarm.com/WebServices",
		RequestsPerSecond: 5, Burst: 5, MaxInFlight: 8, MaxRetries: 4, Timeout: time.Minute,
		MaxResponseBytes: 64 << 20, UserAgent: "adcimport",
	}
}

const (
	pageSize    = 100
	probeTTL    = 5 * time.Second
	idleTimeout = 90 * time.Second // all calls only read: one on a connection that closes is made again
)

// settings are a Config that was checked, with its defaults.
type settings struct {
	service.Settings

	soap12      bool
	pageSize    int
	probeTTL    time.Duration
	classify    func(Fault) error
	assumptions Assumptions
	partner     *PartnerConfig
	provider    func(context.Context) (Credentials, error)
}

// resolve checks c and fills in the zero values.
func (c Config) resolve() (settings, error) {
	if err := errors.Join(c.checkCredentials(), c.checkNumbers(), c.Assumptions.check()); err != nil {
		return settings{}, err
	}
	s := settings{
		soap12: c.SOAP12, classify: c.ClassifyFault, assumptions: c.Assumptions,
		pageSize: service.Or(c.PageSize, pageSize), probeTTL: service.Or(c.ProbeTTL, probeTTL), provider: c.CredentialProvider,
	}
	if fixed := c.Credentials; s.provider == nil {
		s.provider = func(context.Context) (Credentials, error) { return fixed, nil }
	}
	if c.Partner != nil {
		partner, err := c.Partner.withDefaults()
		if err != nil {
			return s, err
		}
		s.partner = &partner
	}
	var err error
	s.Settings, err = c.sister().Resolve("alarmcom.Config", defaults(), idleTimeout)
	return s, err
}

// sister are the settings that the clients of both services have.
func (c Config) sister() service.Settings {
	return service.Settings{
		BaseURL: c.BaseURL, RequestsPerSecond: c.RequestsPerSecond, Burst: c.Burst, MaxInFlight: c.MaxInFlight,
		MaxRetries: c.MaxRetries, Timeout: c.Timeout, SlowAfter: c.SlowAfter,
		MaxResponseBytes: c.MaxResponseBytes, UserAgent: c.UserAgent, Limiter: c.Limiter, Transport: c.Transport, Logger: c.Logger,
	}
}

func invalid(field, rule string) error { return service.Invalid("alarmcom.Config."+field, rule) }

func (c Config) checkCredentials() error {
	switch given := !c.Credentials.IsZero(); {
	case given && c.CredentialProvider != nil:
		return invalid("Credentials", "must be empty when there is a CredentialProvider")
	case c.CredentialProvider != nil:
		return nil
	}
	return checkLogin(c.Credentials.login(), c.Partner != nil)
}

func (c Config) checkNumbers() error {
	return errors.Join(
		service.NotNegative("alarmcom.Config", map[string]int64{"PageSize": int64(c.PageSize), "ProbeTTL": int64(c.ProbeTTL)}),
		service.HaveUnits("alarmcom.Config", map[string]time.Duration{"ProbeTTL": c.ProbeTTL}),
	)
}

// login asks the host for its credentials.
func (s settings) login(ctx context.Context) (call.Login, error) {
	given, err := s.provider(ctx)
	if err != nil {
		return call.Login{}, err
	}
	l := given.login()
	return l, checkLogin(l, s.partner != nil)
}

// classified is ClassifyFault for what the transports report; nil: no failure is
// known.
func (s settings) classified() func(call.Fault) error {
	if s.classify == nil {
		return nil
	}
	return func(f call.Fault) error { return s.classify(Fault(f)) }
}

// withoutTransport is what may be kept as a value: a transport may hold secrets,
// and what was sent, and a limiter what a host likes.
func (s settings) withoutTransport() settings {
	s.Transport, s.Limiter = nil, nil
	return s
}
