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

func (c Config) text() string {
	return fmt.Sprintf("securitytrax.Config{BaseURL: %q, Profile: %q, ISPID: %q, credentials hidden}", c.BaseURL, c.Profile, c.ISPID)
}

// Format implements fmt.Formatter: no verb prints a credential.
func (s *Sink) Format(f fmt.State, _ rune) { writeText(f, s.text()) }

// LogValue implements slog.LogValuer: a log has no credential either.
func (s *Sink) LogValue() slog.Value { return slog.StringValue(s.text()) }

func (s *Sink) text() string {
	if s == nil {
		return "securitytrax.Sink(nil)"
	}
	return fmt.Sprintf("securitytrax.Sink{Profile: %q, ISPID: %q}", s.cfg.Profile, s.cfg.ISPID)
}

// writeText has nobody to report a failure to: fmt ignores it as well.
func writeText(f fmt.State, text string) { _, _ = io.WriteString(f, text) }
