package adcimport

import "github.com/securitytrax/adcimport/internal/mapping"

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

// CustomerFieldNames are all names of source and target fields, sorted.
func CustomerFieldNames() []string { return customerSchema().Names() }

// UserFieldNames are all names of source and target fields, sorted.
func UserFieldNames() []string { return userSchema().Names() }
