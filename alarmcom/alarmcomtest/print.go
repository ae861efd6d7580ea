package alarmcomtest

import (
	"fmt"
	"io"
	"log/slog"
)

const redactedServer = "alarmcomtest.Server"

func (r Request) text() string {
	return fmt.Sprintf("alarmcomtest.Request{Op: %q, ID: %d, SOAP12: %t}", r.Op, r.ID, r.SOAP12)
}

// Format prints the request without its Body, whatever the verb.
func (r Request) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.text()) }

// LogValue returns the request without its Body.
func (r Request) LogValue() slog.Value { return slog.StringValue(r.text()) }

// MarshalText returns the request without its Body, also in JSON.
func (r Request) MarshalText() ([]byte, error) { return []byte(r.text()), nil }

// Format prints a fixed text, whatever the verb.
func (*Server) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedServer) }

// LogValue returns a fixed text.
func (*Server) LogValue() slog.Value { return slog.StringValue(redactedServer) }
