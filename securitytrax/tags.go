package securitytrax

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/jsonapi"
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

func (s *Sink) tagID(name string) (string, bool) {
	s.tagMu.Lock()
	defer s.tagMu.Unlock()
	id, ok := s.tagIDs[name]
	return id, ok
}

func (s *Sink) rememberTag(name, id string) {
	s.tagMu.Lock()
	defer s.tagMu.Unlock()
	if _, ok := s.tagIDs[name]; !ok {
		s.tagIDs[name] = id
	}
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
		return &adcimport.InvalidOptionsError{Field: "Tags", Rule: fmt.Sprintf("was not accepted by SecurityTrax: %v", w.err)}
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
