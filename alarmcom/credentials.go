package alarmcom

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/securitytrax/adcimport/alarmcom/internal/call"
	"github.com/securitytrax/adcimport/internal/service"
)

// Credentials are those of a Partner Portal rep login: what the login may see
// bounds what can be imported. Make them with [NewCredentials]; the zero value is
// none, and [New] refuses it.
//
// They are opaque: no printer, encoder or debugger finds a value in them, wherever
// they are kept.
type Credentials struct {
	hidden func() call.Login // a closure, which no printer looks into; nil: none
}

// NewCredentials are those of a login with a password.
func NewCredentials(user, password string) Credentials {
	return hide(call.Login{User: user, Password: password})
}

// WithTwoFactorDevice adds the id of a trusted device, for a login with two-factor
// authentication; empty: it is not sent.
func (c Credentials) WithTwoFactorDevice(id string) Credentials {
	l := c.login()
	l.Device = id
	return hide(l)
}

// WithPartnerClient adds the client id, a GUID, that Alarm.com issues for the
// PartnerApi. It is required where [Config.Partner] is set.
func (c Credentials) WithPartnerClient(id string) Credentials {
	l := c.login()
	l.ClientID = id
	return hide(l)
}

func hide(l call.Login) Credentials { return Credentials{hidden: func() call.Login { return l }} }

func (c Credentials) login() call.Login {
	if c.hidden == nil {
		return call.Login{}
	}
	return c.hidden()
}

// IsZero reports whether there are no credentials at all.
func (c Credentials) IsZero() bool { return c.login() == call.Login{} }

// checkLogin refuses what no service can take. Partner says that the PartnerApi is
// used.
func checkLogin(l call.Login, partner bool) error {
	const field = "alarmcom.Config.Credentials"
	switch {
	case l == call.Login{}:
		return service.Invalid(field, "are required: see NewCredentials")
	case !service.OneLine(l.User) || !service.OneLine(l.Password) || !service.OneLine(l.Device) || !service.OneLine(l.ClientID):
		return service.Invalid(field, "must be single lines of UTF-8 text, without control characters")
	case l.User == "":
		return service.Invalid(field, "must have a user name")
	case l.Password == "":
		return service.Invalid(field, "must have a password")
	case partner && l.ClientID == "":
		return service.Invalid(field, "must have a client id for the PartnerApi: see Credentials.WithPartnerClient")
	}
	return nil
}

const redacted = "alarmcom.Credentials(redacted)"

// Format prints a fixed text, whatever the verb.
func (Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String returns a fixed text.
func (Credentials) String() string { return redacted }

// LogValue returns a fixed text.
func (Credentials) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a fixed text, also in JSON.
func (Credentials) MarshalText() ([]byte, error) { return []byte(redacted), nil }
