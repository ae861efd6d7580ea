package securitytrax

import (
	"fmt"
	"io"
	"log/slog"
)

// Format implements fmt.Formatter: no verb prints a credential.
func (c Config) Format(f fmt.State, _ rune) { writeText(f, c.text()) }

// LogValue implements slog.LogValuer: a log has no credential either.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.text()) }

// MarshalText implements encoding.TextMarshaler: nor has JSON.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.text()), nil }

// text leaves out the BaseURL: before New has seen it, it may have a password.
func (c Config) text() string {
	return fmt.Sprintf("securitytrax.Config{Profile: %q, ISPID: %q, credentials hidden}", c.Profile, c.ISPID)
}

// Format implements fmt.Formatter: no verb prints a credential.
func (s *Sink) Format(f fmt.State, _ rune) { writeText(f, s.text()) }

// LogValue implements slog.LogValuer: a log has no credential either.
func (s *Sink) LogValue() slog.Value { return slog.StringValue(s.text()) }

// MarshalText implements encoding.TextMarshaler: nor has JSON.
func (s *Sink) MarshalText() ([]byte, error) { return []byte(s.text()), nil }

func (s *Sink) text() string {
	if s == nil {
		return "securitytrax.Sink(nil)"
	}
	return fmt.Sprintf("securitytrax.Sink{Profile: %q, ISPID: %q}", s.cfg.profile, s.cfg.ispID)
}

// writeText has nobody to report a failure to: fmt ignores it as well.
func writeText(f fmt.State, text string) { _, _ = io.WriteString(f, text) }
