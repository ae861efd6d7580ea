package securitytrax

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/jsonapi"
	"github.com/securitytrax/adcimport/internal/service"
)

// tagsOf are the ids of all tags of some records, by name.
func (s *Sink) tagsOf(ctx context.Context, recs []adcimport.UserRecord) (map[string]string, error) {
	var names []string
	for _, rec := range recs {
		for _, name := range rec.Tags {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return s.userTags(ctx, names)
}

// userTags are the ids of tags by name. They are remembered; what is
// not remembered is looked up, and made when it is not there, by one caller at a
// time.
func (s *Sink) userTags(ctx context.Context, names []string) (map[string]string, error) {
	if ids, all := s.remembered(names); all {
		return ids, nil
	}
	select {
	case s.tagLock <- struct{}{}:
		defer func() { <-s.tagLock }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if err := s.lookUpTags(ctx); err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, ok := s.tagID(name); ok {
			continue
		}
		if err := s.makeTag(ctx, name); err != nil {
			return nil, err
		}
	}
	ids, _ := s.remembered(names)
	return ids, nil
}

func (s *Sink) remembered(names []string) (ids map[string]string, all bool) {
	ids, all = make(map[string]string, len(names)), true
	for _, name := range names {
		id, ok := s.tagID(name)
		if ok {
			ids[name] = id
		}
		all = all && ok
	}
	return ids, all
}

// tagID finds a tag by its name; case and spaces count only when several tags differ in
// nothing else.
func (s *Sink) tagID(name string) (string, bool) {
	s.tagMu.Lock()
	defer s.tagMu.Unlock()
	id, ok := s.tagIDs[name]
	if !ok {
		id, ok = s.tagIDs[foldedTag(name)]
	}
	return id, ok
}

func (s *Sink) rememberTag(name, id string) {
	s.tagMu.Lock()
	defer s.tagMu.Unlock()
	for _, key := range []string{name, foldedTag(name)} {
		if _, ok := s.tagIDs[key]; !ok {
			s.tagIDs[key] = id
		}
	}
}

// forgetTags has the next who need tags look them up: one may be gone.
func (s *Sink) forgetTags() {
	s.tagMu.Lock()
	defer s.tagMu.Unlock()
	clear(s.tagIDs)
}

// foldedTag is a key that no name is: of a name without case, and with one space where
// there are several. The least of the letters that are one letter in other case stands
// for them.
func foldedTag(name string) string {
	return "\x00" + strings.Map(func(r rune) rune {
		least := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			least = min(least, other)
		}
		return least
	}, strings.Join(strings.Fields(name), " "))
}

// maxTag is how many characters the name of a tag may have. A longer one may come back
// cut, and be made anew by each run.
const maxTag = 255

// tagRule is the rule that a tag's name breaks; empty: none.
func tagRule(name string) string {
	switch {
	case name == "" || strings.TrimSpace(name) != name:
		return "must be names without spaces around them"
	case !service.OneLine(name):
		return "must be single lines of UTF-8 text, without control characters"
	case utf8.RuneCountInString(name) > maxTag:
		return "must be names of at most 255 characters"
	}
	return ""
}

// tags adds the names that no tag can have.
func (m *mistakes) tags(names []string) {
	for _, name := range names {
		if rule := tagRule(name); rule != "" {
			m.add("Tags", begun(name), rule)
		}
	}
}

// begun is the beginning of a tag's name, for an error.
func begun(name string) string {
	const most = 40
	for i := range name {
		if i > most {
			return name[:i] + "…"
		}
	}
	return name
}

func (s *Sink) lookUpTags(ctx context.Context) error {
	list, err := s.UserTags(ctx)
	for _, tag := range list {
		s.rememberTag(tag.Name, tag.ID)
	}
	return err
}

// makeTag creates a tag. A create in doubt is looked up and never repeated.
func (s *Sink) makeTag(ctx context.Context, name string) error {
	const op = "create user tag"
	w := s.client.send(ctx, write{
		op: op, method: http.MethodPost, url: s.client.url(s.schema.UserTags.Path),
		payload: jsonapi.New{Type: s.schema.UserTags.Type, Attributes: map[string]any{s.schema.Name: name}},
	}, requestLimit(ctx, s.cfg.Timeout))
	switch w.status {
	case adcimport.WriteCreated:
		s.rememberTag(name, w.id)
		return nil
	case adcimport.WriteRejected:
		if errors.Is(w.err, adcimport.ErrDenied) {
			return w.err
		}
		return &adcimport.InvalidOptionsError{Field: "Tags", Value: begun(name), Rule: fmt.Sprintf("was not accepted by SecurityTrax: %v", w.err)}
	case adcimport.WriteUnknown, adcimport.WriteExists, adcimport.WriteNotSent:
	}
	if w.status == adcimport.WriteNotSent {
		return w.err
	}
	if err := s.lookUpTags(ctx); err != nil {
		return err
	}
	if _, ok := s.tagID(name); !ok {
		return w.err
	}
	return nil
}
