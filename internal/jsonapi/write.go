package jsonapi

import "encoding/json"

// New is a resource to be created or changed.
type New struct {
	Type          string
	ID            string // of the resource to change; empty when it is created
	Attributes    map[string]any
	Relationships map[string]any // of the results of ToOne, ToMany and Nested
}

// MarshalJSON implements json.Marshaler: the resource as the data of a
// document.
func (n New) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"data": n.object(n.ID != "")})
}

func (n New) object(withID bool) map[string]any {
	o := map[string]any{"type": n.Type}
	if withID {
		o["id"] = n.ID
	}
	if len(n.Attributes) > 0 {
		o["attributes"] = n.Attributes
	}
	if len(n.Relationships) > 0 {
		o["relationships"] = n.Relationships
	}
	return o
}

// ToOne is a relationship to one resource.
func ToOne(typ, id string) any {
	return map[string]any{"data": Identifier{Type: typ, ID: id}}
}

// ToNone is a relationship to one resource that leads nowhere.
func ToNone() any { return map[string]any{"data": nil} }

// ToMany is a relationship to several resources of one type.
func ToMany(typ string, ids []string) any {
	data := make([]Identifier, len(ids))
	for i, id := range ids {
		data[i] = Identifier{Type: typ, ID: id}
	}
	return map[string]any{"data": data}
}

// NestedOne is a to-one relationship to such a resource as those of [Nested].
func NestedOne(member New) any { return map[string]any{"data": member.object(true)} }

// Nested is a to-many relationship to resources that are made along with the
// one they belong to, with an empty id: SecurityTrax's variance (FACTS
// "Resources").
func Nested(members ...New) any {
	data := make([]any, len(members))
	for i, m := range members {
		data[i] = m.object(true)
	}
	return map[string]any{"data": data}
}
