package securitytraxtest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
)

// ref names a resource.
type ref struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// row is a stored resource.
type row struct {
	typ, id          string
	attributes       map[string]any
	related          map[string][]ref
	created, visible time.Time
}

// table holds the resources of a type.
type table struct {
	rows      []*row
	byID      map[string]*row
	known     []string            // attributes that a filter may name though no resource has them
	relations map[string]relation // by name
	index     map[string]map[string][]*row
}

// relation says what a relationship leads to.
type relation struct {
	typ  string
	many bool

	nested bool // a new one may come within, also where there is one only
}

func newTable(known []string, relations map[string]relation, indexed ...string) *table {
	t := &table{
		byID:      make(map[string]*row),
		known:     append(known, "id", "created_at", "name"),
		relations: relations,
		index:     make(map[string]map[string][]*row),
	}
	for _, name := range indexed {
		t.index[name] = make(map[string][]*row)
	}
	return t
}

func newTables() map[string]*table {
	return map[string]*table{
		"customers": newTable(customerAttributes(), map[string]relation{
			"location": {typ: "locations"}, "rep": {typ: "users"}, "lead_company": {typ: "lead_companies"},
			"tags": {typ: "customer_tags", many: true}, "isp_connections": {typ: "isp_connections", many: true},
		}, "external_id"),
		"users": newTable(userAttributes(), map[string]relation{
			"permission_group": {typ: "permission_groups"}, "tags": {typ: "user_tags", many: true},
		}, "external_id", "username"),
		"isp_connections": newTable([]string{"isp_customer_id", "isp_id"}, map[string]relation{
			"isp": {typ: "isps"}, "customer": {typ: "customers"},
		}, "isp_customer_id"),
		"isps":              newTable([]string{"active"}, nil),
		"locations":         newTable(nil, nil),
		"lead_companies":    newTable(nil, nil),
		"permission_groups": newTable(nil, nil),
		"customer_tags":     newTable(nil, nil),
		"user_tags":         newTable(nil, nil),
	}
}

func customerAttributes() []string {
	return []string{
		"fname", "lname", "primary_phone", "city", "state", "record_type", "sale_date", "address1",
		"address2", "zip", "email", "account_type", "business_name", "business_contact", "home_ownership",
		"contact_time", "service_two_way_voice", "account_num", "receiver_num", "external_id",
	}
}

func userAttributes() []string {
	return []string{
		"fname", "lname", "username", "email", "address1", "address2", "city", "state", "zip",
		"cell_phone", "active", "can_login", "is_rep", "external_id",
	}
}

// insert makes a resource; the server is locked.
func (s *Server) insert(typ string, attributes map[string]any, related map[string][]ref) *row {
	s.lastID++
	now := s.settings.now()
	r := &row{
		typ: typ, id: strconv.Itoa(s.lastID), attributes: attributes, related: related,
		created: now, visible: now.Add(s.settings.delay),
	}
	if r.attributes == nil {
		r.attributes = make(map[string]any)
	}
	if r.related == nil {
		r.related = make(map[string][]ref)
	}
	t := s.tables[typ]
	t.rows = append(t.rows, r)
	t.byID[r.id] = r
	t.indexed(r)
	return r
}

// indexed adds a resource to the indexes. Nothing is ever taken out: an index
// only narrows what a filter then looks at.
func (t *table) indexed(r *row) {
	for name, values := range t.index {
		text := textOf(r.attributes[name])
		if text != "" && !slices.Contains(values[text], r) {
			values[text] = append(values[text], r)
		}
	}
}

// find returns a resource that can be seen.
func (s *Server) find(typ, id string) *row {
	t := s.tables[typ]
	if t == nil {
		return nil
	}
	r := t.byID[id]
	if r == nil || r.visible.After(s.settings.now()) {
		return nil
	}
	return r
}

// textOf is a value as a filter compares it.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	default:
		return ""
	}
}

func (r *row) record() Record {
	rec := Record{
		ID:            r.id,
		Attributes:    maps.Clone(r.attributes),
		Relationships: make(map[string][]string, len(r.related)),
		Created:       r.created,
	}
	for name, refs := range r.related {
		for _, to := range refs {
			rec.Relationships[name] = append(rec.Relationships[name], to.ID)
		}
	}
	return rec
}
