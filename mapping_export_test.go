package adcimport

import (
	"maps"
	"slices"
)

// What the tests need of the seam between mapping and engine.

// CustomerRun is a run of a compiled customer mapping.
type CustomerRun = mappingRun[Customer, CustomerRecord]

// UserRun is a run of a compiled user mapping.
type UserRun = mappingRun[User, UserRecord]

// BeginCustomers compiles and begins; it also gives the fingerprint.
func BeginCustomers(m Mapping, funcs map[string]TransformFunc) (*CustomerRun, string, error) {
	c, err := compileCustomers(m, funcs)
	if err != nil {
		return nil, "", err
	}
	return c.begin(), c.fingerprint(), nil
}

// BeginUsers compiles and begins; it also gives the fingerprint.
func BeginUsers(m Mapping, funcs map[string]TransformFunc) (*UserRun, string, error) {
	c, err := compileUsers(m, funcs)
	if err != nil {
		return nil, "", err
	}
	return c.begin(), c.fingerprint(), nil
}

// Apply is apply.
func (r *mappingRun[S, R]) Apply(src *S, dst *R) []FieldError { return r.apply(src, dst) }

// Warnings is warnings.
func (r *mappingRun[S, R]) Warnings() []string { return r.warnings() }

// CustomerRuns compiles once, for several runs.
func CustomerRuns(m Mapping) (begin func() *CustomerRun, err error) {
	c, err := compileCustomers(m, nil)
	if err != nil {
		return nil, err
	}
	return c.begin, nil
}

// TransformNames are the built-in transforms, sorted.
func TransformNames() []string { return slices.Sorted(maps.Keys(transformSpecs())) }

// CustomerFieldNames are all names of source and target fields, sorted.
func CustomerFieldNames() []string { return customerSchema().names() }

// UserFieldNames are all names of source and target fields, sorted.
func UserFieldNames() []string { return userSchema().names() }

func (s mappingSchema[S, R]) names() []string {
	var list []string
	for _, f := range s.sources {
		list = append(list, f.name)
		if f.soap != "" {
			list = append(list, f.soap)
		}
	}
	for _, f := range s.targets {
		list = append(list, f.name)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
