package account

import (
	"math"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport/internal/wiretext"
)

// Unreadable stands in a list of ids for those that are none, all of them together. No
// account has it, and it comes last.
const Unreadable = math.MaxInt64

// Text is an element of text. What of it is no UTF-8 stays so, for the importer to
// refuse the record by the name of the field.
type Text string

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Text) UnmarshalText(text []byte) error {
	*t = Text(wiretext.Restored(string(text)))
	return nil
}

// Number is an id as an element has it. One that is none is not given, since all the
// rest would not be read otherwise.
type Number struct {
	Value  int64 // 0: none
	Broken bool  // there is text, and it is no number
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *Number) UnmarshalText(text []byte) error {
	*n = Number{}
	if s := strings.TrimSpace(string(text)); s != "" {
		value, err := strconv.ParseInt(s, 10, 64)
		*n = Number{Value: value, Broken: err != nil}
		if err != nil {
			n.Value = 0
		}
	}
	return nil
}
