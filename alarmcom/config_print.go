package alarmcom

import (
	"fmt"
	"io"
	"log/slog"
)

// What is printed in place of values that lead to credentials.
const (
	redactedConfig  = "alarmcom.Config(redacted)"
	redactedPartner = "alarmcom.PartnerConfig(redacted)"
	redactedSource  = "alarmcom.Source"
)

// Format prints a fixed text, whatever the verb.
func (Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedConfig) }

// LogValue returns a fixed text.
func (Config) LogValue() slog.Value { return slog.StringValue(redactedConfig) }

// MarshalText returns a fixed text, also in JSON.
func (Config) MarshalText() ([]byte, error) { return []byte(redactedConfig), nil }

// Format prints a fixed text, whatever the verb.
func (PartnerConfig) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedPartner) }

// LogValue returns a fixed text.
func (PartnerConfig) LogValue() slog.Value { return slog.StringValue(redactedPartner) }

// MarshalText returns a fixed text, also in JSON.
func (PartnerConfig) MarshalText() ([]byte, error) { return []byte(redactedPartner), nil }

// Format prints a fixed text, whatever the verb.
func (*Source) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedSource) }

// LogValue returns a fixed text.
func (*Source) LogValue() slog.Value { return slog.StringValue(redactedSource) }

// MarshalText returns a fixed text, also in JSON.
func (*Source) MarshalText() ([]byte, error) { return []byte(redactedSource), nil }
