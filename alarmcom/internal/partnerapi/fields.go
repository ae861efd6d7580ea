package partnerapi

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/internal/wiretext"
)

// fields reads the fields of one resource by their assumed paths, and
// keeps which were given and which break a rule.
type fields struct {
	names  map[string]string // Config.Names
	object map[string]any
	given  map[string]bool // by path; false: absent or null
	broken []adcimport.FieldError
}

func (a *API) reader(object map[string]any) *fields {
	return &fields{names: a.cfg.Names, object: object, given: make(map[string]bool)}
}

// value returns what stands at a path; nil: nothing, or null.
func (f *fields) value(path string) any {
	v := any(f.object)
	for name := range strings.SplitSeq(cmp.Or(f.names[path], path), ".") {
		object, ok := v.(map[string]any)
		if !ok {
			v = nil
			break
		}
		v = foldedMember(object, name)
	}
	f.given[path] = v != nil
	return v
}

// foldedMember looks a member up as it is written, or in other case: which case
// the service keeps was seen for few names.
func foldedMember(object map[string]any, name string) any {
	if v, ok := object[name]; ok {
		return v
	}
	for other, v := range object {
		if strings.EqualFold(other, name) {
			return v
		}
	}
	return nil
}

func (f *fields) breaks(path, rule string) {
	f.broken = append(f.broken, adcimport.FieldError{Field: path, Rule: rule})
}

// text takes a number as it is written, as of a phone.
func (f *fields) text(path string) string {
	switch v := f.value(path).(type) {
	case nil:
	case string:
		return wiretext.Restored(v)
	case json.Number:
		return v.String()
	default:
		f.breaks(path, "must be text")
	}
	return ""
}

// id takes a number, or text that is one; 0 where there is none.
func (f *fields) id(path string) int64 {
	text := strings.TrimSpace(f.text(path))
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		f.breaks(path, "must be a whole number")
		return 0 // not the largest there is
	}
	return n
}

func (f *fields) truth(path string) bool {
	v := f.value(path)
	if b, ok := v.(bool); ok || v == nil {
		return b
	}
	b, err := strconv.ParseBool(strings.TrimSpace(f.text(path)))
	if err != nil {
		f.breaks(path, "must be true or false")
	}
	return b
}

// enum returns the name of a value: names has them by number. A number without
// a name is accepted as it is, and means nothing here.
func (f *fields) enum(path string, names []string) string {
	text := f.text(path)
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n < len(names) {
		return names[n]
	}
	return text
}

// address reads a postal address: street1, street2, city, state, zip.
func (f *fields) address(path string) adcimport.Address {
	a := adcimport.Address{
		Street1: f.text(path + ".street1"), Street2: f.text(path + ".street2"),
		City: f.text(path + ".city"), State: f.text(path + ".state"), Zip: f.text(path + ".zip"),
		Country: f.enum(path+".countryId", countries),
	}
	// A number that is not known here is no name of a country.
	if _, err := strconv.Atoi(a.Country); err == nil || a.Country == account.NotSet {
		a.Country = ""
	}
	return a
}

// err is the failure of a record whose fields break rules.
func (f *fields) err(id string) error {
	if len(f.broken) == 0 {
		return nil
	}
	return &adcimport.RecordError{ID: id, Reason: adcimport.ReasonInvalidRecord, Fields: f.broken}
}

// missing returns which of the paths were read and not given, in their order.
func (f *fields) missing(paths []string) []string {
	var out []string
	for _, path := range paths {
		if given, read := f.given[path]; read && !given {
			out = append(out, path)
		}
	}
	return out
}
