package securitytrax

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/jsonapi"
)

func itoa(n int) string { return strconv.Itoa(n) }

// each reads a collection from its first page on, following links.next, and
// hands over every resource.
func (c *client) each(ctx context.Context, op, address string, do func(jsonapi.Resource) error) error {
	seen := map[string]bool{}
	for address != "" {
		seen[address] = true
		doc, err := c.read(ctx, op, "", address)
		if err != nil {
			return err
		}
		for _, r := range doc.Data {
			if err := do(r); err != nil {
				return &APIError{Op: op, Err: err}
			}
		}
		if address, err = c.nextPage(address, doc.Next); err != nil {
			return &APIError{Op: op, Err: err}
		}
		if seen[address] {
			return &APIError{Op: op, Err: errEndlessPages}
		}
	}
	return nil
}

// nextPage resolves links.next. It must stay with the host that the credentials
// are for.
func (c *client) nextPage(current, next string) (string, error) {
	if next == "" {
		return "", nil
	}
	from, err := url.Parse(current)
	if err != nil {
		return "", errForeignLink
	}
	to, err := from.Parse(next)
	if err != nil || to.Scheme != c.base.Scheme || to.Host != c.base.Host || to.User != nil {
		return "", errForeignLink
	}
	return to.String(), nil
}

// choices lists a collection for a person to choose from (SPEC O8).
func (s *Sink) choices(ctx context.Context, op string, l lookup, name func(jsonapi.Resource) string) ([]adcimport.Choice, error) {
	var list []adcimport.Choice
	err := s.client.each(ctx, op, s.client.address(l, nil), func(r jsonapi.Resource) error {
		list = append(list, adcimport.Choice{ID: r.ID, Name: name(r)})
		return nil
	})
	return list, err
}

func (s *Sink) named(r jsonapi.Resource) string { return r.Text(s.schema.Name) }

// Offices lists the office locations (SPEC O1, O8).
func (s *Sink) Offices(ctx context.Context) ([]adcimport.Choice, error) {
	return s.choices(ctx, "list offices", lookup{path: s.schema.Locations.Path}, s.named)
}

// Reps lists who can be the rep of a customer (SPEC O2, O8), by first and last
// name.
func (s *Sink) Reps(ctx context.Context) ([]adcimport.Choice, error) {
	return s.choices(ctx, "list reps", lookup{path: s.schema.Reps.Path, and: s.schema.RepFilter}, func(r jsonapi.Resource) string {
		return strings.TrimSpace(r.Text(s.schema.User.FirstName) + " " + r.Text(s.schema.User.LastName))
	})
}

// CustomerTags lists the tags for customers (SPEC O3, O8).
func (s *Sink) CustomerTags(ctx context.Context) ([]adcimport.Choice, error) {
	return s.choices(ctx, "list customer tags", lookup{path: s.schema.CustomerTags.Path}, s.named)
}

// PermissionGroups lists the permission groups (SPEC O6, O8).
func (s *Sink) PermissionGroups(ctx context.Context) ([]adcimport.Choice, error) {
	return s.choices(ctx, "list permission groups", lookup{path: s.schema.PermissionGroups.Path}, s.named)
}

// UserTags lists the tags for users (SPEC O7, O8).
func (s *Sink) UserTags(ctx context.Context) ([]adcimport.Choice, error) {
	return s.choices(ctx, "list user tags", lookup{path: s.schema.UserTags.Path}, s.named)
}
