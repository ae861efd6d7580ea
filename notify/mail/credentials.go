package mail

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"github.com/wneessen/go-mail/smtp"
)

// Credentials are those of the mail server. Make them with [NewCredentials]; the zero
// value is none.
//
// They are opaque: no printer, encoder or debugger finds a value in them, wherever they
// are kept.
type Credentials struct {
	hidden func() (user, password string) // a closure, which no printer looks into; nil: none
}

// NewCredentials are those of a login with a password.
func NewCredentials(user, password string) Credentials {
	return Credentials{hidden: func() (string, string) { return user, password }}
}

// IsZero reports whether there are no credentials.
func (c Credentials) IsZero() bool { return c.hidden == nil }

const redacted = "mail.Credentials(redacted)"

// Format prints a fixed text, whatever the verb.
func (Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String returns a fixed text.
func (Credentials) String() string { return redacted }

// LogValue returns a fixed text.
func (Credentials) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a fixed text, also in JSON.
func (Credentials) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// login logs in over TLS and never without: with PLAIN where the server has it, else with
// LOGIN.
type login struct {
	Credentials

	host string
	next smtp.Auth // the one that was chosen
}

// Start chooses, and refuses a connection in the clear, also one to this machine.
func (l *login) Start(server *smtp.ServerInfo) (string, []byte, error) {
	if !server.TLS {
		return "", nil, ErrInsecure
	}
	user, password := l.hidden()
	switch {
	case slices.Contains(server.Auth, "PLAIN"):
		l.next = smtp.PlainAuth("", user, password, l.host, false)
	case slices.Contains(server.Auth, "LOGIN"):
		l.next = smtp.LoginAuth(user, password, l.host, false)
	default:
		return "", nil, errors.New("the server offers neither PLAIN nor LOGIN")
	}
	return l.next.Start(server)
}

// Next goes on with the one that was chosen.
func (l *login) Next(fromServer []byte, more bool) ([]byte, error) {
	return l.next.Next(fromServer, more)
}
