package mapping

// Kind is what a value may hold, as far as that is known before a run.
type Kind int

// The kinds of values.
const (
	Text Kind = iota // anything
	Bool             // true or false
	Date             // 2006-01-02
	Code             // text that is certainly neither: a phone number, a state, a postal code
)

func (k Kind) String() string {
	switch k {
	case Bool:
		return "a boolean"
	case Date:
		return "a date"
	case Code:
		return "a phone number or code"
	case Text:
		return "text"
	}
	return "unknown"
}

// step names the conversion to a kind in an explanation.
func (k Kind) step() string {
	if k == Bool {
		return "bool"
	}
	return "date"
}

// Source reads one field of a source record S as text; empty: no value.
type Source[S any] struct {
	Name  string
	Alias string // another name of it; empty: none
	Kind  Kind
	Get   func(S) string
}

// Target writes one field of a target record R. The value is in the form of
// its kind.
type Target[R any] struct {
	Name string
	Kind Kind
	Set  func(R, string)
}

// From is a source field.
func From[S any](name, alias string, kind Kind, get func(S) string) Source[S] {
	return Source[S]{Name: name, Alias: alias, Kind: kind, Get: get}
}

// To is a target field.
func To[R any](name string, kind Kind, set func(R, string)) Target[R] {
	return Target[R]{Name: name, Kind: kind, Set: set}
}

// Schema is what rules from a record S to a record R can name. Both are pointer
// types: the compiled code is then one for all of them, under a short name.
type Schema[S, R any] struct {
	Sources []Source[S]
	Targets []Target[R]
	Extra   func(S) map[string]string  // source fields Extra.x
	Custom  func(R) *map[string]string // target fields Custom.x
	Filled  []string                   // target fields that something else fills
}
