package alarmcom

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "alarmcom.Credentials(redacted)"

// Credentials are those of a Partner Portal rep login (FACTS 1). What the login
// may see bounds what can be imported. They print as redacted in every way.
type Credentials struct {
	User     string
	Password string
	// TwoFactorDeviceID is the id of a trusted device, for a login with
	// two-factor authentication; empty: the element is left out.
	TwoFactorDeviceID string
}

// Format prints none of the credentials, whatever the verb.
func (Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String answers a fixed text.
func (Credentials) String() string { return redacted }

// LogValue answers a fixed text.
func (Credentials) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText answers a fixed text, so that JSON has none of the credentials.
func (Credentials) MarshalText() ([]byte, error) { return []byte(redacted), nil }
