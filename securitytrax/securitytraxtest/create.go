package securitytraxtest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
)

// incoming is a resource that a client wrote.
type incoming struct {
	Type          string                  `json:"type"`
	ID            *string                 `json:"id"`
	Attributes    map[string]any          `json:"attributes"`
	Relationships map[string]incomingData `json:"relationships"`
}

type incomingData struct {
	Data json.RawMessage `json:"data"`
}

// member is an identifier or, with an empty id, a new resource: SecurityTrax's
// variance that public samples show.
type member struct {
	Type          string                  `json:"type"`
	ID            string                  `json:"id"`
	Attributes    map[string]any          `json:"attributes"`
	Relationships map[string]incomingData `json:"relationships"`
}

func readIncoming(typ string, body []byte) (incoming, response, bool) {
	var doc struct {
		Data *incoming `json:"data"`
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if dec.Decode(&doc) != nil || doc.Data == nil {
		return incoming{}, failure(http.StatusBadRequest, "malformed", "/data"), false
	}
	if doc.Data.Type != typ {
		return incoming{}, failure(http.StatusConflict, "type", "/data/type"), false
	}
	if doc.Data.Attributes == nil {
		doc.Data.Attributes = make(map[string]any)
	}
	return *doc.Data, response{}, true
}

// create serves POST of a collection; the server is locked.
func (s *Server) create(typ string, body []byte) response {
	in, refusal, ok := readIncoming(typ, body)
	if !ok {
		return refusal
	}
	if in.ID != nil {
		return failure(http.StatusForbidden, "client_id", "/data/id")
	}
	if problems := s.rules(typ, in.Attributes); len(problems) > 0 {
		return s.broken(problems...)
	}
	related, fresh, refusal, ok := s.relate(typ, in.Relationships)
	if !ok {
		return refusal
	}
	if name, missing := s.missing(typ, related); missing {
		return failure(http.StatusUnprocessableEntity, "required", "/data/relationships/"+name)
	}
	if s.usernameTaken(typ, in.Attributes) {
		return failure(http.StatusConflict, "username_taken", "/data/attributes/username")
	}
	r := s.insert(typ, in.Attributes, related)
	s.adopt(r, fresh)
	s.mail(r)
	answer := document(http.StatusCreated, map[string]any{"data": s.object(r, nil)})
	answer.header.Set("Location", s.basePath()+"/"+typ+"/"+r.id)
	return answer
}

// change serves PATCH of a resource; the server is locked.
func (s *Server) change(typ, id string, body []byte) response {
	r := s.find(typ, id)
	if r == nil {
		return failure(http.StatusNotFound, "not_found", "")
	}
	in, refusal, ok := readIncoming(typ, body)
	if !ok {
		return refusal
	}
	if in.ID == nil || *in.ID != id {
		return failure(http.StatusConflict, "id", "/data/id")
	}
	if typ == "customers" && !isState(in.Attributes["state"]) {
		return s.broken(problem{code: "state", pointer: "/data/attributes/state"})
	}
	if problems := s.misplaced(in.Attributes); typ == "customers" && len(problems) > 0 {
		return s.broken(problems...)
	}
	if problems := changeProblems(typ, r.attributes, in.Attributes); len(problems) > 0 {
		return failures(http.StatusUnprocessableEntity, problems...)
	}
	related, fresh, refusal, ok := s.relate(typ, in.Relationships)
	if !ok {
		return refusal
	}
	couldLogin := r.attributes["can_login"] == true
	maps.Copy(r.attributes, in.Attributes)
	maps.Copy(r.related, related)
	s.tables[typ].indexed(r)
	s.adopt(r, fresh)
	if !couldLogin {
		s.mail(r)
	}
	return document(http.StatusOK, map[string]any{"data": s.object(r, nil)})
}

// relate reads relationships: what they lead to must be there (JSON:API: 404).
// New resources within them are returned apart.
func (s *Server) relate(
	typ string, in map[string]incomingData,
) (related map[string][]ref, fresh map[string][]member, refusal response, ok bool) {
	related, fresh = make(map[string][]ref), make(map[string][]member)
	for name, data := range in {
		to, known := s.tables[typ].relations[name]
		members, err := readMembers(data.Data, to.many)
		if !known || err != nil {
			return nil, nil, failure(http.StatusBadRequest, "relationship", "/data/relationships/"+name), false
		}
		if !to.many && len(members) == 0 {
			related[name] = nil
		}
		for _, m := range members {
			switch {
			case m.Type != to.typ:
				return nil, nil, failure(http.StatusConflict, "type", "/data/relationships/"+name), false
			case m.ID == "" && (to.many || to.nested):
				if _, _, refusal, ok := s.relate(m.Type, m.Relationships); !ok {
					return nil, nil, refusal, false
				}
				fresh[name] = append(fresh[name], m)
			case s.tables[to.typ].byID[m.ID] == nil:
				return nil, nil, failure(http.StatusNotFound, "related", "/data/relationships/"+name), false
			default:
				related[name] = append(related[name], ref{m.Type, m.ID})
			}
		}
	}
	return related, fresh, response{}, true
}

func readMembers(raw json.RawMessage, many bool) ([]member, error) {
	if many {
		var list []member
		return list, json.Unmarshal(raw, &list)
	}
	var one *member
	if err := json.Unmarshal(raw, &one); err != nil || one == nil {
		return nil, err
	}
	return []member{*one}, nil
}

// adopt makes the new resources that came within another one.
func (s *Server) adopt(parent *row, fresh map[string][]member) {
	for name, members := range fresh {
		for _, m := range members {
			related, _, _, ok := s.relate(m.Type, m.Relationships)
			if !ok {
				continue // create and change have refused it
			}
			attributes := m.Attributes
			if attributes == nil {
				attributes = make(map[string]any)
			}
			if m.Type == monitoringType {
				related["customer"] = []ref{{parent.typ, parent.id}}
			}
			if m.Type == "isp_connections" {
				related["customer"] = []ref{{parent.typ, parent.id}}
				if isp := related["isp"]; len(isp) > 0 {
					attributes["isp_id"] = isp[0].ID
				}
			}
			child := s.insert(m.Type, attributes, related)
			parent.related[name] = append(parent.related[name], ref{child.typ, child.id})
		}
	}
}
