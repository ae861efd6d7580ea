// Package mapping compiles, runs and explains rules that make the fields of one
// record from those of another. It is generic over both records: a [Schema]
// names their fields.
package mapping

// Rule fills one target field. The public type of the same name says what each
// field means.
type Rule struct {
	From       []string
	Const      string
	To         string
	Join       string
	Transforms []Transform
	Default    string
	Required   bool
	When       *Condition
	Overwrite  string // one of the constants; empty: Always
}

// What an update does with a target; see [Rule].
const (
	Always  = "always"
	IfEmpty = "if_empty"
	Never   = "never"
)

// Condition restricts a rule to some records.
type Condition struct {
	Field string
	In    []string
	Not   bool
}

// Transform is one step on a value: a built-in one or one of the host's, by
// name.
type Transform struct {
	Name  string
	Args  []string
	Table map[string]string
}

// TransformFunc is a transform of the host's.
type TransformFunc func(in string) (string, error)

// Host holds the transforms that are not built in.
type Host struct {
	Transforms map[string]TransformFunc
	Unknown    bool // they are not known yet: any name may be one
}

// Problem is one thing that keeps rules from working.
type Problem struct {
	Rule  int    // index of the rule; -1: the rules as a whole
	Field string // the rule's target, or the path that is at fault
	Path  string // position in the JSON form, as in rules[3].from[0]
	Err   error
}
