// Package inclusion tells a source, with the context of a call for one customer,
// which accounts the run's filter includes: what is left out anyhow need not be read
// to its end.
package inclusion

import "context"

// Accounts are those that are left out unless a filter includes them.
type Accounts struct{ Terminated, Demo, Commitment bool }

type key struct{}

// With says which accounts are included.
func With(ctx context.Context, in Accounts) context.Context { return context.WithValue(ctx, key{}, in) }

// From is what With said; told is false where nobody did.
func From(ctx context.Context) (in Accounts, told bool) {
	in, told = ctx.Value(key{}).(Accounts)
	return in, told
}
