package adcimport

import (
	"bytes"
	"errors"
	"maps"
	"slices"

	"github.com/securitytrax/adcimport/internal/mapping"
)

// Mapping says which field of an Alarm.com record becomes which field of a
// SecurityTrax record. It is data: [ParseMapping] reads the JSON form and
// [Mapping.MarshalJSON] writes it. The zero value in a [Config] stands for
// [DefaultCustomerMapping] or [DefaultUserMapping]; an own mapping replaces the
// whole default, so a host that changes one field starts from the default and
// uses [Mapping.With]. A Mapping is checked before a run begins.
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
	// From names source fields by their Go name or by their name in Alarm.com's
	// contract (WSDL CustomerInfo and Rep), as in InstallAddress.Street1 or
	// CentralStationInfo.AccountNumber, or as Extra.x what a custom Source adds.
	From []string
	// Const is a fixed value in place of From.
	Const string
	// To names a field of [CustomerRecord] or [UserRecord], as in Phone1 or
	// Address.Street1, or as Custom.x an attribute that the sink defines. No two
	// rules have the same target. Ids, tags, the office and the permissions come
	// from options and are no targets. RepID takes the Alarm.com login of the
	// rep, which the importer replaces by the rep's id at the destination.
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
	// Overwrite says whose field it is once the record is there, for updates.
	Overwrite Overwrite
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

// With returns a copy of m in which each of rules takes the place of the rule
// with the same target, or comes last where m has none; m is not changed. As the
// zero Mapping has no rules, what it returns for that one has rules alone. A
// result that cannot work is found when it is checked.
func (m Mapping) With(rules ...Rule) Mapping {
	list := make([]Rule, 0, len(m.Rules)+len(rules))
	for _, r := range m.Rules {
		list = append(list, r.clone())
	}
	for _, r := range rules {
		at := slices.IndexFunc(list, func(have Rule) bool { return have.To == r.To })
		if at < 0 {
			list = append(list, r.clone())
		} else {
			list[at] = r.clone()
		}
	}
	return Mapping{Rules: list}
}

func (r Rule) clone() Rule {
	r.From, r.Transforms = slices.Clone(r.From), slices.Clone(r.Transforms)
	for i := range r.Transforms {
		t := &r.Transforms[i]
		t.Args, t.Table = slices.Clone(t.Args), maps.Clone(t.Table)
	}
	if r.When != nil {
		when := *r.When
		when.In = slices.Clone(when.In)
		r.When = &when
	}
	return r
}

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

// ParseMapping reads the JSON form of a mapping (docs/mapping.md). It refuses
// what it does not know: unknown and repeated keys, wrong types, two rules for
// one target, fields that neither customers nor users have, transforms that
// cannot work. A transform of another name than the built-in ones is taken for
// the host's; [Mapping.CheckCustomers] and [Mapping.CheckUsers] check these too.
// Errors are [*MappingError]s, joined by [errors.Join].
func ParseMapping(data []byte) (Mapping, error) {
	rules, problems := mapping.Decode(data)
	if len(problems) == 0 {
		problems = checkEitherKind(rules)
	}
	if len(problems) > 0 {
		return Mapping{}, mappingErrors(problems)
	}
	m := Mapping{Rules: make([]Rule, len(rules))}
	for i, r := range rules {
		m.Rules[i] = Rule{
			From: r.From, Const: r.Const, To: r.To, Join: r.Join,
			Default: r.Default, Required: r.Required, When: (*Condition)(r.When), Overwrite: Overwrite(r.Overwrite),
		}
		for _, t := range r.Transforms {
			m.Rules[i].Transforms = append(m.Rules[i].Transforms, Transform(t))
		}
	}
	return m, nil
}

// checkEitherKind checks rules whose kind of record is not known: they must fit
// one of the two.
func checkEitherKind(rules []mapping.Rule) []mapping.Problem {
	host := mapping.Host{Unknown: true}
	_, customers := mapping.Compile(rules, customerSchema(), host)
	_, users := mapping.Compile(rules, userSchema(), host)
	if len(users) < len(customers) {
		return users
	}
	return customers
}

// UnmarshalJSON is [ParseMapping]; null leaves m alone.
func (m *Mapping) UnmarshalJSON(data []byte) error {
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return nil
	}
	parsed, err := ParseMapping(data)
	if err == nil {
		*m = parsed
	}
	return err
}

// MarshalJSON writes the JSON form, which [ParseMapping] reads back. The zero
// Mapping, which stands for a default, is null.
func (m Mapping) MarshalJSON() ([]byte, error) {
	if len(m.Rules) == 0 {
		return []byte("null"), nil
	}
	data, problems := mapping.Encode(m.rules())
	return data, mappingErrors(problems)
}

// rules returns m's rules for package mapping. They share m's slices and maps,
// which that package does not keep.
func (m Mapping) rules() []mapping.Rule {
	list := make([]mapping.Rule, len(m.Rules))
	for i, r := range m.Rules {
		list[i] = mapping.Rule{
			From: r.From, Const: r.Const, To: r.To, Join: r.Join,
			Default: r.Default, Required: r.Required, When: (*mapping.Condition)(r.When), Overwrite: string(r.Overwrite),
		}
		for _, t := range r.Transforms {
			list[i].Transforms = append(list[i].Transforms, mapping.Transform(t))
		}
	}
	return list
}

// compileCustomers checks and compiles a customer mapping; the zero Mapping is
// [DefaultCustomerMapping].
func compileCustomers(m Mapping, transforms map[string]TransformFunc) (*customerMapping, error) {
	if len(m.Rules) == 0 {
		m = DefaultCustomerMapping()
	}
	p, problems := mapping.Compile(m.rules(), customerSchema(), hostTransforms(transforms))
	return p, mappingErrors(problems)
}

// compileUsers does for users what compileCustomers does for customers.
func compileUsers(m Mapping, transforms map[string]TransformFunc) (*userMapping, error) {
	if len(m.Rules) == 0 {
		m = DefaultUserMapping()
	}
	p, problems := mapping.Compile(m.rules(), userSchema(), hostTransforms(transforms))
	return p, mappingErrors(problems)
}

func hostTransforms(transforms map[string]TransformFunc) mapping.Host {
	host := mapping.Host{Transforms: make(map[string]mapping.TransformFunc, len(transforms))}
	for name, f := range transforms {
		host.Transforms[name] = mapping.TransformFunc(f)
	}
	return host
}

// mappingErrors returns problems as [*MappingError]s, joined; nil: none.
func mappingErrors(problems []mapping.Problem) error {
	errs := make([]error, len(problems))
	for i, p := range problems {
		e := MappingError(p)
		errs[i] = &e
	}
	return errors.Join(errs...)
}

// DefaultCustomerMapping returns the mapping that a zero [Config.CustomerMapping]
// stands for. Values stay as they are written at Alarm.com except that spaces
// around and between words are tidied and a state's name becomes its code; what
// is no state stays, for the sink's validation to name. Two-way voice is written when a
// customer is created, and never overwritten. The result is the caller's to change.
func DefaultCustomerMapping() Mapping {
	tidy, trim := []Transform{{Name: "collapse"}}, []Transform{{Name: "trim"}}
	twoWayVoice := plainRule("CentralStation.TwoWayVoiceEnabled", "ServiceTwoWayVoice", nil)
	twoWayVoice.Overwrite = OverwriteNever // people switch it on and off
	return Mapping{Rules: []Rule{
		plainRule("FirstName", "FirstName", tidy),
		plainRule("LastName", "LastName", tidy),
		plainRule("CompanyName", "BusinessName", tidy),
		plainRule("PrimaryPhoneNumber", "Phone1", trim),
		plainRule("InstallAddress.Street1", "Address1", tidy),
		plainRule("InstallAddress.City", "City", tidy),
		plainRule("InstallAddress.State", "State", stateCode()),
		plainRule("InstallAddress.Zip", "Zip", trim),
		plainRule("SalesRepLogin", "RepID", trim),
		plainRule("JoinDate", "SaleDate", nil),
		plainRule("PrimaryEmail", "Email", trim),
		twoWayVoice,
		plainRule("CentralStation.AccountNumber", "AccountNumber", trim),
		plainRule("CentralStation.ReceiverPhoneNumber", "ReceiverNumber", trim),
	}}
}

// DefaultUserMapping does for users what [DefaultCustomerMapping] does for
// customers.
func DefaultUserMapping() Mapping {
	tidy, trim := []Transform{{Name: "collapse"}}, []Transform{{Name: "trim"}}
	return Mapping{Rules: []Rule{
		plainRule("FirstName", "FirstName", tidy),
		plainRule("LastName", "LastName", tidy),
		plainRule("LoginName", "Username", trim),
		plainRule("Email", "Email", trim),
		plainRule("Address.Street1", "Address.Street1", tidy),
		plainRule("Address.Street2", "Address.Street2", tidy),
		plainRule("Address.City", "Address.City", tidy),
		plainRule("Address.State", "Address.State", stateCode()),
		plainRule("Address.Zip", "Address.Zip", trim),
		plainRule("Phone", "CellPhone", trim),
	}}
}

func stateCode() []Transform {
	return []Transform{{Name: "trim"}, {Name: "state", Args: []string{"keep"}}}
}

// plainRule copies the transforms, so that a caller who changes one rule's does not
// change another's.
func plainRule(from, to string, transforms []Transform) Rule {
	return Rule{From: []string{from}, To: to, Transforms: append([]Transform(nil), transforms...)}
}

// CustomerFill switches on what [DefaultCustomerMapping] leaves off: values for
// fields that SecurityTrax requires of a customer and Alarm.com may lack. A text
// fills an empty field of that name; the zero value fills nothing. Without a
// value the sink's validation rejects such a customer with each field it misses.
type CustomerFill struct {
	LastNameFromCompany bool // a customer without last name takes the company's name
	FirstName           string
	LastName            string // after the company's name, where that is on
	Phone1              string
	City                string
	State               string
	SaleDate            string // 2006-01-02
}

// Mapping returns [DefaultCustomerMapping] with the fills. What cannot be, as a
// SaleDate that is no date, is found when the mapping is checked.
func (f CustomerFill) Mapping() Mapping {
	m := DefaultCustomerMapping()
	defaults := map[string]string{
		"FirstName": f.FirstName, "LastName": f.LastName, "Phone1": f.Phone1,
		"City": f.City, "State": f.State, "SaleDate": f.SaleDate,
	}
	for i := range m.Rules {
		r := &m.Rules[i]
		r.Default = defaults[r.To]
		if r.To == "LastName" && f.LastNameFromCompany {
			r.From = append(r.From, "CompanyName")
			r.Transforms = append(r.Transforms, Transform{Name: "first_of"})
		}
	}
	return m
}
