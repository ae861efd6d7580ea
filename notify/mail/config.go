package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
)

// Security is how the connection to the mail server is protected. None of them falls
// back to another.
type Security int

// The ways.
const (
	StartTLS    Security = iota // begins in the clear and must become TLS, or nothing is sent; port 587
	ImplicitTLS                 // TLS from the first byte; port 465
	PlainText                   // never TLS, and never a login: for a relay on the same machine; port 25
)

const (
	defaultName    = "mail"
	defaultTimeout = 10 * time.Second
)

// Links are addresses of the host's pages, http or https; empty: there is none.
type Links struct {
	Run    string // the import
	Review string // what waits for a person; empty: Run
}

// Config of a [Notifier]. Host, From and To are required; the zero value of everything
// else works. It prints as its host.
type Config struct {
	Host        string      // of the mail server, as its certificate has it
	Port        int         // 0: that of the Security
	Security    Security    // zero: StartTLS
	TLS         *tls.Config // nil: the roots of the system, TLS 1.2 or later; ServerName is Host
	Credentials Credentials // zero: no login

	From string // as in Imports <imports@example.com>

	// To says who is told; nobody: nil. It is asked for each notice. An error has the
	// notice repeated.
	To func(ctx context.Context, s adcimport.Summary) ([]string, error)

	Company func(s adcimport.Summary) string // the dealer, as people call it; nil: Summary.Link
	Subject func(s adcimport.Summary) string // nil: as in "2 need you: customer import for Acme"
	Links   func(s adcimport.Summary) Links  // nil: none
	Zone    *time.Location                   // of times; nil: UTC

	// Name is what the store remembers the notifier by; empty: mail. A host with several
	// gives each its own, and keeps it.
	Name string

	Timeout time.Duration // for the connection, and again for the message; 0: 10 seconds
}

// InvalidConfigError names a field of a [Config] that cannot work.
type InvalidConfigError struct {
	Field string // as in Config.Host
	Rule  string
}

func (e *InvalidConfigError) Error() string { return "mail: " + e.Field + " " + e.Rule }

func (c Config) check() error {
	var errs []error
	wrong := func(is bool, field, rule string) {
		if is {
			errs = append(errs, &InvalidConfigError{"Config." + field, rule})
		}
	}
	wrong(c.Host == "" || strings.ContainsAny(c.Host, ":/ "), "Host", "must be the name of the mail server, without a port")
	wrong(c.Port < 0 || c.Port > 65535, "Port", "must be between 0 and 65535")
	wrong(c.Security < StartTLS || c.Security > PlainText, "Security", "must be StartTLS, ImplicitTLS or PlainText")
	wrong(c.Security == PlainText && !c.Credentials.IsZero(), "Credentials", "are not sent in the clear: use StartTLS or ImplicitTLS")
	wrong(c.TLS != nil && c.TLS.InsecureSkipVerify, "TLS", "must verify the server: give it RootCAs")
	_, err := netmail.ParseAddress(c.From)
	wrong(err != nil, "From", "must be an address, as in Imports <imports@example.com>")
	wrong(c.To == nil, "To", "is required")
	wrong(c.Timeout < 0, "Timeout", "must not be negative")
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	c.Name = cmp.Or(c.Name, defaultName)
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	c.Zone = cmp.Or(c.Zone, time.UTC)
	if c.Port == 0 {
		c.Port = map[Security]int{StartTLS: 587, ImplicitTLS: 465, PlainText: 25}[c.Security]
	}
	own := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.TLS != nil {
		own = c.TLS.Clone()
		own.MinVersion = max(own.MinVersion, tls.VersionTLS12)
	}
	own.ServerName = c.Host
	c.TLS = own
	if c.Company == nil {
		c.Company = func(s adcimport.Summary) string { return s.Link }
	}
	if c.Links == nil {
		c.Links = func(adcimport.Summary) Links { return Links{} }
	}
	return c
}

func (c Config) text() string { return fmt.Sprintf("mail.Config{Name: %q, Host: %q}", c.Name, c.Host) }

// Format prints name and host, whatever the verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.text()) }

// LogValue returns name and host.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.text()) }

// MarshalText returns name and host, also in JSON.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.text()), nil }
