package main

import (
	"context"

	"github.com/securitytrax/adcimport"
)

// CheckCustomerOptions implements [adcimport.CustomerOptionsChecker].
func (s *Sink) CheckCustomerOptions(ctx context.Context, o adcimport.CustomerOptions) error {
	if err := s.known(ctx, "OfficeID", "offices", o.OfficeID); err != nil {
		return err
	}
	if err := s.known(ctx, "DefaultRepID", "users", o.DefaultRepID); err != nil {
		return err
	}
	for _, id := range o.TagIDs {
		if id == "" {
			return &adcimport.InvalidOptionsError{Field: "TagIDs", Rule: "must not hold an empty id"}
		}
		if err := s.known(ctx, "TagIDs", "customer_tags", id); err != nil {
			return err
		}
	}
	return nil
}

// CheckUserOptions implements [adcimport.UserOptionsChecker].
func (s *Sink) CheckUserOptions(ctx context.Context, o adcimport.UserOptions) error {
	if err := s.known(ctx, "PermissionGroupID", "permission_groups", o.PermissionGroupID); err != nil {
		return err
	}
	for _, name := range o.Tags {
		if name == "" || !storable(name) {
			return &adcimport.InvalidOptionsError{Field: "Tags", Value: name, Rule: "must be names"}
		}
	}
	return nil
}

// MakeUserTags implements [adcimport.UserTagMaker]. The unique key on a tag's
// name makes each once, however many ask at the same time.
func (s *Sink) MakeUserTags(ctx context.Context, names []string) error {
	if err := adcimport.CheckWrite(ctx); err != nil {
		return err
	}
	const query = "INSERT INTO user_tags (name) SELECT DISTINCT unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING"
	if _, err := s.db.ExecContext(ctx, query, names); err != nil {
		return readError("make user tags", err)
	}
	return nil
}

// known refuses an option that names nothing of a table; empty is no option.
// The table is one of the above, never a caller's text.
func (s *Sink) known(ctx context.Context, field, table, id string) error {
	if id == "" {
		return context.Cause(ctx)
	}
	there := false
	if storable(id) {
		query := "SELECT EXISTS (SELECT FROM " + table + " WHERE id::text = $1)"
		if err := s.db.QueryRowContext(ctx, query, id).Scan(&there); err != nil {
			return readError("check "+field, err)
		}
	}
	if !there {
		return &adcimport.InvalidOptionsError{Field: field, Value: id, Rule: "is not known to the database"}
	}
	return nil
}

// FindReps implements [adcimport.RepFinder]: reps are users, by user name (SPEC
// O2).
func (s *Sink) FindReps(ctx context.Context, logins []string) (map[string]string, error) {
	ask := oneOf(logins, func(login string) string { return login })
	list, err := s.pairs(ctx, "find reps", `
SELECT asked.login, users.id::text FROM unnest($1::text[]) AS asked (login)
JOIN users ON lower(users.username) = lower(asked.login)`, ask)
	if err != nil {
		return nil, err
	}
	reps := make(map[string]string, len(list))
	for _, p := range list {
		reps[p[0]] = p[1]
	}
	return reps, nil
}

// Offices implements [adcimport.CustomerSinkLister].
func (s *Sink) Offices(ctx context.Context) ([]adcimport.Choice, error) {
	return s.choices(ctx, "list offices", "SELECT id::text, name FROM offices ORDER BY name")
}

// Reps implements [adcimport.CustomerSinkLister].
func (s *Sink) Reps(ctx context.Context) ([]adcimport.Choice, error) {
	return s.choices(ctx, "list reps", "SELECT id::text, first_name || ' ' || last_name FROM users ORDER BY 2, id")
}

// CustomerTags implements [adcimport.CustomerSinkLister].
func (s *Sink) CustomerTags(ctx context.Context) ([]adcimport.Choice, error) {
	return s.choices(ctx, "list customer tags", "SELECT id::text, name FROM customer_tags ORDER BY name")
}

// PermissionGroups implements [adcimport.UserSinkLister].
func (s *Sink) PermissionGroups(ctx context.Context) ([]adcimport.Choice, error) {
	return s.choices(ctx, "list permission groups", "SELECT id::text, name FROM permission_groups ORDER BY name")
}

// UserTags implements [adcimport.UserSinkLister].
func (s *Sink) UserTags(ctx context.Context) ([]adcimport.Choice, error) {
	return s.choices(ctx, "list user tags", "SELECT id::text, name FROM user_tags ORDER BY name")
}

func (s *Sink) choices(ctx context.Context, doing, query string) ([]adcimport.Choice, error) {
	list, err := s.pairs(ctx, doing, query)
	if err != nil {
		return nil, err
	}
	choices := make([]adcimport.Choice, len(list))
	for i, p := range list {
		choices[i] = adcimport.Choice{ID: p[0], Name: p[1]}
	}
	return choices, nil
}
