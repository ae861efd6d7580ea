package adcimport

import (
	"context"
	"fmt"
)

// Choice is an entry of a list that a person chooses from.
type Choice struct{ ID, Name string }

// CustomerChoices are the lists for a customer import. A list that source or
// sink cannot give is empty.
type CustomerChoices struct{ SubDealers, Offices, Reps, CustomerTags []Choice }

// UserChoices are the lists for a user import.
type UserChoices struct{ SubDealers, Roles, PermissionGroups, UserTags []Choice }

// CustomerChoices asks source and sink for the lists that a person chooses from
// before a customer import.
func (imp *Importer) CustomerChoices(ctx context.Context) (CustomerChoices, error) {
	var c CustomerChoices
	ask := asking{host: imp.host}
	if s, ok := ability[SubDealerLister](imp.cfg.Source); ok {
		ask.list(ctx, "sub-dealers", "Source.SubDealers", &c.SubDealers, s.SubDealers)
	}
	if s, ok := ability[CustomerSinkLister](imp.cfg.Sink); ok {
		ask.list(ctx, "offices", "Sink.Offices", &c.Offices, s.Offices)
		ask.list(ctx, "reps", "Sink.Reps", &c.Reps, s.Reps)
		ask.list(ctx, "customer tags", "Sink.CustomerTags", &c.CustomerTags, s.CustomerTags)
	}
	return c, ask.err
}

// UserChoices asks source and sink for the lists that a person chooses from
// before a user import.
func (imp *Importer) UserChoices(ctx context.Context) (UserChoices, error) {
	var c UserChoices
	ask := asking{host: imp.host}
	if s, ok := ability[SubDealerLister](imp.cfg.Source); ok {
		ask.list(ctx, "sub-dealers", "Source.SubDealers", &c.SubDealers, s.SubDealers)
	}
	if s, ok := ability[RoleLister](imp.cfg.Source); ok {
		ask.list(ctx, "roles", "Source.Roles", &c.Roles, s.Roles)
	}
	if s, ok := ability[UserSinkLister](imp.cfg.Sink); ok {
		ask.list(ctx, "permission groups", "Sink.PermissionGroups", &c.PermissionGroups, s.PermissionGroups)
		ask.list(ctx, "user tags", "Sink.UserTags", &c.UserTags, s.UserTags)
	}
	return c, ask.err
}

// asking fetches lists until the first error.
type asking struct {
	host *hostCode
	err  error
}

func (a *asking) list(ctx context.Context, what, call string, to *[]Choice, from func(context.Context) ([]Choice, error)) {
	if a.err != nil {
		return
	}
	*to, a.err = guarded(a.host, call, func() ([]Choice, error) { return from(ctx) })
	if a.err != nil {
		a.err = fmt.Errorf("list %s: %w", what, a.err)
	}
}
