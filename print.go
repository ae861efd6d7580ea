package adcimport

import (
	"fmt"
	"io"
	"log/slog"
)

// Config and Importer print as their link: they lead to what the host handed
// over, its FingerprintKey, source and sink among it.

// Format prints the link, whatever the verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.text()) }

// LogValue returns the link.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.text()) }

// MarshalText returns the link, also in JSON.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.text()), nil }

func (c Config) text() string { return fmt.Sprintf("adcimport.Config{Link: %q}", c.Link) }

// Format prints the link, whatever the verb.
func (imp *Importer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, imp.text()) }

// LogValue returns the link.
func (imp *Importer) LogValue() slog.Value { return slog.StringValue(imp.text()) }

// MarshalText returns the link, also in JSON.
func (imp *Importer) MarshalText() ([]byte, error) { return []byte(imp.text()), nil }

func (imp *Importer) text() string {
	if imp == nil {
		return "adcimport.Importer(nil)"
	}
	return fmt.Sprintf("adcimport.Importer{Link: %q}", imp.cfg.Link)
}
