package fingerprint

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// Print is what is stored of a record as it was last written: the hash of its fields,
// and which of them had a value. So what was emptied since can be told from what was
// never there. As text it is hexadecimal digits only: the hash, four digits for the
// fields, four for each custom one. Prints of older versions have the hash alone.
type Print struct {
	Sum    string
	Known  bool     // it says which fields had a value
	Filled uint16   // a bit for each field; the highest is that of a reference which was not found
	Custom []string // four digits for each custom field that had one; see CustomOf
}

// Unfound is the bit of a print whose record refers to what the sink did not have.
const Unfound = 1 << 15

const groupDigits = 4

// String is how the print is stored.
func (p Print) String() string {
	if !p.Known {
		return p.Sum
	}
	return string(appendGroup([]byte(p.Sum), p.Filled)) + strings.Join(p.Custom, "")
}

func appendGroup(text []byte, n uint16) []byte {
	return hex.AppendEncode(text, []byte{byte(n >> 8), byte(n)}) //nolint:gosec // both halves
}

// Parse reads a stored print. What is none of ours is all hash.
func Parse(text string) Print {
	if len(text) < 2*size+groupDigits || (len(text)-2*size)%groupDigits != 0 {
		return Print{Sum: text}
	}
	filled, err := strconv.ParseUint(text[2*size:2*size+groupDigits], 16, 16)
	if err != nil {
		return Print{Sum: text}
	}
	p := Print{Sum: text[:2*size], Known: true, Filled: uint16(filled)}
	for rest := text[2*size+groupDigits:]; rest != ""; rest = rest[groupDigits:] {
		p.Custom = append(p.Custom, rest[:groupDigits])
	}
	return p
}

// Has reports whether the field with this number had a value.
func (p Print) Has(field int) bool { return p.Filled&(1<<field) != 0 }

// HasCustom reports whether the custom field had a value.
func (p Print) HasCustom(name string) bool { return slices.Contains(p.Custom, CustomOf(name)) }

// CustomOf stands for a custom field.
func CustomOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:groupDigits/2])
}

// Unfind marks a print as that of a record whose reference was not found.
func Unfind(text string) string {
	p := Parse(text)
	if !p.Known {
		return text
	}
	p.Filled |= Unfound
	return p.String()
}

// Differs reports whether a record of which had is stored may have to be written: its
// fields changed, or what it refers to was not found then. Nothing is the print of
// what is to be compared anew.
func Differs(had, now string) bool {
	if had == "" || now == "" {
		return had != now
	}
	was := Parse(had)
	return was.Sum != Parse(now).Sum || was.Filled&Unfound != 0
}

// Same reports whether two prints are of the same fields.
func Same(a, b string) bool { return Parse(a).Sum == Parse(b).Sum }
