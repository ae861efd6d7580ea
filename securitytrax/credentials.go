package securitytrax

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/securitytrax/adcimport/internal/service"
)

// Credentials are what SecurityTrax asks for: the integrator key of the program,
// with a login or a personal access token of the account. Make them with [Login]
// or [AccessToken] and WithIntegratorKey; the zero value is none, and [New] refuses
// it.
//
// They are opaque: no printer, encoder or debugger finds a value in them, wherever
// they are kept.
type Credentials struct {
	hidden func() login // a closure, which no printer looks into; nil: none
}

// login is what Credentials have.
type login struct{ username, password, token, integratorKey string }

// Login is a user name with a password. Its tokens last ten minutes and are renewed
// before they end.
func Login(username, password string) Credentials {
	return hide(login{username: username, password: password})
}

// AccessToken is a personal access token, in place of a login.
func AccessToken(token string) Credentials { return hide(login{token: token}) }

// WithIntegratorKey adds the key that is sent with every request. It is
// case-sensitive, and required.
func (c Credentials) WithIntegratorKey(key string) Credentials {
	l := c.login()
	l.integratorKey = key
	return hide(l)
}

func hide(l login) Credentials { return Credentials{hidden: func() login { return l }} }

func (c Credentials) login() login {
	if c.hidden == nil {
		return login{}
	}
	return c.hidden()
}

// IsZero reports whether there are no credentials at all.
func (c Credentials) IsZero() bool { return c.login() == login{} }

// check refuses what no service can take.
func (l login) check() error {
	const field = "securitytrax.Config.Credentials"
	switch {
	case l == login{}:
		return service.Invalid(field, "are required: see Login and AccessToken")
	case l.integratorKey == "":
		return service.Invalid(field, "must have an integrator key: see Credentials.WithIntegratorKey")
	case !service.OneLine(l.username) || !service.OneLine(l.password):
		return service.Invalid(field, "must have a user name and a password that are single lines of UTF-8 text, without control characters")
	case l.token == "" && (l.username == "" || l.password == ""):
		return service.Invalid(field, "must have a user name and a password, or an access token")
	case !service.HeaderSafe(l.integratorKey + l.token):
		return service.Invalid(field, "must have an integrator key and a token of printable ASCII")
	}
	return nil
}

const redacted = "securitytrax.Credentials(redacted)"

// Format prints a fixed text, whatever the verb.
func (Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String returns a fixed text.
func (Credentials) String() string { return redacted }

// LogValue returns a fixed text.
func (Credentials) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a fixed text, also in JSON.
func (Credentials) MarshalText() ([]byte, error) { return []byte(redacted), nil }
