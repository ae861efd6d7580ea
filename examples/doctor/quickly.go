package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/securitytrax/adcimport"
)

// quickly asks an end once whether it can be used, and names the cause within ten
// seconds. The other end is nil.
func quickly(ctx context.Context, source adcimport.Source, sink adcimport.Sink) error {
	if source == nil {
		source = adcimport.UsersOnly(nil)
	}
	if sink == nil {
		sink = adcimport.UsersOnlySink(nil)
	}
	imp, err := adcimport.New(adcimport.Config{Link: "doctor", Source: source, Sink: sink, Store: new(adcimport.MemoryStore)})
	if err != nil {
		return err
	}
	return imp.Check(ctx)
}

// waits is a log handler that says what is waited for: the clients repeat what a
// service is too busy for, for minutes.
type waits struct{ out io.Writer }

// Enabled implements slog.Handler.
func (waits) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

// Handle implements slog.Handler.
func (w waits) Handle(_ context.Context, r slog.Record) error {
	var op, wait string
	status := "no reply"
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "op":
			op = a.Value.String()
		case "status":
			if a.Value.Int64() != 0 {
				status = "status " + a.Value.String()
			}
		case "wait":
			wait = round(max(a.Value.Duration(), 0)).String()
		}
		return true
	})
	if wait == "" {
		return nil
	}
	_, err := fmt.Fprintf(w.out, "  %-8s  %s: %s, again in %s\n", "waits", op, status, wait)
	return err
}

// WithAttrs implements slog.Handler.
func (w waits) WithAttrs([]slog.Attr) slog.Handler { return w }

// WithGroup implements slog.Handler.
func (w waits) WithGroup(string) slog.Handler { return w }
