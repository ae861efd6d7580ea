package alarmcom

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "alarmcom.Credentials(redacted)"

// Credentials are those of a Partner Portal rep login (FACTS 1). What the login
// may see bounds what can be imported.
//
// They print as a fixed text: with package fmt, in slog, as JSON. Package fmt
// asks no method, however, where a value is in a field that is not exported,
// behind a pointer that a verb does not fit, or given to a verb that fits no
// value, as %w or %p: do not keep Credentials, or a Config that has them, in what you
// print. A [Source] has no such limit: it holds them in closures only.
type Credentials struct {
	User     string
	Password string
	// TwoFactorDeviceID is the id of a trusted device, for a login with
	// two-factor authentication; empty: the element is left out.
	TwoFactorDeviceID string
}

// Format prints none of the credentials, whatever the verb.
func (Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String returns a fixed text.
func (Credentials) String() string { return redacted }

// LogValue returns a fixed text.
func (Credentials) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a fixed text, so that JSON has none of the credentials.
func (Credentials) MarshalText() ([]byte, error) { return []byte(redacted), nil }
