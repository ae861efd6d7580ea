package securitytrax

import (
	"context"
	"errors"
	"net/http"

	"github.com/securitytrax/adcimport"
)

// CheckCustomerOptions refuses an office, a default rep or a tag that
// SecurityTrax does not have, with an
// *adcimport.InvalidOptionsError. The office is required. It only reads.
func (s *Sink) CheckCustomerOptions(ctx context.Context, o adcimport.CustomerOptions) error {
	var wrong mistakes
	if o.OfficeID == "" {
		wrong.add("OfficeID", "", "is required by SecurityTrax: CustomerChoices has the offices and their ids")
	} else if err := s.exists(ctx, &wrong, "OfficeID", s.schema.Locations, o.OfficeID); err != nil {
		return err
	}
	if o.DefaultRepID != "" {
		if err := s.exists(ctx, &wrong, "DefaultRepID", s.schema.Reps, o.DefaultRepID); err != nil {
			return err
		}
	}
	for _, id := range o.TagIDs {
		if err := s.exists(ctx, &wrong, "TagIDs", s.schema.CustomerTags, id); err != nil {
			return err
		}
	}
	return errors.Join(wrong...)
}

// mistakes are all that is wrong with options.
type mistakes []error

func (m *mistakes) add(field, value, rule string) {
	*m = append(*m, &adcimport.InvalidOptionsError{Field: field, Value: value, Rule: rule})
}

// CheckUserOptions refuses a permission group that SecurityTrax does not have;
// one is required. It only reads.
func (s *Sink) CheckUserOptions(ctx context.Context, o adcimport.UserOptions) error {
	var wrong mistakes
	if o.PermissionGroupID == "" {
		wrong.add("PermissionGroupID", "", "is required by SecurityTrax: UserChoices has the groups and their ids")
	} else if err := s.exists(ctx, &wrong, "PermissionGroupID", s.schema.PermissionGroups, o.PermissionGroupID); err != nil {
		return err
	}
	wrong.tags(o.Tags)
	return errors.Join(wrong...)
}

// MakeUserTags makes the user tags that are missing, each once. Tags that differ in
// case or spaces only are one.
func (s *Sink) MakeUserTags(ctx context.Context, names []string) error {
	var wrong mistakes
	if wrong.tags(names); len(wrong) > 0 {
		return errors.Join(wrong...)
	}
	s.forgetTags() // one may have been deleted since the last run
	_, err := s.userTags(ctx, names)
	return err
}

// exists adds to wrong what does not. Its error is that of a look-up which failed.
func (s *Sink) exists(ctx context.Context, wrong *mistakes, field string, r Resource, id string) error {
	if id == "" {
		wrong.add(field, "", "must not be empty")
		return nil
	}
	const rule = "does not exist in SecurityTrax as an id of this kind"
	if !addressable(id) {
		wrong.add(field, id, rule)
		return nil
	}
	op := "check option " + field
	doc, err := s.client.read(ctx, op, id, s.client.urlOf(r.Path, id))
	switch {
	case errors.Is(err, adcimport.ErrNotFound):
		wrong.add(field, id, rule)
		return nil
	case err != nil:
		return err
	case doc.Many || len(doc.Data) != 1:
		return &APIError{Op: op, ID: id, Status: http.StatusOK, Err: errBrokenReply}
	case doc.Data[0].ID != id: // as a database does that takes 5abc for 5
		wrong.add(field, id, rule)
	}
	return nil
}
