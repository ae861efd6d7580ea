package adcimport

// Mapping says which field of an Alarm.com record becomes which field of a
// SecurityTrax record (SPEC B5, C1–C15, U1–U6). It is data: [ParseMapping]
// reads the JSON form and [Mapping.MarshalJSON] writes it. The zero value of a
// [Config] stands for [DefaultCustomerMapping] or [DefaultUserMapping]; an own
// mapping replaces the whole default, so a host that changes one field starts
// from the default's rules. A Mapping is checked before a run begins.
type Mapping struct {
	Rules []Rule
}

// Rule fills one target field.
//
// The values of From go through the transforms one by one, in order; several
// sources stay several values until first_of or join makes one of them, or, at
// the end, those that are not empty are joined by Join. Empty values pass every
// transform but default unchanged. What is empty in the end becomes Default; if
// it is still empty and the rule is Required, the record is invalid.
type Rule struct {
	// From names source fields by their Go name or by their SOAP name (SPEC,
	// WSDL CustomerInfo and Rep), as in InstallAddress.Street1 or
	// CentralStationInfo.AccountNumber, or as Extra.x what a custom Source adds.
	From []string
	// Const is a fixed value in place of From.
	Const string
	// To names a field of [CustomerRecord] or [UserRecord], as in Phone1 or
	// Address.Street1, or as Custom.x an attribute that the sink defines. No two
	// rules have the same target. Ids, tags, the office and the permissions come
	// from options and are no targets. RepID takes the Alarm.com login of the
	// rep, which the importer replaces by the rep's id at the destination
	// (SPEC O2).
	To string
	// Join stands between several values; empty: one space. The transform join
	// can also join without anything between.
	Join string
	// Transforms are applied in order. See docs/mapping.md for their names.
	Transforms []Transform
	// Default takes the place of an empty result.
	Default string
	// Required makes a record invalid whose result is empty.
	Required bool
	// When restricts the rule to some records; nil: all. The target stays empty
	// for the others.
	When *Condition
}

// Condition holds for a record whose source field has one of the values In, or,
// without In, any value at all. Not turns it around.
type Condition struct {
	Field string   // a source field, as in Rule.From
	In    []string // compared with the trimmed value; case matters
	Not   bool
}

// Transform is one step on a value: a built-in of docs/mapping.md or one of the
// host's own [TransformFunc]s, by name.
type Transform struct {
	Name  string
	Args  []string
	Table map[string]string // of lookup
}

// TransformFunc is a transform that a host adds under a name. It is called
// concurrently for non-empty values. An error makes the record invalid, and so
// does a panic. The text of an error may name the value and so is shown only by
// an explanation that shows values; what was panicked with is shown nowhere.
type TransformFunc func(in string) (string, error)

// CheckCustomers reports everything that keeps m from mapping customers, as
// [*MappingError]s joined by [errors.Join]; nil: nothing. The transforms are
// those that the host adds.
func (m Mapping) CheckCustomers(transforms map[string]TransformFunc) error {
	_, err := compileCustomers(m, transforms)
	return err
}

// CheckUsers does for users what [Mapping.CheckCustomers] does for customers.
func (m Mapping) CheckUsers(transforms map[string]TransformFunc) error {
	_, err := compileUsers(m, transforms)
	return err
}
