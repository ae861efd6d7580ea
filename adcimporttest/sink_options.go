package adcimporttest

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport"
)

// CheckCustomerOptions refuses an office, a rep or a tag that Choices does not
// have.
func (s *Sink) CheckCustomerOptions(ctx context.Context, o adcimport.CustomerOptions) error {
	defer s.begin("CheckCustomerOptions", nil)()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	var wrong []error
	if s.Strict && o.OfficeID == "" {
		wrong = append(wrong, &adcimport.InvalidOptionsError{Field: "OfficeID", Rule: "is required"})
	}
	wrong = append(wrong, known("OfficeID", s.Choices.Offices, o.OfficeID), known("DefaultRepID", s.reps(), o.DefaultRepID))
	for _, id := range o.TagIDs {
		wrong = append(wrong, known("TagIDs", s.Choices.CustomerTags, id))
	}
	return errors.Join(wrong...)
}

// CheckUserOptions refuses a permission group that Choices does not have.
func (s *Sink) CheckUserOptions(ctx context.Context, o adcimport.UserOptions) error {
	defer s.begin("CheckUserOptions", nil)()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if s.Strict && o.PermissionGroupID == "" {
		return &adcimport.InvalidOptionsError{Field: "PermissionGroupID", Rule: "is required"}
	}
	return known("PermissionGroupID", s.Choices.PermissionGroups, o.PermissionGroupID)
}

// MakeUserTags makes the tags that are missing; case makes no other tag.
func (s *Sink) MakeUserTags(ctx context.Context, names []string) error {
	defer s.begin("MakeUserTags", nil)()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	for _, name := range names {
		if !slices.ContainsFunc(s.userTags(), func(c adcimport.Choice) bool { return strings.EqualFold(c.Name, name) }) {
			s.tags = append(s.tags, adcimport.Choice{ID: s.newID(), Name: name})
		}
	}
	return nil
}

// Offices returns Choices.Offices.
func (s *Sink) Offices(ctx context.Context) ([]adcimport.Choice, error) {
	return s.list(ctx, "Offices", func() []adcimport.Choice { return s.Choices.Offices })
}

// Reps returns Choices.Reps and the users that were created.
func (s *Sink) Reps(ctx context.Context) ([]adcimport.Choice, error) {
	return s.list(ctx, "Reps", s.reps)
}

// CustomerTags returns Choices.CustomerTags.
func (s *Sink) CustomerTags(ctx context.Context) ([]adcimport.Choice, error) {
	return s.list(ctx, "CustomerTags", func() []adcimport.Choice { return s.Choices.CustomerTags })
}

// PermissionGroups returns Choices.PermissionGroups.
func (s *Sink) PermissionGroups(ctx context.Context) ([]adcimport.Choice, error) {
	return s.list(ctx, "PermissionGroups", func() []adcimport.Choice { return s.Choices.PermissionGroups })
}

// UserTags returns Choices.UserTags and the tags that were made.
func (s *Sink) UserTags(ctx context.Context) ([]adcimport.Choice, error) {
	return s.list(ctx, "UserTags", s.userTags)
}

func (s *Sink) list(ctx context.Context, method string, of func() []adcimport.Choice) ([]adcimport.Choice, error) {
	defer s.begin(method, nil)()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return slices.Clone(of()), nil
}

// reps lists who may be a rep. The lock is held.
func (s *Sink) reps() []adcimport.Choice {
	reps := slices.Clone(s.Choices.Reps)
	for _, u := range s.users {
		reps = append(reps, adcimport.Choice{ID: u.ID, Name: u.Record.FirstName + " " + u.Record.LastName})
	}
	return reps
}

// userTags returns the tags that users may have. The lock is held.
func (s *Sink) userTags() []adcimport.Choice { return slices.Concat(s.Choices.UserTags, s.tags) }

// known refuses an option that is none of the choices; empty is no option.
func known(field string, choices []adcimport.Choice, id string) error {
	if id == "" || slices.ContainsFunc(choices, func(c adcimport.Choice) bool { return c.ID == id }) {
		return nil
	}
	return &adcimport.InvalidOptionsError{Field: field, Value: id, Rule: "is not known to the sink"}
}
