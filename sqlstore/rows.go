package sqlstore

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// JSON is written by hand where there is a piece of it for each record of a commit:
// an encoder that looks at types takes several times as long.

// jsonText is a JSON text as it grows.
type jsonText struct {
	strings.Builder

	number [32]byte // room for numbers and times
}

// item begins the next item of an array.
func (t *jsonText) item() {
	if t.Len() == 0 {
		_ = t.WriteByte('[')
		return
	}
	_ = t.WriteByte(',')
}

// array is the array of the items so far.
func (t *jsonText) array() string {
	if t.Len() == 0 {
		return "[]"
	}
	_ = t.WriteByte(']')
	return t.String()
}

func (t *jsonText) integer(n int64) { _, _ = t.Write(strconv.AppendInt(t.number[:0], n, 10)) }

// text writes a string. Ids are nearly always letters and digits.
func (t *jsonText) text(s string) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			_, _ = t.WriteString(jsonRows(s))
			return
		}
	}
	_ = t.WriteByte('"')
	_, _ = t.WriteString(s)
	_ = t.WriteByte('"')
}

// member writes a text of an object, if there is one; name is what comes before it.
func (t *jsonText) member(name, s string) {
	if s != "" {
		_, _ = t.WriteString(name)
		t.text(s)
	}
}

// time writes a member that ends its object.
func (t *jsonText) time(name string, at time.Time) {
	_, _ = t.WriteString(name)
	_, _ = t.Write(at.AppendFormat(t.number[:0], time.RFC3339Nano))
	_, _ = t.WriteString(`"}`)
}

// row writes an item of a {rows ...} parameter: texts, whole numbers and nil pointers
// to either.
func (t *jsonText) row(cells ...any) {
	t.item()
	for i, c := range cells {
		_ = t.WriteByte("[,"[min(i, 1)])
		t.cell(c)
	}
	_ = t.WriteByte(']')
}

func (t *jsonText) cell(cell any) {
	switch v := cell.(type) {
	case string:
		t.text(v)
		return
	case int64:
		t.integer(v)
		return
	case int:
		t.integer(int64(v))
		return
	case *int64:
		if v != nil {
			t.integer(*v)
			return
		}
	case *string:
		if v != nil {
			t.text(*v)
			return
		}
	}
	_, _ = t.WriteString("null")
}

// openText is an open batch as it is stored.
func openText(open []ledger.OpenIntent) string {
	if len(open) == 0 {
		return "null"
	}
	var t jsonText
	t.Grow(110 * len(open))
	for i := range open {
		t.item()
		t.member(`{"id":`, open[i].ID)
		t.member(`,"fingerprint":`, open[i].Fingerprint)
		t.time(`,"since":"`, open[i].Since)
	}
	return t.array()
}

// outcomesText is the outcomes of a block as they are stored.
func outcomesText(list []blockOutcome) (string, error) {
	var t jsonText
	t.Grow(128 * len(list))
	for i := range list {
		o := &list[i]
		t.item()
		rare := len(o.Fields) > 0 || len(o.Candidates) > 0 || o.Ahead
		if rare || o.SourceID == "" || o.At.IsZero() || o.At.Year() > 9999 { // or refused
			one, err := json.Marshal(o)
			if err != nil {
				return "", err
			}
			_, _ = t.Write(one)
			continue
		}
		t.member(`{"source_id":`, o.SourceID)
		t.member(`,"sink_id":`, o.SinkID)
		_, _ = t.WriteString(`,"action":`)
		t.text(string(o.Action))
		t.member(`,"reason":`, string(o.Reason))
		t.time(`,"at":"`, o.At)
	}
	return t.array(), nil
}
