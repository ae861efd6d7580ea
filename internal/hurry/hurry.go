// Package hurry marks what a person waits for: it is asked once, at once, and
// whoever asks is told what came of it.
package hurry

import "context"

type key struct{}

// With marks a context.
func With(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, true) }

// Is reports whether a context is marked.
func Is(ctx context.Context) bool { return ctx.Value(key{}) != nil }
