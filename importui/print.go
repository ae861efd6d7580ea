package importui

import (
	"fmt"
	"io"
	"log/slog"
)

// A Config has a key, and leads to what the host handed over; so does a Handler.
const (
	printedConfig  = "importui.Config"
	printedHandler = "importui.Handler"
)

// Format prints a fixed text, whatever the verb.
func (Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, printedConfig) }

// LogValue returns a fixed text.
func (Config) LogValue() slog.Value { return slog.StringValue(printedConfig) }

// MarshalText returns a fixed text, also in JSON.
func (Config) MarshalText() ([]byte, error) { return []byte(printedConfig), nil }

// Format prints a fixed text, whatever the verb.
func (*Handler) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, printedHandler) }

// LogValue returns a fixed text.
func (*Handler) LogValue() slog.Value { return slog.StringValue(printedHandler) }

// MarshalText returns a fixed text, also in JSON.
func (*Handler) MarshalText() ([]byte, error) { return []byte(printedHandler), nil }
