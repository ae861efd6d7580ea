package accounts

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret prints and logs as a fixed text.
type Secret string

// Format prints a fixed text, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "(secret)") }

// LogValue returns a fixed text.
func (Secret) LogValue() slog.Value { return slog.StringValue("(secret)") }

// LogValue returns a fixed text.
func (Account) LogValue() slog.Value { return slog.StringValue("(account)") }
