package securitytrax

import (
	"context"
	"hash/maphash"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/jsonapi"
	"github.com/securitytrax/adcimport/internal/service"
)

func itoa(n int) string { return strconv.Itoa(n) }

// What a collection may have. Neither bound is met by an account, only by a
// service whose links.next leads on for ever.
const (
	maxIdlePages = 2 // pages in a row that bring nothing new
	maxPages     = 10_000
	maxResources = 100_000  // of all pages
	maxChosen    = 16 << 20 // bytes of a list that a person chooses from
)

// each reads a collection from its first page on, as Schema.Paging says, and hands
// over every resource.
func (c *client) each(ctx context.Context, op, address string, do func(jsonapi.Resource) error) error {
	return c.eachPage(ctx, op, address, func(doc jsonapi.Document) error {
		for _, r := range doc.Data {
			if err := do(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachPage hands over every page.
func (c *client) eachPage(ctx context.Context, op, address string, do func(jsonapi.Document) error) error {
	pages, seen, idle, came := newTextSet(), newTextSet(), 0, 0
	for first := address; pages.add(address); {
		doc, err := c.list(ctx, op, address)
		if err != nil {
			return err
		}
		before := len(seen.sums)
		for _, r := range doc.Data {
			seen.add(r.ID)
		}
		if err := do(doc); err != nil {
			return &APIError{Op: op, Err: err}
		}
		if idle++; len(seen.sums) > before {
			idle = 0
		}
		came += len(doc.Data)
		if address, err = c.following(first, address, doc, len(pages.sums), came); err != nil {
			return &APIError{Op: op, Err: err}
		}
		switch {
		case address == "":
			return nil
		case idle > maxIdlePages, len(pages.sums) == maxPages, len(seen.sums) > maxResources:
			return &APIError{Op: op, Err: errEndlessPages}
		}
	}
	return &APIError{Op: op, Err: errEndlessPages} // a page that came before
}

// textSet is texts of any length, as 8 bytes each.
type textSet struct {
	seed maphash.Seed
	sums map[uint64]struct{}
}

func newTextSet() *textSet { return &textSet{maphash.MakeSeed(), make(map[uint64]struct{})} }

// add reports whether a text is new.
func (s *textSet) add(text string) bool {
	before := len(s.sums)
	s.sums[maphash.String(s.seed, text)] = struct{}{}
	return len(s.sums) > before
}

// list reads a page. A reply without a list, or with errors beside it, is never
// taken for an empty one: what is not found is created.
func (c *client) list(ctx context.Context, op, address string) (jsonapi.Document, error) {
	doc, err := c.read(ctx, op, "", address)
	if err == nil && (!doc.Many || len(doc.Errors) > 0) {
		err = &APIError{Op: op, Status: http.StatusOK, Err: errNoList}
	}
	return doc, err
}

// following is the address of the page after doc, which was read from current after
// so many pages, it among them, and resources that came; empty: it was the last one.
// How many a page holds is not known for sure: only one that is empty is the last.
func (c *client) following(first, current string, doc jsonapi.Document, pages, came int) (string, error) {
	s := &c.cfg.schema
	at := s.FirstPage + pages
	switch {
	case s.Paging == PagingLinks:
		return c.nextPage(current, doc.Next)
	case len(doc.Data) == 0:
		return "", nil
	case s.Paging == PagingOffset:
		at = came
	}
	between := "?"
	if strings.Contains(first, "?") {
		between = "&"
	}
	return first + between + url.QueryEscape(s.PageParam) + "=" + itoa(at), nil
}

// nextPage resolves links.next. It must stay with the host that the credentials
// are for. A service behind something that speaks TLS for it may write http: the
// page is asked for as all others are.
func (c *client) nextPage(current, next string) (string, error) {
	if next == "" {
		return "", nil
	}
	from, err := url.Parse(current)
	if err != nil {
		return "", errForeignLink
	}
	to, err := from.Parse(next)
	if err != nil || to.User != nil || !service.SameHost(c.base, to) {
		return "", errForeignLink
	}
	to.Scheme, to.Host, to.Fragment = c.base.Scheme, c.base.Host, ""
	return to.String(), nil
}

// choices lists a collection for a person to choose from.
func (s *Sink) choices(ctx context.Context, op string, l lookup, name func(jsonapi.Resource) string) ([]adcimport.Choice, error) {
	var list []adcimport.Choice
	kept := 0
	err := s.client.each(ctx, op, s.client.address(l, nil), func(r jsonapi.Resource) error {
		entry := adcimport.Choice{ID: r.ID, Name: name(r)}
		if kept += len(entry.ID) + len(entry.Name); kept > maxChosen {
			return errTooLong
		}
		list = append(list, entry)
		return nil
	})
	return list, err
}

func (s *Sink) named(r jsonapi.Resource) string { return r.Text(s.schema.Name) }

// Offices lists the office locations.
func (s *Sink) Offices(ctx context.Context) ([]adcimport.Choice, error) {
	return s.choices(ctx, "list offices", lookup{path: s.schema.Locations.Path}, s.named)
}

// Reps lists who can be the rep of a customer, by first and last
// name.
func (s *Sink) Reps(ctx context.Context) ([]adcimport.Choice, error) {
	l := lookup{path: s.schema.Reps.Path, and: inParentheses(s.schema.RepFilter)}
	return s.choices(ctx, "list reps", l, func(r jsonapi.Resource) string {
		return strings.TrimSpace(r.Text(s.schema.User.FirstName) + " " + r.Text(s.schema.User.LastName))
	})
}

// CustomerTags lists the tags for customers.
func (s *Sink) CustomerTags(ctx context.Context) ([]adcimport.Choice, error) {
	return s.choices(ctx, "list customer tags", lookup{path: s.schema.CustomerTags.Path}, s.named)
}

// PermissionGroups lists the permission groups.
func (s *Sink) PermissionGroups(ctx context.Context) ([]adcimport.Choice, error) {
	return s.choices(ctx, "list permission groups", lookup{path: s.schema.PermissionGroups.Path}, s.named)
}

// UserTags lists the tags for users.
func (s *Sink) UserTags(ctx context.Context) ([]adcimport.Choice, error) {
	return s.choices(ctx, "list user tags", lookup{path: s.schema.UserTags.Path}, s.named)
}
