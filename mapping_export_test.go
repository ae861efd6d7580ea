package adcimport

import (
	"strings"

	"github.com/securitytrax/adcimport/internal/mapping"
)

// What the tests need of the seam between mapping and engine.

// MappingRun is a run of a compiled mapping.
type MappingRun[S, R any] struct{ run *mapping.Run[*S, *R] }

// Apply maps one record as the engine does.
func (r MappingRun[S, R]) Apply(src *S, dst *R) []FieldError { return r.run.Apply(src, dst) }

// BeginCustomers compiles and begins; it also returns the fingerprint.
func BeginCustomers(m Mapping, funcs map[string]TransformFunc) (MappingRun[Customer, CustomerRecord], string, error) {
	p, err := compileCustomers(m, funcs)
	if err != nil {
		return MappingRun[Customer, CustomerRecord]{}, "", err
	}
	return MappingRun[Customer, CustomerRecord]{p.Begin()}, p.Fingerprint(), nil
}

// BeginUsers compiles and begins; it also returns the fingerprint.
func BeginUsers(m Mapping, funcs map[string]TransformFunc) (MappingRun[User, UserRecord], string, error) {
	p, err := compileUsers(m, funcs)
	if err != nil {
		return MappingRun[User, UserRecord]{}, "", err
	}
	return MappingRun[User, UserRecord]{p.Begin()}, p.Fingerprint(), nil
}

// MappingField is a field that a mapping can name.
type MappingField struct{ Name, Alias, Kind string }

// CustomerFields are the fields that a mapping of customers reads and writes.
func CustomerFields() (sources, targets []MappingField) { return mappingFields(customerSchema()) }

// UserFields are the fields that a mapping of users reads and writes.
func UserFields() (sources, targets []MappingField) { return mappingFields(userSchema()) }

func mappingFields[S, R any](schema mapping.Schema[S, R]) (sources, targets []MappingField) {
	for _, f := range schema.Sources {
		sources = append(sources, MappingField{f.Name, f.Alias, kindName(f.Kind)})
	}
	for _, f := range schema.Targets {
		targets = append(targets, MappingField{f.Name, "", kindName(f.Kind)})
	}
	return sources, targets
}

func kindName(k mapping.Kind) string { return strings.TrimPrefix(k.String(), "a ") }
