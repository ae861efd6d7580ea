package securitytraxtest

import (
	"fmt"
	"io"
	"log/slog"
)

const redactedServer = "securitytraxtest.Server"

func (r Request) text() string { return fmt.Sprintf("securitytraxtest.Request{Route: %q}", r.Route) }

// Format prints the request without Header and Body, whatever the verb.
func (r Request) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.text()) }

// LogValue returns the request without Header and Body.
func (r Request) LogValue() slog.Value { return slog.StringValue(r.text()) }

// MarshalText returns the request without Header and Body, also in JSON.
func (r Request) MarshalText() ([]byte, error) { return []byte(r.text()), nil }

// Format prints a fixed text, whatever the verb.
func (*Server) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedServer) }

// LogValue returns a fixed text.
func (*Server) LogValue() slog.Value { return slog.StringValue(redactedServer) }
