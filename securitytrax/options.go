package securitytrax

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/securitytrax/adcimport"
)

// CheckCustomerOptions refuses an office, a default rep or a tag that
// SecurityTrax does not have, with an
// *adcimport.InvalidOptionsError. The office is required. It only reads.
func (s *Sink) CheckCustomerOptions(ctx context.Context, o adcimport.CustomerOptions) error {
	if o.OfficeID == "" {
		return &adcimport.InvalidOptionsError{Field: "OfficeID", Rule: "is required by SecurityTrax"}
	}
	if err := s.exists(ctx, "OfficeID", s.schema.Locations, o.OfficeID); err != nil {
		return err
	}
	if o.DefaultRepID != "" {
		if err := s.exists(ctx, "DefaultRepID", s.schema.Reps, o.DefaultRepID); err != nil {
			return err
		}
	}
	for _, id := range o.TagIDs {
		if err := s.exists(ctx, "TagIDs", s.schema.CustomerTags, id); err != nil {
			return err
		}
	}
	return nil
}

// CheckUserOptions refuses a permission group that SecurityTrax does not have;
// one is required. It only reads.
func (s *Sink) CheckUserOptions(ctx context.Context, o adcimport.UserOptions) error {
	if o.PermissionGroupID == "" {
		return &adcimport.InvalidOptionsError{Field: "PermissionGroupID", Rule: "is required by SecurityTrax"}
	}
	for _, name := range o.Tags {
		if name == "" || strings.TrimSpace(name) != name {
			return &adcimport.InvalidOptionsError{Field: "Tags", Rule: "must be names without spaces around them"}
		}
	}
	return s.exists(ctx, "PermissionGroupID", s.schema.PermissionGroups, o.PermissionGroupID)
}

// MakeUserTags makes the user tags that are missing, each once.
func (s *Sink) MakeUserTags(ctx context.Context, names []string) error {
	_, err := s.userTags(ctx, names)
	return err
}

func (s *Sink) exists(ctx context.Context, field string, r Resource, id string) error {
	if id == "" {
		return &adcimport.InvalidOptionsError{Field: field, Rule: "must not be empty"}
	}
	op := "check option " + field
	doc, err := s.client.read(ctx, op, id, s.client.urlOf(r.Path, id))
	if errors.Is(err, adcimport.ErrNotFound) {
		return &adcimport.InvalidOptionsError{Field: field, Rule: "does not exist in SecurityTrax"}
	}
	if err == nil && (doc.Many || len(doc.Data) != 1) {
		return &APIError{Op: op, ID: id, Status: http.StatusOK, Err: errBrokenReply}
	}
	return err
}
